"""One access as every form of a report tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from onesec_cli.model.access import AccessRow
from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED, Evidence, Origin

SCOPES: Final = 4
"""Scopes named where there is little room; `access_data` has them all."""


def scopes_in_short(scopes: Sequence[str]) -> str:
    """The first of them, and how many more there are; empty where there is none."""
    more = f" and {len(scopes) - SCOPES:,} more" if len(scopes) > SCOPES else ""
    return f"{', '.join(scopes[:SCOPES])}{more}"


def access_data(row: AccessRow) -> dict[str, Any]:
    """One access, as every JSON form tells it."""
    return {
        "status": row.status,
        "agent": row.agent,
        "client": row.client,
        "user": row.user,
        "place": row.place,
        "basis": row.basis,
        "given_by": row.giver,
        "scopes": list(row.scopes),
        "since": moment_data(row.since),
        "last_used": moment_data(row.last_used),
        "uses": row.uses,
        "token_expires": moment_data(row.token_expires),
        "ended": moment_data(row.ended),
        "tenant": row.tenant,
        "evidence": [_evidence(proof) for proof in row.evidence],
    }


def _evidence(proof: Evidence) -> dict[str, Any]:
    return {"role": proof.role, "time": moment_data(proof.time), **place_data(proof.origin)}


def place_data(origin: Origin) -> dict[str, Any]:
    """Where a record is."""
    return {"file": origin.file, "line": origin.line, "offset": origin.offset, "length": origin.length}


def moment_data(time: int | None) -> str | None:
    """A time; None where there is none."""
    return None if time is None or time == UNDATED else show_time(time)
