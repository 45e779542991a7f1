"""Agent logs read as a run reads them."""

from __future__ import annotations

from pathlib import Path

from onesec_cli.model.event import Event
from onesec_cli.model.kinds import BEHAVIOUR
from tests.reading import read as read_all


def read(folder: Path, text: str = "", name: str = "log.jsonl") -> list[Event]:
    """The events of every file in a folder, in total order; `text`, if given, is written to a file of it first."""
    if text:
        (folder / name).write_text(text, encoding="utf-8")
    told = read_all(folder, BEHAVIOUR)
    assert not told.gaps, told.gaps
    return told.events
