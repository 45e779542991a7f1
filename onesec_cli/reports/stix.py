"""STIX 2.1: what was observed, sightings of the techniques it is, a grouping per incident with its links, a report over all.

No indicators: an alert says what happened here, not what to look for elsewhere. Times are event times, ids are digests.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, Final

from onesec_cli.model.clock import show_time
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Grade, Incident, Join
from onesec_cli.model.report import InputFile, Report
from onesec_cli.model.taxonomy import ASI, ATTACK, address
from onesec_cli.reports.briefed import answers
from onesec_cli.reports.entities import split
from onesec_cli.reports.neutralise import neutralise
from onesec_cli.reports.plain import filled, safe
from onesec_cli.reports.stix_ids import object_id, observable_id
from onesec_cli.reports.stream import filled_list
from onesec_cli.version import VERSION

MADE: Final = "2026-01-01T00:00:00.000Z"
"""When the objects that are the same in every report (the tool, the techniques) are said to be made."""
MOST: Final = 999_999_999
CONFIDENCE: Final = {Grade.certain: 95, Grade.strong: 85, Grade.fair: 50, Grade.weak: 15}
"""How sure a link is, on the scale of STIX (appendix A): what rests on one id is almost certain, what rests on time alone is low."""
_ACCOUNTS: Final = {"user": "", "agent": "agent", "client": "oauth-client", "account": "connected-account"}
"""Entities that are told as user accounts, and the account type; the others become labels of the observation."""


def pieces(report: Report) -> Iterator[str]:
    """One bundle, objects in the order in which they are first spoken of."""
    told = [*(alert.id for alert in report.alerts), *(incident.id for incident in report.incidents)]
    name = object_id("bundle", _report_id(report), *told)
    return filled_list({"type": "bundle", "id": name, "objects": []}, map(safe, _objects(report)))


def _objects(report: Report) -> Iterator[dict[str, Any]]:
    bundle = _Bundle(report)
    for alert in report.alerts:
        bundle.alert(alert)
        yield from bundle.made()
    for incident in report.incidents:
        bundle.incident(incident)
        yield from bundle.made()
    bundle.report(report)
    yield from bundle.made()


def _report_id(report: Report) -> str:
    last = show_time(report.coverage.last_event or 0)
    return object_id("report", report.verdict.sentence, last, *(file.sha256 for file in report.inputs))


class _Bundle:
    """Which objects there are, each once, and those made since somebody asked."""

    def __init__(self, report: Report) -> None:
        self._ids: dict[str, None] = {}
        self._made: list[dict[str, Any]] = []
        self._files = {file.path: file for file in report.inputs}
        self._grouped = {step.alert for incident in report.incidents for step in incident.steps}
        self._observed: dict[str, list[str]] = {}
        self._techniques: dict[str, str] = {}
        self._tool = self._put(
            type="identity",
            id=object_id("identity", "onesec"),
            name="onesec",
            identity_class="system",
            description="Forensic analyzer of identity and agent trails",
            created=MADE,
            modified=MADE,
        )

    def made(self) -> list[dict[str, Any]]:
        """Objects that are new since the last call."""
        told, self._made = self._made, []
        return told

    def alert(self, alert: Alert) -> None:
        """What was observed, and a sighting of each technique."""
        first, last = show_time(alert.first_seen), show_time(max(alert.first_seen, alert.last_seen))
        seen = self._put(
            type="observed-data",
            id=object_id("observed-data", alert.id),
            created_by_ref=self._tool,
            created=first,
            modified=first,
            first_observed=first,
            last_observed=last,
            number_observed=min(alert.count, MOST),
            object_refs=self._observables(alert),
            labels=[alert.rule, alert.level.name, *(one for one in alert.entities if split(one)[0] not in _TOLD)],
            external_references=_places(alert),
        )
        told = [seen]
        for code in (*alert.attack, *alert.asi):
            told.append(
                self._put(
                    type="sighting",
                    id=object_id("sighting", alert.id, code),
                    created_by_ref=self._tool,
                    created=first,
                    modified=first,
                    first_seen=first,
                    last_seen=last,
                    count=min(alert.count, MOST),
                    sighting_of_ref=self._technique(code),
                    observed_data_refs=[seen],
                    where_sighted_refs=[self._tool],
                    description=alert.message,
                )
            )
        if alert.id in self._grouped:
            self._observed[alert.id] = told

    def incident(self, incident: Incident) -> None:
        """The observations of its steps, grouped; a step that is withheld from the report is not there to be grouped."""
        refs = [ref for step in incident.steps for ref in self._observed.get(step.alert, ())]
        if refs:
            refs += [ref for join in incident.joins if (ref := self._link(join, incident))]
            first = show_time(incident.first_seen)
            self._put(
                type="grouping",
                id=object_id("grouping", incident.id),
                created_by_ref=self._tool,
                created=first,
                modified=first,
                name=incident.title,
                description=" | ".join([incident.message, *map(_answered, answers(incident))]),
                context="suspicious-activity",
                confidence=incident.score.confidence,
                labels=[
                    f"risk-score:{incident.score.risk}",
                    f"impact-score:{incident.score.impact}",
                    f"level:{incident.level.name}",
                    f"chain:{incident.chain}",
                    f"grade:{incident.grade.value}",
                ],
                object_refs=list(dict.fromkeys(refs)),
            )

    def _link(self, join: Join, incident: Incident) -> str:
        """What ties a later observation to an earlier one; nothing where one of them is withheld from the report."""
        earlier, later = self._observed.get(join.earlier), self._observed.get(join.later)
        if not earlier or not later:
            return ""
        seen = show_time(next(step.time for step in incident.steps if step.alert == join.later))
        on = ", ".join(join.on) or "nothing but time"
        return self._put(
            type="relationship",
            id=object_id("relationship", incident.id, join.earlier, join.later),
            created_by_ref=self._tool,
            created=seen,
            modified=seen,
            relationship_type="related-to",
            description=f"{join.seconds:,} s later, joined on {on}",
            source_ref=later[0],
            target_ref=earlier[0],
            confidence=CONFIDENCE[join.grade],
            labels=[join.grade.edge, join.grade.value],
        )

    def report(self, report: Report) -> None:
        """The verdict over everything that was put before."""
        last = show_time(report.coverage.last_event or 0)
        self._put(
            type="report",
            id=_report_id(report),
            created_by_ref=self._tool,
            created=last,
            modified=last,
            published=last,
            name=f"onesec {VERSION}: {report.verdict.status}",
            description="\n".join([report.verdict.sentence, *report.verdict.reasons]),
            report_types=["observed-data"],
            object_refs=list(self._ids),
        )

    def _put(self, **properties: Any) -> str:
        """Add an object, unless it is there already. Its id."""
        name: str = properties["id"]
        if name not in self._ids:
            self._ids[name] = None
            self._made.append(filled(**{"type": "", "spec_version": "2.1", **properties}))
        return name

    def _technique(self, code: str) -> str:
        if code not in self._techniques:
            self._techniques[code] = self._put(
                type="attack-pattern",
                id=object_id("attack-pattern", code),
                created=MADE,
                modified=MADE,
                name=ATTACK.get(code) or ASI.get(code) or code,
                external_references=[_reference(code)],
            )
        return self._techniques[code]

    def _observables(self, alert: Alert) -> list[str]:
        """Accounts and addresses that it names, and the files that hold its evidence."""
        told = [ref for entity in alert.entities if (ref := self._entity(*split(entity)))]
        told += [self._file(name) for name in dict.fromkeys(proof.origin.file for proof in alert.evidence)]
        return list(dict.fromkeys(told)) or [self._file("unknown")]

    def _entity(self, kind: str, value: str) -> str:
        value = neutralise(value)  # before the id is made of it
        if kind in _ACCOUNTS:
            named = filled(account_type=_ACCOUNTS[kind], user_id=value)
            return self._put(type="user-account", id=observable_id("user-account", named), **named)
        version = _version(value) if kind == "ip" else 0
        if version:
            type = f"ipv{version}-addr"
            return self._put(type=type, id=observable_id(type, {"value": value}), value=value)
        return ""

    def _file(self, name: str) -> str:
        known: InputFile | None = self._files.get(name)
        hashes = {"SHA-256": known.sha256} if known and known.sha256 else {}
        named = filled(hashes=hashes, name=neutralise(name))
        return self._put(
            type="file", id=observable_id("file", named), **named, size=known.bytes if known and hashes else None
        )


_TOLD: Final = frozenset({*_ACCOUNTS, "ip"})


def _answered(told: list[str]) -> str:
    question, *texts = told
    return f"{question}: {'; '.join(texts)}"


def _places(alert: Alert) -> list[dict[str, Any]]:
    """Where each piece of evidence is, with its digest in the description: the digest is of the record, not of the file."""
    return [
        {
            "source_name": "onesec-evidence",
            "external_id": f"{proof.origin.file}:{proof.origin.line}",
            "description": f"{proof.role}; offset {proof.origin.offset}, length {proof.origin.length}, "
            f"sha256 {proof.origin.sha256 or 'not intact'}",
        }
        for proof in alert.evidence
    ]


def _reference(code: str) -> dict[str, str]:
    if code.startswith("ASI"):
        return {"source_name": "owasp-agentic", "external_id": code}
    source = "mitre-atlas" if code.startswith("AML.") else "mitre-attack"
    return {"source_name": source, "external_id": code, "url": address(code)}


def _version(value: str) -> int:
    """4 or 6 for an address, else 0: what a log calls an address may be anything. STIX knows no zones (`%eth0`)."""
    if "%" in value:
        return 0
    try:
        return ip_address(value).version
    except ValueError:
        return 0
