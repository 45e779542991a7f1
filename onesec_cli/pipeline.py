"""Paths in, report out: the public Python API, and the only place that knows all the parts."""

from __future__ import annotations

import gc
from collections import abc
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.assessment import assess
from onesec_cli.case import EVERY_KIND, Case, Progress
from onesec_cli.correlation.alerts import fold
from onesec_cli.correlation.gates import graded, known, silenced
from onesec_cli.correlation.incidents import correlate
from onesec_cli.correlation.verdict import verdict
from onesec_cli.detectors import DETECTORS
from onesec_cli.knowledge.given import Knowledge, load_knowledge
from onesec_cli.manifest import GONE, detectors_digest, file_digests, own_rules_digest, rules_digest
from onesec_cli.model.baseline import Baseline
from onesec_cli.model.clock import SECOND, show_time
from onesec_cli.model.detector import Detector, Rule, page
from onesec_cli.model.event import NOBODY, UNDATED, Asker, Event
from onesec_cli.model.finding import Alert, Finding
from onesec_cli.model.incident import Incident
from onesec_cli.model.level import Level
from onesec_cli.model.mapping import Mapping
from onesec_cli.model.policy import Policy
from onesec_cli.model.report import (
    InputFile,
    Manifest,
    Quote,
    Report,
    RuleCard,
    RuleFile,
    RulesUse,
    Suppressed,
    SuppressionUse,
)
from onesec_cli.replay import Replay
from onesec_cli.sigma.detector import SigmaRules, rules_of
from onesec_cli.sigma.rule import Card, RuleBook
from onesec_cli.sigma.unmatched import rules_used
from onesec_cli.sources.agents.logs import AGENT_SHAPES
from onesec_cli.sources.auth0_types import OTHER, TYPES
from onesec_cli.sources.coverage import coverage, faceless, judged_kinds, scattered
from onesec_cli.sources.earlier import load_baseline
from onesec_cli.sources.mapping_file import load_map
from onesec_cli.sources.policy_file import check_rules, find_policy, load_policy
from onesec_cli.sources.quotes import seal
from onesec_cli.sources.reader import Reader
from onesec_cli.sources.shapes import NOT_A_TRAIL, SHAPES
from onesec_cli.state.in_force import judging_by
from onesec_cli.state.ties import Watched

__all__ = [
    "AGENT_SHAPES",
    "NOT_A_TRAIL",
    "SHAPES",
    "Knowledge",
    "Options",
    "Progress",
    "RuleBook",
    "analyze",
    "check_policy",
    "find_policy",
    "load_baseline",
    "load_knowledge",
    "load_map",
    "load_policy",
    "load_rules",
    "open_case",
]


class Options(Struct, frozen=True, kw_only=True):
    """How a run is made."""

    policy: Policy = msgspec.field(default_factory=Policy)
    min_level: Level = Level.informational
    """Alerts below are counted, not told."""
    since: int | None = None
    """Alerts whose last event is before this (microseconds UTC) are counted, not told; history is still learned."""
    since_span: int | None = None
    """The same, as a length of time before the last event that is judged."""
    until: int | None = None
    """Events after this (microseconds UTC) are not judged."""
    until_span: int | None = None
    """The same, as a length of time before the last event of the trail."""
    mappings: tuple[Mapping, ...] = ()
    """How records of formats that are not known are told."""
    rules: RuleBook = RuleBook()
    """The Sigma rules that run beside the detectors."""
    baseline: Baseline | None = None
    """An earlier report: what it told is known and fails nothing."""
    fail_on: Level | None = None
    """The level from which an alert is a reason to fail; only told, the caller decides what to do about it."""
    knowledge: Knowledge = Knowledge()
    """Chains and scopes beside the shipped ones."""
    access: bool = False
    """Whether the report is to tell who had access at the end of the trail, and who gave what to whom."""


