"""Derives the table of the fields of each Auth0 log type from Auth0's published schemas.

    python -m tools.auth0_fields auth0-log-schemas/log-types

writes `onesec_cli/sigma/auth0_fields.json`: facts (paths, JSON types, closed sets of values), no prose. The schemas are those of
github.com/auth0/auth0-log-schemas, Apache-2.0.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SOURCE = (
    "github.com/auth0/auth0-log-schemas of 2026-07-13 (8b58c73), Apache-2.0: facts derived by tools/auth0_fields.py"
)
TARGET = Path(__file__).parents[1] / "onesec_cli" / "sigma" / "auth0_fields.json"
LETTERS = {"string": "s", "number": "n", "integer": "n", "boolean": "b", "object": "o", "array": "a", "null": ""}

Found = dict[str, tuple[set[str], set[Any] | None]]
"""Path to the letters of its JSON types (`x`: anything may stand below), and to its values where they are a closed set."""


def fields_of(schema: dict[str, Any]) -> Found:
    """Every path below a schema; items of an array have the path of the array."""
    found: Found = {}
    _walk(schema, "", found)
    found.pop("", None)
    return found


def _walk(schema: dict[str, Any], path: str, found: Found) -> None:
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        _walk(part, path, found)
    given = schema.get("type", [])
    kinds = [given] if isinstance(given, str) else list(given)
    letters, values = found.setdefault(path, (set(), set()))
    letters.update(LETTERS[kind] for kind in kinds)
    letters.discard("")
    closed = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    if closed is not None and values is not None:
        values.update(closed)
    elif kinds not in ([], ["null"]):
        found[path] = (letters, None)
    properties = schema.get("properties", {})
    if "object" in kinds and not properties:
        letters.add("x")
    for name, inner in properties.items():
        _walk(inner, f"{path}.{name}" if path else name, found)
    if "array" in kinds:
        items = schema.get("items") or {}
        if items.get("type") or items.get("anyOf") or items.get("properties"):
            _walk(items, path, found)
        else:
            letters.add("x")


def table(folder: Path) -> dict[str, Any]:
    """The whole table: the distinct fields, and per log type which of them it has."""
    by_type = {}
    for path in sorted(folder.glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        by_type[path.name.removesuffix(".schema.json")] = {
            (name, "".join(sorted(letters)), tuple(sorted(values, key=str)) if values and name != "type" else ())
            for name, (letters, values) in fields_of(schema).items()
        }
    distinct = sorted(set().union(*by_type.values()), key=lambda one: (one[0], one[1], str(one[2])))
    index = {one: number for number, one in enumerate(distinct)}
    return {
        "source": SOURCE,
        "fields": [[name, letters, *([list(values)] if values else [])] for name, letters, values in distinct],
        "types": {code: sorted(index[one] for one in fields) for code, fields in by_type.items()},
    }


def written(folder: Path) -> str:
    """The table as it is stored: a line per field and per log type."""
    told = table(folder)
    fields = ",\n".join(f"  {json.dumps(one)}" for one in told["fields"])
    types = ",\n".join(
        f"  {json.dumps(code)}: {json.dumps(fields, separators=(',', ':'))}" for code, fields in told["types"].items()
    )
    return f'{{\n"source": {json.dumps(told["source"])},\n"fields": [\n{fields}\n],\n"types": {{\n{types}\n}}\n}}\n'


if __name__ == "__main__":
    TARGET.write_text(written(Path(sys.argv[1])), encoding="utf-8")
