"""Why a rule matched an event: the condition as a tree with outcomes, and for correlations what the windows hold."""

from __future__ import annotations

import msgspec

from onesec_cli.model.explained import Explained
from onesec_cli.reports.encode import encode
from onesec_cli.reports.page import Page


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
        page.line((f"  {mark} ", style), (f"{'  ' * one.depth}{one.text}", ""), (seen, "dim"), (why, "bold"))
    for line in told.window:
        page.field("window", line)
    outcome = "MATCHES" if told.matches else "DOES NOT MATCH"
    return page.last(f"{outcome}: {told.reason}")


def as_json(told: Explained) -> str:
    """The same as one document."""
    return encode(msgspec.to_builtins(told), indent=2) + "\n"
