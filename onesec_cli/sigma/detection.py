"""The `detection` of a rule as a condition tree: pySigma parses it, here it becomes plain nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.sigma.errors import RuleError
from onesec_cli.sigma.patterns import finder
from onesec_cli.sigma.pysigma import PERCENT, parse_condition, parse_detections
from onesec_cli.sigma.rule import KEYWORDS, All, Atom, Node, Not, Some, Unfilled
from onesec_cli.sigma.values import (
    MANY,
    ONE,
    Compare,
    Exists,
    Match,
    Net,
    Null,
    Number,
    Same,
    Test,
    Text,
    Truth,
    fold,
    text_of,
)

MAX_EXPANDED: Final = 10_000
"""Texts that the placeholders of one value may become."""
_BRACES = re.compile(r"(?<!\$)\{([A-Za-z][\w.-]{0,99})\}")
_WHOLE = re.compile(r"\{([A-Za-z][\w.-]{0,99})\}")

Placeholders = Mapping[str, tuple[str, ...]]


class Reading(Struct, frozen=True):
    """How the values of a rule are read."""

    placeholders: Placeholders
    braces: bool
    """Whether `{name}` in a value stands for a placeholder, as Auth0's catalog writes them."""

    def filled(self, name: str) -> tuple[str, ...]:
        """The values of a placeholder. An empty text is none: where it stands in a pattern, everything would match."""
        return tuple(filter(None, self.placeholders.get(name, ())))


def condition_of(detection: Mapping[str, Any], reading: Reading) -> Node:
    """The condition of a `detection`. Raises RuleError."""
    told = parse_detections(_mended(detection, reading))
    selections = {name: _selection(one, reading, name) for name, one in told.detections.items()}
    trees = [parse_condition(text, selections) for text in told.condition]
    return _settled(trees[0] if len(trees) == 1 else Some(tuple(trees)), False)


