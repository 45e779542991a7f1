"""`onesec scan`: read trails, judge them, report."""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from onesec_cli.cli.options import LevelName
from onesec_cli.cli.output import check_distinct, check_output, parse_report, write
from onesec_cli.model.clock import DAY, HOUR, MINUTE, SECOND, WEEK, parse_time
from onesec_cli.model.errors import InputError, PolicyError
from onesec_cli.model.level import Level
from onesec_cli.model.mapping import Mapping
from onesec_cli.model.policy import Policy
from onesec_cli.model.report import DEGENERATE, Manifest, PolicyUse, Report, RuleNote, told_together
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


_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_EXAMPLES = "2026-03-01, 2026-03-01T09:00:00Z or 2026-03-01T09:00+02:00"


def scan(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, globs, or - for stdin.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="Report format.")] = Format.console,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write the report here, not to stdout.")] = None,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="FORMAT:PATH",
            help="Write another report of the same run, such as junit:onesec.xml. May be repeated.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the output files.")] = False,
    policy: Annotated[
        str | None, typer.Option("--policy", help="Policy file; default: onesec.yaml here or above.")
    ] = None,
    rules: Annotated[
        list[str] | None,
        typer.Option(
            "--rules",
            help="Sigma rules, and chains and scopes (docs/knowledge.md): a file, folder or glob. May be repeated; added to our own.",
        ),
    ] = None,
    no_default_rules: Annotated[
        bool, typer.Option("--no-default-rules", help="Only the Sigma rules of --rules, none of our own.")
    ] = False,
    map: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="Mapping file: how records of another JSON log are told (docs/map.md). May be repeated."
        ),
    ] = None,
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
    width: Annotated[int | None, typer.Option("--width", min=40, max=400, help="Console width.")] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour (NO_COLOR works too).")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
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
    from onesec_cli.pipeline import Options, analyze, check_policy, load_baseline, load_knowledge  # keeps --help fast

    targets = _targets(format, output, report or [])
    for _, target in targets:
        check_output(target, force, paths)
    judged_by, used = policy_of(policy)
    book = rules_of(rules or [], no_default_rules, judged_by)
    if used is not None:
        check_policy(used.path, judged_by, book)
    knowledge = load_knowledge(rules or [])
    _tell_chains(knowledge.files, book)
    for _, target in targets:
        judges = [*(map or []), *([used.path] if used else []), *{member.card.file for member in book.members}]
        check_output(target, force, judges, "judges this scan; a report never overwrites it")
    options = Options(
        policy=judged_by,
        rules=book,
        baseline=None if baseline is None else load_baseline(baseline),
        fail_on=None if fail_on is None else Level[fail_on.value],
        knowledge=knowledge,
        mappings=mappings_of(map or []),
        min_level=Level[min_level.value],
        since=time_of("--since", since),
        until=time_of("--until", until),
        since_span=span_of(since),
        until_span=span_of(until),
        access=any(kind is Format.html for kind, _ in targets),
    )
    if options.since is not None and options.until is not None and options.since > options.until:
        raise InputError(f"--since {since} is later than --until {until}: nothing would be told")
    check_output(save_state, force, paths)
    if state is not None and not Path(state).is_file():
        raise InputError(f"{state}: there is no such state; the first run is made without --state")
    kept = None
    with progress_on(sys.stderr, quiet, verbose) as progress:
        if state is None and save_state is None:
            found = analyze(paths, options, progress)
        else:
            found, kept = analyze_night(paths, options, state, _lateness(lateness), progress)
    found = replace(found, policy=used)
    found = replace(found, manifest=_manifest(found, map or [], rules or [], no_default_rules))
    if verbose:
        _tell_detectors(found)
        _tell_rules(found)
    for _, target in targets:
        check_output(target, force, (file.path for file in found.inputs))
    for kind, target in targets:
        write(_render(found, kind, target, width, no_color, verbose), target, force)
    if kept is not None and save_state is not None:
        check_output(save_state, force, (file.path for file in found.inputs))
        write_state(save_state, kept)
    if not any(target is None and kind not in TELLS_NO_VERDICT for kind, target in targets) and not quiet:
        typer.echo(f"onesec: {neutralise(found.verdict.sentence)}", err=True)
    raise typer.Exit(_exit_code(found, fail_on_gaps))


