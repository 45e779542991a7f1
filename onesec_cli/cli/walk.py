"""Walking through the steps of a replay at a terminal, one key at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import readchar
import typer

from onesec_cli.reports.neutralise import neutralise

if TYPE_CHECKING:
    from onesec_cli.model.step import Step

KEYS: Final = "n next  b back  a alert  A alert before  / search  g first  G last  q quit"
_NEXT: Final = frozenset({"n", " ", "\r", "\n", "j", "\x1b[C", "\x1b[B"})
_BACK: Final = frozenset({"b", "p", "k", "\x7f", "\x1b[D", "\x1b[A"})
_QUIT: Final = frozenset({"q", "\x03", "\x04"})
_CLEAR: Final = "\x1b[2J\x1b[H"


def walk(
    steps: Sequence[Step],
    shown: Callable[[Step, int | None], str],
    key: Callable[[], str] = readchar.readkey,
    ask: Callable[[str], str] = lambda text: str(typer.prompt(text, default="", show_default=False, prompt_suffix="")),
) -> None:
    """Show one step at a time until the reader quits. A step is what it was when it came: going back is exact."""
    if not steps:
        typer.echo("no event is asked for")
        return
    at, note = 0, ""
    while True:
        typer.echo(_CLEAR + shown(steps[at], len(steps)), nl=False)
        typer.echo(f"{note}\n{KEYS}" if note else KEYS)
        note = ""
        try:
            pressed = key()
        except (KeyboardInterrupt, EOFError):
            return
        if pressed in _QUIT:
            return
        if pressed == "/":
            word = ask("/").lower()
            found = next((number for number in range(at + 1, len(steps)) if word in _text(steps[number])), None)
            at, note = (at, f"nothing further on holds {neutralise(word)}") if found is None else (found, "")
        else:
            moved = move(steps, at, pressed)
            note = "" if moved is not None or pressed not in "aA" else "no alert further that way"
            at = at if moved is None else moved


def move(steps: Sequence[Step], at: int, pressed: str) -> int | None:
    """Where a key leads to; None where it leads nowhere."""
    if pressed in _NEXT:
        return at + 1 if at + 1 < len(steps) else None
    if pressed in _BACK:
        return at - 1 if at else None
    if pressed == "g":
        return 0
    if pressed == "G":
        return len(steps) - 1
    if pressed == "a":
        return next((number for number in range(at + 1, len(steps)) if _alarms(steps[number])), None)
    if pressed == "A":
        return next((number for number in range(at - 1, -1, -1) if _alarms(steps[number])), None)
    return None


def _alarms(step: Step) -> bool:
    return bool(step.row.alerts) or any(one.said for one in step.weighed)


def _text(step: Step) -> str:
    told = [step.row.message, step.row.kind, *step.row.entities, *step.changes, *step.row.alerts]
    return "\n".join([*told, *(line for one in step.weighed for line in (one.rule, *one.said))]).lower()
