"""One self-contained HTML page: the verdict, incidents on a time axis, alerts with their evidence, what could not be judged.

The page holds what was told as JSON, which a browser never runs, and draws it with text nodes alone. Its policy lets nothing in
from outside and runs only the two scripts whose digests it names.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from onesec_cli.model.access import AccessRow
from onesec_cli.model.finding import Alert
from onesec_cli.model.report import Report, RuleCard
from onesec_cli.model.taxonomy import ASI, ATTACK
from onesec_cli.reports import document
from onesec_cli.reports.access_data import access_data
from onesec_cli.reports.choice import Choice, choose
from onesec_cli.reports.encode import encode
from onesec_cli.reports.flow import flow
from onesec_cli.reports.neutralise import neutralise
from onesec_cli.reports.picture import pictures
from onesec_cli.reports.plain import safe
from onesec_cli.version import VERSION

FULL_ALERTS: Final = 10_000
"""Alerts told with their evidence; the others get a row, up to `ROW_ALERTS`, and beyond that they are counted."""
ROW_ALERTS: Final = 90_000
EVIDENCE: Final = 10
"""Records quoted of one alert; how many there are is told."""
QUOTE: Final = 2000
"""Characters of a quoted record; JSON has it whole."""
GAPS: Final = 1000
INCIDENTS: Final = 1000
ACCESS: Final = 20_000
"""Rows of the access matrix; `onesec access` has them all."""
PARTS: Final = (
    "base",
    "head",
    "evidence",
    "alerts",
    "access",
    "incidents",
    "timeline",
    "pictures",
    "coverage",
    "reader",
)
"""What the page's own script is made of, in the order in which it runs."""
_AGENTS: Final = ("agent:", "client:")
_INERT: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""JSON is ASCII already; without these three no text in it can end the element that holds it or open another."""


def pieces(report: Report) -> Iterator[str]:
    """The page, piece by piece."""
    style, chart, page = asset("report.css"), asset("echarts/echarts.common.min.js"), script()
    sentence = html.escape(neutralise(report.verdict.sentence))
    policy = (
        f"default-src 'none'; script-src {digest(chart)} {digest(page)}; style-src {digest(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
    yield f"<title>onesec report</title>\n<style>{style}</style>\n</head>\n"
    yield (
        asset("report.html")
        .replace("{{version}}", VERSION)
        .replace("{{status}}", _status(report))
        .replace("{{sentence}}", sentence)
    )
    yield '<script type="application/json" id="data">'
    yield from _data(report)
    yield f"</script>\n<script>{chart}</script>\n<script>{page}</script>\n</body>\n</html>\n"


@cache
def asset(name: str) -> str:
    """A part of the page that is the same in every report."""
    return files("onesec_cli.reports").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def script() -> str:
    """The page's own script: its parts share one scope, which nothing outside of it can reach."""
    parts = "".join(asset(f"page/{name}.js") for name in PARTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def digest(text: str) -> str:
    """How a content security policy names an inline script or style that may stand in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _status(report: Report) -> str:
    """Ours, but it stands in an attribute."""
    return html.escape(neutralise(report.verdict.status))


def _data(report: Report) -> Iterator[str]:
    """One JSON object, its long lists made as they are written."""
    choice = choose(report, FULL_ALERTS, ROW_ALERTS)
    whole = {alert.id for alert in choice.full}
    chosen = whole | {alert.id for alert in choice.brief}
    told = [alert for alert in report.alerts if alert.id in chosen]
    by_id = {alert.id: alert for alert in report.alerts}
    parts: dict[str, Any] = {
        **_head(report, choice),
        "incidents": (document.incident(one) for one in report.incidents[:INCIDENTS]),
        "incidents_total": len(report.incidents),
        "flows": (flow(one, by_id) for one in report.incidents[:INCIDENTS]),
        "access": (access_data(row) for row in _accesses(report)),
        "access_total": len(report.access),
        "pictures": pictures(report),
        "alerts": (_alert(one, report, one.id in whole) for one in told),
        "suppressed": (_suppressed(one) for one in (document.suppressed(hush, report) for hush in report.suppressed)),
        "gaps": (document.gap(one) for one in report.gaps[:GAPS]),
        "gaps_total": report.gaps_total,
    }
    yield from _object(parts)


def _accesses(report: Report) -> list[AccessRow]:
    """In their order; where they are too many, those of agents that alerts name stay, then those that are active."""
    if len(report.access) <= ACCESS:
        return list(report.access)
    named = {one.partition(":")[2] for alert in report.alerts for one in alert.entities if one.startswith(_AGENTS)}

    def rank(at: int) -> tuple[bool, bool, int]:
        row = report.access[at]
        return (named.isdisjoint({row.agent, row.client} - {""}), row.status != "active", at)

    return [report.access[at] for at in sorted(sorted(range(len(report.access)), key=rank)[:ACCESS])]


def _head(report: Report, choice: Choice) -> dict[str, Any]:
    """All that is short."""
    return {
        "version": VERSION,
        "verdict": document.verdict(report),
        "counts": document.counts(report),
        "left": choice.counts() if choice.left else "",
        "left_total": len(choice.left),
        "policy": document.policy(report),
        "baseline": document.baseline(report),
        "manifest": document.manifest(report),
        "inputs": [document.input_file(file) for file in report.inputs],
        "coverage": document.coverage(report.coverage),
        "rules": document.rules(report.rules),
        "suppressions": [document.suppression(one) for one in report.suppressions],
        "cards": {key: _card(card) for key, card in sorted(report.cards.items())},
        "names": {**ASI, **ATTACK},
    }


def _card(card: RuleCard) -> dict[str, str]:
    """A rule's advice; its lines were broken for the source, not for the page."""
    told = {"why": card.why, "misses": card.misses, "next": card.next_steps}
    return {key: " ".join(text.split()) for key, text in told.items()}


def _object(parts: Mapping[str, Any]) -> Iterator[str]:
    before = "{"
    for key, value in parts.items():
        yield f'{before}"{key}":'
        before = ",\n"
        yield from _list(value) if isinstance(value, Iterator) else (_inert(value),)
    yield "}"


def _list(items: Iterable[Any]) -> Iterator[str]:
    before = ""
    yield "["
    for item in items:
        yield before + _inert(item)
        before = ",\n"
    yield "]"


def _inert(value: Any) -> str:
    return encode(safe(value)).translate(_INERT)


def _alert(one: Alert, report: Report, whole: bool) -> dict[str, Any]:
    """As in the JSON report, with less of its evidence and its rule's advice told once for all."""
    told = document.alert(one, report)
    return _short(told, EVIDENCE if whole else 0)


def _suppressed(told: dict[str, Any]) -> dict[str, Any]:
    return _short(told, 1)


def _short(told: dict[str, Any], evidence: int) -> dict[str, Any]:
    left_out = {"why", "next_steps"} | (set() if evidence else {"facts", "subject"})
    proofs = [{**proof, "quote": proof["quote"][:QUOTE]} for proof in told["evidence"][:evidence]]
    return {**{key: value for key, value in told.items() if key not in left_out}, "evidence": proofs}
