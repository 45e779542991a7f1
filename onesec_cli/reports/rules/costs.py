"""What each rule costs: a table, the most expensive first."""

from __future__ import annotations

from typing import Final

import msgspec

from onesec_cli.model.rule_cost import Costs
from onesec_cli.reports.encode import encode
from onesec_cli.reports.page import Page

_WIDE: Final = 80
"""Columns from which on all counts stand in one line with the title."""


def console(told: Costs, *, width: int = 80, color: bool = False) -> str:
    """Two lines per rule: costs and title, then where it stands; all together at the end."""
    page = Page(width, color)
    wide = width >= _WIDE
    page.head(_row("CPU s", "us/event", "examined", "hits", "rule" if wide else ""))
    indent = len(_row("", "", "", "", "")) if wide else 2
    for one in told.rules:
        each = one.seconds * 1e6 / one.examined if one.examined else 0.0
        what = (one.title, "bold"), (" (correlation)" if one.kind == "correlation" else "", "dim")
        row = _row(f"{one.seconds:.4f}", f"{each:.2f}", f"{one.examined:,}", f"{one.hits:,}", "")
        if wide:
            page.line((row, ""), *what, hang=indent)
        else:
            page.line((row.rstrip(), ""))
            page.line(("  ", ""), *what, hang=indent)
        page.clipped(one.id, "dim", indent)
        page.clipped(one.place, "dim", indent, end=True)
    alone = {kind: sum(one.seconds for one in told.rules if one.kind == kind) for kind in ("rule", "correlation")}
    page.head("All at once, as a scan does it")
    page.field("rules", f"{told.together:.4f} CPU s ({alone['rule']:.4f} one by one)")
    page.field("windows", f"{told.windows:.4f} CPU s in correlations ({alone['correlation']:.4f} one by one)")
    page.field("decoded", f"{told.decoded:,} events, since a rule had to look into them")
    return page.last(sentence(told))


def _row(seconds: str, each: str, examined: str, hits: str, title: str) -> str:
    return (
        f"{seconds:>9} {each:>9} {examined:>9} {hits:>7}  {title}".rstrip()
        if title
        else f"{seconds:>9} {each:>9} {examined:>9} {hits:>7}  "
    )


def sentence(told: Costs) -> str:
    """All together, in one line."""
    rules = f"{len(told.rules):,} rule{'' if len(told.rules) == 1 else 's'}"
    return f"PROFILE: {rules} over {told.events:,} events: {told.together + told.windows:.4f} CPU s"


def as_json(told: Costs) -> str:
    """The same as one document."""
    return encode(msgspec.to_builtins(told), indent=2) + "\n"
