"""The responder's questions answered at a terminal: the timeline, who could do what, one step of a replay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from onesec_cli.model.access import AccessChange, AccessRow
from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED
from onesec_cli.model.level import Level
from onesec_cli.model.step import Step, Weighed
from onesec_cli.model.timeline import Row
from onesec_cli.reports.page import LEVEL_STYLE, Page

_STATUS: Final = {"active": "bold green", "ended": "dim", "expired": "dim"}
_CHANGE: Final = {"begun": "+ ", "wider": "> ", "narrower": "< ", "ended": "- "}


def timeline(rows: Iterable[Row], *, width: int, color: bool) -> str:
    """A paragraph per event: time, trail, what happened, where it stands, the alerts it proves."""
    page = Page(width, color)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007  # the last number is the count
        _row(page, row)
    return page.last(f"{count:,} event" + ("" if count == 1 else "s"))


def _row(page: Page, row: Row) -> None:
    level = (f"{row.level.name.upper()} ", LEVEL_STYLE[row.level]) if row.level is not None else ("", "")
    page.line((f"{when(row.time)}  ", "bold"), level, (f"{row.trail}  ", "dim"), (row.message, ""), hang=page.indent)
    page.field("", " ".join([_place(row), *row.alerts]), "dim")


def _place(row: Row) -> str:
    return f"{row.origin.file}:{row.origin.line}  {row.kind}"


def access(
    rows: Sequence[AccessRow], *, at: int, changes: Sequence[AccessChange] | None, width: int, color: bool
) -> str:
    """Every access with its status at a moment, by agent; or, where changes are given, those alone."""
    page = Page(width, color)
    page.head(f"Access at {show_time(at)}" if changes is None else f"What changed until {show_time(at)}")
    for change in changes or ():
        page.line((_CHANGE[change.what], "bold"), (f"{change.what}  ", ""), *_who(change.row))
        _held(page, change.row, change.scopes)
    for row in rows if changes is None else ():
        page.line((f"{row.status.upper():<8} ", _STATUS[row.status]), *_who(row))
        _held(page, row, row.scopes)
    if changes is not None:
        return page.last(f"{len(changes):,} change" + ("" if len(changes) == 1 else "s"))
    active = sum(1 for row in rows if row.status == "active")
    return page.last(f"{active:,} active, {len(rows) - active:,} ended or expired")


def _who(row: AccessRow) -> tuple[tuple[str, str], ...]:
    name = row.agent or row.client or "somebody"
    client = f" (client {row.client})" if row.client and row.client != row.agent else ""
    parts = [f"for {row.user}" if row.user else "", f"on {row.place}" if row.place else "", f"by {row.basis}"]
    return ((f"{name}{client} ", "bold"), (" ".join(part for part in parts if part), ""))


def _held(page: Page, row: AccessRow, scopes: Sequence[str]) -> None:
    page.field("scopes", ", ".join(scopes))
    seen = "once" if row.uses == 1 else f"{row.uses:,} times"
    page.field("since", f"{when(row.since)}, last used {when(row.last_used)}, seen {seen}")
    if row.ended is not None:
        page.field("ended", f"{when(row.ended)}  {row.evidence[-1].role}")
    if row.token_expires is not None:
        left = row.ended is not None and row.token_expires > row.ended
        page.field(
            "token", f"its last token lives until {show_time(row.token_expires)}" + (", past the end" if left else "")
        )
    told: dict[str, list[str]] = {}
    for proof in row.evidence:
        told.setdefault(f"{proof.origin.file}:{proof.origin.line}  {when(proof.time)}", []).append(proof.role)
    for place, roles in told.items():
        page.field("evidence", f"{place}  {', '.join(roles)}")
    page.blank()


def step(one: Step, *, total: int | None, width: int, color: bool, verbose: bool = False) -> str:
    """One step of a replay; `total` where it is known how many there are. `verbose` tells what silent detectors learned."""
    page = Page(width, color)
    count = f"step {one.number:,}" + (f" of {total:,}" if total is not None else "")
    page.line((f"{count}  ", "bold"), (f"{when(one.row.time)}  ", "bold"), (f"{one.row.trail}", "dim"))
    page.field("what", one.row.message)
    page.field("where", _place(one.row))
    page.field("who", ", ".join(one.row.entities))
    for change in one.changes:
        page.field("change", change, "bold")
    loud = [weighed for weighed in one.weighed if weighed.said or verbose]
    above: set[str] = set()
    for weighed in loud:
        _weighed(page, weighed, above)
    quiet = [weighed for weighed in one.weighed if weighed not in loud]
    page.field("learned", ", ".join(weighed.rule for weighed in quiet if weighed.learned))
    page.field("silent", ", ".join(weighed.rule for weighed in quiet if not weighed.learned and weighed.history))
    page.field("not shown", ", ".join(f"{weighed.rule} (no key)" for weighed in quiet if not weighed.history))
    page.field("alerts", ", ".join(one.row.alerts))
    page.blank()
    return page.text()


def _weighed(page: Page, weighed: Weighed, above: set[str]) -> None:
    """What several detectors remember alike is told once, under the first; `above` holds what was told of this step."""
    page.field("weighed", f"{weighed.rule}  {', '.join(weighed.history) or 'all that it was shown'}")
    for said in weighed.said:
        name = said.partition(" ")[0].partition(":")[0]
        page.field("", f"! {said}", LEVEL_STYLE[Level[name]] if name in Level.__members__ else "bold")
    fresh = [line for line in weighed.told if line not in above]
    for learned in fresh:
        page.field("", f"~ {learned}", "dim")
    if len(fresh) < len(weighed.told):
        page.field("", f"~ {len(weighed.told) - len(fresh)} as above", "dim")
    above.update(fresh)


def when(moment: int) -> str:
    """A time, or that the log tells none."""
    return "undated" if moment == UNDATED else show_time(moment)