def load_rules(paths: Sequence[str], policy: Policy) -> RuleBook:
    """The Sigma rules under some paths, their placeholders filled by the policy. Raises InputError for a path without any."""
    from onesec_cli.sigma.load import load  # the parser is loaded only where there are rules

    was_enabled = gc.isenabled()
    gc.disable()  # documents and trees are acyclic; scanning them costs a fifth of the time
    try:
        return load(paths, policy.rules.placeholders, frozenset(detector.rule.id for detector in DETECTORS))
    finally:
        if was_enabled:
            gc.enable()


def check_policy(path: str, policy: Policy, rules: RuleBook) -> None:
    """Raise PolicyError where the policy speaks of a rule that this run does not have; one that could not be loaded is told."""
    known_ids = {detector.rule.id for detector in DETECTORS}
    known_ids |= {member.card.id for member in rules.members} | {note.id for note in rules.skipped}
    check_rules(path, policy, known_ids)


def analyze(paths: Sequence[str], options: Options | None = None, progress: Progress | None = None) -> Report:
    """Read every trail under `paths`, judge it, and report. Raises InputError for a path that cannot be used."""
    options = options or Options()
    was_enabled = gc.isenabled()
    gc.disable()  # events and states are acyclic and live until the end; scanning them costs more than it frees
    try:
        return _analyze(paths, options, progress or (lambda what, done: None))
    finally:
        if was_enabled:
            gc.enable()


def _analyze(paths: Sequence[str], options: Options, progress: Progress) -> Report:
    panel = Panel(options)
    case = open_case(paths, options, panel, progress)
    return judge_case(case, options, panel, progress)


class Panel:
    """Everything that judges in a run: the detectors, and the Sigma rules if there are any."""

    def __init__(self, options: Options) -> None:
        with judging_by(options.knowledge):
            self.detectors: list[Detector[Any]] = [make(options.policy) for make in DETECTORS]
        self.sigma = [SigmaRules(options.policy, options.rules, EVERY_KIND)] if options.rules.members else []
        self.reads = Replay(self.detectors).reads
        """Kinds that a detector reads."""
        self.asker: Asker = self.sigma[0].matcher if self.sigma else NOBODY
        """Which records a Sigma rule reads."""

    def replay(self) -> Replay:
        """A replay in which nothing was seen yet."""
        return Replay([*self.detectors, *self.sigma])


def open_case(paths: Sequence[str], options: Options, panel: Panel, progress: Progress, whole: bool = False) -> Case:
    """The trails under some paths, read; with `whole`, every event is kept, read by a detector or not."""
    reads = EVERY_KIND if whole else panel.reads
    return Case(paths, options.policy, reads, options.mappings, panel.asker, progress, whole)


class Row(Protocol):
    """A run that is one of a row: its events are judged after those of the runs before it."""

    def alerts(self, replay: Replay, cards: abc.Mapping[str, Rule], watch: Callable[[Event], object]) -> list[Alert]:
        """What it tells that the runs before it did not; `watch` is shown every event."""

    def later(self) -> bool:
        """Whether a run came before it."""

    def stale(self) -> bool:
        """Whether there was nothing to judge that had not been judged before."""


def judge_case(
    case: Case, options: Options, panel: Panel, progress: Progress, assessed: bool = True, row: Row | None = None
) -> Report:
    """All that detectors and rules say of a case, as a report. Unless `assessed`, incidents have no score and no blast radius."""
    with judging_by(options.knowledge):
        return _judged(case, options, panel, progress, assessed, row)


