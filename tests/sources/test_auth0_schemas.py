"""Every published log type is read without a gap: as its schema says, and as real events break it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from onesec_cli.model.event import Origin
from onesec_cli.sources.auth0 import RawEvent, build, normalise
from onesec_cli.sources.auth0_types import TYPES
from tests.reading import Reading
from tests.reading import read as read_all
from tests.run import DATA
from tests.schema_instances import instance

FOLDER = DATA / "auth0-log-schemas" / "log-types"
SCHEMAS = sorted(FOLDER.glob("*.schema.json"))
LOG_ID = "90020260301090000123000000000000000001223372036854{:06d}"
ALL_KINDS = frozenset(kind for kind, _, _ in TYPES.values()) | {"grant.consent", "admin.change_failed"}


def read(tmp_path: Path, events: list[dict[str, Any]]) -> Reading:
    path = tmp_path / "trail.jsonl"
    path.write_text("".join(json.dumps({"log_id": event["log_id"], "data": event}) + "\n" for event in events))
    return read_all(path, ALL_KINDS)


def instances(path: Path) -> list[dict[str, Any]]:
    """Valid instances of one type, dated or not."""
    schema = json.loads(path.read_text())
    code = path.name.removesuffix(".schema.json")
    made = []
    for number, (optional, null) in enumerate([(True, False), (False, False), (True, True)]):
        event = instance(schema, optional, null)
        event.update(type=code, log_id=LOG_ID.format(number))
        if "date" in event:
            event["date"] = "2026-03-01T09:00:00.000Z"
        jsonschema.validate(event, schema)
        made.append(event)
    return made


def breakages(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The ways in which real events break their schema (types, nulls, lists for objects, texts for booleans)."""
    scopes: list[Any] = ["a b", ["a", "b"], "a,b", None, "", 5, {"a": 1}]
    changes: list[dict[str, Any]] = [{"scope": scope} for scope in scopes]
    changes += [{"details": details} for details in (None, [], "text")]
    changes += [{name: None} for name in ("audience", "client_id", "user_id", "ip", "connection", "user_agent")]
    changes += [{"client_id": 17}, {"user_agent": {}}, {"ip": "xxxx"}, {"location_info": {}}, {"auth0_client": []}]
    changes += [{"is_mobile": "False", "isMobile": False}, {"security_context": None}, {"audience": ["x", "y"]}]
    broken = [{**event, **change} for change in changes]
    broken.append({name: value for name, value in event.items() if name not in ("date", "description", "details")})
    return [{**one, "log_id": LOG_ID.format(1000 + number)} for number, one in enumerate(broken)]


needs_schemas = pytest.mark.skipif(not SCHEMAS, reason="the Auth0 log schemas are not beside this checkout")


@needs_schemas
def test_the_table_of_types_holds_every_schema() -> None:
    assert len(SCHEMAS) == 166
    assert {path.name.removesuffix(".schema.json") for path in SCHEMAS} <= TYPES.keys()


@needs_schemas
@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name.removesuffix(".schema.json"))
def test_a_type_is_read_as_its_schema_says_and_as_real_events_break_it(tmp_path: Path, path: Path) -> None:
    valid = instances(path)
    code = path.name.removesuffix(".schema.json")
    events = valid + breakages(valid[0])
    reader = read(tmp_path, events)
    assert reader.gaps == []
    assert reader.files[0].events == len(events)
    assert {event.code for event in reader.events} == {code}
    family_kind = TYPES[code][0]
    assert {event.kind for event in reader.events} <= {family_kind, "grant.consent", "admin.change_failed"}


@needs_schemas
@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name.removesuffix(".schema.json"))
def test_the_typed_way_and_the_thorough_way_tell_the_same(path: Path) -> None:
    here = Origin("trail.jsonl", 1, 0, 1)
    for event in instances(path) + breakages(instances(path)[0]):
        slow = normalise(event, here)
        assert not isinstance(slow, str)
        try:
            raw = msgspec.json.decode(json.dumps(event), type=RawEvent)
        except msgspec.ValidationError:
            continue
        assert build(raw, str(raw.type), slow.time, here) == slow
