"""The report for a person at a terminal: alerts worst first, then a summary, and the verdict as the very last line."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from onesec_cli.model.clock import show_time
from onesec_cli.model.finding import Alert
from onesec_cli.model.level import Level
from onesec_cli.model.report import Report
from onesec_cli.model.taxonomy import ASI
from onesec_cli.reports.neutralise import neutralise

FULL_ALERTS = 50
"""Alerts told in full; the others get a line each, up to `LINE_ALERTS`."""
LINE_ALERTS = 1000
QUOTES = 3
"""Evidence quoted per alert; the rest is named by place."""
GAPS = 10

_STYLE = {
    Level.critical: "bold white on red",
    Level.high: "bold red",
    Level.medium: "bold yellow",
    Level.low: "cyan",
    Level.informational: "dim",
}


def render(report: Report, *, width: int = 80, color: bool = False) -> str:
    """Plain text of `width` columns, with ANSI colours only if `color`. Nothing from a log is interpreted."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    for alert in report.alerts[:FULL_ALERTS]:
        _alert(console, alert, report)
    _brief(console, report.alerts[FULL_ALERTS:])
    _summary(console, report)
    _blind_spots(console, report)
    sentence = neutralise(report.verdict.sentence)
    console.print(Text(sentence, style="bold"), soft_wrap=True)
    return out.getvalue()


def _alert(console: Console, alert: Alert, report: Report) -> None:
    head = Text()
    head.append(f" {alert.level.name.upper()} ", style=_STYLE[alert.level])
    head.append(f" {alert.rule}  ", style="bold")
    head.append(f"{neutralise(alert.title)}  ")
    head.append(alert.id, style="dim")
    console.print(head)
    _field(console, "", alert.message)
    seen = show_time(alert.first_seen)
    if alert.last_seen != alert.first_seen:
        seen += f" to {show_time(alert.last_seen)}"
    _field(console, "when", seen + (f", {alert.count} times" if alert.count > 1 else ""))
    _field(console, "who", ", ".join(alert.entities))
    _field(console, "tags", ", ".join([*(f"{code} {ASI[code]}" for code in alert.asi), *alert.attack]))
    _field(console, "judged on", alert.judged_on)
    _evidence(console, alert, report)
    card = report.rules.get(alert.rule)
    if card is not None:
        _field(console, "why", " ".join(card.why.split()))
        _field(console, "next", " ".join(card.next_steps.split()))
    console.print()


def _evidence(console: Console, alert: Alert, report: Report) -> None:
    for index, proof in enumerate(alert.evidence):
        place = f"{proof.origin.file}:{proof.origin.line}"
        _field(console, "evidence", f"{place}  {show_time(proof.time)}  {proof.role}")
        quote = report.quotes.get(f"{proof.origin.file}:{proof.origin.offset}")
        if index < QUOTES and quote is not None:
            text = neutralise(quote.text)
            room = 2 * (console.width - 14)
            shown = text if len(text) <= room else text[: room - 1] + "…"
            console.print(Padding(Text(shown, style="dim", overflow="fold"), (0, 0, 0, 13)))
    more = alert.evidence_total - len(alert.evidence)
    if more > 0:
        _field(console, "", f"and {more:,} more records")


def _field(console: Console, name: str, value: str) -> None:
    """A line with a label; wrapped under itself."""
    if not value:
        return
    indent = 13 if console.width >= 60 else 2
    label = Text(f"  {name:<{indent - 2}}" if name and indent > 2 else " " * indent, style="dim")
    body = Text(neutralise(value), overflow="fold")
    lines = body.wrap(console, max(20, console.width - indent))
    for number, line in enumerate(lines):
        line.rstrip()
        console.print((label if number == 0 else Text(" " * indent)) + line, soft_wrap=True)


def _brief(console: Console, alerts: tuple[Alert, ...]) -> None:
    for alert in alerts[:LINE_ALERTS]:
        line = f"{alert.level.name.upper():<14}{alert.rule}  {show_time(alert.first_seen)}  {alert.message}"
        console.print(Text(neutralise(line)), overflow="ellipsis", no_wrap=True)
    if len(alerts) > LINE_ALERTS:
        console.print(Text(f"and {len(alerts) - LINE_ALERTS:,} more alerts; --format json tells them all"))
    if alerts:
        console.print()


def _summary(console: Console, report: Report) -> None:
    files = report.inputs
    _head(console, "Summary")
    sums = [
        sum(getattr(file, name) for file in files) for name in ("records", "events", "duplicates", "ignored", "gaps")
    ]
    records, events, duplicates, ignored, gaps = (f"{number:,}" for number in sums)
    _field(console, "inputs", f"{len(files):,} files, {records} records = {events} events + {duplicates} duplicates"
           f" + {ignored} ignored + {gaps} gaps")  # fmt: skip
    seen = report.coverage
    if seen.first_event is not None and seen.last_event is not None:
        _field(console, "events", f"{show_time(seen.first_event)} to {show_time(seen.last_event)}")
    _field(console, "tenants", _some(seen.tenants, 8))
    levels = Counter(alert.level for alert in report.alerts)
    told = ", ".join(f"{levels[level]:,} {level.name}" for level in reversed(Level) if levels[level])
    _field(console, "alerts", (told or "none") + (f" ({report.withheld:,} withheld)" if report.withheld else ""))
    entities = Counter(entity for alert in report.alerts if alert.level for entity in alert.entities)
    top = sorted(entities.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
    _field(console, "top", ", ".join(f"{entity} ({count:,})" for entity, count in top))
    families = [f"{one.family} {one.events:,}" for one in seen.families if one.events]
    _field(console, "coverage", ", ".join(families))


def _blind_spots(console: Console, report: Report) -> None:
    blind = [judge.rule for judge in report.coverage.detectors if judge.status == "blind"]
    _field(console, "blind", "shown nothing they read: " + ", ".join(blind) if blind else "")
    for note in report.coverage.notes:
        _field(console, "note", note)
    for file in report.inputs:
        for reason, count in file.ignored_reasons.items():
            _field(console, "ignored", f"{file.path}: {count:,} x {reason}")
    for gap in report.gaps[:GAPS]:
        _field(console, "gap", f"{gap.file}:{gap.line}  {gap.reason}")
    if report.gaps_total > GAPS:
        _field(console, "", f"and {report.gaps_total - GAPS:,} more gaps; --format json lists them")
    for reason in report.verdict.reasons:
        _field(console, "reason", reason)
    console.print()


def _head(console: Console, title: str) -> None:
    console.print(Text(title, style="bold"))


def _some(names: Iterable[str], most: int) -> str:
    told = list(names)
    return ", ".join(told[:most]) + (f" and {len(told) - most:,} more" if len(told) > most else "")
