"""Plain data for programs that show it to people: every text in it made safe to look at."""

from __future__ import annotations

from typing import Any

from onesec_cli.reports.neutralise import neutralise


def safe(value: Any) -> Any:
    """The same lists and mappings with every text, keys too, neutralised. Its depth is ours: log data stays text."""
    if isinstance(value, str):
        return neutralise(value)
    if isinstance(value, dict):
        return {neutralise(key): safe(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [safe(one) for one in value]
    return value


def filled(**values: Any) -> dict[str, Any]:
    """The values that say something: no None, no empty text, list or mapping."""
    return {key: value for key, value in values.items() if value is not None and value not in ("", [], {}, ())}
