"""Text as a model reads it: look-alikes folded, escapes resolved, what is hidden from people laid open.

Every function is linear in the length of its text: patterns have no nested repetition, decoding is bounded in depth and output.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from msgspec import Struct

from onesec_cli.state.text.signs import HEX, LONG, signs_in
from onesec_cli.state.text.spellings import armed, plain_letters, set_apart

MAX_TEXT: Final = 1_000_000
"""Characters of one text that are read."""
MAX_DEPTH: Final = 3
"""Encodings inside encodings that are followed."""
REMEMBERED: Final = 1_024
"""Texts whose folded form is remembered."""
_SHORT: Final = 24
_LONG: Final = 32_768
MAX_RUNS: Final = 64
"""Encoded runs of one text that are tried."""

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]+"
)
_ZERO_WIDTH: Final = re.compile("[A-Za-z][\u200b-\u200d\u2060-\u2064\ufeff]+(?=[A-Za-z])")
_BROKEN: Final = re.compile(
    "(?:[^\u200b-\u200d\u2060-\u2064\ufeff]{1,3}[\u200b-\u200d\u2060-\u2064\ufeff]{1,8}){12,}[^\u200b-\u200d\u2060-\u2064\ufeff]{0,3}"
)
"""A stretch that is broken up nearly letter by letter."""
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]{4,}")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_ESCAPE: Final = re.compile(r"\\{1,4}(?:u\{?([0-9a-fA-F]{4})\}?|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2}))|\\([nrt\"'/])")
_PLAIN: Final = {"n": "\n", "r": "\n", "t": " ", '"': '"', "'": "'", "/": "/"}
_CONTINUED: Final = re.compile(r"\\\r?\n[ \t]*(?:\\(?= ))?")
_DOUBLED: Final = re.compile(r"(?<=[\w.?!,)])''(?!['\w])|(?<![\w'])''(?=\w)|(?<=\w)''(?=\w)")
"""An apostrophe as YAML writes it within quotes."""
_COMMENT: Final = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_REFERENCE: Final = re.compile(r"^[ \t]{0,3}\[//\]:[ \t]*#[ \t]*[(\"'](.*)$", re.MULTILINE)
_ATTRIBUTE: Final = re.compile(
    r"\b(?:alt|title|aria-label|placeholder|content|summary|data-[a-z-]{1,20})\s{0,3}=\s{0,3}(?:\"([^\"<>]{12,4000})\"|'([^'<>]{12,4000})')",
    re.IGNORECASE,
)
_OPENED: Final = re.compile(r"<[a-z][^<>]{1,800}>([^<]{8,8000})", re.IGNORECASE)
_CONCEALING: Final = re.compile(
    r"display\s?:\s?none|visibility\s?:\s?hidden|opacity\s?:\s?0(?![.\d])|font-size\s?:\s?[01](?![.\d])|\shidden\b|"
    r"(?<![-\w])color\s?:\s?(?:white|transparent|#fff(?:fff)?)\b",
    re.IGNORECASE,
)
_LINKED: Final = re.compile(
    r"!\[([^\[\]\n]{12,2000})\]\(|\]\([^()\s]{1,2000}\s+[\"']([^\"'\n]{12,2000})[\"']\)|^\[[^\]\n]{1,200}\]:\s?\S{1,2000}\s+[\"'(]([^\n]{12,2000})",
    re.MULTILINE,
)
_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|code|dd|div|dl|dt|em|font|h[1-6]|hr|i|img|li|meta|ol|p|pre|s|section|small|span|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_BASE64: Final = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX: Final = re.compile(r"(?<![\w])(?:0x)?((?:[0-9a-fA-F]{2}[ :]?){16,})(?![\w])")
_HEX_RUN: Final = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2}){16,}(?![\w])")
_HEX_PAIRS: Final = re.compile(r"[0-9a-fA-F][0-9a-fA-F](?:[ :][0-9a-fA-F]{2}){8}")
_PERCENT: Final = re.compile(r"(?:(?<![\w.~+-])[\w.~+-]{1,40})?(?:%[0-9a-fA-F]{2}[\w.~+@:/,;=&'()-]{0,40}){4,}")


class Hidden(Struct, frozen=True, gc=False):
    """A part of a text that a person looking at it would not read, and how it was hidden."""

    text: str
    way: str


class Laid(Struct, frozen=True, gc=False):
    """A text laid open."""

    visible: str
    """What a person would read, escapes resolved, markup that formats taken away."""
    hidden: tuple[Hidden, ...] = ()
    disguised: bool = False
    """Whether the visible part itself was broken up by characters nobody sees."""


def fold(text: str) -> str:
    """The form in which texts are compared: compatibility forms, case and white space folded, nothing invisible.

    Remembered for texts of ordinary length: one result is folded by every detector that reads it, and is often read again.
    """
    return _folded(text) if _SHORT < len(text) <= _LONG else _fold(text)


def _fold(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return " ".join(text.split()).casefold()


_folded = lru_cache(maxsize=REMEMBERED)(_fold)


def unescape(text: str) -> str:
    """Escapes of JSON, YAML and HTML resolved, folded lines joined, nothing invisible left."""
    for _ in range(2):
        if "\\" not in text:
            break
        text = _ESCAPE.sub(_resolve, _CONTINUED.sub("", text))
    if "&" in text:
        text = html.unescape(text)
    if "''" in text:
        text = _DOUBLED.sub("'", text)
    if text.isascii():
        return text
    if any("\ud800" <= char <= "\udfff" for char in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def _resolve(match: re.Match[str]) -> str:
    four, eight, two, plain = match.groups()
    if plain:
        return _PLAIN[plain]
    code = int(four or eight or two, 16)
    return chr(code) if code <= 0x10FFFF else ""


def lay_open(text: str) -> Laid:
    """What a text shows and what it hides."""
    text = text[:MAX_TEXT]
    if (
        text.isascii()
        and "<" not in text
        and "\\" not in text
        and "](" not in text
        and "%" not in text
        and "&" not in text
        and "]:" not in text
        and "''" not in text
    ):
        found = _decoded(text, 0) + _respelt(text)
        return Laid(armed(text), tuple(found)) if found else Laid(armed(text))
    raw = _raw(text)
    hidden: list[Hidden] = [] if text.isascii() and raw.isascii() else list(_smuggled(raw))
    broken = [] if raw.isascii() else _BROKEN.findall(raw)
    hidden += [Hidden(_INVISIBLE.sub("", run), "invisible characters") for run in broken]
    disguised = not raw.isascii() and len(_ZERO_WIDTH.findall(_BROKEN.sub("", raw) if broken else raw)) >= 2
    shown, alike = plain_letters(armed(unescape(text)))
    hidden += [Hidden(line, "look-alike letters") for line in alike]
    hidden += _markup(shown)
    hidden += _decoded(shown, 0) + _respelt(shown)
    if "<" in shown:
        shown = _COMMENT.sub(" ", shown)
        shown = _TAG.sub(" ", shown)
    return Laid(shown, tuple(hidden), disguised)


def _respelt(text: str) -> list[Hidden]:
    return [Hidden(said, "letters set apart") for said in set_apart(text)]


def _raw(text: str) -> str:
    """Escapes resolved, invisible characters kept."""
    return _ESCAPE.sub(_resolve, _CONTINUED.sub("", text)) if "\\u" in text or "\\U" in text else text


def _smuggled(text: str) -> Iterator[Hidden]:
    """Text written in tag characters or variation selectors, which no screen shows."""
    for run in _TAGS.findall(text):
        yield Hidden("".join(chr(ord(char) - 0xE0000) for char in run), "tag characters")
    for run in _SELECTORS.findall(text):
        codes = bytes(ord(char) - 0xFE00 if char <= "\ufe0f" else ord(char) - 0xE0100 + 16 for char in run)
        said = codes.decode("utf-8", "replace")
        if _readable(said):
            yield Hidden(said, "variation selectors")


def _markup(text: str) -> Iterator[Hidden]:
    """Comments, concealed elements, attributes and titles of links."""
    if "<" in text:
        for match in _COMMENT.finditer(text):
            if match[1].strip():
                yield Hidden(match[1], "a comment")
        for match in _OPENED.finditer(text):
            if _CONCEALING.search(text, match.start(), match.start(1)):
                yield Hidden(match[1], "a concealed element")
        for match in _ATTRIBUTE.finditer(text):
            yield Hidden(match[1] or match[2], "an attribute")
    if "](" in text or "]:" in text:
        for match in _LINKED.finditer(text):
            yield Hidden(match[1] or match[2] or match[3], "the text of a link or image")
        for match in _REFERENCE.finditer(text):
            yield Hidden(match[1], "a comment")


def _decoded(text: str, depth: int) -> list[Hidden]:
    """Readable text that stands in the text as base64, hexadecimal or percent-encoded."""
    found: list[Hidden] = []
    for way, run in _runs(text):
        said = _DECODERS[way](run)
        if said and said != run and _readable(said):
            found.append(Hidden(unescape(said), way))
            if depth < MAX_DEPTH:
                found += _decoded(said, depth + 1)
    return found


def _runs(text: str) -> list[tuple[str, str]]:
    """What may be encoded: long words, and pairs of digits in a row."""
    signs = signs_in(text)
    long = [word for word in text.split() if len(word) >= 24] if LONG in signs else ()
    runs: list[tuple[str, str]] = []
    if long:
        joined = "\n".join(long)
        runs += [("base64", run) for run in _BASE64.findall(joined)[:MAX_RUNS]]
        runs += [("hexadecimal", run) for run in _HEX_RUN.findall(joined)[:MAX_RUNS]]
        if "%" in joined:
            runs += [("percent-encoding", run) for run in _PERCENT.findall(joined)[:MAX_RUNS]]
    if HEX in signs and _HEX_PAIRS.search(text):
        runs += [("hexadecimal", match[0]) for match in _HEX.finditer(text)][:MAX_RUNS]
    return runs


def decoded(text: str) -> tuple[str, ...]:
    """Readable texts that a text carries encoded, encodings inside encodings too."""
    return tuple(hidden.text for hidden in _decoded(text[:MAX_TEXT], 0))


def _from_base64(run: str) -> str:
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _from_hex(run: str) -> str:
    digits = run.removeprefix("0x").replace(" ", "").replace(":", "")
    try:
        return bytes.fromhex(digits).decode("utf-8")
    except ValueError:
        return ""


_DECODERS: Final[dict[str, Callable[[str], str]]] = {
    "base64": _from_base64,
    "hexadecimal": _from_hex,
    "percent-encoding": unquote,
}


def _readable(text: str) -> bool:
    """Whether bytes that were decoded are something somebody wrote: printable, mostly letters."""
    sample = text[:2_000]
    if len(sample) < 6 or (
        not sample.isprintable() and not all(char.isprintable() or char in "\r\n\t" for char in sample)
    ):
        return False
    letters = sum(char.isalpha() or char == " " for char in sample)
    return letters * 10 >= len(sample) * 7
