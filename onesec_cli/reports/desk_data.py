"""The responder's questions answered for programs: timeline, access and steps as JSON Lines, CSV, Timesketch."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from onesec_cli.model.access import AccessChange, AccessRow
from onesec_cli.model.clock import show_time
from onesec_cli.model.event import Origin
from onesec_cli.model.step import Step
from onesec_cli.model.timeline import Row
from onesec_cli.reports.access_data import access_data, moment_data, place_data
from onesec_cli.reports.csv_report import SEPARATOR, cell
from onesec_cli.reports.encode import encode
from onesec_cli.reports.entities import by_type
from onesec_cli.reports.plain import filled, safe
from onesec_cli.reports.timesketch import moment

TIMELINE_COLUMNS: Final = (
    *("time", "trail", "level", "kind", "code", "message", "tenant", "entities", "alerts", "source"),
    *("file", "line", "offset", "length", "event"),
)
ACCESS_COLUMNS: Final = (
    *("change", "status", "agent", "client", "user", "place", "basis", "given_by", "scopes", "since", "last_used"),
    *("uses", "token_expires", "ended", "tenant", "evidence"),
)


def timeline_jsonl(rows: Iterable[Row]) -> str:
    """One JSON object an event."""
    return "".join(encode(_row(row)) + "\n" for row in rows)


def timeline_csv(rows: Iterable[Row]) -> str:
    """A header and a row an event."""
    return _table(TIMELINE_COLUMNS, (_flat(_row(row), row.origin) for row in rows))


def timeline_timesketch(rows: Iterable[Row]) -> str:
    """JSON Lines that Timesketch imports: a row an event, those without a time at the epoch."""
    out = []
    for row in rows:
        named = {f"{kind}_name": SEPARATOR.join(names) for kind, names in by_type(row.entities).items()}
        told = {
            **moment(row.time, "Event"),
            "message": row.message,
            **filled(
                data_type=f"onesec:{row.trail}",
                kind=row.kind,
                code=row.code,
                tenant=row.tenant,
                level=row.level.name if row.level is not None else "",
                alert_id=SEPARATOR.join(row.alerts),
                log_file=row.origin.file,
                log_line=row.origin.line,
                log_offset=row.origin.offset,
                log_length=row.origin.length,
                tag=["onesec", row.trail, *([row.level.name] if row.level is not None else [])],
                **named,
            ),
        }
        out.append(encode(safe(told)) + "\n")
    return "".join(out)


def access_json(
    rows: Sequence[AccessRow], *, at: int, since: int | None, changes: Sequence[AccessChange] | None, forgotten: int
) -> str:
    """One JSON document."""
    told = {
        "at": show_time(at),
        "since": None if since is None else show_time(since),
        "access": [access_data(row) for row in rows],
        "changes": None if changes is None else [_change(one) for one in changes],
        "forgotten": forgotten,
    }
    return encode(told, indent=2) + "\n"


def access_csv(rows: Sequence[AccessRow], changes: Sequence[AccessChange] | None) -> str:
    """A header and a row an access, or a change where changes were asked for."""
    told = [access_data(row) for row in rows] if changes is None else [_change(one) for one in changes]
    for one in told:
        one["evidence"] = [f"{proof['file']}:{proof['line']} {proof['role']}" for proof in one["evidence"]]
    return _table(ACCESS_COLUMNS, told)


def steps_jsonl(steps: Iterable[Step]) -> str:
    """One JSON object a step."""
    return "".join(encode(_step(step)) + "\n" for step in steps)


def _row(row: Row) -> dict[str, Any]:
    return {
        "time": moment_data(row.time),
        "trail": row.trail,
        "level": row.level.name if row.level is not None else None,
        "kind": row.kind,
        "code": row.code,
        "message": row.message,
        "tenant": row.tenant,
        "entities": list(row.entities),
        "alerts": list(row.alerts),
        "source": row.source,
        "event": row.event,
        "origin": place_data(row.origin),
    }


def _flat(told: dict[str, Any], origin: Origin) -> dict[str, Any]:
    return {**told, "file": origin.file, "line": origin.line, "offset": origin.offset, "length": origin.length}


def _step(step: Step) -> dict[str, Any]:
    return {
        "step": step.number,
        **_row(step.row),
        "changes": list(step.changes),
        "weighed": [
            {
                "rule": one.rule,
                "history": list(one.history),
                "said": list(one.said),
                "learned": list(one.learned),
                "told": list(one.told),
            }
            for one in step.weighed
        ],
    }


def _change(change: AccessChange) -> dict[str, Any]:
    return {"change": change.what, **access_data(change.row), "scopes": list(change.scopes)}


def _table(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> str:
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    table.writerow(columns)
    for row in rows:
        table.writerow([_cell(row.get(name)) for name in columns])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, int):
        return value
    return cell("" if value is None else value if isinstance(value, str) else SEPARATOR.join(value))
