"""Mapping files: read strictly, and checked for what their shape alone does not forbid."""

from __future__ import annotations

import difflib
from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.model.errors import MapError
from onesec_cli.model.mapping import ATTRIBUTES, IGNORE, Attributes, Mapping, Pick
from onesec_cli.yaml_file import load_strict

_TIMELESS: Final = kinds.BEHAVIOUR
"""Kinds whose events need no time: a conversation has an order all the same."""

Wrong = tuple[str, tuple[str, ...]]
"""(what is wrong, the keys it is at)."""


def load_map(path: str) -> Mapping:
    """The mapping a file declares. Raises MapError naming file, line and column."""
    return load_strict(path, Mapping, MapError, check=_check)


def _check(mapping: Mapping) -> Wrong | None:
    if mapping.kind is None:
        return "a mapping names where the kind stands: kind", ()
    for place, one in (((), mapping), *((("also", str(number)), also) for number, also in enumerate(mapping.also))):
        wrong = _attributes(one, place) or _kinds(one, mapping, place)
        if wrong:
            return wrong
    return None


def _attributes(one: Attributes, place: tuple[str, ...]) -> Wrong | None:
    for name in ATTRIBUTES:
        source: Any = getattr(one, name)
        if isinstance(source, Pick):
            key = (*place, name.replace("_", "-"))
            if source.from_ is not None and source.value is not None:
                return "from and value exclude each other", (*key, "value")
            if source.from_ is None and source.value is None and source.default is None:
                return "neither from nor value is given", key
            if source.values and source.from_ is None:
                return "values is a table for what from finds, but there is no from", (*key, "values")
    return None


def _kinds(one: Attributes, mapping: Mapping, place: tuple[str, ...]) -> Wrong | None:
    """Kinds must be known, and those of the identity trail need a time."""
    source = one.kind
    if not isinstance(source, Pick):
        return None
    told: list[tuple[tuple[str, ...], str]] = [(("values", key), kind) for key, kind in source.values.items()]
    told += [(("default",), source.default)] if source.default is not None else []
    told += [(("value",), str(source.value))] if source.value is not None else []
    for key, kind in told:
        if kind != IGNORE and (kind not in kinds.KINDS or kind.startswith("trail.")):
            close = difflib.get_close_matches(kind, [*kinds.KINDS, IGNORE], 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            return f"{kind!r} is no kind{hint}", (*place, "kind", *key)
        if kind != IGNORE and kind not in _TIMELESS and (one.time or mapping.time) is None:
            return f"events of kind {kind} need a time", (*place, "kind", *key)
    return None
