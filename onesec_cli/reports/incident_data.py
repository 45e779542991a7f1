"""An incident as data: how it begins in every format that tells one as an object."""

from __future__ import annotations

from typing import Any

from onesec_cli.model.incident import Incident


def incident_head(one: Incident) -> dict[str, Any]:
    """What it is called, how bad it is, and how sure its weakest link is."""
    return {
        "id": one.id,
        "chain": one.chain,
        "title": one.title,
        "level": one.level.name,
        "message": one.message,
        "path": one.path,
        "grade": one.grade.value,
    }
