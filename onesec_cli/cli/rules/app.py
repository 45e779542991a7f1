"""`onesec rules`: the commands of those who write rules."""

from __future__ import annotations

import typer

from onesec_cli.cli.rules import coverage, explain, lint, listing, new, profile, show, test

rules = typer.Typer(
    name="rules",
    help="For those who write rules: list, show, lint, test, new, coverage, profile, explain (docs/rules.md).",
    no_args_is_help=True,
    rich_markup_mode=None,
)
rules.command("list", help=listing.HELP)(listing.list_)
rules.command("show", help=show.HELP)(show.show)
rules.command("lint", help=lint.HELP)(lint.lint)
rules.command("test", help=test.HELP)(test.test)
rules.command("new", help=new.HELP)(new.new)
rules.command("coverage", help=coverage.HELP)(coverage.coverage)
rules.command("profile", help=profile.HELP)(profile.profile)
rules.command("explain", help=explain.HELP)(explain.explain)
