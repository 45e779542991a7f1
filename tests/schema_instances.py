"""Instances of a JSON Schema: whole, bare, with nulls. Covers what the Auth0 log schemas use, no more."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

PATTERNS = {
    "^[A-Za-z0-9-_]{27}$": "A" * 27,
    "^[a-f0-9]{32}$": "a" * 32,
    "^cns_[A-Za-z0-9-_]{22}$": "cns_" + "A" * 22,
}


def instance(schema: Schema, optional: bool, null: bool = False) -> Any:
    """A valid instance: with every property or only the required ones; null wherever the schema allows it."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if "allOf" in schema:
        merged: Schema = {}
        for part in schema["allOf"]:
            for name, value in part.items():
                both = isinstance(merged.get(name), dict) and isinstance(value, dict)
                merged[name] = {**merged[name], **value} if both else value
        return instance(merged, optional, null)
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            nulls = [part for part in schema[choice] if part.get("type") == "null"]
            return None if null and nulls else instance(schema[choice][0], optional, null)
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if null and "null" in kinds:
        return None
    return _of(next(kind for kind in [*kinds, "null"] if kind != "null"), schema, optional, null)


def _of(kind: str, schema: Schema, optional: bool, null: bool) -> Any:
    if kind == "object":
        required = set(schema.get("required", ()))
        properties = schema.get("properties", {})
        names = [name for name in properties if optional or name in required]
        return {name: instance(properties[name], optional, null) for name in names}
    if kind == "array":
        return [instance(schema.get("items") or {"type": "string"}, optional, null)] if optional else []
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return max(1, schema.get("minimum", 1))
    if "pattern" in schema:
        return PATTERNS[schema["pattern"]]
    formats = {"ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "date-time": "2026-03-01T09:00:00.000Z"}
    return formats.get(schema.get("format", ""), "text")
