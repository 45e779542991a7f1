"""What became of test cases: for a person, as JSON, and as JUnit XML for CI."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import msgspec

from onesec_cli.model.trial import Trial, Trials
from onesec_cli.reports.encode import encode
from onesec_cli.reports.neutralise import neutralise
from onesec_cli.reports.page import Page

_STYLE: Final = {"passed": "green", "failed": "bold red", "broken": "bold yellow"}


def console(told: Trials, *, width: int = 80, color: bool = False, verbose: bool = False) -> str:
    """Each case that did not pass, with `verbose` the others too, and the count as the last line."""
    page = Page(width, color)
    for trial in told.trials:
        if trial.status != "passed" or verbose:
            page.line(
                (f"{trial.status:<7}", _STYLE[trial.status]),
                (f" {trial.file}:{trial.line}  ", ""),
                (trial.name, "bold"),
                hang=8,
            )
            for reason in trial.reasons:
                page.field("why", reason)
    for name in told.untested:
        page.line(("no case", "dim"), (f" {name}", ""), hang=8)
    for name in told.not_loaded:
        page.line(("not loaded", "bold yellow"), (f" {name}", ""), hang=11)
    return page.last(sentence(told))


def sentence(told: Trials) -> str:
    """The count, in one line."""
    rules = f"{told.rules:,} rule{'' if told.rules == 1 else 's'}"
    lost = f", {len(told.not_loaded):,} not loaded" if told.not_loaded else ""
    if not told.trials:
        return f"NO CASES in {rules}{lost}: nothing was tested"
    counts = (f"{told.count(status):,} {status}" for status in ("passed", "failed", "broken"))
    bare = f", {len(told.untested):,} without a case" if told.untested else ""
    return f"CASES: {', '.join(counts)}; {rules}{bare}{lost}"


def as_json(told: Trials) -> str:
    """The same as one document."""
    counts = {status: told.count(status) for status in ("passed", "failed", "broken")}
    document: dict[str, Any] = {"rules": told.rules, **counts, "untested": told.untested}
    document |= {"not_loaded": told.not_loaded, "cases": told.trials}
    return encode(msgspec.to_builtins(document), indent=2) + "\n"


def junit(told: Trials) -> str:
    """JUnit XML: a suite per file of rules. Broken cases are errors. Without times, so that equal runs give equal bytes."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="onesec rules test" {_counts(list(told.trials))}>')
    for name, group in groupby(told.trials, key=lambda trial: trial.rule_file):
        trials = list(group)
        lines.append(f"  <testsuite name={_quoted(name)} {_counts(trials)}>")
        for trial in trials:
            lines += _case(trial)
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _counts(trials: list[Trial]) -> str:
    failed = sum(trial.status == "failed" for trial in trials)
    broken = sum(trial.status == "broken" for trial in trials)
    return f'tests="{len(trials)}" failures="{failed}" errors="{broken}"'


def _case(trial: Trial) -> list[str]:
    place = f'classname={_quoted(trial.rule_file)} name={_quoted(trial.name)} file={_quoted(trial.file)} line="{trial.line}"'
    if trial.status == "passed":
        return [f"    <testcase {place}/>"]
    tag = "failure" if trial.status == "failed" else "error"
    told = "\n".join(trial.reasons)
    text = "\n".join(escape(neutralise(reason)) for reason in trial.reasons)
    first = told.split("\n", 1)[0]
    return [f"    <testcase {place}>", f"      <{tag} message={_quoted(first)}>{text}</{tag}>", "    </testcase>"]


def _quoted(text: str) -> str:
    return quoteattr(neutralise(text))
