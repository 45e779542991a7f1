"""JSON documents written piece by piece: a report of a hundred thousand alerts is never held as one text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from onesec_cli.reports.encode import encode

_INDENT: Final = "  "


def document_pieces(pairs: Mapping[str, Any]) -> Iterator[str]:
    """An object with two spaces of indent, the bytes that `encode(..., indent=2)` gives. An iterator is a list to be streamed."""
    before = "{\n"
    for key, value in pairs.items():
        yield f"{before}{_INDENT}{encode(key)}: "
        before = ",\n"
        if isinstance(value, Iterator):
            yield from _list_pieces(value)
        else:
            yield encode(value, indent=2).replace("\n", "\n" + _INDENT)
    yield "\n}\n"


def _list_pieces(items: Iterator[Any]) -> Iterator[str]:
    before, end = "[", "[]"
    for item in items:
        yield f"{before}\n{_INDENT * 2}" + encode(item, indent=2).replace("\n", "\n" + _INDENT * 2)
        before, end = ",", f"\n{_INDENT}]"
    yield end


def filled_list(around: Any, items: Iterable[Any]) -> Iterator[str]:
    """A document whose last value is an empty list, with the items in it, one a line."""
    text = encode(around, indent=1)
    at = text.rindex("[]")
    before = text[:at] + "[\n"
    for item in items:
        yield before + encode(item)
        before = ",\n"
    yield ("\n]" if before == ",\n" else before + "]") + text[at + 2 :] + "\n"
