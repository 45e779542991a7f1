"""What is covered: by OWASP Agentic entry, then by ATT&CK and ATLAS technique; with logs, what of it could have fired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from onesec_cli.model.reach import Covered, Reach
from onesec_cli.model.taxonomy import ASI, ATTACK
from onesec_cli.reports.encode import encode
from onesec_cli.reports.page import Page

_STYLE: Final = {"fired": "bold red", "could": "green", "cannot": "dim", "": ""}
_WORDS: Final = {"fired": "fired", "could": "could have fired", "cannot": "could not", "": ""}
NAMED: Final = 6
"""Rules and detectors named per technique on the console; JSON names all."""


def console(told: Covered, *, width: int = 80, color: bool = False, verbose: bool = False) -> str:
    """Both matrices; with logs, each rule that could not have fired and why. `verbose` names all in each cell."""
    page = Page(width, color)
    for title, codes in (("OWASP Agentic", _asi(told)), ("ATT&CK and ATLAS", _attack(told))):
        page.head(title)
        for code, (name, reaches) in codes.items():
            page.line(
                (f"  {code:<14}", "bold" if reaches else "bold red"), (f"{name}: ", ""), (_counts(reaches), ""), hang=16
            )
            names = [one.entry.id if one.entry.kind == "detector" else one.entry.title for one in reaches]
            named = names if verbose else names[:NAMED]
            more = f"; and {len(names) - len(named):,} more" if len(names) > len(named) else ""
            page.field("", "; ".join(named) + more, "dim")
    if told.events is not None:
        _logs(page, told)
    return page.last(sentence(told))


def _logs(page: Page, told: Covered) -> None:
    page.head("What the logs could have raised")
    page.field("seen", ", ".join(told.seen))
    for could in ("fired", "could", "cannot"):
        for one in told.reaches:
            if one.could == could:
                why = (
                    f": {one.reason}"
                    if one.reason
                    else f": {one.alerts:,} alert{'' if one.alerts == 1 else 's'}"
                    if one.alerts
                    else ""
                )
                page.line((f"  {_WORDS[could]:<17} ", _STYLE[could]), (one.entry.title, "bold"), (why, ""), hang=20)


def sentence(told: Covered) -> str:
    """The count, in one line."""
    asi = _asi(told)
    full = sum(1 for _, reaches in asi.values() if reaches)
    if told.events is None:
        by = f"{len(told.reaches):,} rules and detectors"
        return f"COVERAGE: {full} of {len(asi)} OWASP Agentic entries, {len(_attack(told)):,} techniques, by {by}"
    counts = {could: sum(one.could == could for one in told.reaches) for could in ("fired", "could", "cannot")}
    return f"COVERAGE: {counts['fired']:,} fired, {counts['could']:,} could have, {counts['cannot']:,} could not, on {told.events:,} events"


def _asi(told: Covered) -> dict[str, tuple[str, list[Reach]]]:
    return {code: (name, [one for one in told.reaches if code in one.entry.asi]) for code, name in ASI.items()}


def _attack(told: Covered) -> dict[str, tuple[str, list[Reach]]]:
    codes = sorted({code for one in told.reaches for code in one.entry.attack})
    return {code: (ATTACK.get(code, ""), [one for one in told.reaches if code in one.entry.attack]) for code in codes}


def _counts(reaches: Sequence[Reach]) -> str:
    if not reaches:
        return "nothing"
    kinds = (("detector", "detectors"), ("rule", "rules"), ("correlation", "correlations"))
    counts = ((sum(one.entry.kind == kind for one in reaches), kind, many) for kind, many in kinds)
    return ", ".join(f"{count} {kind if count == 1 else many}" for count, kind, many in counts if count)


def as_json(told: Covered) -> str:
    """The same as one document."""
    document: dict[str, Any] = {
        "asi": _cells(_asi(told)),
        "attack": _cells(_attack(told)),
        "events": told.events,
        "seen": list(told.seen),
        "rules": [
            {
                "id": one.entry.id,
                "kind": one.entry.kind,
                "title": one.entry.title,
                "place": one.entry.place,
                "could": one.could or None,
                "reason": one.reason or None,
                "alerts": one.alerts,
            }
            for one in told.reaches
        ],
    }
    return encode(document, indent=2) + "\n"


def _cells(codes: Mapping[str, tuple[str, Sequence[Reach]]]) -> dict[str, Any]:
    return {code: {"name": name, "by": [one.entry.id for one in reaches]} for code, (name, reaches) in codes.items()}