def _judged(case: Case, options: Options, panel: Panel, progress: Progress, assessed: bool, row: Row | None) -> Report:
    reader, replay = case.reader, panel.replay()
    since, until = _bounds(case, options)
    progress("replaying", 0)
    watched = Watched()
    cards = {**rules_of(options.rules), **{one.rule.id: one.rule for one in panel.detectors}}
    if row is None:
        events = case.events(until)
        findings = [*replay.feed(watched.passing(events) if options.access else events), *replay.finish()]
        alerts = fold(findings, cards, case.adopted)
    else:
        alerts = row.alerts(replay, cards, watched.see if options.access else _not_watched)
    decided = _decide(alerts, options, since)
    decided.told, decided.apart, quotes = _sealed(decided.told, decided.apart, case)
    shown = replay.seen()
    judges = [one for one in shown if not isinstance(one[0], SigmaRules)]
    inputs = tuple(_input(file) for file in sorted(reader.files, key=lambda file: file.name))
    used = _rules_used(options.rules, panel, replay, reader)
    return Report(
        verdict=verdict(
            inputs,
            decided.recent,
            blind=not judged_kinds(shown, reader),
            compared=options.baseline is not None or (row is not None and row.later()),
            stale=row is not None and row.stale(),
            since=since,
            until=until,
            earlier=decided.earlier,
            reach=case.reach(),
            suppressed=len(decided.apart),
            faceless=faceless(shown),
            scattered=scattered(reader),
        ),
        inputs=inputs,
        coverage=coverage(reader, judges, replay.forgotten, replay.lost()),
        alerts=tuple(decided.told),
        incidents=_incidents(case, decided.recent, options, until, assessed),
        gaps=tuple(sorted(reader.gaps, key=lambda gap: (gap.file, gap.offset, gap.line, gap.reason))),
        gaps_total=reader.gaps_total,
        cards=_cards(panel.detectors, options.rules, decided.rules()),
        quotes=quotes,
        withheld=len(alerts) - len(decided.told) - len(decided.apart),
        worst=max((alert.level for alert in decided.recent if not alert.known), default=None),
        rules=used,
        suppressed=tuple(decided.apart),
        suppressions=tuple(decided.uses),
        baseline=options.baseline.use if options.baseline else None,
        fail_on=options.fail_on,
        manifest=_manifest(used, options),
        access=tuple(watched.holdings.rows(_as_of(case, until) or 0)),
        ties=watched.ties.told() if options.access else None,
    )


def _not_watched(event: Event) -> None:
    """Nobody asked what the events did to access."""


def _incidents(
    case: Case, alerts: Sequence[Alert], options: Options, until: int | None, assessed: bool
) -> tuple[Incident, ...]:
    chains = options.knowledge.chains
    found = [one for one in correlate(alerts, chains) if one.level >= options.min_level]
    return assess(case, found, alerts, chains, until, _as_of(case, until) or 0) if assessed else tuple(found)


class _Decided(Struct):
    """Alerts after the policy, the bounds and the baseline have spoken."""

    recent: list[Alert]
    """Those that the verdict, the incidents and the gate look at."""
    told: list[Alert]
    """Of these, those at or above the least level."""
    apart: list[Suppressed]
    uses: list[SuppressionUse]
    earlier: int
    """How many ended before `since`."""

    def rules(self) -> set[str]:
        """Rules that a reader of the report meets."""
        return {alert.rule for alert in self.told} | {one.alert.rule for one in self.apart}


def _decide(alerts: list[Alert], options: Options, since: int | None) -> _Decided:
    alerts = graded(alerts, options.policy.severities)
    recent = [alert for alert in alerts if since is None or alert.last_seen >= since or alert.last_seen == UNDATED]
    earlier = len(alerts) - len(recent)
    left, apart, uses = silenced(recent, options.policy.suppressions)
    left = known(left, options.baseline)
    return _Decided(left, [alert for alert in left if alert.level >= options.min_level], apart, uses, earlier)


def _as_of(case: Case, until: int | None) -> int | None:
    """The time of the last event that was judged."""
    reach = case.reach()
    return None if reach is None else reach[1] if until is None else min(reach[1], until)


def _sealed(
    told: list[Alert], apart: list[Suppressed], case: Case
) -> tuple[list[Alert], list[Suppressed], dict[str, Quote]]:
    """Both with the digests of their evidence, and the quotes."""
    sealed, quotes = seal([*told, *(one.alert for one in apart)], case.trails)
    silent = [replace(one, alert=alert) for one, alert in zip(apart, sealed[len(told) :], strict=True)]
    return sealed[: len(told)], silent, quotes


