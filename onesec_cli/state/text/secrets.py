"""Secrets and personal numbers in a text, by the shape of the value, or by a name beside a value that looks drawn at random."""

from __future__ import annotations

import base64
import codecs
import math
import re
from collections import Counter
from functools import lru_cache
from typing import Final

from msgspec import Struct

from onesec_cli.state.text.signs import CARD, NAMED, SHAPED, SSN, signs_in

MAX_SECRETS: Final = 40
"""Secrets of one text that are kept."""
MAX_TEXT: Final = 200_000
REMEMBERED: Final = 512
"""Texts whose secrets are remembered: a file or page is read again and again."""

_START: Final = r"(?<![A-Za-z0-9_-])"
_SHAPES: Final = re.compile(
    _START + r"(?:(?P<jwt>eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000})"
    r"|(?P<github>gh[opusr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{30,255})"
    r"|(?P<gitlab>gl(?:pat|dt|rt)-[A-Za-z0-9_-]{18,60})"
    r"|(?P<slack>xox[abeprs]-[A-Za-z0-9-]{10,250})"
    r"|(?P<google>ya29\.[A-Za-z0-9_-]{20,300}|AIza[A-Za-z0-9_-]{33,40}|GOCSPX-[A-Za-z0-9_-]{20,40})"
    r"|(?P<aws>(?:AKIA|ASIA)[A-Z0-9]{16})"
    r"|(?P<stripe>[srp]k_(?:live|test)_[A-Za-z0-9]{16,120}|whsec_[A-Za-z0-9]{20,60})"
    r"|(?P<model>sk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{24,250})"
    r"|(?P<registry>npm_[A-Za-z0-9]{30,60}|pypi-[A-Za-z0-9_-]{40,250}|hf_[A-Za-z0-9]{30,60}|dckr_pat_[A-Za-z0-9_-]{20,60})"
    r"|(?P<mail>SG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{30,60}|key-[0-9a-f]{32})"
    r"|(?P<bot>\d{8,10}:[A-Za-z0-9_-]{35})"
    r"|(?P<cloud>dop_v1_[0-9a-f]{64}|shpat_[0-9a-f]{32}|v1\.M[A-Za-z0-9_-]{20,120}))"
    r"(?![A-Za-z0-9])"
)
_KEY_BLOCK: Final = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----([A-Za-z0-9+/=\s\\,:-]{20,8000})"
)
_IN_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s:/@\"']{1,100}:([^\s@/\"']{6,200})@")
_NAMED: Final = re.compile(
    r"(?i)(?P<name>pass(?:word|wd|phrase|code)?|pwd|passwort|contraseña|secret|token|api[ _-]?key|apikey|access[ _-]?key|private[ _-]?key|signing[ _-]?key|"
    r"client[ _-]?secret|credentials?|auth(?:orization)?|bearer|recovery[ _-]?(?:code|phrase|key)|otp|pin|(?:security|verification|one-time|access|login)[ _-]?code)"
    r"[A-Za-z0-9_]{0,20}[\"'`*]{0,3}\s{0,3}(?:[:=]{1,2}>?|\bis\b|\bist\b|\bes\b)\s{0,3}[\"'`*]{0,3}(?P<value>[^\s\"'`,;<>(){}\[\]]{4,300})(?P<next>.?)"
)
_CODES: Final = re.compile(r"(?i)otp|pin|code")
_HOLDERS: Final = re.compile(
    r"(?i)example|change[ _-]?me|placeholder|your|xxx|\*\*\*|\.\.\.|todo|dummy|sample|redacted|masked|hidden|insert|fixme|replace|none\b|null\b|undefined|true\b|false\b|environ|getenv|process\.|config\.|secrets?\.|vault:|\$\{|\$\(|%\(|\{\{|<"
)
_CARD: Final = re.compile(r"(?<![\d.-])(?:\d[ -]?){12,18}\d(?![\d-])")
_SSN: Final = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
KINDS: Final = {
    "jwt": "a signed token", "github": "a GitHub token", "gitlab": "a GitLab token", "slack": "a Slack token", "google": "a Google credential",
    "aws": "an AWS access key", "stripe": "a payment key", "model": "an API key", "registry": "a registry token", "mail": "a mail service key", "bot": "a bot token",
    "cloud": "a cloud token", "key": "a private key", "url": "a password in a connection string", "password": "a password", "secret": "a secret",
    "code": "a one-time code", "card": "a card number", "ssn": "a social security number",
}  # fmt: skip
HOMES: Final[dict[str, tuple[str, ...]]] = {
    "github": ("github.com", "githubusercontent.com"), "gitlab": ("gitlab.com",), "slack": ("slack.com",), "google": ("googleapis.com", "google.com"),
    "aws": ("amazonaws.com",), "stripe": ("stripe.com",), "model": ("openai.com", "anthropic.com", "openrouter.ai", "deepseek.com"),
    "registry": ("npmjs.org", "pypi.org", "huggingface.co", "docker.com", "docker.io"), "mail": ("sendgrid.com", "mailgun.net"), "bot": ("telegram.org",),
}  # fmt: skip
"""Where a credential of a known shape belongs."""


class Secret(Struct, frozen=True, gc=False):
    """A value that opens something, or a number that names a person."""

    text: str
    kind: str


