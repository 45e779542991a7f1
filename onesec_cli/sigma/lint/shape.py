"""What a rule says of itself: keys, id, level, tags, false positives."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Final

from onesec_cli.model.level import LEVELS
from onesec_cli.model.remark import Remark
from onesec_cli.model.taxonomy import ASI
from onesec_cli.sigma.cases import KEY
from onesec_cli.sigma.lint.told import Written

KEYS: Final = frozenset(
    {
        *("title", "id", "name", "related", "taxonomy", "status", "description", "license", "references", "author"),
        *("date", "modified", "logsource", "detection", "fields", "falsepositives", "level", "tags", "scope"),
        *("correlation", "filter", "sigma-version", KEY),
    }
)
"""Keys that have a meaning; a rule may carry others."""
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_BRACKETS: Final = re.compile(r"[()]")
_NEARLY: Final = re.compile(r"attack\.t\d|(?:atlas\.|attack\.)?aml\.")
_CODE: Final = re.compile(r"attack\.t\d{4}(?:\.\d{3})?|(?:atlas\.|attack\.)?aml\.t\d{4}(?:\.\d{3})?")
_ASI: Final = re.compile(r"(?<![a-z0-9])asi\d+\Z")


def shape(rule: Written) -> Iterator[Remark]:
    """Everything that can be said without looking at the detection."""
    yield from _keys(rule)
    if "filter" in rule.data:
        yield from _filter(rule)
        return
    yield from _identity(rule)
    yield from _prose(rule)


def _keys(rule: Written) -> Iterator[Remark]:
    for key in rule.data:
        if key in KEYS:
            continue
        close = difflib.get_close_matches(key.lower(), sorted(KEYS), 1, 0.8)
        if close and close[0] not in rule.data:
            yield rule.remark("unknown-key", (key,), f"{key} has no meaning in Sigma; did you mean {close[0]}?")


def _filter(rule: Written) -> Iterator[Remark]:
    """A filter is asked for in addition to a rule: one that says what it selects, and not what it rules out, leaves only that."""
    told = rule.data["filter"]
    condition = told.get("condition") if isinstance(told, dict) else None
    if not isinstance(condition, str) or "not" in _BRACKETS.sub(" ", condition).split():
        return
    if not any("|neq" in key for one in told.values() for key in (one if isinstance(one, dict) else ())):
        sentence = f"its rules go on matching only what {condition} selects; to leave that out, say not ({condition})"
        yield rule.remark("filter-selects", ("filter", "condition"), sentence)


def _identity(rule: Written) -> Iterator[Remark]:
    given = rule.data.get("id")
    if given is None:
        yield rule.remark("missing-id", ("title",), "the rule has no id")
    elif not isinstance(given, str) or not _UUID.fullmatch(given):
        yield rule.remark("bad-id", ("id",), f"the id {given} is no UUID")
    level = rule.data.get("level")
    if level is None:
        if not rule.quiet:
            yield rule.remark("missing-level", ("title",), "the rule has no level and counts as medium")
    elif level not in LEVELS:
        yield rule.remark(
            "bad-level", ("level",), f"the level {level} is none of {', '.join(LEVELS)}, so the rule is not loaded"
        )


def _prose(rule: Written) -> Iterator[Remark]:
    if rule.quiet:
        return  # what only a correlation looks at raises no alert that a reader would have to judge
    if not rule.data.get("falsepositives"):
        yield rule.remark("missing-falsepositives", ("title",), "nothing says which honest work also matches")
    tags = rule.data.get("tags")
    if not isinstance(tags, list) or not tags:
        yield rule.remark("missing-tags", ("title",), "no ASI, ATT&CK or ATLAS tag")
        return
    for index, tag in enumerate(tags):
        word = str(tag).lower()
        bad = _NEARLY.match(word) and not _CODE.fullmatch(word)
        asi = _ASI.search(word)
        if bad or (asi and asi[0].upper() not in ASI):
            yield rule.remark("unknown-tag", ("tags", index), f"{tag} is no code of ATT&CK, ATLAS or OWASP Agentic")