def _manifest(report: Report, maps: list[str], rules: list[str], no_default: bool) -> Manifest:
    """What the report was made by, with the options that only the command line knows."""
    told = {
        **report.manifest.options,
        "map": [{"path": path, "sha256": _digest(path)} for path in maps],
        "rules": rules,
        "default_rules": not no_default,
    }
    return replace(report.manifest, options=told)


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _targets(format: Format, output: str | None, reports: list[str]) -> list[tuple[Format, str | None]]:
    """What is written where; None is standard output."""
    targets: list[tuple[Format, str | None]] = [(format, output), *map(parse_report, reports)]
    check_distinct(target for _, target in targets if target is not None)
    return targets


def _exit_code(report: Report, fail_on_gaps: bool) -> int:
    if report.verdict.status == "inconclusive":
        return 3
    if report.fail_on is not None and report.worst is not None and report.worst >= report.fail_on:
        return 1
    return 3 if fail_on_gaps and report.gaps_total else 0


def policy_of(path: str | None) -> tuple[Policy, PolicyUse | None]:
    from onesec_cli.pipeline import find_policy, load_policy  # keeps --help fast

    if path is None:
        try:
            found = find_policy(Path.cwd())
        except OSError:  # the folder we stand in is gone
            found = None
        if found is None:
            return Policy(), None
        path = str(found)
    policy = load_policy(path)
    try:
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise PolicyError(path, f"cannot be read ({error.strerror})") from None
    return policy, PolicyUse(path=path, sha256=digest)


def rules_of(paths: list[str], no_default: bool, policy: Policy) -> RuleBook:
    """The user's rules, then our own: of two with one id the user's counts."""
    from onesec_cli.pipeline import RuleBook, load_rules  # keeps --help fast

    own = [] if no_default else shipped("rules")
    return load_rules([*paths, *own], policy) if paths or own else RuleBook()


def shipped(name: str) -> list[str]:
    """A folder that ships with onesec: inside the wheel, or beside the package where it runs from its sources."""
    package = Path(__file__).parents[1]
    found = (place for place in (package / name, package.parent / name) if place.is_dir())
    return [str(place) for place in found][:1]


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
    return neutralise(f"{note.file}:{note.line}: {note.id or 'no id'}")


def _tell_detectors(report: Report) -> None:
    """On stderr: the policy, and per detector what it was shown and what it said."""
    used, told = report.policy, Counter(alert.rule for alert in report.alerts)
    typer.echo(f"onesec: policy: {f'{used.path} (sha256 {used.sha256})' if used else 'none'}", err=True)
    for judge in report.coverage.detectors:
        lost = f"; {judge.unroutable:,} more lacked the entity it keys on" if judge.unroutable else ""
        seen = f"{judge.shown:,} events" if judge.shown else f"nothing of {', '.join(judge.reads)}"
        typer.echo(f"onesec: {judge.rule}: shown {seen}{lost}; alerts told: {told[judge.rule]:,}", err=True)


def mappings_of(paths: list[str]) -> tuple[Mapping, ...]:
    from onesec_cli.pipeline import load_map  # keeps --help fast

    found = tuple(load_map(path) for path in paths)
    rest = [path for path, mapping in zip(paths, found, strict=True) if not mapping.match]
    if len(rest) > 1:
        raise InputError(f"--map: {rest[0]} and {rest[1]} have no match; only one mapping can be given what is left")
    return found


def span_of(text: str | None) -> int | None:
    """A length of time such as 30d, in microseconds, if that is what the text is."""
    match = re.fullmatch(r"([0-9]{1,6})([smhdw])", text or "")
    return int(match[1]) * _UNITS[match[2]] if match else None


def _lateness(text: str) -> int:
    span = span_of(text)
    if span is None:
        raise InputError(f"--lateness: {text!r} is no length of time such as 90m, 2h or 1d")
    return span


def time_of(option: str, text: str | None) -> int | None:
    if text is None or span_of(text) is not None:
        return None
    moment = parse_time(text)
    if moment is None:
        raise InputError(f"{option}: {text!r} is no time such as {_EXAMPLES}, nor a length such as 24h")
    return moment


def _render(
    report: Report, format: Format, output: str | None, width: int | None, no_color: bool, verbose: bool
) -> Iterable[str]:
    if format is not Format.console:
        return pieces_of(format)(report)
    from onesec_cli.cli.terminal import looks  # keeps start-up light
    from onesec_cli.reports import console  # keeps start-up light

    columns, color = looks(sys.stdout, output is None, width, no_color)
    return [console.render(report, width=columns, color=color, verbose=verbose)]
