"""Options that the commands of `onesec rules` share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from onesec_cli.cli.judging import Ruled
from onesec_cli.cli.options import Group, LevelName
from onesec_cli.model.level import Level

if TYPE_CHECKING:
    from onesec_cli.workshop.choice import Choice

RuleFiles = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders of rules.")]


@dataclass(frozen=True, kw_only=True)
class Judging(Ruled):
    """Which rules there are, as those who write them ask for them."""

    @property
    def files(self) -> Iterable[str]:
        """Every file of rules and cases, which no answer may overwrite."""
        from onesec_cli.workshop.catalogue import rule_files  # keeps --help fast

        return rule_files([*self.given, *self.own])


class Kind(StrEnum):
    """What can fire."""

    rule = "rule"
    correlation = "correlation"
    detector = "detector"


class Product(StrEnum):
    """Whose events are looked at."""

    auth0 = "auth0"
    agent = "agent"
    onesec = "onesec"


@dataclass(frozen=True, kw_only=True)
class Choosing(Group):
    """Which of all that can fire is meant; different options must all hold, values of one are alternatives."""

    kind: Annotated[list[Kind] | None, typer.Option("--kind", help="Only these. May be repeated.")] = None
    level: Annotated[list[LevelName] | None, typer.Option("--level", "-l", help="Only of this level.")] = None
    min_level: Annotated[LevelName | None, typer.Option("--min-level", "-m", help="Only of this level or above.")] = (
        None
    )
    product: Annotated[list[Product] | None, typer.Option("--product", help="Only on these events.")] = None
    asi: Annotated[list[str] | None, typer.Option("--asi", help="Only of this OWASP Agentic entry: ASI03, or 3.")] = (
        None
    )
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", help="Only with this tag, whole or its last part: attack.t1110, T1110, AML.T0051."),
    ] = None
    status: Annotated[list[str] | None, typer.Option("--status", help="Only with this status: stable, test ...")] = None
    file: Annotated[
        list[str] | None, typer.Option("--file", help="Only of files whose path holds this, or fits this glob.")
    ] = None
    text: Annotated[
        list[str] | None,
        typer.Option("--text", "-s", help="Only where id, title, description, source or tags hold this."),
    ] = None

    def choice(self) -> Choice:
        """What the options ask for. Raises InputError for a word that cannot be met."""
        from onesec_cli.workshop.choice import choice_of  # keeps --help fast

        return choice_of(
            kinds=[one.value for one in self.kind or ()],
            levels=[Level[one.value] for one in self.level or ()],
            least=None if self.min_level is None else Level[self.min_level.value],
            products=[one.value for one in self.product or ()],
            asi=self.asi or (),
            tags=self.tag or (),
            statuses=self.status or (),
            files=self.file or (),
            texts=self.text or (),
        )
