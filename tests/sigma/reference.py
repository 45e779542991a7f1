"""A slow, plain Sigma evaluator, written from the text of the specification alone.

It shares nothing with the package: its own reading of YAML, its own wildcards, modifiers and conditions, one rule and
one record at a time, nothing compiled and nothing remembered. Where the engine and this file disagree, one of them
misread the specification.

Where the specification leaves a choice to the tool, the choice is:
- a text is compared with a number or a truth value by how JSON writes it (`5` is '5', `true` is 'true');
- of an array any element will do; an array in the middle of a path is gone through; `{}` and `[]` say the same;
- `null` is met by a field that is absent, is null, or is an array that holds nothing or a null;
- space around a number, a date or an address does not matter where one is asked for;
- a keyword is found inside the text of any single value, not across two;
- a regular expression finds a part of the text unless it is anchored (as the rules of version 2.2 say).
"""

from __future__ import annotations

import contextlib
import fnmatch
import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor

from tests.sigma.reference_values import ANY, Item, NotSigmaError, Placeholders, leaves, look_up, meets, modify, written


class _Reader(SafeConstructor):
    """YAML 1.2, whose schema has no dates: they are texts."""


_Reader.add_constructor("tag:yaml.org,2002:timestamp", lambda reader, node: node.value)


def read_documents(text: str) -> list[Any]:
    """Every document of a file, as YAML 1.2 tells it. What is JSON is read as JSON: YAML's readers leave a character
    that JSON escapes in two halves (RFC 8259, section 7) in pieces."""
    with contextlib.suppress(json.JSONDecodeError):
        return [json.loads(text)]
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Reader
    return [document for document in yaml.load_all(io.StringIO(text)) if document is not None]


# Selections and conditions


def line_holds(key: str, given: Any, record: Any, known: Placeholders) -> bool:
    """One `field|modifiers: values` of a selection."""
    field, *modifiers = key.split("|")
    item = Item(given if isinstance(given, list) else [given])
    for name in modifiers:
        modify(item, name, known)
    if item.type == "exists":
        return look_up(record, field)[0] is given
    answers = [
        any(value_holds(item, field, raw, wanted, record) for wanted in ways)
        for raw, ways in zip(item.raw, item.values, strict=True)
    ]
    return item.negated != (all(answers) if item.every else any(answers))


def value_holds(item: Item, field: str, raw: Any, wanted: Any, record: Any) -> bool:
    """Whether the record has what one value of a line asks for."""
    if field == "":
        return has_keyword(item, raw, wanted, record)
    present, values = look_up(record, field)
    if wanted is None and item.type == "text":
        return not present or any(value is None for value in values)
    return any(meets(item, raw, wanted, value, record) for value in values)


def has_keyword(item: Item, raw: Any, wanted: Any, record: Any) -> bool:
    if item.type != "re":
        letters = wanted if isinstance(wanted, list) else list(written(wanted) or "")
        wanted = [ANY, *letters, ANY]
    return any(meets(item, raw, wanted, value, record) for value in leaves(record))


def selection_holds(selection: Any, record: Any, known: Placeholders) -> bool:
    """A map is met when every line is, a list when any element is."""
    if isinstance(selection, dict):
        return all(line_holds(key, value, record, known) for key, value in selection.items())
    if isinstance(selection, list):
        return any(selection_holds(one, record, known) for one in selection)
    return line_holds("", selection, record, known)


class Condition:
    """Reads a condition from left to right: or binds least, then and, then not, then `of` and brackets."""

    def __init__(self, text: str, names: list[str], holds: Callable[[str], bool]) -> None:
        self.words = re.findall(r"[()]|[^\s()]+", text)
        self.names = names
        self.holds = holds

    def value(self) -> bool:
        answer = self.either()
        if self.words:
            raise NotSigmaError(f"what is {self.words[0]}?")
        return answer

    def next_is(self, *words: str) -> bool:
        if self.words and self.words[0].lower() in words:
            self.words.pop(0)
            return True
        return False

    def either(self) -> bool:
        answer = self.both()
        while self.next_is("or"):
            answer = self.both() or answer
        return answer

    def both(self) -> bool:
        answer = self.negation()
        while self.next_is("and"):
            answer = self.negation() and answer
        return answer

    def negation(self) -> bool:
        return not self.negation() if self.next_is("not") else self.single()

    def single(self) -> bool:
        if self.next_is("("):
            answer = self.either()
            if not self.next_is(")"):
                raise NotSigmaError("a bracket is open")
            return answer
        if not self.words:
            raise NotSigmaError("the condition ends too early")
        word = self.words.pop(0)
        if word.lower() in ("1", "any", "all") and self.next_is("of"):
            wanted = self.words.pop(0)
            some = [name for name in self.names if not name.startswith("_") or wanted.startswith("_")]
            if wanted.lower() != "them":
                some = [name for name in some if fnmatch.fnmatchcase(name, wanted)]
            answers = [self.holds(name) for name in some]
            return all(answers) if word.lower() == "all" else any(answers)
        if word not in self.names:
            raise NotSigmaError(f"no selection {word}")
        return self.holds(word)


def matches(rule: Mapping[str, Any], record: Any, known: Placeholders | None = None) -> bool:
    """Whether a record meets the detection of a rule."""
    detection = rule["detection"] if "detection" in rule else rule["filter"]
    conditions = detection["condition"]
    parts = {name: part for name, part in detection.items() if name not in ("condition", "rules", "timeframe")}
    answers = [
        Condition(text, list(parts), lambda name: selection_holds(parts[name], record, known or {})).value()
        for text in (conditions if isinstance(conditions, list) else [conditions])
    ]
    return any(answers)
