"""Files of settings: YAML 1.2, bounded, and every error with its line and column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import msgspec

from onesec_cli.model.errors import SettingsError
from onesec_cli.plain_file import read_plain

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 20

Settings = TypeVar("Settings", bound=msgspec.Struct)

_NO_TIME: Final = "Expected a datetime with a zone, such as 2026-12-31T00:00:00Z"
_PLAINER: Final = {
    "Invalid RFC3339 encoded datetime": _NO_TIME,
    "Expected `datetime` with a timezone component": _NO_TIME,
}
_KINDS: Final[dict[str, type]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "array": list,
    "object": dict,
    "null": type(None),
    "str": str,
}
_STEP = re.compile(r"\.([\w-]+)|\[(\d+|\.\.\.)\]")


def load_strict(
    path: str,
    kind: type[Settings],
    error: type[SettingsError],
    empty: Settings | None = None,
    check: Callable[[Settings], tuple[str, tuple[str, ...]] | None] | None = None,
) -> Settings:
    """What a file of settings declares. Raises `error` naming file, line and column.

    `empty` is what an empty file declares, if it may be empty. `check` says what is wrong with settings that have the right
    shape, and at which keys.
    """
    try:
        data = read_plain(path, MAX_BYTES)
    except OSError as reason:
        raise error(path, f"cannot be read ({reason.strerror})") from None
    if len(data) > MAX_BYTES:
        raise error(path, f"longer than {MAX_BYTES:,} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as reason:
        raise error(path, f"not UTF-8 (byte {reason.start})") from None
    reader = _Strict(path, kind, error)
    tree = reader.parse(text)
    if tree is None and empty is not None:
        return empty
    try:
        found = msgspec.convert(reader.plain(tree, 0), kind)
    except msgspec.ValidationError as reason:
        raise reader.located(str(reason), tree) from None
    wrong = check(found) if check else None
    if wrong:
        line, column, _ = _place(tree, wrong[1])
        raise error(path, wrong[0], line, column)
    return found


class _Strict:
    """Reads one file strictly."""

    def __init__(self, path: str, kind: type[msgspec.Struct], error: type[SettingsError]) -> None:
        self._path, self._kind, self._error = path, kind, error

    def parse(self, text: str) -> Any:
        """The loaded tree, with the place of every node; no anchors, no tags. What looks like a time stays text."""
        from ruamel.yaml import YAML  # needed only where a file is given
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
        from ruamel.yaml.reader import ReaderError
        from ruamel.yaml.resolver import VersionedResolver

        class TimesAreText(VersionedResolver):
            def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
                tag = super().resolve(kind, value, implicit)
                is_time = getattr(tag, "suffix", tag) in ("timestamp", "tag:yaml.org,2002:timestamp")
                return self.DEFAULT_SCALAR_TAG if is_time else tag

        try:
            self._check(YAML(typ="rt", pure=True).parse(text))
            yaml = YAML(typ="rt", pure=True)
            yaml.Resolver = TimesAreText
            return yaml.load(text)
        except MarkedYAMLError as reason:
            where = reason.problem_mark or reason.context_mark
            raise self._at(f"not YAML: {_first(reason.problem)}", where) from None
        except ReaderError as reason:
            before = text[: reason.position]
            place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
            raise self._error(
                self._path, f"not YAML: the character U+{ord(text[reason.position]):04X}", *place
            ) from None
        except (YAMLError, ValueError, RecursionError, NotImplementedError, AttributeError, TypeError) as reason:
            # the parser itself raises all of these for broken text; the file is the user's, so it is told with its place
            raise self._error(self._path, f"not YAML: {_first(str(reason))}") from None

    def _check(self, events: Iterable[Any]) -> None:
        """Refuse what no file of settings needs: anchors, tags, depth."""
        from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

        depth = 0
        for event in events:
            mark = event.start_mark
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise self._at("anchors and aliases are not allowed", mark)
            tag = getattr(event, "tag", None)
            if tag and not (isinstance(event, ScalarEvent) and tag == "!"):
                raise self._at(f"the tag {tag} is not allowed", mark)
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise self._at("nested too deeply", mark)

    def _at(self, reason: str, mark: Any) -> SettingsError:
        return self._error(self._path, reason, *((mark.line + 1, mark.column + 1) if mark else (None, None)))

    def plain(self, value: Any, depth: int) -> Any:
        """The loaded tree as plain dicts, lists and scalars."""
        if depth > MAX_DEPTH:
            raise self._error(self._path, "nested too deeply")
        if isinstance(value, dict):
            return {_key(key): self.plain(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self.plain(item, depth + 1) for item in value]
        if isinstance(value, bool) or value is None:
            return value
        for kind in (int, float, str):
            if isinstance(value, kind):
                return kind(value)
        return str(value)

    def located(self, message: str, tree: Any) -> SettingsError:
        """The validator's complaint at the line of the node it speaks of."""
        reason, _, where = message.partition(" - at `")
        steps = [name or index for name, index in _STEP.findall(where.rstrip("`").removeprefix("$"))]
        unknown = re.search(r"unknown field `([^`]*)`", reason)
        line, column, node = _place(tree, [*steps, *([unknown[1]] if unknown else [])])
        if steps[-1:] == ["..."]:
            line, column = _culprit(node, reason) or (line, column)
        if unknown:
            close = difflib.get_close_matches(unknown[1], self._names(steps), 1)
            reason = f"unknown key {unknown[1]!r}" + (f"; did you mean {close[0]!r}?" if close else "")
        return self._error(self._path, _PLAINER.get(reason, _first(reason)), line, column)

    def _names(self, steps: list[str]) -> list[str]:
        """Keys that may stand at a place of the file."""
        kind: Any = self._kind
        for step in steps:
            if step.isdigit():  # an item of a list has the keys of its kind
                continue
            fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
            kind = fields.get(step)
            while kind is not None and not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
                inner = [one for one in getattr(kind, "__args__", ()) if one is not type(None) and one is not Ellipsis]
                kind = next(
                    (one for one in inner if isinstance(one, type) and issubclass(one, msgspec.Struct)), None
                ) or (inner[0] if inner else None)
            if kind is None:
                return []
        return [field.encode_name for field in msgspec.structs.fields(kind)]


