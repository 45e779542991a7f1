"""`onesec demo`: an attack found, told, contained and proven, on the trails that ship with onesec."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from onesec_cli.cli.output import write
from onesec_cli.cli.scan import shipped
from onesec_cli.model.errors import InputError
from onesec_cli.reports.neutralise import neutralise

if TYPE_CHECKING:
    from onesec_cli.desk.inquiry import Inquiry

HELP = """An attack from its first line to its proof, on the trails that ship with onesec: no set-up, no network.

An honest time is judged, then the attack over both trails; what to revoke is told; then one byte of a copy of the evidence is
changed, and `onesec verify` finds it. Nothing is written outside a temporary folder, which is removed.

Exit code: 0 done; 2 the shipped trails are missing.
"""
HONEST = "2026-06-10T09:30"
"""The attack on the desk agent begins then."""


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
    shutil.copytree(samples / "both_trails", place / "attack")
    shutil.copytree(samples / "full_story", place / "five")
    (place / "honest").mkdir()
    lines = (samples / "both_trails" / "auth0.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if f'"date":"{HONEST}' > _date(line)]
    (place / "honest" / "auth0.jsonl").write_text("".join(kept), encoding="utf-8")
    for name in ("claude.jsonl", "codex.jsonl", "gemini.jsonl"):
        shutil.copy(samples / "both_trails" / name, place / "honest" / name)
    yield "1. Honest days: agents at work, by the tenant log and by their own logs"
    yield "   $ onesec scan honest/"
    yield f"   {_asked(place / 'honest').report.verdict.sentence}"
    yield ""
    yield "2. The same tenant, with the day on which an agent was hijacked"
    yield "   $ onesec scan attack/"
    attack = _asked(place / "attack")
    yield from _story(attack)
    yield ""
    yield "3. Five known ways into a vault of tokens, in another tenant"
    yield "   $ onesec scan five/"
    yield from _alerts(_asked(place / "five"))
    yield ""
    yield "4. What to take away from the hijacked agent"
    incident = attack.report.incidents[0].id
    yield f"   $ onesec explain {incident} attack/"
    yield from _contain(attack, incident)
    yield ""
    yield "5. One byte of the evidence is changed, after the report was sealed"
    yield from _changed(attack, place)


def _date(line: str) -> str:
    at = line.find('"date":"')
    return line[at : at + 8 + len(HONEST)]


def _asked(folder: Path) -> Inquiry:
    from onesec_cli.cli.scan import rules_of  # keeps --help fast
    from onesec_cli.desk.inquiry import Inquiry  # keeps --help fast
    from onesec_cli.model.policy import Policy  # keeps --help fast
    from onesec_cli.pipeline import Options  # keeps --help fast

    policy = Policy()
    return Inquiry([str(folder)], Options(policy=policy, rules=rules_of([], False, policy)), lambda what, done: None)


def _story(asked: Inquiry) -> Iterator[str]:
    from onesec_cli.model.clock import show_time  # keeps --help fast

    told = {alert.id: alert for alert in asked.report.alerts}
    for incident in asked.report.incidents:
        yield f"   INCIDENT {incident.id} {incident.level.name}: {incident.title} ({incident.path})"
        for number, step in enumerate(incident.steps, 1):
            yield f"   {number}. {show_time(step.time)} {step.rule}, proven by {_proof(asked, step.alert)}"
            yield f"      {told[step.alert].message}"
    yield f"   {asked.report.verdict.sentence}"


def _alerts(asked: Inquiry) -> Iterator[str]:
    for alert in asked.report.alerts:
        if alert.level.name in ("critical", "high"):
            yield f"   {alert.level.name.upper():<9}{alert.rule}: {alert.message}"
    yield f"   {asked.report.verdict.sentence}"


def _proof(asked: Inquiry, name: str) -> str:
    alert = next(one for one in asked.report.alerts if one.id == name)
    return f"{alert.evidence[0].origin.file}:{alert.evidence[0].origin.line}"


def _contain(asked: Inquiry, incident: str) -> Iterator[str]:
    from onesec_cli.desk.explain import explain  # keeps --help fast

    for one in explain(asked, incident).radius.measures:
        yield f"   {'OPEN' if one.open else 'done'}  {one.action}  {', '.join(one.target)}"
        yield f"         {one.reason}"


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
