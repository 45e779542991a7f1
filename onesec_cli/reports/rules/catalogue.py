"""The list of all that can fire, and one of them in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from onesec_cli.model.catalogue import Detail, Entry
from onesec_cli.model.report import RuleNote
from onesec_cli.model.taxonomy import ASI, ATTACK
from onesec_cli.reports.encode import encode
from onesec_cli.reports.page import LEVEL_STYLE, Page

_INDENT: Final = 14
_WIDE: Final = 60


def console(
    entries: Sequence[Entry], skipped: Sequence[RuleNote], left_out: int = 0, *, width: int = 80, color: bool = False
) -> str:
    """Four lines per entry, what was not loaded, and the count as the last line."""
    page = Page(width, color)
    indent = _INDENT if width >= _WIDE else 2
    for one in entries:
        quiet = "" if one.raises else ", watched by correlations only"
        page.line((f"{one.level.name:<14}", LEVEL_STYLE[one.level]), (one.title, "bold"), hang=_INDENT)
        told = (f"{one.id}  {one.kind}{quiet}",) if width >= _WIDE else (one.id, f"{one.kind}{quiet}")
        for text in told:  # an id is there to be copied, so it is never cut
            page.clipped(text, indent=indent)
        page.clipped(one.source, "dim", indent)
        page.clipped(one.place, "dim", indent, end=True)
    for note in skipped:
        page.line(("not loaded", "bold yellow"), (f"    {note.file}:{note.line}  {note.reason}", ""), hang=_INDENT)
    return page.last(sentence(entries, skipped, left_out))


def sentence(entries: Sequence[Entry], skipped: Sequence[RuleNote], left_out: int = 0) -> str:
    """The count, in one line; `left_out` were not chosen."""
    counts = {kind: sum(one.kind == kind for one in entries) for kind in ("rule", "correlation", "detector")}
    told = ", ".join(f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items())
    more = f"; {left_out:,} left out" if left_out else ""
    return f"CAN FIRE: {told}{more}; {len(skipped):,} not loaded"


def as_json(entries: Sequence[Entry], skipped: Sequence[RuleNote]) -> str:
    """The same as one document."""
    notes = [{"file": one.file, "line": one.line, "id": one.id, "reason": one.reason} for one in skipped]
    return encode({"entries": [_entry(one) for one in entries], "skipped": notes}, indent=2) + "\n"


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "id": one.id,
        "title": one.title,
        "level": one.level.name,
        "source": one.source,
        "file": one.file or None,
        "line": one.line or None,
        "raises": one.raises,
        "asi": list(one.asi),
        "attack": list(one.attack),
        "tags": list(one.tags),
        "products": list(one.products),
        "status": one.status or None,
        "description": one.description,
        "shipped": one.shipped,
    }


def detail(one: Detail, *, width: int = 80, color: bool = False) -> str:
    """A rule or a detector in full."""
    page, entry = Page(width, color), one.entry
    page.line((f" {entry.level.name.upper()} ", LEVEL_STYLE[entry.level]), (f" {entry.title}", "bold"))
    page.field("id", entry.id)
    page.field("kind", entry.kind + ("" if entry.raises else ", watched by correlations only"))
    page.field("place", entry.place)
    page.field("source", entry.source)
    page.field("status", entry.status)
    page.field("about", " ".join(entry.description.split()))
    for number, line in enumerate(one.looks_for):
        page.field("looks for" if number == 0 else "", line)
    page.field("fields", ", ".join(one.fields) if entry.kind != "detector" else "")
    page.field("ASI", ", ".join(f"{code} {ASI.get(code, '')}".strip() for code in entry.asi))
    page.field("MITRE", ", ".join(f"{code} {ATTACK.get(code, '')}".strip() for code in entry.attack))
    page.field("tags", ", ".join(entry.tags))
    for text in one.falsepositives:
        page.field("honest too", text)
    for text in one.references:
        page.field("reference", text)
    for name, text in one.sections:
        page.line((name, "bold"))
        page.field("", " ".join(text.split()))
    for text in one.cases:
        page.field("case", text)
    return page.last(f"{entry.kind.upper()}: {entry.id}")


def detail_json(one: Detail) -> str:
    """The same as one document."""
    return encode(_detail(one), indent=2) + "\n"


def details_json(every: Sequence[Detail]) -> str:
    """Several of them as one document."""
    return encode({"entries": [_detail(one) for one in every]}, indent=2) + "\n"


def _detail(one: Detail) -> dict[str, Any]:
    return {
        **_entry(one.entry),
        "looks_for": list(one.looks_for),
        "fields": list(one.fields),
        "falsepositives": list(one.falsepositives),
        "references": list(one.references),
        "sections": dict(one.sections),
        "cases": list(one.cases),
    }