@lru_cache(maxsize=REMEMBERED)
def secrets_in(text: str) -> tuple[Secret, ...]:
    """The secrets of a text in the order they stand, at most `MAX_SECRETS`."""
    found: dict[str, Secret] = {}
    text = text[:MAX_TEXT]
    signs = signs_in(text)
    for match in _SHAPES.finditer(text) if SHAPED in signs else ():
        found.setdefault(match[0], Secret(match[0], str(match.lastgroup)))
        if len(found) >= MAX_SECRETS:
            break
    if "PRIVATE KEY" in text:
        for match in _KEY_BLOCK.finditer(text):
            body = re.sub(r"\\n|\s", "", match[1]).split("-----")[0][:200]
            found.setdefault(body, Secret(body, "key"))
    if "://" in text and "@" in text:
        for match in _IN_URL.finditer(text):
            if not _HOLDERS.search(match[1]) and _drawn(match[1], 6):
                found.setdefault(match[1], Secret(match[1], "url"))
    if NAMED in signs:
        for secret in _named(text):
            found.setdefault(secret.text, secret)
    if CARD in signs or SSN in signs:
        for secret in _numbers(text):
            found.setdefault(secret.text, secret)
    return tuple(found.values())[:MAX_SECRETS]


def _named(text: str) -> list[Secret]:
    """Values beside a name that says they are secret."""
    found = []
    for match in _NAMED.finditer(text):
        name, value = match["name"].lower(), match["value"].rstrip(".!?:")
        if match["next"] in ("(", "[") or _HOLDERS.search(value):
            continue
        if _CODES.search(name):
            if re.fullmatch(r"\d{6,8}", value):
                found.append(Secret(value, "code"))
        elif name.startswith(("pass", "pwd", "contra")):
            if _drawn(value, 6):
                found.append(Secret(value, "password"))
        elif len(value) >= 16 and _drawn(value, 16) and entropy(value) >= 3.0:
            found.append(Secret(value, "secret"))
        if len(found) >= MAX_SECRETS:
            break
    return found


def _drawn(value: str, least: int) -> bool:
    """Whether a value looks chosen to be hard to guess rather than written to be read."""
    if len(value) < least or len(set(value)) < 4 or "://" in value or value.startswith(("/", "./", "$", "@")):
        return False
    kinds = [any(test(char) for char in value) for test in (str.isdigit, str.islower, str.isupper)]
    symbols = any(not char.isalnum() for char in value)
    return (
        kinds[0] + kinds[1] + kinds[2] + symbols >= 2
        and (kinds[0] or symbols or len(value) >= 12)
        and not re.fullmatch(r"[A-Za-z]+(?:[._-][A-Za-z]+)*", value)
    )


def _numbers(text: str) -> list[Secret]:
    found = [Secret(match[0], "ssn") for match in _SSN.finditer(text)][:MAX_SECRETS]
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if 13 <= len(digits) <= 19 and len(set(digits)) > 3 and digits[0] in "3456" and _luhn(digits):
            found.append(Secret(match[0], "card"))
        if len(found) >= MAX_SECRETS:
            break
    return found


def _luhn(digits: str) -> bool:
    doubled = [int(char) * (2 if at % 2 else 1) for at, char in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def entropy(value: str) -> float:
    """Bits per character."""
    return (
        -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values()) if value else 0.0
    )


def compact(text: str) -> str:
    """Letters and digits alone: what is left of a value when it is split by separators."""
    return _OTHER.sub("", text)


_OTHER: Final = re.compile(r"[^A-Za-z0-9]+")


PIECE: Final = 6
"""Characters of the shortest piece of a value that counts."""


@lru_cache(maxsize=16_384)
def spellings(text: str) -> tuple[tuple[str, str], ...]:
    """The ways a value can be written, each with its name: as it is, encoded, turned round; lower case, without separators."""
    raw = text.encode(errors="replace")
    told = [("as it is", compact(text))]
    for pad in range(3):  # at any place inside a longer text that was encoded whole
        whole = base64.b64encode(b"\x00" * pad + raw).decode().rstrip("=")
        told.append(("base64", compact(whole[4 if pad else 0 : len(whole) - 2])))
    told.append(("hexadecimal", raw.hex()))
    told.append(("base32", base64.b32encode(raw).decode().rstrip("=")[:-2]))
    told.append(("rot13", compact(codecs.encode(text, "rot13"))))
    told.append(("reversed", compact(text[::-1])))
    return tuple((way, form.lower()) for way, form in told if len(form) >= PIECE)


def pieces(packed: str) -> frozenset[str]:
    """Every run of `PIECE` characters of a text: what no value can stand in the text without."""
    return frozenset(packed[at : at + PIECE] for at in range(len(packed) - PIECE + 1))


@lru_cache(maxsize=16_384)
def _starts(text: str) -> frozenset[str]:
    """Pieces of which a text must hold at least one to hold the value in any spelling, whole or four fifths of it."""
    told = spellings(text)
    whole = {form[:PIECE] for _, form in told}
    return frozenset(whole | {form[at : at + PIECE] for _, form in told[:4] for at in range(len(form) // 5 + 2)})


def found_in(secret: Secret, packed: str, held: frozenset[str]) -> str:
    """How a secret stands in a text of lower-case letters and digits alone, whose `pieces` are `held`; empty where it does not."""
    if held.isdisjoint(_starts(secret.text)):
        return ""
    least = 6 if secret.kind == "code" else 8
    for way, form in spellings(secret.text):
        if len(form) >= least and form in packed:
            return way
    if len(compact(secret.text)) < 16:
        return ""
    for way, form in spellings(secret.text)[:4]:
        if len(form) >= 16 and _covered(form, packed):
            return f"{way}, in pieces"
    return ""


def _covered(form: str, packed: str) -> bool:
    """Whether four fifths of a value stand in a text in pieces of at least six characters."""
    at = covered = 0
    while at + PIECE <= len(form):
        if form[at : at + PIECE] not in packed:
            if at - covered > len(form) // 5:
                return False
            at += 1
            continue
        size = PIECE
        while at + size < len(form) and form[at : at + size + 1] in packed:
            size += 1
        covered += size
        at += size
    return covered * 5 >= len(form) * 4
