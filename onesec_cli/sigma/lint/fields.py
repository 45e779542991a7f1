"""Fields, log types and values against what events are known to hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from onesec_cli.model.kinds import KINDS
from onesec_cli.model.remark import Remark
from onesec_cli.sigma import event_schema
from onesec_cli.sigma.auth0_schema import ANY, UNPUBLISHED, Schema, Seen, schema
from onesec_cli.sigma.lint.items import Item, items
from onesec_cli.sigma.lint.told import Written, listed, suggestion
from onesec_cli.sigma.places import CALLS

TYPE_FIELDS: Final = frozenset({"data.type", "type"})
_WORDS: Final = {"s": "a text", "n": "a number", "b": "a boolean", "o": "an object", "a": "an array"}


def fields(rule: Written, codes: frozenset[str] | None) -> Iterator[Remark]:
    """Remarks on every item; `codes` are the log types without which the rule cannot match, None if there are none."""
    for item in items(rule.data.get("detection")):
        if rule.product == "auth0":
            yield from _tenant(rule, item, codes)
        elif rule.product in ("agent", "onesec"):
            yield from _canonical(rule, item)


def _tenant(rule: Written, item: Item, codes: frozenset[str] | None) -> Iterator[Remark]:
    if item.field in TYPE_FIELDS:
        yield from _types(rule, item)
    elif item.field:
        known = schema()
        asked = list(item.beside or codes or ())
        if not UNPUBLISHED.intersection(asked):
            yield from _field(rule, item, known, [code for code in asked if code in known.types])


def _types(rule: Written, item: Item) -> Iterator[Remark]:
    if not item.plain:
        return
    known = set(schema().types) | UNPUBLISHED
    for index, value in enumerate(item.values):
        if value is None:
            told = f"{item.field} has no value here, and every event has a type"
            yield rule.remark("value-cannot-match", _at(rule, item, index), told)
        if isinstance(value, str) and value not in known and not set(value) & set("*?{}%"):
            told = f"{value} is no log type of Auth0's{suggestion(value, known)}"
            yield rule.remark("unknown-log-type", _at(rule, item, index), told)


def _field(rule: Written, item: Item, known: Schema, asked: list[str]) -> Iterator[Remark]:
    having = known.having(item.field)
    if not having:
        near = known.near(item.field)
        prefix = "data." if item.field.startswith("data.") else ""
        told = f"; did you mean {prefix}{near}?" if near else ""
        yield rule.remark("unknown-field", item.path, f"no published log type has the field {item.field}{told}")
        return
    if asked and not any(code in having for code in asked):
        told = f"{item.field} is no field of {listed(asked)}; types that have it: {listed(having)}"
        yield rule.remark("field-not-in-type", item.path, told)
        return
    here = [seen for code in asked or having if (seen := known.find(code, item.field)) is not None]
    yield from _values(rule, item, here)


def _values(rule: Written, item: Item, here: list[Seen]) -> Iterator[Remark]:
    """Values that the field never holds."""
    letters = set("".join(seen.letters for seen in here))
    if not item.plain or not letters or ANY in letters:
        return
    closed = set().union(*(seen.values for seen in here)) if all(seen.values for seen in here) else None
    for index, value in enumerate(item.values):
        reason = _mismatch(value, letters - {"a"}, closed)
        if reason:
            told = f"{item.field} never holds {_show(value)}: {reason}"
            yield rule.remark("value-cannot-match", _at(rule, item, index), told)
    if letters == {"s"} and not item.modifiers and item.field.removeprefix("data.") == "description":
        yield rule.remark(
            "drifting-text",
            item.path,
            "description is free text that Auth0 rewords; match the type and what details hold",
        )


def _mismatch(value: Any, letters: set[str], closed: set[Any] | None) -> str:
    """Why no value of the field equals this one, or empty. Numbers and booleans match the texts that JSON writes for them."""
    if value is None or (isinstance(value, str) and set(value) & set("*?{}%")):
        return ""
    if letters and letters <= {"o"}:
        return "it holds an object, and only what is in it can be compared"
    words = " or ".join(_WORDS[letter] for letter in sorted(letters) if letter in _WORDS)
    if letters == {"b"} and str(value).lower() not in ("true", "false"):
        return f"it holds {words}"
    if letters == {"n"} and (isinstance(value, bool) or (isinstance(value, str) and not _is_number(value))):
        return f"it holds {words}"
    if closed and str(value).lower() not in {str(one).lower() for one in closed}:
        return f"it is one of {listed(map(str, closed), 8)}"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _canonical(rule: Written, item: Item) -> Iterator[Remark]:
    if item.field == "kind" and item.plain:
        for index, value in enumerate(item.values):
            if isinstance(value, str) and value not in KINDS and not set(value) & set("*?{}%"):
                told = f"{value} is no kind of event{suggestion(value, KINDS)}"
                yield rule.remark("value-cannot-match", _at(rule, item, index), told)
    elif item.field in CALLS:
        return
    elif item.field and not event_schema.kinds_having(item.field, rule.product):
        near = event_schema.near(item.field)
        told = f"; did you mean {near}?" if near else ""
        yield rule.remark("unknown-field", item.path, f"no canonical event has the field {item.field}{told}")


def _at(rule: Written, item: Item, index: int) -> tuple[str | int, ...]:
    held: Any = rule.data
    for step in item.path:
        held = held[step]
    return item.value_path(index, alone=not isinstance(held, list))


def _show(value: Any) -> str:
    return (
        f"the text {value}" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    )