def _manifest(used: RulesUse, options: Options) -> Manifest:
    """What judged."""
    given = [*(note.file for note in used.loaded if not note.shipped), *options.knowledge.files]
    return Manifest(
        detectors_sha256=detectors_digest(),
        rules_sha256=rules_digest([*(note.file for note in used.loaded), *options.knowledge.files]),
        own_rules_sha256=own_rules_digest() if any(note.shipped for note in used.loaded) else "",
        given_rules=tuple(
            RuleFile(path=path, sha256="" if digest == GONE else digest) for path, digest in file_digests(given)
        ),
        options=_told_options(options),
    )


def _told_options(options: Options) -> dict[str, Any]:
    """The options that bear on what is told; lengths of time in seconds."""

    def bound(moment: int | None, span: int | None) -> str | None:
        return show_time(moment) if moment is not None else f"{span // SECOND}s" if span is not None else None

    return {
        "min_level": options.min_level.name,
        "since": bound(options.since, options.since_span),
        "until": bound(options.until, options.until_span),
    }


def _rules_used(book: RuleBook, panel: Panel, replay: Replay, reader: Reader) -> RulesUse:
    """What became of the rules, which is told even where none could be loaded."""
    if not panel.sigma:
        return rules_used(book, None)
    sigma = panel.sigma[0]
    types = [(code, TYPES.get(code, OTHER)[0], count) for code, count in sorted(reader.ledger.codes.items())]
    return rules_used(book, sigma.matcher, [state.windows for state in replay.states(sigma)], types)


def _bounds(case: Case, options: Options) -> tuple[int | None, int | None]:
    """Since and until as moments. Lengths count back: from the last event, and from the last that is judged."""
    reach = case.reach()
    last = reach[1] if reach else None
    since, until = options.since, options.until
    if last is not None and options.until_span is not None:
        until = last - options.until_span
    if last is not None and options.since_span is not None:
        since = min(last, last if until is None else until) - options.since_span
    return since, until


def _input(file: Any) -> InputFile:
    return InputFile(
        path=file.name,
        sha256=file.sha256,
        bytes=file.bytes,
        format=", ".join(sorted(file.shapes)),
        records=file.records,
        events=file.events,
        duplicates=file.duplicates,
        ignored=sum(file.ignored.values()),
        gaps=file.gaps,
        ignored_reasons=dict(sorted(file.ignored.items())),
    )


def _cards(detectors: Iterable[Detector[Any]], rules: RuleBook, fired: set[str]) -> dict[str, RuleCard]:
    cards = {member.card.id: _rule_card(member.card) for member in rules.members if member.card.id in fired}
    for detector in detectors:
        if detector.rule.id in fired:
            text = page(type(detector))
            cards[detector.rule.id] = RuleCard(
                id=detector.rule.id,
                title=detector.rule.title,
                summary=text["summary"],
                why=text.get("Why it matters", ""),
                misses=text.get("What it misses", ""),
                next_steps=text.get("What to do", ""),
                harmless=" ".join(text.get("What else it may be", "").split()),
                level=detector.rule.level,
            )
    return cards


def _rule_card(card: Card) -> RuleCard:
    """What a Sigma rule says of itself; its false positives are what to look at next, and what else it may be."""
    mistaken = [f"{text.rstrip('.')}." for text in card.falsepositives]
    return RuleCard(
        id=card.id,
        title=card.title,
        summary=card.title,
        why=card.description,
        misses="",
        next_steps=" ".join(f"Known false positive: {text}" for text in mistaken),
        harmless=" ".join(mistaken),
        level=card.level,
    )


def judge(events: Iterable[Event], detectors: Sequence[Detector[Any]]) -> list[Finding]:
    """Findings of ordered events: the replay alone, for tests and tools."""
    replay = Replay(detectors)
    return [*replay.feed(events), *replay.finish()]
