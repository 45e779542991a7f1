"""One run of a row: what is new since the run before it, and what the next one takes up."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from onesec_cli.carry.file import Kept, read, write
from onesec_cli.carry.memory import Memory
from onesec_cli.carry.night import Night
from onesec_cli.case import Case, Progress
from onesec_cli.correlation.alerts import fold
from onesec_cli.correlation.incidents import correlate
from onesec_cli.manifest import detectors_digest
from onesec_cli.model.clock import SECOND
from onesec_cli.model.detector import Rule
from onesec_cli.model.errors import InputError
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Alert
from onesec_cli.model.report import BaselineUse, Report
from onesec_cli.pipeline import Options, Panel, judge_case, open_case
from onesec_cli.replay import Replay, order_key
from onesec_cli.sources.second import in_order
from onesec_cli.state.identity import Identity

__all__ = ["analyze_night", "write"]


def analyze_night(
    paths: Sequence[str],
    options: Options,
    state: str | None,
    lateness: int,
    progress: Progress = lambda what, done: None,
) -> tuple[Report, Kept]:
    """`analyze` for one run of a row, and what the next one takes up. `state` is the file that the run before wrote.

    Raises InputError for a path or a state that cannot be used.
    """
    if options.until is not None or options.until_span is not None:
        raise InputError("--until leaves events out for good; a run of a row holds the youngest back by itself")
    kept, digest = (None, "") if state is None else read(state, detectors_digest())
    was_enabled = gc.isenabled()
    gc.disable()  # as `analyze` does
    try:
        panel = Panel(options)
        case = open_case(paths, options, panel, progress)
        row = _Row(case, options, panel, Memory() if kept is None else kept.memory, lateness)
        told = judge_case(case, options, panel, progress, row=row)
        if kept is not None and kept.rules != told.manifest.rules_sha256:
            raise InputError(
                f"{state}: was written with other Sigma rules, whose windows it holds; begin anew, or use the same rules"
            )
        given = None if state is None else {"path": state, "sha256": digest}
        known = 0 if kept is None else len(kept.memory.told)
        use = None if state is None else BaselineUse(path=state, sha256=digest, alerts=known)  # what it told is known
        report = row.noted(told, {"state": given, "lateness": f"{lateness // SECOND}s"}, use)
        return report, Kept(detectors_digest(), told.manifest.rules_sha256, row.next(report))
    finally:
        if was_enabled:
            gc.enable()


def _ordered(events: Iterable[Event]) -> Iterator[Event]:
    return in_order(events, [], order_key)


class _Row:
    """A run as one of a row."""

    def __init__(self, case: Case, options: Options, panel: Panel, memory: Memory, lateness: int) -> None:
        self._case, self._panel, self._memory = case, panel, memory
        memory.identity.key_of.update(options.policy.agent_clients)
        self._chains = options.knowledge.chains
        self._night = Night(memory, case.moments(), lateness, case.digests())

    def alerts(self, replay: Replay, cards: Mapping[str, Rule], watch: Callable[[Event], object]) -> list[Alert]:
        """What this run tells that the ones before it did not; `watch` is shown every event."""

        def named(identity: Identity, event: Event) -> None:
            self._case.name(identity, event)
            watch(event)

        if self._memory.replay:
            try:
                replay.load(self._memory.replay)
            except (ValueError, KeyError, RecursionError) as error:  # whoever can write the file can write anything
                raise InputError(f"the state cannot be used ({type(error).__name__}: {str(error)[:200]})") from None
        self._night.judge(self._case.unnamed(), replay, self._panel.replay(), _ordered, named)
        alerts = fold([*self._memory.findings, *self._night.findings], cards, self._adopted)
        return self._night.news(alerts, self._together)

    def _together(self, alerts: Sequence[Alert]) -> Iterator[set[str]]:
        """The alerts of each incident."""
        for one in correlate(alerts, self._chains):
            yield {step.alert for step in one.steps}

    def later(self) -> bool:
        """Whether a run came before it."""
        return self._memory.runs > 0

    def stale(self) -> bool:
        """Whether every event had been judged before."""
        return not self._night.counts.new and not self._night.counts.late

    def noted(self, report: Report, options: dict[str, object], use: BaselineUse | None) -> Report:
        """The report, with what became of the events of this run."""
        coverage = replace(report.coverage, notes=(*report.coverage.notes, *self._night.notes()))
        manifest = replace(report.manifest, options={**report.manifest.options, **options})
        return replace(report, coverage=coverage, manifest=manifest, baseline=report.baseline or use)

    def next(self, report: Report) -> Memory:
        """What the next run takes up: of a run that judged nothing, what this one took up."""
        return self._memory if self.stale() else self._night.next(report.alerts, self._adopted)

    def _adopted(self, id: str) -> bool:
        return self._night.adopted(id) or self._case.adopted(id)
