"""A text in pieces: its sentences, fields and lines."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from onesec_cli.state.text.signs import CAPITALS, GLUED, signs_in

_STOP: Final = re.compile(
    r"(?<=[.!?;])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bSt\.)(?<!\bNo\.)(?<!e\.g\.)(?<!i\.e\.)(?<!\bvs\.)[\"')\]]{0,3}\s+"
    r"|(?<=[A-Z]{4})[ \t]*\n\s*|[。！？；]\s*"
    r"|[\"']\s{0,3}[,:}\]]+\s{0,3}[\"'{\[]*"
    r"|,[\"'](?=[A-Z])"
    r"|\n\s*(?=[A-Z0-9\"'<\[({#*•|=>`~+/%-]|[^\x00-\x7f])|\n[ \t]*\n\s*|(?<=[:;>\])}])\s*\n\s*|\n\s*(?=[\w -]{1,40}:\s)"
)


_GLUED: Final = re.compile(
    r"(?:[._!?*|~#:;}\]](?<=[\w%)\]}>\"'].)|-(?<=[\d%)\]}>\"'].))(?=[A-Z][a-z]{1,15} [a-z])"
    r"|[}\]](?=[A-Za-z][a-z]{2,15} [a-z])"
)
_GLUED_CAPITALS: Final = re.compile(r"[A-Z](?<=[A-Z][A-Z])(?=[A-Z][a-z]{3,15} [a-z])")
_GLUED_LABEL: Final = re.compile(r"(?<=[A-Za-z0-9._])(?=(?:TODO|IMPORTANT|ATTENTION|URGENT|WARNING)\b)")
_LABELS: Final = ("TODO", "IMPORTANT", "ATTENTION", "URGENT", "WARNING")


_CLOSING: Final = ("'", '"')


class Sentence(Struct, frozen=True, gc=False):
    """A piece of a text: where it starts, and what it says."""

    start: int
    text: str


def unglue(text: str) -> str:
    """The text with a new line where a sentence was stuck to what stands before it."""
    signs = signs_in(text)
    if GLUED in signs:
        text = _GLUED.sub("\\g<0>\n", text)
    if CAPITALS in signs:
        text = _GLUED_CAPITALS.sub("\\g<0>\n", text)
    return _GLUED_LABEL.sub("\n", text) if any(label in text for label in _LABELS) else text


def sentences(text: str) -> list[Sentence]:
    """The pieces of a text in order; a wrapped line is joined with the next where nothing ends it."""
    found: list[Sentence] = []
    start = 0
    for match in _STOP.finditer(text):
        end = match.start()
        if match[0][:1] in _CLOSING and text[end - 1] in ".!?":
            end += 1  # the quotation ends with its sentence
        if end > start:
            found.append(Sentence(start, text[start:end]))
        start = match.end()
    if start < len(text):
        found.append(Sentence(start, text[start:]))
    return found
