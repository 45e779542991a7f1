"""Spellings that people can read and programs do not compare: look-alike letters, letters set apart, `[at]` and `[dot]`, words joined by signs."""

from __future__ import annotations

import re
from typing import Final

_ALIKE: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406\u0408\u0405"
    "\u03bf\u03b1\u03c1\u03bd\u03b9\u03ba\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u0131\u0261",
    "aeopcxyijshdqwABEKMHOPCTXYIJSoapvikABEZHIKMNOPTYXig",
)
"""Cyrillic, Greek and other letters that look like Latin ones."""
_MIXED: Final = re.compile(
    r"[A-Za-z][\u0131\u0261\u0370-\u03ff\u0400-\u052f]|[\u0131\u0261\u0370-\u03ff\u0400-\u052f][A-Za-z]"
)
_WORD: Final = re.compile(r"\S+")
_DEFANGED: Final = re.compile(
    r"\s{0,2}[\[({<]\s{0,2}(at|@|dot|\.|punkt|arroba|punto)\s{0,2}[\])}>]\s{0,2}|\bhxxp(?=s?://)|\[:\]//", re.IGNORECASE
)
_MEANT: Final = {"at": "@", "@": "@", "arroba": "@", "dot": ".", ".": ".", "punkt": ".", "punto": "."}
_APART: Final = re.compile(
    r"(?<!\S)(?:[^\W_] (?! )){2,40}[^\W_](?:(?: {2,8}|\n)(?:[^\W_\s.,@:/-] ){0,40}[\w.,@:/-](?= |\n|$)){2,200}"
)
_JOINED: Final = re.compile(r"(?<![\w/.])[A-Z][a-z]{1,15}(?:[_+~][\w@.:/'-]{1,60}?){4,60}(?![\w/])")


def plain_letters(text: str) -> tuple[str, list[str]]:
    """The text with look-alike letters replaced, where words mix scripts; and the lines that did."""
    if text.isascii() or len(_MIXED.findall(text[:20_000])) < 2:
        return text, []
    lines = [line for line in text[:200_000].split("\n") if _MIXED.search(line)][:40]
    return _WORD.sub(_latin, text), [_WORD.sub(_latin, line) for line in lines]


def _latin(match: re.Match[str]) -> str:
    plain = match[0].translate(_ALIKE)
    return plain if plain.isascii() else match[0]


def armed(text: str) -> str:
    """Addresses as they are meant: `kim [at] mail [dot] example`, `hxxps://`."""
    low = text.lower()
    if not any(
        sign in low
        for sign in (
            "[dot]",
            "[at]",
            "(at)",
            "(dot)",
            "[.]",
            "hxxp",
            "[@]",
            "{at}",
            "<at>",
            "[ dot ]",
            "[ at ]",
            "( at )",
            "[punkt]",
            "[:]//",
        )
    ):
        return text
    return _DEFANGED.sub(_refanged, text)


def _refanged(match: re.Match[str]) -> str:
    if match[1]:
        return _MEANT[match[1].lower()]
    return "http" if "x" in match[0].lower() else "://"


def set_apart(text: str) -> list[str]:
    """Words written letter by letter, or joined by signs instead of spaces, put right."""
    found = []
    if "  " in text:
        for run in _APART.findall(text[:200_000])[:20]:
            words = re.split(r" {2,8}|\n", run)
            found.append(" ".join("".join(word.split(" ")) for word in words))
    if "_" in text or "+" in text or "~" in text:
        found += [re.sub(r"[_+~]+", " ", run) for run in _JOINED.findall(text[:200_000])[:20]]
    return found
