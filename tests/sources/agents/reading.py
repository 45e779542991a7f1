"""Agent logs read as a run reads them."""

from __future__ import annotations

from pathlib import Path

from onesec_cli.model.event import Event
from onesec_cli.model.kinds import BEHAVIOUR
from onesec_cli.replay import order_key
from onesec_cli.sources.open_trail import Trail, discover
from onesec_cli.sources.reader import Reader


def read(folder: Path, text: str = "", name: str = "log.jsonl") -> list[Event]:
    """The events of every file in a folder, in total order; `text`, if given, is written to a file of it first."""
    if text:
        (folder / name).write_text(text, encoding="utf-8")
    reader = Reader(BEHAVIOUR, 0)
    Trail(discover([str(folder)])).read(reader, lambda what, done: None)
    assert not reader.gaps, reader.gaps
    return sorted(reader.events, key=order_key)
