"""What is read, told for `onesec formats`: every shape with a sample that the reader really reads."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any, Final, NamedTuple


class Shape(NamedTuple):
    """One way a trail reaches us as a file."""

    name: str
    description: str
    sample: str
    evidence: str
    """How sure we are of it: documented, seen (in public data), or inferred."""


_ID = "90020260301090000123000000000000000001223372036854775807"
_EVENT: dict[str, Any] = {
    "date": "2026-03-01T09:00:00.100Z",
    "type": "seta",
    "log_id": _ID,
    "tenant_name": "acme",
    "user_id": "auth0|alice",
    "client_id": "bot",
    "connection": "google-oauth2",
    "details": {"scope": "calendar.readonly"},
}
_WRAPPED = {"log_id": _ID, "data": _EVENT}
_BARE_API = {"_id": _ID, **_EVENT, "isMobile": False}
_LEGACY = {**_EVENT, "type": "Success Token Vault exchange", "type_code": "seta"}
_BRIDGE = {
    "version": "0",
    "id": "4e1d9a3c",
    "detail-type": "Auth0 log",
    "source": "aws.partner/auth0.com/acme-11111111-2222-3333-4444-555555555555/auth0.logs",
    "time": "2026-03-01T09:00:12Z",
    "detail": _WRAPPED,
}
_SUBSCRIPTION = {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": json.dumps(_WRAPPED)}]}
_PACKED = base64.b64encode(gzip.compress(json.dumps(_SUBSCRIPTION).encode(), mtime=0)).decode()


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


SHAPES: Final = (
    Shape("api", "Management API, array of bare events", _line([_BARE_API]), "seen"),
    Shape(
        "api-page",
        "Management API with include_totals",
        _line({"start": 0, "limit": 1, "length": 1, "total": 1, "logs": [_BARE_API]}),
        "documented",
    ),
    Shape("dashboard", "raw JSON copied from the dashboard", _line({**_BARE_API, "id": _ID}), "seen"),
    Shape("webhook-lines", "log stream webhook, JSON Lines", _line(_WRAPPED), "seen"),
    Shape("webhook-array", "log stream webhook, JSON array", _line([_WRAPPED]), "seen"),
    Shape("webhook-object", "log stream webhook, JSON object", _line({"logs": [_WRAPPED]}), "seen"),
    Shape("eventbridge", "Amazon EventBridge, one object a line", _line(_BRIDGE), "seen"),
    Shape("firehose", "EventBridge through Firehose, objects with nothing between them", _line(_BRIDGE) * 2, "seen"),
    Shape(
        "cloudwatch",
        "CloudWatch export, time before the JSON",
        f"2026-03-01T09:00:12.000Z {_line(_BRIDGE)}",
        "inferred",
    ),
    Shape("cloudwatch-subscription", "CloudWatch subscription record", _line(_SUBSCRIPTION), "inferred"),
    Shape("cloudwatch-packed", "the same, gzipped and in base64", _line({"awslogs": {"data": _PACKED}}), "inferred"),
    Shape(
        "event-grid",
        "Azure Event Grid",
        _line([{"id": "1", "eventType": "Microsoft.Auth0", "eventTime": "2026-03-01T09:00:12Z", "data": _WRAPPED}]),
        "documented",
    ),
    Shape(
        "splunk-hec",
        "Splunk HTTP event collector",
        _line({"time": 1772355600.1, "sourcetype": "auth0_logs", "event": _WRAPPED}),
        "documented",
    ),
    Shape(
        "splunk-export",
        "Splunk search export",
        _line({"preview": False, "offset": 0, "result": {"_raw": _line(_WRAPPED)}}),
        "inferred",
    ),
    Shape("sumo", "Sumo Logic", _line({"detail": _WRAPPED}), "seen"),
    Shape(
        "datadog",
        "Datadog archive",
        _line(
            {"_id": "AQ", "date": "2026-03-01T09:00:13Z", "service": "auth0", "source": "auth0", "attributes": _WRAPPED}
        ),
        "inferred",
    ),
    Shape("elastic-raw", "Elastic, untouched", _line({"@timestamp": "2026-03-01T09:00:12Z", "json": _WRAPPED}), "seen"),
    Shape(
        "elastic",
        "Elastic integration, code in type_id",
        _line(
            {
                "@timestamp": "2026-03-01T09:00:00.100Z",
                "auth0": {"logs": {"data": {**_EVENT, "type": "Success Exchange", "type_id": "seta"}}},
            }
        ),
        "seen",
    ),
    Shape(
        "panther",
        "Panther, date without zone",
        _line(
            {"log_id": _ID, "data": {**_EVENT, "date": "2026-03-01 09:00:00.100000000"}, "p_log_type": "Auth0.Events"}
        ),
        "seen",
    ),
    Shape("legacy-splunk", "legacy Splunk extension", _line({"message": _EVENT}), "seen"),
    Shape("legacy-blob", "legacy export extension, title in type", _line(_LEGACY), "seen"),
    Shape(
        "cloudevents",
        "webhook proxy that writes CloudEvents",
        _line(
            {
                "specversion": "1.0",
                "type": "auth0.log",
                "source": "proxy",
                "data": {"body": _WRAPPED, "headers": {"User-Agent": "auth0-logstream/1.0"}},
            }
        ),
        "seen",
    ),
    Shape(
        "onesec",
        "canonical JSON Lines (docs/canonical.schema.json)",
        _line(
            {
                "onesec": 1,
                "time": "2026-03-01T09:00:00Z",
                "kind": "delegation.issue",
                "tenant": "acme",
                "delegation": "d1",
                "delegator": "auth0|alice",
                "delegate": "bot",
                "connection": "google-oauth2",
                "scopes": "calendar.readonly",
                "expires": "2026-03-02T09:00:00Z",
            }
        ),
        "ours",
    ),
)

NOT_A_TRAIL: Final = (
    Shape(
        "event-stream",
        "Auth0 event stream: recognised, named and ignored; it holds no logins and no tokens",
        _line({"specversion": "1.0", "type": "user.created", "id": "e1", "data": {"object": {"user_id": "auth0|a"}}}),
        "documented",
    ),
    Shape(
        "analytics",
        "Segment or Mixpanel stream: recognised, named and ignored",
        _line({"event": "Success Login", "properties": {"client": "bot"}}),
        "inferred",
    ),
)
