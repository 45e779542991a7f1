"""`onesec scan`: read trails, judge them, report."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from onesec_cli.cli.judging import Judging, digest_of
from onesec_cli.cli.moments import length_of, span_of, time_of
from onesec_cli.cli.options import LevelName, Paths, Quiet, Written, taking
from onesec_cli.cli.output import EVIDENCE, check_distinct, check_output, parse_report, write
from onesec_cli.model.errors import InputError
from onesec_cli.model.level import Level
from onesec_cli.model.report import DEGENERATE, Manifest, Report, RuleNote, told_together
from onesec_cli.reports.formats import TELLS_NO_VERDICT, Format, pieces_of
from onesec_cli.reports.neutralise import neutralise

if TYPE_CHECKING:
    from onesec_cli.pipeline import RuleBook

HELP = """Read trails, judge every event in time order, and report.

PATH is a file, a folder (read recursively; hidden names are left out), a glob, or - for standard input; plain, gzip,
zstd or zip. What a file holds is told by its content, never by its name.

Exit code: 0 done; 1 alerts at or above --fail-on that the --baseline did not tell; 2 a wrong option, path or policy;
3 inconclusive, nothing could be judged; with --fail-on-gaps, not everything.
"""


Target = tuple[Format, str | None]
"""What is written where; None is standard output."""


@taking
def scan(
    paths: Paths,
    format: Annotated[Format, typer.Option("--format", "-f", help="Report format.")] = Format.console,
    *,
    written: Written,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="FORMAT:PATH",
            help="Write another report of the same run, such as junit:onesec.xml. May be repeated.",
        ),
    ] = None,
    judging: Judging,
    min_level: Annotated[
        LevelName, typer.Option("--min-level", "-m", help="Leave out alerts below this level.")
    ] = LevelName["informational"],
    fail_on: Annotated[
        LevelName | None, typer.Option("--fail-on", help="Exit 1 if an alert is at or above this level.")
    ] = None,
    fail_on_gaps: Annotated[
        bool, typer.Option("--fail-on-gaps", help="Exit 3 if anything could not be read, instead of telling it alone.")
    ] = False,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="REPORT",
            help="An earlier JSON or JSON Lines report: --fail-on counts only alerts that it did not tell.",
        ),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="FILE",
            help="What the run before this one saved: only what is new since then is judged, after all it had learned.",
        ),
    ] = None,
    save_state: Annotated[
        str | None,
        typer.Option("--save-state", metavar="FILE", help="Save what the next run must know (docs/nights.md)."),
    ] = None,
    lateness: Annotated[
        str,
        typer.Option(
            "--lateness",
            metavar="LENGTH",
            help="With --save-state: how late an event may arrive; the youngest are judged again by the next run.",
        ),
    ] = "2h",
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            help="Leave out alerts that ended before: ISO-8601 time (UTC unless it has a zone), or 90m, 24h, 30d, 2w "
            "before the last event that is judged.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", help="Judge no event after: the same; a day alone is its first moment."),
    ] = None,
    quiet: Quiet = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="All evidence and inputs on the console; policy, times and what each detector saw on stderr.",
        ),
    ] = False,
) -> None:
    """See HELP."""
    from onesec_cli.cli.progress import progress_on  # keeps --help fast
    from onesec_cli.nights import analyze_night  # keeps --help fast
    from onesec_cli.nights import write as write_state  # keeps --help fast
    from onesec_cli.pipeline import Options, analyze, check_policy, load_baseline  # keeps --help fast

    targets = _targets(format, written.output, report or [])
    _check(targets, written.force, paths)
    judged = judging.judged()
    if judged.used is not None:
        check_policy(judged.used.path, judged.policy, judged.rules)
    _tell_chains(judged.knowledge.files, judged.rules)
    judges = [*(judging.map or []), *([judged.used.path] if judged.used else [])]
    judges += {member.card.file for member in judged.rules.members}
    _check(targets, written.force, judges, "judges this scan; a report never overwrites it")
    options = Options(
        **judged.named(),
        baseline=None if baseline is None else load_baseline(baseline),
        fail_on=None if fail_on is None else Level[fail_on.value],
        min_level=Level[min_level.value],
        since=time_of("--since", since),
        until=time_of("--until", until),
        since_span=span_of(since),
        until_span=span_of(until),
        access=any(kind is Format.html for kind, _ in targets),
    )
    if options.since is not None and options.until is not None and options.since > options.until:
        raise InputError(f"--since {since} is later than --until {until}: nothing would be told")
    check_output(save_state, written.force, paths)
    if state is not None and not Path(state).is_file():
        raise InputError(f"{state}: there is no such state; the first run is made without --state")
    kept = None
    with progress_on(sys.stderr, quiet, verbose) as progress:
        if state is None and save_state is None:
            found = analyze(paths, options, progress)
        else:
            found, kept = analyze_night(paths, options, state, length_of("--lateness", lateness), progress)
    found = replace(found, policy=judged.used)
    found = replace(found, manifest=_manifest(found, judging))
    if verbose:
        _tell_detectors(found)
        _tell_rules(found)
    inputs = [file.path for file in found.inputs]
    _check(targets, written.force, inputs)
    for kind, target in targets:
        write(_render(found, kind, target, written, verbose), target, written.force)
    if kept is not None and save_state is not None:
        check_output(save_state, written.force, inputs)
        write_state(save_state, kept)
    if not any(target is None and kind not in TELLS_NO_VERDICT for kind, target in targets) and not quiet:
        typer.echo(f"onesec: {neutralise(found.verdict.sentence)}", err=True)
    raise typer.Exit(_exit_code(found, fail_on_gaps))


def _manifest(report: Report, judging: Judging) -> Manifest:
    """What the report was made by, with the options that only the command line knows."""
    told = {
        **report.manifest.options,
        "map": [{"path": path, "sha256": digest_of(path)} for path in judging.map or []],
        "rules": judging.given,
        "default_rules": not judging.no_default_rules,
    }
    return replace(report.manifest, options=told)


def _targets(format: Format, output: str | None, reports: list[str]) -> list[Target]:
    """The reports that are asked for."""
    targets: list[Target] = [(format, output), *map(parse_report, reports)]
    check_distinct(target for _, target in targets if target is not None)
    return targets


def _check(targets: Iterable[Target], force: bool, files: Sequence[str], why: str = EVIDENCE) -> None:
    """Refuse a report that would be written over one of some files."""
    for _, target in targets:
        check_output(target, force, files, why)


def _exit_code(report: Report, fail_on_gaps: bool) -> int:
    if report.verdict.status == "inconclusive":
        return 3
    if report.fail_on is not None and report.worst is not None and report.worst >= report.fail_on:
        return 1
    return 3 if fail_on_gaps and report.gaps_total else 0


def _tell_rules(report: Report) -> None:
    """On stderr: each Sigma rule that was not loaded or could not match, and why; our own are counted by reason."""
    for note in report.rules.skipped:
        typer.echo(f"onesec: rule not loaded: {_place(note)}: {neutralise(note.reason)}", err=True)
    for why, notes in told_together(report.rules.cannot_match):
        said = "degenerate" if why.startswith(DEGENERATE) else "cannot match"
        reason = neutralise(why.removeprefix(DEGENERATE))
        if len(notes) == 1:
            typer.echo(f"onesec: rule {said}: {_place(notes[0])}: {reason}", err=True)
        else:
            typer.echo(f"onesec: {len(notes):,} of our own rules {said}: {reason} (JSON: rules.cannot_match)", err=True)


def _tell_chains(files: Sequence[str], book: RuleBook) -> None:
    """On stderr: what the user's chains name and nothing here can tell."""
    if files:
        from onesec_cli.workshop.chains import unknown_rules  # keeps --help fast

        for note in unknown_rules(files, {one.card.id for one in book.members}):
            typer.echo(f"onesec: {neutralise(f'{note.file}:{note.line}: {note.reason}')}", err=True)


def _place(note: RuleNote) -> str:
    title = f" ({note.title})" if note.title else ""
    return neutralise(f"{note.file}:{note.line}: {note.id or 'no id'}{title}")


def _tell_detectors(report: Report) -> None:
    """On stderr: the policy, and per detector what it was shown and what it said."""
    used, told = report.policy, Counter(alert.rule for alert in report.alerts)
    typer.echo(f"onesec: policy: {f'{used.path} (sha256 {used.sha256})' if used else 'none'}", err=True)
    for judge in report.coverage.detectors:
        lost = f"; {judge.unroutable:,} more lacked the entity it keys on" if judge.unroutable else ""
        seen = f"{judge.shown:,} events" if judge.shown else f"nothing of {', '.join(judge.reads)}"
        typer.echo(f"onesec: {judge.rule}: shown {seen}{lost}; alerts told: {told[judge.rule]:,}", err=True)


def _render(report: Report, format: Format, output: str | None, written: Written, verbose: bool) -> Iterable[str]:
    if format is not Format.console:
        return pieces_of(format)(report)
    from onesec_cli.reports import console  # keeps start-up light

    return [console.render(report, **written.looks(output is None), verbose=verbose)]
