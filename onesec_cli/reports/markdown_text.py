"""Log text for Markdown: words stay words, everything else is shown as code, in which nothing is ever interpreted."""

from __future__ import annotations

import re
from typing import Final

from onesec_cli.reports.neutralise import neutralise

_WORD: Final = re.compile(r"""[("']*(?!\d+[.)])[^\W_]+(?:['/-][^\W_]+)*[,;:.?!)"']*""")
"""Letters and digits with marks around them of which no link, mention, emphasis, list or HTML can be made."""
_TRAILING: Final = re.compile(r"(?<=[\w`)\]])[,;.]+\Z")
_TICKS: Final = re.compile("`+")
_SPAN: Final = re.compile("`([^`]+)`([,;:.?!)]*)")


def inline(text: str) -> str:
    """One line of a paragraph or of a list item."""
    return " ".join(_token(token) for token in neutralise(text).split(" ") if token)


def code(text: str) -> str:
    """A code span that holds the text, whatever backticks are in it."""
    text = neutralise(text)
    fence = _fence(text, 1)
    pad = " " if text[:1] in ("`", " ", "") or text[-1:] in ("`", " ") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def block(text: str) -> str:
    """The lines of a fenced block."""
    text = neutralise(text)
    fence = _fence(text, 3)
    return f"{fence}text\n{text}\n{fence}"


def _token(token: str) -> str:
    if _WORD.fullmatch(token):
        return token
    span = _SPAN.fullmatch(token)  # our own pages are written in Markdown
    if span:
        return code(span[1]) + span[2]
    trailing = _TRAILING.search(token)
    mark = trailing[0] if trailing else ""
    return code(token[: len(token) - len(mark)]) + mark


def _fence(text: str, least: int) -> str:
    """More backticks than any run of them in the text."""
    return "`" * max([least, *(len(run) + 1 for run in _TICKS.findall(text))])
