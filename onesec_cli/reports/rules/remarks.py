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


def console(remarks: Sequence[Remark], rules: int, *, width: int = 80, color: bool = False) -> str:
    """Remarks by file and line, and the count as the last line."""
    page = Page(width, color)
    for _, group in groupby(remarks, key=lambda one: one.file):
        for one in group:
            page.line(
                (f"{one.file}:{one.line}: ", ""),
                (one.severity, _STYLE[one.severity]),
                (f" {one.code}  ", "bold"),
                (one.rule, "dim"),
            )
            page.field("", one.sentence)
    return page.last(sentence(remarks, rules))


def sentence(remarks: Sequence[Remark], rules: int) -> str:
    """The count, in one line."""
    counts = {name: sum(one.severity == name for one in remarks) for name in ("error", "warning", "info")}
    told = ", ".join(f"{count:,} {name}{'' if count == 1 or name == 'info' else 's'}" for name, count in counts.items())
    return f"LINT: {told} in {rules:,} rules"


def as_json(remarks: Sequence[Remark], rules: int) -> str:
    """The same as one document."""
    counts = {name: sum(one.severity == name for one in remarks) for name in ("error", "warning", "info")}
    return (
        encode({"rules": rules, "counts": counts, "remarks": [msgspec.to_builtins(one) for one in remarks]}, indent=2)
        + "\n"
    )


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
