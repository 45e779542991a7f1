"""What each rule costs: a table, the most expensive first."""

from __future__ import annotations

import msgspec

from onesec_cli.model.rule_cost import Costs
from onesec_cli.reports.encode import encode
from onesec_cli.reports.page import Page


def console(told: Costs, *, width: int = 80, color: bool = False) -> str:
    """One line per rule; all together as the last line."""
    page = Page(width, color)
    page.head(f"{'CPU s':>9} {'us/event':>9} {'examined':>10} {'hits':>9}  rule")
    for one in told.rules:
        each = one.seconds * 1e6 / one.examined if one.examined else 0.0
        page.line((f"{one.seconds:>9.4f} {each:>9.2f} {one.examined:>10,} {one.hits:>9,}  ", ""), (one.title, "bold"))
        page.line((f"{'':>41}{one.id}  {one.place}", "dim"))
    return page.last(sentence(told))


def sentence(told: Costs) -> str:
    """All together, in one line."""
    alone = sum(one.seconds for one in told.rules)
    return (
        f"PROFILE: {len(told.rules):,} rules over {told.events:,} events: {told.together:.4f} CPU s all at once, as a scan "
        f"matches them ({alone:.4f} one by one), {told.windows:.4f} in correlations; {told.decoded:,} events decoded for rules"
    )


def as_json(told: Costs) -> str:
    """The same as one document."""
    return encode(msgspec.to_builtins(told), indent=2) + "\n"
