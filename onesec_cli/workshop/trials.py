"""Runs the test cases of rules through the pipeline, as a scan would, and says what was not as expected."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from onesec_cli.model.errors import InputError
from onesec_cli.model.finding import Alert
from onesec_cli.model.level import LEVELS
from onesec_cli.model.policy import Policy
from onesec_cli.model.report import Report
from onesec_cli.model.trial import Status, Trial, Trials
from onesec_cli.pipeline import Options, analyze, load_rules
from onesec_cli.sigma.cases import SIDECAR, Case, Expect
from onesec_cli.sigma.documents import files_of
from onesec_cli.sigma.rule import Correlation, EventRule, RuleBook, quiet_of
from onesec_cli.sigma.suites import Found, Suites, rule_of, suites_of
from onesec_cli.workshop.neighbours import Neighbours
from onesec_cli.workshop.scene import SceneError, log_of

_LOG = "events.jsonl"
MOST_TOLD = 3
"""Alerts that a failed expectation quotes."""


class _BrokenError(Exception):
    """A case that cannot be judged."""


def trials(paths: Sequence[str], policy: Policy, require: bool = False) -> Trials:
    """Every case of the rules that paths name. With `require`, a rule without a positive and a negative case fails.

    Raises InputError for a path that does not exist.
    """
    found: list[Trial] = []
    untested: list[str] = []
    not_loaded: list[str] = []
    rules = 0
    files = _files(paths)
    neighbours = Neighbours([name for name, _ in files if name])
    for name, sidecar in files:
        if not name:
            found.append(_broken(sidecar, 1, "", "no rule", f"there is no rule file beside it: {sidecar}"))
            continue
        bench = _Bench(name, suites_of(name, sidecar), policy, neighbours)
        rules += len(bench.own)
        found += bench.run()
        untested += bench.untested()
        not_loaded += bench.not_loaded()
        if require:
            found += bench.missing()
    return Trials(
        trials=tuple(sorted(found, key=lambda one: (one.rule_file, one.file, one.line, one.name))),
        rules=rules,
        untested=tuple(untested),
        not_loaded=tuple(not_loaded),
    )


def _files(paths: Sequence[str]) -> list[tuple[str, str]]:
    """Rule files, each with the file of cases to read instead of the one beside it (or empty)."""
    found: dict[tuple[str, str], None] = {}
    for path in paths:
        if path.endswith(SIDECAR) and Path(path).is_file():
            found.setdefault((rule_of(path), path))
        else:
            found.update(dict.fromkeys((name, "") for name in files_of([path]) if not name.endswith(SIDECAR)))
            if Path(path).is_dir():
                found.update(dict.fromkeys(("", str(one)) for one in _orphans(Path(path))))
    once: dict[tuple[Path, Path], tuple[str, str]] = {}
    for name, sidecar in found:
        once.setdefault((Path(name).resolve(), Path(sidecar).resolve()), (name, sidecar))
    return list(once.values())


def _orphans(folder: Path) -> Iterator[Path]:
    """Files of cases beside which no rule stands."""
    for ending in SIDECAR:
        for one in sorted(folder.rglob(f"*{ending}")):
            if one.is_file() and not rule_of(str(one)):
                yield one


def _broken(file: str, line: int, rule_file: str, name: str, reason: str, status: Status = "broken") -> Trial:
    return Trial(file=file, line=line, rule_file=rule_file or file, name=name, status=status, reasons=(reason,))


class _Bench:
    """One file of rules, and its cases; files whose rules it names are loaded with it."""

    def __init__(self, name: str, suites: Suites, policy: Policy, neighbours: Neighbours) -> None:
        self._name, self._suites, self._policy = name, suites, policy
        self._files = [name, *neighbours.needed(name)]
        self.book: RuleBook = load_rules(self._files, policy)
        self.own = [one for one in self.book.members if one.card.file == name]
        """The rules of the file itself; filters are applied where they are loaded with them."""
        self._twice = list(neighbours.twice(name))
        self._lost = [note for note in self.book.skipped if note.file == name]
        self._quiet = quiet_of(self.book)
        self._positive: set[str] = set()
        self._negative: set[str] = set()

    def run(self) -> Iterator[Trial]:
        """Every case. A rule that cannot be loaded breaks the cases of its file; without cases it is nothing to test."""
        for fault in self._suites.faults:
            yield _broken(fault.file, fault.line, self._name, "test cases", fault.reason)
        if self._suites.suites:
            for note in self._lost:
                yield _broken(note.file, note.line, self._name, "loading", f"the rule cannot be loaded: {note.reason}")
            for line, reason in self._twice:
                told = f"with the other files the rule cannot be loaded: {reason}"
                yield _broken(self._name, line, self._name, "loading beside others", told)
        for found in self._suites.suites:
            for index, case in enumerate(found.suite.cases):
                yield self._try(found, index, case)

    def untested(self) -> Iterator[str]:
        """Rules that raise alerts and that no case expects anything of."""
        for rule in self._telling():
            if rule.card.id not in self._positive | self._negative:
                yield f"{rule.card.file}:{rule.card.line} {rule.card.title}"

    def not_loaded(self) -> Iterator[str]:
        """What of a file without cases could not be loaded; where there are cases it breaks them."""
        if not self._suites.suites:
            yield from (f"{note.file}:{note.line} {note.reason}" for note in self._lost)
            yield from (f"{self._name}:{line} {reason}" for line, reason in self._twice)

    def missing(self) -> Iterator[Trial]:
        """A failure for each rule that raises alerts and lacks a case that shows it, or one that shows its silence."""
        for rule in self._telling():
            for had, what in ((self._positive, "in which it fires"), (self._negative, "in which it stays silent")):
                if rule.card.id not in had:
                    told = f"{rule.card.title} has no case {what}"
                    yield _broken(rule.card.file, rule.card.line, self._name, f"case {what}", told, "failed")

    def _telling(self) -> list[EventRule | Correlation]:
        return [
            one
            for index, one in enumerate(self.book.members)
            if index not in self._quiet and one.card.file == self._name
        ]

    def _try(self, found: Found, index: int, case: Case) -> Trial:
        line = found.line("cases", index)
        status: Status = "passed"
        try:
            targets = [(expect, self._target(expect, found)) for expect in case.expected]
            report = self._report(found, case)
            reasons = tuple(reason for expect, rule in targets for reason in _judge(report, expect, rule))
            status = "failed" if reasons else "passed"
        except SceneError as error:
            status, reasons = "broken", (str(error),)
            line = found.line("cases", index, "events", error.index)
        except (_BrokenError, InputError) as error:
            status, reasons = "broken", (str(error),)
        else:
            for expect, rule in targets:
                self._positive |= {rule.card.id} if expect.positive else set()
                self._negative |= {rule.card.id} if expect.negative else set()
        return Trial(file=found.file, line=line, rule_file=self._name, name=case.name, status=status, reasons=reasons)

    def _target(self, expect: Expect, found: Found) -> EventRule | Correlation:
        """The rule that an expectation speaks of: the one it names, else the one it stands in, else the only one."""
        if expect.level is not None and expect.level not in LEVELS:
            raise _BrokenError(f"the level {expect.level} is none of {', '.join(LEVELS)}")
        every = self.own or self.book.members  # a file of filters alone speaks of the rules that they change
        telling = [one for at, one in enumerate(self.book.members) if at not in self._quiet and one in every]
        if expect.rule is not None:
            chosen = [one for one in every if expect.rule in (one.card.id, one.card.name, one.card.title)]
            if not chosen:
                raise _BrokenError(f"no rule of {self._name} has the id, name or title {expect.rule}")
            if not any(one in telling for one in chosen):
                raise _BrokenError(
                    f"{expect.rule} raises no alerts of its own: only correlations look at what it matches"
                )
        else:
            chosen = [one for one in telling if one.card.line == found.owner] or telling
        if len(chosen) != 1:
            names = ", ".join(one.card.title for one in chosen) or "none"
            raise _BrokenError(f"expect needs `rule`: the file has several rules that raise alerts, or none ({names})")
        return chosen[0]

    def _report(self, found: Found, case: Case) -> Report:
        """What the pipeline makes of the events of a case. A record of it that is no event breaks the case."""
        given = {**self._policy.rules.placeholders, **found.suite.placeholders}
        policy = replace(self._policy, rules=replace(self._policy.rules, placeholders=given))
        book = load_rules(self._files, policy) if found.suite.placeholders else self.book
        options = Options(policy=policy, rules=book)
        beside = Path(found.file).parent
        with tempfile.TemporaryDirectory(prefix="onesec-") as folder:
            log = Path(folder) / _LOG
            if case.events:
                log.write_bytes(log_of(found.suite, case))
            logs = [str(beside / name) for name in case.logs]
            for name in logs:
                if not Path(name).exists():
                    raise _BrokenError(f"logs: there is no {name}")
            report = analyze([*([str(log)] if case.events else []), *logs], options)
        if logs and not any(file.events for file in report.inputs if file.path != str(log)):
            raise _BrokenError(f"logs: no event could be read from {', '.join(case.logs)}")
        return _named(report, str(log))


def _named(report: Report, log: str) -> Report:
    """The report of a case all of whose own records are events. Raises for any other."""
    for gap in report.gaps:
        if gap.file == log:
            raise _BrokenError(f"event {gap.line} cannot be read: {gap.reason}")
    for file in report.inputs:
        if file.path == log and file.ignored:
            reasons = ", ".join(file.ignored_reasons)
            raise _BrokenError(f"{file.ignored:,} of the events are left aside ({reasons}), so no rule sees them")
    return report


def _judge(report: Report, expect: Expect, rule: EventRule | Correlation) -> Iterator[str]:
    """Why an expectation is not met, in a sentence."""
    told = [alert for alert in report.alerts if alert.rule == rule.card.id]
    counted = [alert for alert in told if _counts(alert, expect)]
    if expect.fits(len(counted)):
        return
    seen = "; ".join(_seen(alert) for alert in told[:MOST_TOLD])
    more = f"; and {len(told) - MOST_TOLD:,} more" if len(told) > MOST_TOLD else ""
    got = f"{len(counted):,}" if len(counted) == len(told) else f"{len(counted):,} that fit, of {len(told):,}"
    yield f"{rule.card.title}: expected {expect.told()}, got {got}{f': {seen}{more}' if seen else ''}"
    cannot = [note for note in report.rules.cannot_match if note.id == rule.card.id]
    for note in cannot if not told else ():
        yield f"{rule.card.title} could not match these events: {note.reason}"


def _counts(alert: Alert, expect: Expect) -> bool:
    """Whether an alert has the level, the subject and the evidence that an expectation asks for."""
    cited = _cited(alert)
    return (
        expect.level in (None, alert.level.name)
        and set(expect.subject) <= set(alert.subject)
        and all(str(one) in cited for one in expect.evidence)
    )


def _cited(alert: Alert) -> set[str]:
    """The events an alert cites: their number in the case, or `file:line`."""
    found = set()
    for one in alert.evidence:
        name = Path(one.origin.file).name
        found |= (
            {str(one.origin.line)}
            if name == _LOG
            else {f"{name}:{one.origin.line}", f"{one.origin.file}:{one.origin.line}"}
        )
    return found


def _seen(alert: Alert) -> str:
    subject = ", ".join(alert.subject) or "nobody in particular"
    cited = ", ".join(sorted(_cited(alert), key=lambda one: (len(one), one))[:10])
    return f"{alert.level.name} about {subject}, citing {cited}"
