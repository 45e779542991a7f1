"""Every published shape of a tenant log gives the same event."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.auth0 import normalise
from onesec_cli.sources.envelopes import MAX_DEPTH, unwrap
from onesec_cli.sources.shapes import NOT_A_TRAIL, SHAPES, Shape
from tests.reading import Reading
from tests.reading import read as read_all

READS = frozenset({"token.exchange", "delegation.issue"})


def read(tmp_path: Path, text: str) -> Reading:
    path = tmp_path / "trail.bin"
    path.write_text(text)
    return read_all(path, READS)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_sample_of_each_shape_is_read_whole(tmp_path: Path, shape: Shape, end: str) -> None:
    reader = read(tmp_path, shape.sample + end)
    assert reader.gaps == []
    expected = 2 if shape.name == "firehose" else 1
    assert len(reader.events) == 1
    assert reader.files[0].records == expected
    event = reader.events[0]
    if shape.name == "onesec":
        assert (event.kind, event.agent) == ("delegation.issue", "bot")
        return
    assert (event.kind, event.code, event.user, event.client) == ("token.exchange", "seta", "auth0|alice", "bot")
    assert event.time == 1_772_355_600_100_000
    assert event.scopes == {"calendar.readonly"}
    assert (event.tenant, event.connection, event.flow) == ("acme", "google-oauth2", "vault")
    assert event.id.startswith("9002026")


@pytest.mark.parametrize("shape", NOT_A_TRAIL, ids=lambda shape: shape.name)
def test_other_products_are_named_and_ignored(tmp_path: Path, shape: Shape) -> None:
    reader = read(tmp_path, shape.sample + "\n")
    assert reader.gaps == []
    assert reader.events == []
    assert sum(reader.files[0].ignored.values()) == 1


def test_all_shapes_in_one_file_are_read_together(tmp_path: Path) -> None:
    reader = read(tmp_path, "\n".join(shape.sample for shape in (*SHAPES, *NOT_A_TRAIL)))
    assert reader.gaps == []
    assert len(reader.events) == 2  # the exchanges are one event, told in many shapes
    file = reader.files[0]
    assert file.duplicates == len(SHAPES) - 1
    assert file.records == file.events + file.duplicates + sum(file.ignored.values())


def test_pretty_printed_and_broken_lines_leave_the_good_ones(tmp_path: Path) -> None:
    one = SHAPES[3].sample
    pretty = '[\n  {\n    "log_id": "x1",\n    "data": {"type": "seta", "date": "2026-03-01T09:00:00Z"}\n  },\n  {\n'
    pretty += '    "log_id": "x2",\n    "data": {"type": "seta", "date": "2026-03-01T09:00:00Z"}\n  }\n]\n'
    two = one.replace("90020260301", "90020260302")
    reader = read(tmp_path, pretty + '{"cut": {"off": 1\n' + one + "\nnoise\n" + one[:60] + "\n" + two + "\n[]\n")
    assert len(reader.events) == 4
    assert [gap.line for gap in reader.gaps] == [11, 13, 14]
    assert sorted(event.origin.line for event in reader.events) == [2, 6, 12, 15]


LOG_ID = "90020260301090000123000000000000000001223372036854775807"
BARE: dict[str, Any] = {
    "type": "seta",
    "log_id": LOG_ID,
    "date": "2026-03-01T09:00:00.100Z",
    "tenant_name": "acme",
    "user_id": "auth0|alice",
    "client_id": "bot",
    "ip": "192.0.2.1",
    "details": {"scope": "calendar.read"},
}
WEBHOOK = {"log_id": LOG_ID, "data": BARE}
TEXT = json.dumps(WEBHOOK)
BRIDGE = {"detail-type": "Auth0 log", "source": "aws.partner/auth0.com/acme-1-2-3-4-5/auth0.logs", "detail": WEBHOOK}
BATCH = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 1, "message": TEXT}]}
PACKED = base64.b64encode(gzip.compress(json.dumps(BATCH).encode(), mtime=0)).decode()
ENVELOPES: dict[str, dict[str, Any]] = {
    "bare": BARE,
    "API with its own ids": {**BARE, "_id": "m1", "id": "m1", "isMobile": False},
    "webhook": WEBHOOK,
    "webhook, id outside only": {"log_id": LOG_ID, "data": {k: v for k, v in BARE.items() if k != "log_id"}},
    "page": {"start": 0, "logs": [BARE]},
    "EventBridge": BRIDGE,
    "EventBridge in a batch": {"Records": [{"body": json.dumps(BRIDGE)}]},
    "CloudWatch batch": BATCH,
    "CloudWatch packed": {"awslogs": {"data": PACKED}},
    "Event Grid, wrapped": {"eventType": "x", "eventTime": "2026-03-01T09:00:12Z", "data": WEBHOOK},
    "Event Grid, bare": {"eventType": "x", "eventTime": "2026-03-01T09:00:12Z", "data": BARE},
    "Splunk collector": {"time": 1772355600.1, "sourcetype": "auth0", "event": WEBHOOK},
    "Splunk export": {"preview": False, "result": {"_raw": TEXT, "_time": "2026-03-01T09:00:12Z"}},
    "Splunk export, fields": {"result": {f"data.{k}": v for k, v in BARE.items()}},
    "Sumo": {"detail": WEBHOOK},
    "Datadog": {"_id": "A", "date": "2026-03-01T09:00:13Z", "service": "x", "attributes": WEBHOOK},
    "Elastic, raw": {"@timestamp": "2026-03-01T09:00:12Z", "json": WEBHOOK},
    "Elastic, original": {"event": {"original": TEXT, "action": "x"}, "auth0": {"logs": {"data": {"type": "Title"}}}},
    "Elastic, original dotted": {"event.original": TEXT},
    "Elastic, dotted": {f"auth0.logs.data.{k}": v for k, v in {**BARE, "type": "Title", "type_id": "seta"}.items()},
    "Elastic, dotted deep": {
        **{f"auth0.logs.data.{k}": v for k, v in BARE.items() if k != "details"},
        "auth0.logs.data.details.scope": "calendar.read",
    },
    "Elastic, fields moved": {
        "auth0": {"logs": {"data": {k: v for k, v in BARE.items() if k not in ("log_id", "ip", "user_id")}}},
        "event": {"id": LOG_ID, "action": "unknown-seta"},
        "source": {"ip": "192.0.2.1"},
        "user": {"id": "auth0|alice"},
    },
    "Elastic, fields moved and dotted": {
        **{f"auth0.logs.data.{k}": v for k, v in BARE.items() if k not in ("log_id", "ip", "user_id")},
        "event.id": LOG_ID,
        "source.ip": "192.0.2.1",
        "user.id": "auth0|alice",
    },
    "Elastic, search hit": {"_index": "logs", "_id": "A", "_source": {"message": TEXT}},
    "Panther": {**WEBHOOK, "p_log_type": "Auth0.Events"},
    "legacy Splunk": {"message": BARE},
    "legacy blob": {**BARE, "type": "Success Exchange", "type_code": "seta"},
    "CloudEvents": {"specversion": "1.0", "type": "auth0.log", "data": {"body": WEBHOOK, "headers": {"a": "b"}}},
    "text in text": {"_raw": json.dumps({"message": TEXT})},
    "text after a time": {"message": "2026-03-01T09:00:12.000Z " + TEXT},
    "array in text": {"message": "[" + TEXT + "]"},
}
HERE = Origin("trail.jsonl", 1, 0, 1)


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_event_is_the_same_in_every_envelope(name: str) -> None:
    told = unwrap(ENVELOPES[name])
    assert (len(told.found), told.ignored, told.stray) == (1, "", 0)
    found = told.found[0]
    assert normalise(found.event, HERE, found.time, found.tenant) == normalise(BARE, HERE)


def test_an_envelope_lends_its_time_and_its_tenant() -> None:
    undated = {"type": "seta", "log_id": "x1"}
    found = unwrap({**BRIDGE, "time": "2026-03-01T09:00:12Z", "detail": {"log_id": "x1", "data": undated}}).found[0]
    told = normalise(found.event, HERE, found.time, found.tenant)
    assert isinstance(told, Event)
    assert (told.tenant, told.time) == ("acme", 1_772_355_612_000_000)
    near = unwrap({"time": "2026-03-01T09:00:12Z", "event": {"time": "soon", "message": undated}}).found[0]
    assert near.time == "2026-03-01T09:00:12Z"


def test_every_event_of_a_batch_is_found_and_strays_are_counted() -> None:
    stray = [{"no": "event"}, "noise", 5, {"specversion": "1.0", "type": "user.created"}]
    told = unwrap({"data": [WEBHOOK, *stray, BARE]})
    assert (len(told.found), told.stray) == (2, 4)


@pytest.mark.parametrize(
    "record",
    [
        {"log_id": LOG_ID, "data": {}},
        {"log_id": LOG_ID, "data": []},
        {"log_id": LOG_ID, "data": None},
        {"log_id": LOG_ID, "data": "{broken"},
        {"type": "seta"},
        {"type": "s", "name": "small"},
        {"specversion": "1.0", "type": "s", "id": "1", "date": "2026-03-01"},
        {"data": [{"event": "Login", "properties": {}}, {"no": "event"}]},
        {"awslogs": {"data": "H4sIAAAA"}},
        {},
    ],
    ids=repr,
)
def test_what_is_no_event_is_neither_found_nor_ignored(record: dict[str, Any]) -> None:
    told = unwrap(record)
    assert (told.found, told.ignored) == ([], "")


def test_an_empty_page_is_named() -> None:
    assert unwrap({"start": 0, "total": 0, "logs": []}).ignored == "empty page"


@pytest.mark.parametrize("wrap", ["detail", "data", "message"])
def test_a_known_stranger_is_named_in_any_envelope(wrap: str) -> None:
    stranger = {"specversion": "1.0", "type": "user.created", "data": {"object": {"user_id": "auth0|a"}}}
    assert unwrap({wrap: stranger}).ignored == "Auth0 event stream, not tenant logs"
    assert unwrap({wrap: {"messageType": "CONTROL_MESSAGE", "logEvents": []}}).ignored == "CloudWatch control message"


def test_an_event_without_a_known_type_is_kept_if_its_id_is_dated() -> None:
    told = unwrap({"log_id": LOG_ID, "data": {"type": None, "log_id": LOG_ID, "details": {}}})
    assert len(told.found) == 1
    told = unwrap({"log_id": LOG_ID, "data": {"type": "brand_new", "log_id": LOG_ID}})
    assert len(told.found) == 1


def test_depth_and_unpacking_are_bounded() -> None:
    deep: Any = BARE
    for _ in range(MAX_DEPTH + 2):
        deep = {"data": deep}
    assert unwrap(deep).found == []
    bomb = base64.b64encode(gzip.compress(b"{" + b" " * 80_000_000, mtime=0)).decode()
    told = unwrap({"data": [{"awslogs": {"data": bomb}}] * 1000 + [WEBHOOK]})
    assert (len(told.found), told.stray) == (1, 1000)
