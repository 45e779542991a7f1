"""Why a rule matched an event: the condition as a tree with outcomes, and for correlations what the windows hold."""

from __future__ import annotations

from typing import Final

import msgspec

from onesec_cli.model.explained import Explained
from onesec_cli.reports.encode import encode
from onesec_cli.reports.page import Page

_OUTCOME: Final = {
    ("rule", True): "MATCHES",
    ("rule", False): "DOES NOT MATCH",
    ("correlation", True): "FIRES",
    ("correlation", False): "DOES NOT FIRE",
}


def console(told: Explained, *, width: int = 80, color: bool = False) -> str:
    """The tree: `ok` or `--` before each part, what the event holds behind it; `<-` marks what the outcome rests on."""
    page = Page(width, color)
    page.head(told.title)
    page.field("rule", told.rule)
    page.field("event", f"{told.place}  {told.time}  {told.code}")
    for one in told.clauses:
        mark, style = ("ok", "green") if one.holds else ("--", "red")
        why = "  <-" if one.decisive and one.seen and not told.matches else ""
        seen = f"  [{one.seen}]" if one.seen else ""
        page.line(
            (f"  {mark} ", style),
            (f"{'  ' * one.depth}{one.text}", ""),
            (seen, "dim"),
            (why, "bold"),
            hang=7 + 2 * one.depth,
        )
    for number, line in enumerate(told.window):
        page.field("window" if number == 0 else "", line)
    for firing in told.earlier:
        page.field("fired", f"{firing.time}  {firing.place}")
        for line in firing.window:
            page.field("", line)
    return page.last(f"{_OUTCOME[told.kind, told.matches]}: {told.reason}")


def as_json(told: Explained) -> str:
    """The same as one document."""
    return encode(msgspec.to_builtins(told), indent=2) + "\n"
