"""The two things pySigma does for us: it parses detections with their modifiers, and conditions.

It is imported when the first rule is read. Whatever it raises for a broken rule becomes a RuleError with its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final

from onesec_cli.sigma.errors import RuleError
from onesec_cli.sigma.rule import All, Node, Not, Some
from onesec_cli.sigma.values import MANY, Text, text_of

MAX_CONDITION: Final = 4_000
"""Characters of one condition."""
MAX_NESTED: Final = 20
"""Brackets inside brackets, and `not` before `not`, in a condition."""
MAX_ITEMS: Final = 20_000
"""Values of one detection."""

_NAME = re.compile(r"[A-Za-z0-9_-]+\Z")
_WORDS: Final = frozenset({"and", "or", "not", "of", "1", "any", "all", "them"})
_UTF16LE = re.compile(r"\|utf16le(?=\||\Z)")
_GENERIC = re.compile(
    r"\|(?:contains|startswith|endswith|cased|re|cidr|base64|base64offset|wide|utf16|utf16be|windash)(?=\||\Z)"
)
_OBJECT = re.compile(r"<(?:\w+\.)*(\w+) object at 0x[0-9a-f]+>")
"""An object that says nothing of itself but where it lies in memory."""
_EXPAND = re.compile(r"\|expand(?=\||\Z)")
PERCENT: Final = "\ufdd0"
"""Stands for `\\%` while pySigma reads a value; it is no character of any text."""


@cache
def _policy() -> Any:
    """pySigma's settings: patterns are ours to check."""
    from sigma.policy import SigmaPolicy  # needed only where rules are read
    from sigma.policy.regex_engine import RegexEngine

    class Unchecked(RegexEngine):
        def compile(self, pattern: str, flags: int = 0) -> Any:
            return None

        @property
        def error(self) -> type[Exception]:
            return re.error

    return SigmaPolicy(regex_engine=Unchecked())


def parse_detections(detection: Mapping[str, Any]) -> Any:
    """pySigma's `SigmaDetections`. Raises RuleError."""
    from sigma.exceptions import SigmaError  # needed only where rules are read
    from sigma.rule import SigmaDetections

    if not isinstance(detection, dict):
        raise RuleError("detection is no mapping")
    if _size(detection) > MAX_ITEMS:
        raise RuleError(f"a detection of more than {MAX_ITEMS:,} values")
    given = {name: _spelt(one) for name, one in detection.items() if name != "timeframe"}
    try:
        told = SigmaDetections.from_dict(given, policy=_policy())
    except SigmaError as reason:
        raise RuleError(_words(reason)) from None
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, AssertionError) as reason:
        # pySigma trusts the types of what it is given; a rule's author need not
        raise RuleError(f"detection cannot be read ({_words(reason)})") from None
    for text in told.condition:
        if not isinstance(text, str):
            raise RuleError("a condition that is no text")
    return told


def _size(value: Any) -> int:
    """How many values there are in a detection; its depth is bounded by the documents."""
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1


def _spelt(value: Any) -> Any:
    """A detection in which pySigma's own reading of modifiers is that of the specification."""
    if isinstance(value, dict):
        return {_UTF16LE.sub("|wide", key): _meant(key, one) for key, one in value.items()}
    return [_spelt(one) for one in value] if isinstance(value, list) else value


def _meant(key: str, value: Any) -> Any:
    """The values of one `field|modifiers`."""
    if isinstance(value, list):
        return [_meant(key, one) for one in value]
    if isinstance(value, dict):
        return _spelt(value)
    if _GENERIC.search(key) and value is not None:
        value = text_of(value)  # these may be asked of numbers, too
    if _EXPAND.search(key) and isinstance(value, str):
        value = value.replace("\\%", PERCENT)
    return value


def parse_condition(text: str, selections: Mapping[str, Node]) -> Node:
    """The tree of a condition over named selections. Raises RuleError."""
    text = text.strip()
    if _NAME.match(text) and text not in _WORDS:
        return _named(text, selections)  # most conditions are one name
    return _node(_parsed(text), selections)


@lru_cache(512)
def _parsed(text: str) -> Any:
    from sigma.conditions import SigmaCondition  # needed only where rules are read
    from sigma.exceptions import SigmaError
    from sigma.rule.detection import EmptySigmaDetections

    _check_size(text)
    try:
        return SigmaCondition(text, EmptySigmaDetections()).parse(False)
    except SigmaError as reason:
        raise RuleError(f"condition: {_words(reason)}") from None


def _check_size(text: str) -> None:
    """Refuse what would take the parser long or deep."""
    if len(text) > MAX_CONDITION:
        raise RuleError(f"a condition longer than {MAX_CONDITION:,} characters")
    depth = deepest = row = longest = 0
    for word in re.findall(r"[()]|[^\s()]+", text):
        depth += (word == "(") - (word == ")")
        row = row + 1 if word == "not" else row if word == "(" else 0
        deepest, longest = max(deepest, depth), max(longest, row)
    if deepest > MAX_NESTED or longest > MAX_NESTED:
        raise RuleError("a condition nested too deeply")


def _node(parsed: Any, selections: Mapping[str, Node]) -> Node:
    from sigma.conditions import ConditionAND, ConditionIdentifier, ConditionNOT, ConditionOR, ConditionSelector

    if isinstance(parsed, ConditionIdentifier):
        return _named(parsed.identifier, selections)
    if isinstance(parsed, ConditionSelector):
        found = tuple(selections[name] for name in _chosen(parsed.pattern, selections))
        if not found:
            raise RuleError(f"condition: no selection is called {parsed.pattern}")
        if len(found) == 1:
            return found[0]
        return All(found) if parsed.cond_class is ConditionAND else Some(found)
    if isinstance(parsed, ConditionNOT):
        return Not(_node(parsed.args[0], selections))
    if isinstance(parsed, (ConditionAND, ConditionOR)):
        parts = tuple(_node(one, selections) for one in parsed.args)
        return All(parts) if isinstance(parsed, ConditionAND) else Some(parts)
    raise RuleError("a condition that cannot be read")


def _named(name: str, selections: Mapping[str, Node]) -> Node:
    if name not in selections:
        raise RuleError(f"condition: no selection is called {name}")
    return selections[name]


def _chosen(pattern: str, selections: Mapping[str, Node]) -> list[str]:
    """Names that a pattern such as `filter_*` means; those that begin with `_` are meant only by patterns that do."""
    if pattern == "them":
        return [name for name in selections if not name.startswith("_")]
    shape = Text(tuple(part for word in pattern.split("*") for part in (word, MANY) if part != "")[:-1], True)
    return [name for name in selections if shape.fits(name) and (pattern.startswith("_") or not name.startswith("_"))]


def _words(reason: Exception) -> str:
    """What went wrong, in one line."""
    said = _OBJECT.sub(r"\1", " ".join(str(reason).split()))
    return said[:300] or type(reason).__name__
