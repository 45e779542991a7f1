"""Options that several commands share, each said once, and how a command takes a group of them."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from typing import Annotated, Any, get_type_hints

import typer

from onesec_cli.cli.output import check_output, write
from onesec_cli.cli.terminal import looks
from onesec_cli.model.level import Level

Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, globs, or - for stdin.")]
Policy = Annotated[
    str | None,
    typer.Option("--policy", help="Policy file (thresholds, placeholders); default: onesec.yaml here or above."),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map", help="Mapping file: how records of another JSON log are told (docs/map.md). May be repeated."
    ),
]
Rules = Annotated[
    list[str] | None,
    typer.Option(
        "--rules",
        help="Sigma rules, and chains and scopes (docs/knowledge.md): a file, folder or glob. May be repeated; added to our own.",
    ),
]
NoDefault = Annotated[
    bool, typer.Option("--no-default-rules", help="Only the Sigma rules of --rules, none of our own.")
]
Output = Annotated[str | None, typer.Option("--output", "-o", help="Write here, not to stdout.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the output file.")]
Width = Annotated[int | None, typer.Option("--width", min=40, max=400, help="Console width.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour (NO_COLOR works too).")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="More of it.")]


LevelName = Enum("LevelName", {level.name: level.name for level in Level}, type=str)  # type: ignore[misc]  # from Level


class Form(StrEnum):
    """Forms of an answer that is told to people and to programs."""

    console = "console"
    json = "json"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Options that go together: a command that takes the group, as a keyword, has them all."""


@dataclass(frozen=True, kw_only=True)
class Placed(Group):
    """Where an answer goes."""

    output: Output = None
    force: Force = False

    def check(self, inputs: Iterable[str]) -> None:
        """Refuse an output file that cannot or must not be written."""
        check_output(self.output, self.force, inputs)

    def write(self, text: Iterable[str]) -> None:
        """The whole answer."""
        write(text, self.output, self.force)


@dataclass(frozen=True, kw_only=True)
class Written(Placed):
    """The same, and how it looks on a console."""

    width: Width = None
    no_color: NoColor = False

    def looks(self, to_terminal: bool | None = None) -> dict[str, Any]:
        """`width` and `color` of the console; `to_terminal` where that is not what --output says."""
        used = self.output is None if to_terminal is None else to_terminal
        columns, color = looks(sys.stdout, used, self.width, self.no_color)
        return {"width": columns, "color": color}


@dataclass(frozen=True, kw_only=True)
class Told(Written):
    """The same of an answer that is either for a console or JSON."""

    format: Annotated[Form, typer.Option("--format", "-f", help="Form of the answer.")] = Form.console
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False

    def tell(self, as_json: Callable[[], str], console: Callable[..., str]) -> None:
        """Write the answer in the form that is asked for; `console` takes `width` and `color`."""
        wanted = self.json or self.format is Form.json
        self.write([as_json() if wanted else console(**self.looks())])


def taking(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of each group that it takes, which it is then given as one value."""
    groups: dict[str, type[Group]] = {}
    options: dict[str, inspect.Parameter] = {}
    for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
        kind = parameter.annotation
        if isinstance(kind, type) and issubclass(kind, Group):
            groups[name] = kind
            options |= {one.name: one for one in _options(kind)}
        else:
            options[name] = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)

    @functools.wraps(command)
    def told(**given: Any) -> None:
        made = {name: kind(**{one.name: given.pop(one.name) for one in fields(kind)}) for name, kind in groups.items()}
        command(**given, **made)

    told.__signature__ = inspect.Signature(list(options.values()))  # type: ignore[attr-defined]  # what typer reads
    told.__annotations__ = {name: one.annotation for name, one in options.items()}
    return told


def _options(kind: type[Group]) -> Iterable[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    for one in fields(kind):
        yield inspect.Parameter(
            one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=hints[one.name]
        )
