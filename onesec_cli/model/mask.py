"""Secrets in quotes, sentences and names are masked by the shape of their value, never by the name of their key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

_START: Final = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt]))"
"""A token starts where a run of its characters starts (or after an escaped line end), so a text of many half
tokens is walked once."""
_SHAPES: Final = (
    r"(?i:eyj)[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}",  # JWT and JWS have 3 parts, JWE has 5, one of them may be empty
    r"gh[opusr]_[A-Za-z0-9]{20,255}",
    r"github_pat_[A-Za-z0-9_]{20,255}",
    r"xox[abeprs]-[A-Za-z0-9-]{10,250}",
    r"ya29\.[A-Za-z0-9_.-]{20,}",
    r"1(?:\\?/){2}0[A-Za-z0-9_-]{20,}",  # Google refresh token
    r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    r"v1\.M[A-Za-z0-9_-]{20,}",  # Auth0 refresh token
)
_SECRET: Final = re.compile(_START + "(?:" + "|".join(_SHAPES) + ")")
_KEY_BLOCK: Final = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^\"-]|-(?!----))*(?:-----END [A-Z0-9 ]{0,60}-----)?"
)
"""To its end or, where it is cut off, to the end of the text value it stands in."""
_SIGNS: Final = (
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "ya29.", "/0", "AKIA", "ASIA", "v1.M",
)  # fmt: skip
"""One of them stands in every secret of these shapes but a JWT: most texts have none, and are not walked."""
_MAYBE: Final = re.compile(
    r"(?i:(?<![a-z0-9])(?:bearer|basic)(?:\s|\\t|%20|\+){1,3})(?P<sent>[A-Za-z0-9._~+/-]{8,}=*)"
    rf"|{_START}(?P<key>sk-[A-Za-z0-9_-]{{20,}})"
)
"""Shapes that words can have too; `_RANDOM` tells."""
_RANDOM: Final = re.compile(r"\d|[a-z][A-Z]|=\Z")
"""A digit, or a capital letter after a small one: names and prose seldom have them."""
_LONG: Final = re.compile(r"\\[nrtbf\\]|(?P<run>(?:[A-Za-z0-9_+/-]|\\/|\\u00(?:2[bBfF]|3[dD])){40,}={0,2})")
"""Escaped line ends are stepped over, so that their letter is no part of a run."""
_SHORT: Final = re.compile(r"(?:[^A-Za-z0-9_+/\\-]++|[A-Za-z0-9_+/-]{1,39}+(?![A-Za-z0-9_+/\\-]))*+")
"""As much of a text as plainly holds nothing of `_LONG`: no escape, and no long run."""
_SLASH: Final = re.compile(r"(\\?/|\\u002[fF])")
_PATH_WORD: Final = re.compile(r"(?=.{4})[a-z]{3,20}(?:[-_][a-z]{2,20})*")
_WORD: Final = re.compile(r"[A-Z]?[a-z]{3,20}|[A-Z]{3,20}")
_PLAIN: Final = re.compile(r"[A-Z]?[a-z]*\d{0,4}|[A-Z]+\d{0,4}|[vV]?\d+")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_THUMBPRINT: Final = re.compile(r"[0-9A-Fa-f]{64}")
_KEEP: Final = 4
_KEEP_THUMBPRINT: Final = 8
_SHORTEST: Final = 12
"""Nothing shorter has the shape of a secret."""
_LEAST: Final = 40
"""From this length on, a run of mixed characters is taken for a secret. Client ids have 32."""
_LEAST_MIXED: Final = 20
"""So many of its characters must lie in parts that are no words, so that a long name in kebab case stays."""


Cut = Callable[[str, int], str]
"""Takes a secret and how much of its start may be shown."""


def mask(text: str) -> str:
    """The text with every secret cut to its first characters and its length. Ids that alerts need stay."""
    return _masked(text, _cut)


@lru_cache(maxsize=65_536)
def mask_name(text: str) -> str:
    """The same for names that alerts are told and compared by: thumbprints stay, and a secret that stands where a name
    should be is told by a digest, so that two of them stay two."""
    return text if len(text) < _SHORTEST else _masked(text, _cut_name)


def mask_facts(value: Any) -> Any:
    """Plain data with every text in it, keys too, masked as a name."""
    if isinstance(value, str):
        return mask_name(value)
    if isinstance(value, dict):
        return {mask_facts(key): mask_facts(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(mask_facts(one) for one in value)
    return frozenset(map(mask_facts, value)) if isinstance(value, (set, frozenset)) else value


def _masked(text: str, cut: Cut) -> str:
    text = _KEY_BLOCK.sub(lambda found: cut(found[0], _KEEP), text)
    folded = text.casefold()
    if "eyj" in folded or any(map(text.__contains__, _SIGNS)):
        text = _SECRET.sub(lambda found: cut(found[0], _KEEP), text)
        folded = text.casefold()
    if "bearer" in folded or "basic" in folded or "sk-" in text:
        text = _MAYBE.sub(lambda found: _mask_maybe(found, cut), text)
    return _mask_runs(text, cut)


def _mask_runs(text: str, cut: Cut) -> str:
    """`_LONG` replaced throughout. What is plainly short is skipped; where that cannot be told, the rest is walked."""
    told: list[str] = []
    start, size = 0, len(text)
    while True:
        skipped = _SHORT.match(text, start)
        stop = skipped.end() if skipped else start
        told.append(text[start:stop])
        if stop == size:
            break
        found = _LONG.match(text, stop)
        if found is None:
            told.append(_LONG.sub(lambda one: _mask_long(one, cut), text[stop:]))
            break
        told.append(_mask_long(found, cut))
        start = found.end()
    return "".join(told) if len(told) > 1 else text


def _cut(secret: str, keep: int) -> str:
    return f"{secret[:keep]}…[{len(secret)} characters masked]"


def _cut_name(secret: str, keep: int) -> str:
    if keep == _KEEP_THUMBPRINT:
        return secret
    digest = hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{secret[:keep]}…[{len(secret)} characters masked, sha256 {digest}]"


def _mask_maybe(found: re.Match[str], cut: Cut) -> str:
    sent = found["sent"] or found["key"]
    if _RANDOM.search(sent) is None:
        return found[0]
    return found[0][: len(found[0]) - len(sent)] + cut(sent, _KEEP)


def _mask_long(found: re.Match[str], cut: Cut) -> str:
    """A run is judged whole, or, where one of its parts between slashes is a word, as a path: part by part."""
    run = found["run"]
    if run is None:
        return found[0]
    parts = _SLASH.split(run)
    if any(_PATH_WORD.fullmatch(part) for part in parts):
        return "".join(_mask_run(part, cut) for part in parts)
    return _mask_run(run, cut)


def _mask_run(run: str, cut: Cut) -> str:
    if len(run) < _LEAST or run.isdigit():
        return run  # log ids are digits
    if _THUMBPRINT.fullmatch(run):
        return cut(run, _KEEP_THUMBPRINT)
    pieces = re.split(r"[-_]", _UUID.sub("", run))
    first, last = 0, len(pieces)
    while first < last and _is_word(pieces[first]):
        first += 1
    while last > first and _is_word(pieces[last - 1]):
        last -= 1
    core = pieces[first:last]
    mixed = sum(len(piece) for piece in core if not _PLAIN.fullmatch(piece))
    return run if len("-".join(core)) < _LEAST or mixed < _LEAST_MIXED else cut(run, _KEEP)


def _is_word(piece: str) -> bool:
    return not piece or _WORD.fullmatch(piece) is not None