def _key(key: Any) -> str:
    """A key as text; `true` is spelt as it was written."""
    return key if isinstance(key, str) else str(key).lower() if isinstance(key, bool) else str(key)


def _place(tree: Any, steps: Any) -> tuple[int, int, Any]:
    """(line, column, node) of the last step that is in the tree."""
    node, line, column = tree, 1, 1
    for step in steps:
        spot = _spot(node, step)
        if spot is None:
            break
        line, column = spot[0] + 1, spot[1] + 1
        node = _child(node, step)
    return line, column, node


def _culprit(node: Any, reason: str) -> tuple[int, int] | None:
    """Place of the value of the wrong kind, where the complaint says only that there is one in this mapping."""
    got = _KINDS.get(reason.rpartition("got `")[2].rstrip("`"))
    if got is None or not isinstance(node, dict):
        return None
    spots = (_spot(node, key) for key, value in node.items() if isinstance(value, got))
    return next(((spot[0] + 1, spot[1] + 1) for spot in spots if spot), None)


def _first(text: str | None) -> str:
    return (text or "cannot be parsed").strip().splitlines()[0]


def _spot(node: Any, step: str) -> tuple[int, int] | None:
    places = getattr(getattr(node, "lc", None), "data", None) or {}
    key: Any = int(step) if step.isdigit() and isinstance(node, list) else step
    spot = places.get(key)
    return (spot[0], spot[1]) if spot else None


def _child(node: Any, step: str) -> Any:
    if isinstance(node, list) and step.isdigit() and int(step) < len(node):
        return node[int(step)]
    return node.get(step) if isinstance(node, dict) else None
