"""The report for a person at a terminal: inputs, alerts worst first, a summary, and the verdict as the very last line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.level import Level
from onesec_cli.model.report import DEGENERATE, Report
from onesec_cli.model.taxonomy import ASI
from onesec_cli.reports.briefed import brief
from onesec_cli.reports.choice import Choice, choose
from onesec_cli.reports.excerpt import quoted
from onesec_cli.reports.page import LEVEL_STYLE, Page
from onesec_cli.reports.scored import score
from onesec_cli.version import VERSION

FULL_ALERTS: Final = 50
"""Alerts told in full; the others get a line each, up to `LINE_ALERTS`. `choice.py` says which."""
LINE_ALERTS: Final = 1000
INCIDENTS: Final = 20
STEPS: Final = 12
QUOTES: Final = 3
"""Evidence quoted per alert; the rest is named by place."""
GAPS: Final = 10
WHO: Final = 16
"""Entities named per alert; JSON has them all."""
TOP: Final = 5
TENANTS: Final = 8


def render(report: Report, *, width: int = 80, color: bool = False, verbose: bool = False) -> str:
    """Text of `width` columns, with ANSI colours only if `color`; our own words are ASCII.

    `verbose` quotes all evidence whole and adds what each rule misses, each input and each event code.
    """
    page = Page(width, color)
    _header(page, report, verbose)
    told = {alert.id: alert for alert in report.alerts}
    for incident in report.incidents[:INCIDENTS]:
        _incident(page, incident, told)
    explained: dict[str, str] = {}
    choice = choose(report, FULL_ALERTS, LINE_ALERTS)
    for alert in choice.full:
        _alert(page, alert, report, verbose, explained.setdefault(alert.rule, alert.id))
    _brief(page, choice)
    _summary(page, report, verbose)
    _blind_spots(page, report, verbose)
    page.blank()
    return page.last(report.verdict.sentence)


def _header(page: Page, report: Report, verbose: bool) -> None:
    page.head(f"onesec {VERSION}")
    files = report.inputs
    page.field("inputs", f"{len(files):,} file" + ("" if len(files) == 1 else "s"))
    for file in files if verbose else ():
        page.field("", f"{file.path}  {file.events:,} of {file.records:,}  {file.format}  sha256 {file.sha256}")
    names = ("records", "events", "duplicates", "ignored", "gaps")
    records, events, duplicates, ignored, gaps = (sum(getattr(file, name) for file in files) for name in names)
    page.field(
        "records", f"{records:,} = {events:,} events + {duplicates:,} duplicates + {ignored:,} ignored + {gaps:,} gaps"
    )
    seen = report.coverage
    if seen.first_event is not None and seen.last_event is not None:
        page.field("events", f"{show_time(seen.first_event)} to {show_time(seen.last_event)}")
    page.field("tenants", _some(seen.tenants, TENANTS))
    page.field("policy", report.policy.path if report.policy else "")
    page.field("rules", _rules(report))
    page.field("baseline", f"{report.baseline.path} ({report.baseline.alerts:,} alerts)" if report.baseline else "")
    page.blank()


def _rules(report: Report) -> str:
    """What became of the Sigma rules, in one line; `-v` lists them."""
    used = report.rules
    if not used.loaded and not used.skipped:
        return ""
    told = f"{len(used.loaded):,} Sigma rule" + ("" if len(used.loaded) == 1 else "s")
    empty = sum(note.reason.startswith(DEGENERATE) for note in used.cannot_match)
    degenerate = f", {empty:,} degenerate" if empty else ""
    could_not = f"{len(used.cannot_match) - empty:,} could not match"
    return f"{told}, {len(used.skipped):,} not loaded, {could_not}{degenerate}"


def _incident(page: Page, incident: Incident, told: Mapping[str, Alert]) -> None:
    page.line(
        (f" {incident.level.name.upper()} ", LEVEL_STYLE[incident.level]),
        (" INCIDENT  ", "bold"),
        (f"{incident.title}  ", ""),
        (incident.id, "dim"),
    )
    brief(page, incident)
    page.field("what", incident.message)
    page.field("when", f"{show_time(incident.first_seen)} to {show_time(incident.last_seen)}")
    page.field("path", incident.path)
    score(page, incident.score)
    joins = {join.later: join for join in incident.joins}
    for step in incident.steps[:STEPS]:
        join = joins.get(step.alert)
        link = f"  ({join.grade.edge}, {join.grade.value}: {', '.join(join.on) or 'time alone'})" if join else ""
        page.field("step", f"{show_time(step.time)}  {step.asi}  {step.rule}  {step.alert}{link}")
        alert = told.get(step.alert)
        page.field("", alert.message if alert else step.title)
        if alert and alert.first_seen > step.time:
            page.field("", f"(the text was read {show_time(step.time)}, the act came {show_time(alert.first_seen)})")
    more = len(incident.steps) - STEPS
    page.field("", f"and {more:,} more steps" if more > 0 else "")
    page.blank()


def _alert(page: Page, alert: Alert, report: Report, verbose: bool, first: str) -> None:
    """`first` is the alert under which the rule was explained: a report that repeats itself is not read."""
    page.line(
        (f" {alert.level.name.upper()} ", LEVEL_STYLE[alert.level]),
        (f" {alert.rule}  ", "bold"),
        (f"{alert.title}  ", ""),
        (alert.id, "dim"),
    )
    page.field("what", alert.message)
    page.field("status", _status(alert))
    seen = _when(alert.first_seen)
    if alert.last_seen != alert.first_seen:
        seen += f" to {_when(alert.last_seen)}"
    page.field("when", seen + (f", {alert.count:,} times" if alert.count > 1 else ""))
    page.field("who", _some(alert.entities, WHO))
    page.field("tenant", alert.tenant if len(report.coverage.tenants) > 1 else "")
    page.field("tags", ", ".join([*(f"{code} {ASI.get(code, '')}".strip() for code in alert.asi), *alert.attack]))
    _evidence(page, alert, report, verbose)
    card = report.cards.get(alert.rule)
    known = alert.id != first
    page.field("why", " ".join(card.why.split()) if card and not known else "")
    page.field("judged on", alert.judged_on)
    page.field("misses", " ".join(card.misses.split()) if card and verbose and not known else "")
    page.field("next", f"as told under {first}" if known else " ".join(card.next_steps.split()) if card else "")
    page.blank()


def _status(alert: Alert) -> str:
    """What a site has decided about the alert, if anything."""
    told = ["known: the baseline told it"] if alert.known else []
    if alert.judged is not None:
        told.append(f"{alert.judged.name} by the rule, {alert.level.name} by the policy")
    return "; ".join(told)


def _evidence(page: Page, alert: Alert, report: Report, verbose: bool) -> None:
    shown: set[str] = set()
    for index, proof in enumerate(alert.evidence):
        page.field("evidence", f"{proof.origin.file}:{proof.origin.line}  {_when(proof.time)}  {proof.role}")
        place = f"{proof.origin.file}:{proof.origin.offset}"
        quote = report.quotes.get(place)
        if quote is None:
            continue
        if not quote.intact:
            page.field("", "(cannot be shown: the file changed after it was read)", "dim")
        elif verbose and place in shown:
            continue
        elif verbose:
            page.field("", quote.text, "dim")
        elif index < QUOTES:
            told = quoted(alert, proof, quote.text)
            if told not in shown:
                page.quote(told, "dim")
            shown.add(told)
        if place in shown:
            continue
        shown.add(place)
        for caveat in quote.caveats:
            page.field("", f"(doubtful: {caveat})")
    more = alert.evidence_total - len(alert.evidence)
    page.field("", f"and {more:,} more records" if more > 0 else "")


def _when(moment: int) -> str:
    """A time, or that the log tells none."""
    return "undated" if moment == UNDATED else show_time(moment)


def _minute(moment: int) -> str:
    return "undated" if moment == UNDATED else f"{show_time(moment)[:16]}Z"


def _brief(page: Page, choice: Choice) -> None:
    for alert in choice.brief:
        page.clipped(
            f"{alert.level.name.upper():<14}{_minute(alert.first_seen):<19}{alert.rule}  {alert.message}",
            indent=0,
        )
    if choice.left:
        page.line((f"and {len(choice.left):,} more alerts ({choice.counts()}); --format json tells them all", ""))
    if choice.brief:
        page.blank()


def _summary(page: Page, report: Report, verbose: bool) -> None:
    page.head("Summary")
    levels = Counter(alert.level for alert in report.alerts)
    for index, level in enumerate(reversed(Level)):
        page.field(
            "" if index else "alerts",
            f"{level.name:<14}{levels[level]:>7,}",
            LEVEL_STYLE[level] if levels[level] else "dim",
        )
    apart = {"withheld": report.withheld, "suppressed": len(report.suppressed)}
    if report.baseline:
        apart |= {"known": sum(alert.known for alert in report.alerts)}
        apart |= {"new": len(report.alerts) - apart["known"]}
    for name, count in apart.items():
        page.field("", f"{name:<14}{count:>7,}" if count or name == "new" else "")
    _suppressions(page, report, verbose)
    entities = Counter(entity for alert in report.alerts if alert.level for entity in alert.entities)
    top = sorted(entities.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP]
    for index, (entity, count) in enumerate(top):
        page.field("" if index else "top", f"{entity} in {count:,} alert" + ("" if count == 1 else "s"))
    families = report.coverage.families
    page.field("coverage", ", ".join(f"{one.family} {one.events:,}" for one in families if one.events))
    for one in families if verbose else ():
        page.field(
            "", f"{one.family}: " + ", ".join(f"{code} {n:,}" for code, n in one.codes.items()) if one.codes else ""
        )
    page.field("not seen", ", ".join(one.family for one in families if not one.events))


def _suppressions(page: Page, report: Report, verbose: bool) -> None:
    """What is silenced by whom, and what no longer is."""
    for one in report.suppressions:
        told = f"{report.rules.named(one.rule)} by {one.owner} until {show_time(one.expires)}: {one.alerts:,} alerts, {one.reason}"
        if one.status == "applied":
            page.field("suppressed", told)
        elif one.status == "expired":
            page.field("expired", f"suppression of {told}")
        elif one.status == "undated" and one.alerts:
            page.field("no longer", f"no log gives such alerts a time, so this does not hold: suppression of {told}")
        elif verbose:
            page.field("unused", f"suppression of {told}")


def _ignored(page: Page, report: Report, verbose: bool) -> None:
    """What was left aside: by reason, as a folder of sessions has as many such files as sub-agents; by file if verbose."""
    by_reason: dict[str, list[tuple[str, int]]] = {}
    for file in report.inputs:
        for reason, count in file.ignored_reasons.items():
            if verbose:
                page.field("ignored", f"{file.path}: {count:,} x {reason}")
            else:
                by_reason.setdefault(reason, []).append((file.path, count))
    for reason, found in sorted(by_reason.items()):
        where = found[0][0] if len(found) == 1 else f"{len(found):,} files (-v names them)"
        page.field("ignored", f"{where}: {sum(count for _, count in found):,} x {reason}")


def _blind_spots(page: Page, report: Report, verbose: bool) -> None:
    blind = [judge.rule for judge in report.coverage.detectors if judge.status == "blind"]
    page.field("blind", "shown nothing they read: " + ", ".join(blind) if blind else "")
    for note in report.coverage.notes:
        page.field("note", note)
    _ignored(page, report, verbose)
    for gap in report.gaps[:GAPS]:
        page.field("gap", f"{gap.file}:{gap.line}  {gap.reason}")
    more = report.gaps_total - min(GAPS, len(report.gaps))
    page.field("", f"and {more:,} more gaps; --format json lists {len(report.gaps):,}" if more > 0 else "")
    for reason in report.verdict.reasons:
        page.field("reason", reason)


def _some(names: Iterable[str], most: int) -> str:
    told = list(names)
    return ", ".join(told[:most]) + (f" and {len(told) - most:,} more" if len(told) > most else "")