def _mended(detection: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """A detection in which `field: {name}`, which YAML reads as a mapping, is the text that was meant."""
    if not reading.braces or not isinstance(detection, dict):
        return detection  # type: ignore[return-value]  # what it is instead is told by who parses it
    return {name: _selected(one) for name, one in detection.items()}


def _selected(selection: Any) -> Any:
    if isinstance(selection, list):
        return [_selected(one) if isinstance(one, dict) else one for one in selection]
    if not isinstance(selection, dict):
        return selection
    return {
        key: [_meant(one) for one in value] if isinstance(value, list) else _meant(value)
        for key, value in selection.items()
    }


def _meant(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        name, inner = next(iter(value.items()))
        if inner is None and _WHOLE.fullmatch(f"{{{name}}}"):
            return f"{{{name}}}"
    return value


def _selection(detection: Any, reading: Reading, name: str = "") -> Node:
    from sigma.conditions import ConditionAND  # needed only where rules are read
    from sigma.rule import SigmaDetectionItem

    parts = tuple(
        _item(one, reading) if isinstance(one, SigmaDetectionItem) else _selection(one, reading)
        for one in detection.detection_items
    )
    kind = All if detection.item_linking is ConditionAND else Some
    return kind(parts, name)


def _item(item: Any, reading: Reading) -> Node:
    """One `field|modifiers: values`."""
    from sigma.conditions import ConditionAND  # needed only where rules are read

    field = item.field or KEYWORDS
    names = {kind.__name__.removeprefix("Sigma").removesuffix("Modifier") for kind in item.modifiers}
    every = item.value_linking is ConditionAND and len(item.value) > 1
    found: list[Node] = []
    waiting: list[str] = []
    for value in item.value:
        tests, missing = _tests(value, names, field, reading)
        if missing and item.value_linking is ConditionAND:
            return _negated(Unfilled(field, missing), item)
        waiting += missing
        ways = tuple(Atom(field, test) for test in tests)
        # what `all` joins are the values of the rule, not the ways in which one of them can be written
        found += [Some(ways)] if every and len(ways) > 1 else ways
    if not item.value:
        found.append(Atom(field, Null()))
    if not found:
        return _negated(Unfilled(field, tuple(dict.fromkeys(waiting))), item)
    if len(found) == 1:
        return _negated(found[0], item)
    return _negated(All(tuple(found)) if every else Some(tuple(found)), item)


def _negated(node: Node, item: Any) -> Node:
    return Not(node) if item.negated else node


@cache
def _types() -> dict[type, str]:
    """The names of pySigma's value types."""
    from sigma import types  # needed only where rules are read

    names = (
        *(
            "SigmaNull",
            "SigmaExists",
            "SigmaString",
            "SigmaCasedString",
            "SigmaNumber",
            "SigmaTimestampPart",
            "SigmaBool",
        ),
        *("SigmaRegularExpression", "SigmaCIDRExpression", "SigmaCompareExpression", "SigmaFieldReference"),
        "SigmaExpansion",
    )
    return {getattr(types, name): name.removeprefix("Sigma") for name in names}


def _tests(value: Any, names: set[str], field: str, reading: Reading) -> tuple[list[Test], tuple[str, ...]]:
    """The tests a value stands for (any of them will do), and the placeholders that leave it without one."""
    kind = _types().get(type(value))
    if kind in ("String", "CasedString"):
        return _texts(value, kind == "CasedString", names, field, reading)
    if kind == "RegularExpression":
        return _patterns(value, names, reading)
    if kind == "Expansion":
        told = [_tests(one, names, field, reading) for one in value.values]
        return [test for tests, _ in told for test in tests], tuple(name for _, missing in told for name in missing)
    return [_plain_test(kind, value, names, field)], ()


def _plain_test(kind: str | None, value: Any, names: set[str], field: str) -> Test:
    if kind == "Null":
        if field == KEYWORDS:
            raise RuleError("a keyword that is null")
        return Null()
    if kind == "Exists":
        return Exists(bool(value))
    if kind in ("Bool", "Number") and field == KEYWORDS:
        return _written(value)
    if kind == "Bool":
        return Truth(value.boolean)
    if kind == "Number":
        return Number(value.number)
    if kind == "TimestampPart":
        return Compare("eq", value.number, value.timestamp_part.name.lower())
    if kind == "CompareExpression":
        part = getattr(value.number, "timestamp_part", None)
        return Compare(value.op.name.lower(), value.number.number, part.name.lower() if part else None)
    if kind == "CIDRExpression":
        return Net(value.cidr)
    if kind == "FieldReference":
        return Same(value.field, value.starts_with, value.ends_with, "CaseSensitive" in names)
    raise RuleError(f"a value that cannot be tested: {type(value).__name__}")


def _written(value: Any) -> Text:
    """A keyword that is a number or a truth value: found anywhere, as it is written."""
    told = value.boolean if hasattr(value, "boolean") else value.number
    return Text((MANY, fold(text_of(told) or ""), MANY))


def _texts(
    value: Any, cased: bool, names: set[str], field: str, reading: Reading
) -> tuple[list[Test], tuple[str, ...]]:
    """Tests for a text with wildcards, its placeholders filled."""
    choices: list[list[tuple[str | int, ...]]] = []
    missing: list[str] = []
    for part in _parts(value, reading):
        if isinstance(part, tuple):
            filled = reading.filled(part[0])
            missing += [] if filled else [part[0]]
            choices.append([_plain_parts(text) for text in filled])
        else:
            choices.append([(part,)])
    if missing:
        return [], tuple(missing)
    size = 1
    for choice in choices:
        size *= len(choice)
        if size > MAX_EXPANDED:
            raise RuleError(f"placeholders that become more than {MAX_EXPANDED:,} texts")
    around = field == KEYWORDS and not names & {"Startswith", "Endswith"}
    tests: list[Test] = []
    for made in product(*choices):
        flat = [one for parts in made for one in parts]
        tests.append(Text(_joined([MANY, *flat, MANY] if around else flat, cased), cased))
    return tests, ()


def _parts(value: Any, reading: Reading) -> list[str | int | tuple[str]]:
    """The parts of pySigma's text: texts, wildcards, and placeholders as `(name,)`."""
    from sigma.types import Placeholder, SpecialChars  # needed only where rules are read

    found: list[str | int | tuple[str]] = []
    for part in value.s:
        if part is SpecialChars.WILDCARD_MULTI:
            found.append(MANY)
        elif part is SpecialChars.WILDCARD_SINGLE:
            found.append(ONE)
        elif isinstance(part, Placeholder):
            found.append((part.name,))
        elif reading.braces:
            pieces = _BRACES.split(part.replace(PERCENT, "%"))
            found += [(piece,) if index % 2 else piece for index, piece in enumerate(pieces) if piece]
        else:
            found.append(part.replace(PERCENT, "%"))
    return found


def _plain_parts(text: str) -> tuple[str | int, ...]:
    """A placeholder's value: `*` and `?` are wildcards in it as in a rule."""
    from sigma.types import SigmaString  # needed only where rules are read

    return tuple(part for part in _parts(SigmaString(text), Reading({}, False)) if not isinstance(part, tuple))


def _joined(parts: list[str | int], cased: bool) -> tuple[str | int, ...]:
    """Parts with neighbouring texts joined and folded, and `**` as one."""
    found: list[str | int] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, str):
            text = part if cased else fold(part)
            if isinstance(last, str):
                found[-1] = last + text
            elif text:
                found.append(text)
        elif part == ONE or last != MANY:
            found.append(part)
    return tuple(found)


def _patterns(value: Any, names: set[str], reading: Reading) -> tuple[list[Test], tuple[str, ...]]:
    """Tests for a regular expression; what stands for a placeholder in it is taken as it is written."""
    from sigma.types import Placeholder, SigmaString, SpecialChars  # needed only where rules are read

    if not isinstance(value.regexp, SigmaString):
        raise RuleError("a regular expression that is no text")
    spelt = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}
    flags = "".join(sorted({"IGNORECASE": "i", "MULTILINE": "m", "DOTALL": "s"}[flag.name] for flag in value.flags))
    pieces: list[tuple[str, ...]] = []
    missing = []
    if not isinstance(getattr(value.regexp, "original", None), str):
        raise RuleError("a regular expression that is no text")
    for part in value.regexp.s if names & {"Expand"} else [value.regexp.original]:
        if isinstance(part, Placeholder):
            filled = reading.filled(part.name)
            missing += [] if filled else [part.name]
            pieces.append(tuple(re.escape(text) for text in filled))
        else:
            pieces.append((part.replace(PERCENT, "%") if isinstance(part, str) else spelt[part],))
    if missing:
        return [], tuple(missing)
    tests: list[Test] = []
    for made in product(*pieces):
        if len(tests) >= MAX_EXPANDED:
            raise RuleError(f"placeholders that become more than {MAX_EXPANDED:,} patterns")
        tests.append(Match("".join(made), flags))
    return [_checked(test, names) for test in tests], ()


def _checked(test: Test, names: set[str]) -> Test:
    """A pattern that can be matched, tied to the start or the end of the text where the modifiers ask for it."""
    if isinstance(test, Match):
        finder(test.pattern, test.flags)  # raises PatternError for what is none, before it is wrapped
        start = "\\A" if "Startswith" in names else ""
        end = "\\z" if "Endswith" in names else ""
        if start or end:
            test = replace(test, pattern=f"{start}(?:{test.pattern}){end}")
            finder(test.pattern, test.flags)
    return test


def _settled(node: Node, below_not: bool) -> Node:
    """The tree in which nothing that waits for a placeholder helps the rule to match."""
    if isinstance(node, Unfilled):
        return replace(node, holds=below_not)
    if isinstance(node, Not):
        return replace(node, of=_settled(node.of, not below_not))
    if isinstance(node, (All, Some)):
        return replace(node, of=tuple(_settled(one, below_not) for one in node.of))
    return node
