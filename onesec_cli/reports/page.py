"""A page of text for a terminal: labelled fields wrapped under themselves, nothing from a log ever interpreted."""

from __future__ import annotations

import io
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from onesec_cli.model.level import Level
from onesec_cli.reports.neutralise import neutralise

LEVEL_STYLE: Final = {
    Level.critical: "bold white on red",
    Level.high: "bold red",
    Level.medium: "bold yellow",
    Level.low: "cyan",
    Level.informational: "dim",
}
_LABEL: Final = 13
"""Columns of a label; a page narrower than `_NARROW` has short ones."""
_NARROW: Final = 60
_LEAST_BODY: Final = 20


class Page:
    """Collects lines of at most `width` columns. The environment (COLUMNS, TERM, NO_COLOR) has no say in it."""

    def __init__(self, width: int, color: bool) -> None:
        self.width = width
        self.indent = _LABEL if width >= _NARROW else 2
        self._out = io.StringIO()
        self._console = Console(
            file=self._out,
            width=width,
            height=25,
            force_terminal=color,
            force_jupyter=False,
            no_color=not color,
            color_system="standard" if color else None,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            _environ={},
        )

    def line(self, *parts: tuple[str, str], hang: int = 0) -> None:
        """One run of (text, style) parts, wrapped at the edge; what is wrapped begins `hang` columns in."""
        whole = Text(overflow="fold")
        for text, style in parts:
            whole.append(neutralise(text), style=style)
        if not hang or cell_len(whole.plain) <= self.width:
            self._console.print(whole)
            return
        hang = hang if self.width - hang >= _LEAST_BODY and self.width >= _NARROW else 2
        first, *rest = whole.wrap(self._console, self.width)
        first.rstrip()
        self._console.print(first, soft_wrap=True)
        if rest:
            body = whole[len(first.plain) :]
            body = body[len(body.plain) - len(body.plain.lstrip()) :]
            body.overflow = "fold"
            for line in body.wrap(self._console, self.width - hang):
                line.rstrip()
                self._console.print(Text(" " * hang) + line, soft_wrap=True)

    def field(self, name: str, value: str, style: str = "") -> None:
        """A label and its text, wrapped under itself. A field without text is left out."""
        if not value:
            return
        label, room = self._label(name), self._room
        body = Text(neutralise(value), style=style, overflow="fold")
        if self.indent < _LABEL:  # too narrow for a column of labels: the label is the beginning of the text
            body = Text.assemble((label.strip() + " " if name else "", "dim"), body, overflow="fold")
            label = " " * self.indent
        for number, line in enumerate(body.wrap(self._console, room)):
            line.rstrip()
            before = label if number == 0 else " " * self.indent
            self._console.print(Text.assemble((before, "dim"), line), soft_wrap=True)

    def clipped(self, value: str, style: str = "", indent: int | None = None, end: bool = False) -> None:
        """One line, cut at the edge; with `end` its beginning is cut off, as the end of a path says more."""
        indent = self.indent if indent is None else indent
        room = max(_LEAST_BODY, self.width - indent)
        text = neutralise(value[-room - 1 :] if end else value[: room + 1])  # what is made safe only grows
        if cell_len(text) > room and end:
            text = "..." + set_cell_size(text[::-1], room - 3)[::-1].lstrip()
        elif cell_len(text) > room:
            text = set_cell_size(text, room - 3).rstrip() + "..."
        self._console.print(Text(" " * indent + text, style=style), soft_wrap=True)

    def verbatim(self, value: str) -> None:
        """One line as it is, however long, so that it can be copied whole."""
        self._console.print(Text(" " * self.indent + neutralise(value)), soft_wrap=True)

    def quote(self, value: str, style: str = "", lines: int = 4) -> None:
        """A text of at most so many lines, cut at the last edge."""
        text = neutralise(value[: lines * self._room])
        room = lines * self._room
        if cell_len(text) > room or len(value) > room:
            text = set_cell_size(text, room - 3).rstrip() + "..."
        self.field("", text, style)

    def head(self, title: str) -> None:
        """A heading."""
        self.line((title, "bold"))

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    def last(self, sentence: str) -> str:
        """The whole text, ended by one plain line that is never wrapped."""
        return f"{self.text()}{neutralise(sentence)}\n"

    def text(self) -> str:
        """The whole text so far."""
        return "\n".join(line.rstrip() for line in self._out.getvalue().split("\n"))

    @property
    def _room(self) -> int:
        return max(_LEAST_BODY, self.width - self.indent)

    def _label(self, name: str) -> str:
        return f"  {name}:" if self.indent < _LABEL else f"  {name:<{self.indent - 2}}"
