"""Policy files: YAML 1.2, bounded, and every error with its line and column."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any, Final

import msgspec

from onesec_cli.model.errors import PolicyError
from onesec_cli.model.policy import Policy

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 20
NAME: Final = "onesec.yaml"

_STEP = re.compile(r"\.([\w-]+)|\[(\d+|\.\.\.)\]")


def find_policy(start: Path) -> Path | None:
    """The nearest `onesec.yaml` in a folder or above it."""
    return next((folder / NAME for folder in (start, *start.parents) if (folder / NAME).is_file()), None)


def load_policy(path: str) -> Policy:
    """The policy a file declares. Raises PolicyError naming file, line and column."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise PolicyError(path, f"cannot be read ({error.strerror})") from None
    if len(data) > MAX_BYTES:
        raise PolicyError(path, f"longer than {MAX_BYTES:,} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise PolicyError(path, f"not UTF-8 (byte {error.start})") from None
    tree = _parse(path, text)
    if tree is None:
        return Policy()
    try:
        return msgspec.convert(_plain(path, tree, 0), Policy)
    except msgspec.ValidationError as error:
        raise _located(path, str(error), tree) from None


def _parse(path: str, text: str) -> Any:
    from ruamel.yaml import YAML  # needed only where a policy is given
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.events import AliasEvent, ScalarEvent

    try:
        for event in YAML(typ="rt", pure=True).parse(text):
            mark = event.start_mark
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                raise PolicyError(path, "anchors and aliases are not allowed", mark.line + 1, mark.column + 1)
            tag = getattr(event, "tag", None)
            if tag and not (isinstance(event, ScalarEvent) and tag == "!"):
                raise PolicyError(path, f"the tag {tag} is not allowed", mark.line + 1, mark.column + 1)
        return YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        line, column = (where.line + 1, where.column + 1) if where else (None, None)
        raise PolicyError(path, f"not YAML: {_first(error.problem)}", line, column) from None
    except (YAMLError, ValueError, RecursionError, NotImplementedError, AttributeError, TypeError) as error:
        raise PolicyError(path, f"not YAML: {_first(str(error))}") from None


def _first(text: str | None) -> str:
    return (text or "cannot be parsed").strip().splitlines()[0]


def _plain(path: str, value: Any, depth: int) -> Any:
    """The loaded tree as plain dicts, lists and scalars."""
    if depth > MAX_DEPTH:
        raise PolicyError(path, "nested too deeply")
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _plain(path, item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(path, item, depth + 1) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _located(path: str, message: str, tree: Any) -> PolicyError:
    """The validator's complaint at the line of the node it speaks of."""
    reason, _, where = message.partition(" - at `")
    steps = [name or index for name, index in _STEP.findall(where.rstrip("`").removeprefix("$"))]
    unknown = re.search(r"unknown field `([^`]*)`", reason)
    node, line, column = tree, 1, 1
    for step in [*steps, *([unknown[1]] if unknown else [])]:
        spot = _spot(node, step)
        if spot is None:
            break
        line, column = spot[0] + 1, spot[1] + 1
        node = _child(node, step)
    if unknown:
        close = difflib.get_close_matches(unknown[1], _names(steps), 1)
        reason = f"unknown key {unknown[1]!r}" + (f"; did you mean {close[0]!r}?" if close else "")
    return PolicyError(path, _first(reason), line, column)


def _spot(node: Any, step: str) -> tuple[int, int] | None:
    places = getattr(getattr(node, "lc", None), "data", None) or {}
    key: Any = int(step) if step.isdigit() and isinstance(node, list) else step
    spot = places.get(key)
    return (spot[0], spot[1]) if spot else None


def _child(node: Any, step: str) -> Any:
    if isinstance(node, list) and step.isdigit() and int(step) < len(node):
        return node[int(step)]
    return node.get(step) if isinstance(node, dict) else None


def _names(steps: list[str]) -> list[str]:
    """Keys that may stand at a place of the policy."""
    kind: Any = Policy
    for step in steps:
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
        kind = fields.get(step)
        while kind is not None and not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            inner = [one for one in getattr(kind, "__args__", ()) if one is not type(None) and one is not Ellipsis]
            kind = inner[0] if inner else None
        if kind is None:
            return []
    return [field.encode_name for field in msgspec.structs.fields(kind)]
