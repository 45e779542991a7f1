"""What lint has to say: for a person, as JSON, and as SARIF for code review."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec

from onesec_cli.model.remark import Remark
from onesec_cli.reports.encode import encode
from onesec_cli.reports.page import Page
from onesec_cli.reports.sarif import SCHEMA
from onesec_cli.reports.sarif_text import message, uri
from onesec_cli.version import VERSION

_STYLE: Final = {"error": "bold red", "warning": "yellow", "info": "dim"}
_SARIF: Final = {"error": "error", "warning": "warning", "info": "note"}


def console(
    remarks: Sequence[Remark], every: Sequence[Remark], rules: int, *, width: int = 80, color: bool = False
) -> str:
    """Remarks by file and line, and the count of `every` one as the last line, those that are not shown too."""
    page = Page(width, color)
    for _, group in groupby(remarks, key=lambda one: one.file):
        for one in group:
            page.line(
                (f"{one.file}:{one.line}: ", ""),
                (one.severity, _STYLE[one.severity]),
                (f" {one.code}  ", "bold"),
                (one.rule, "dim"),
                hang=4,
            )
            page.field("", one.sentence)
    return page.last(sentence(every, rules, len(every) - len(remarks)))


def sentence(remarks: Sequence[Remark], rules: int, hidden: int = 0) -> str:
    """The count, in one line; `hidden` of the remarks are not shown."""
    counts = _counts(remarks)
    told = ", ".join(f"{count:,} {name}{'' if count == 1 or name == 'info' else 's'}" for name, count in counts.items())
    left_out = f"; {hidden:,} of them not shown" if hidden else ""
    return f"LINT: {told} in {rules:,} rule{'' if rules == 1 else 's'}{left_out}"


def _counts(remarks: Sequence[Remark]) -> dict[str, int]:
    return {name: sum(one.severity == name for one in remarks) for name in ("error", "warning", "info")}


def as_json(remarks: Sequence[Remark], every: Sequence[Remark], rules: int) -> str:
    """The same as one document; `counts` are of every remark, shown or not."""
    shown = [msgspec.to_builtins(one) for one in remarks]
    return encode({"rules": rules, "counts": _counts(every), "remarks": shown}, indent=2) + "\n"


def sarif(remarks: Sequence[Remark], codes: Mapping[str, tuple[str, str]]) -> str:
    """SARIF 2.1.0; `codes` are all remarks there are, with severity and meaning."""
    rules = [
        {
            "id": code,
            "shortDescription": {"text": meaning},
            "defaultConfiguration": {"level": _SARIF[severity]},
        }
        for code, (severity, meaning) in codes.items()
    ]
    results = [_result(one) for one in remarks]
    driver = {"name": "onesec rules lint", "version": VERSION, "rules": rules}
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": results}
    return encode({"version": "2.1.0", "$schema": SCHEMA, "runs": [run]}, indent=2) + "\n"


def _result(one: Remark) -> dict[str, Any]:
    print_of = hashlib.sha256(
        "\0".join((one.file, one.rule, one.code, one.sentence)).encode(errors="replace")
    ).hexdigest()
    return {
        "ruleId": one.code,
        "level": _SARIF[one.severity],
        "message": message(f"{one.rule}: {one.sentence}"),
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(one.file)},
                    "region": {"startLine": max(1, one.line)},
                }
            }
        ],
        "partialFingerprints": {"onesecRemark/v1": print_of[:32]},
    }
