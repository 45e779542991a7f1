"""`onesec demo`: an attack found, told, contained and proven, on the trails that ship with onesec."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from onesec_cli.cli.judging import shipped
from onesec_cli.cli.output import write
from onesec_cli.model.errors import InputError
from onesec_cli.reports.neutralise import neutralise

if TYPE_CHECKING:
    from onesec_cli.desk.inquiry import Inquiry
    from onesec_cli.model.incident import Incident

HELP = """An attack from its first line to its proof, on the trails that ship with onesec: no set-up, no network.

The honest days of a tenant are judged; then the day on which an agent was hijacked, over both trails; what to revoke is told;
then one byte of a copy of the evidence is changed, and `onesec verify` finds it. Nothing is written outside a temporary folder,
which is removed.

Exit code: 0 done; 2 the shipped trails are missing.
"""
HONEST = "2026-05-15T09:29:00Z"
"""Up to here the days of the full story are honest; a minute later the injected text is read."""


def demo() -> None:
    """See HELP."""
    from onesec_cli.desk.inquiry import uncollected  # keeps --help fast

    found = shipped("sample_logs")
    if not found:
        raise InputError("the sample trails that ship with onesec are not here")
    with TemporaryDirectory(prefix="onesec-demo-") as folder, uncollected():
        place = Path(folder)
        for line in _told(Path(found[0]), place):
            write([neutralise(line.replace(f"{place}/", "")) + "\n"], None, False)


def _told(samples: Path, place: Path) -> Iterator[str]:
    shutil.copytree(samples / "full_story", place / "story")
    yield "1. Honest days: people and their agents at work, by the tenant log and by the agents' own logs"
    yield f"   $ onesec scan story/ --until {HONEST}"
    yield f"   {_asked(place / 'story', HONEST).report.verdict.sentence}"
    yield ""
    yield "2. The same trails, with the day on which an agent was hijacked"
    yield "   $ onesec scan story/"
    attack = _asked(place / "story")
    incident = attack.report.incidents[0]
    yield from _story(attack, incident)
    yield ""
    yield "3. Who was hijacked, by which text, what was taken, what is still open, what to revoke"
    yield f"   $ onesec explain {incident.id} story/"
    yield from _answers(attack, incident.id)
    yield ""
    yield "4. One byte of the evidence is changed, after the report was sealed"
    yield from _changed(attack, place)


def _asked(folder: Path, until: str | None = None) -> Inquiry:
    from onesec_cli.cli.judging import rules_of  # keeps --help fast
    from onesec_cli.desk.inquiry import Inquiry  # keeps --help fast
    from onesec_cli.model.clock import parse_time  # keeps --help fast
    from onesec_cli.model.policy import Policy  # keeps --help fast
    from onesec_cli.pipeline import Options  # keeps --help fast

    policy = Policy()
    options = Options(
        policy=policy, rules=rules_of([], shipped("rules"), policy), until=parse_time(until) if until else None
    )
    return Inquiry([str(folder)], options, lambda what, done: None)


def _story(asked: Inquiry, incident: Incident) -> Iterator[str]:
    from onesec_cli.model.clock import show_time  # keeps --help fast

    told = {alert.id: alert for alert in asked.report.alerts}
    yield f"   INCIDENT {incident.id} {incident.level.name}: {incident.title} ({incident.path})"
    for number, step in enumerate(incident.steps, 1):
        proofs = told[step.alert].evidence
        proof = next((one for one in proofs if one.time == step.time), proofs[0]).origin
        yield f"   {number:>2}. {show_time(step.time)[:19]}Z  {step.rule}: {step.title}  {proof.file}:{proof.line}"
    yield f"   {asked.report.verdict.sentence}"


def _answers(asked: Inquiry, about: str) -> Iterator[str]:
    from onesec_cli.desk.explain import explain  # keeps --help fast
    from onesec_cli.reports.briefed import lines  # keeps --help fast

    incident = explain(asked, about).incident
    for line in lines(incident) if incident is not None else ():
        if line.question:
            yield f"   {line.question}:"
        yield f"      {line.text}"


def _changed(asked: Inquiry, place: Path) -> Iterator[str]:
    from onesec_cli.reports import verification as telling  # keeps --help fast
    from onesec_cli.reports.formats import Format, render  # keeps --help fast
    from onesec_cli.verification import verify  # keeps --help fast

    report = place / "report.json"
    report.write_text("".join(render(asked.report, Format.json)), encoding="utf-8")
    yield "   $ onesec verify report.json"
    yield f"   {_last(telling.text(verify(str(report)), False))}"
    alert = next(one for one in asked.report.alerts if one.rule == "scope-escalation")
    origin = alert.evidence[0].origin
    data = bytearray(Path(origin.file).read_bytes())
    at = data.index(b"gmail.send", origin.offset)
    data[at] ^= 1
    Path(origin.file).write_bytes(data)
    yield f"   (byte {at} of {origin.file}: 'g' becomes '{chr(data[at])}')"
    yield "   $ onesec verify report.json"
    for line in telling.text(verify(str(report)), False).splitlines()[
        1:
    ]:  # the report names its folder: no two are equal
        yield f"   {line}".rstrip()


def _last(text: str) -> str:
    return text.splitlines()[-1]
