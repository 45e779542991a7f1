"""A report that onesec wrote before, read again: JSON or JSON Lines, as strictly as anything that comes from outside."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from onesec_cli.model.baseline import Baseline, Told
from onesec_cli.model.clock import parse_time
from onesec_cli.model.errors import InputError
from onesec_cli.model.event import UNDATED
from onesec_cli.model.finding import claim
from onesec_cli.model.level import Level
from onesec_cli.model.report import SCHEMA_VERSION, BaselineUse
from onesec_cli.plain_file import read_plain

MAX_BYTES: Final = 4 * 1024**3
"""Of a report that is read again; one of a hundred thousand alerts has about 600 MB."""


Count = Annotated[int, Meta(ge=0, le=2**62)]
Digest = Annotated[str, Meta(pattern="^([0-9a-f]{64})?$")]


class WrittenEvidence(Struct, frozen=True):
    """A piece of evidence as the report has it."""

    file: str
    line: Count
    offset: Count
    length: Count
    sha256: Digest
    role: str = ""


class WrittenAlert(Struct, frozen=True):
    """An alert as the report has it."""

    id: str
    rule: str
    level: str
    tenant: str
    verdict: str
    subject: tuple[str, ...]
    first_seen: str | None
    last_seen: str | None
    tenant_adopted: bool = False
    message: str = ""
    evidence: tuple[WrittenEvidence, ...] = ()


class WrittenInput(Struct, frozen=True):
    """An input as the report has it."""

    path: str
    sha256: Digest
    bytes: Count


class WrittenUse(Struct, frozen=True):
    """A policy or a baseline that the report was made with."""

    path: str
    sha256: Digest


class WrittenManifest(Struct, frozen=True):
    """What the report was made by."""

    detectors_sha256: str = ""
    own_rules_sha256: Digest = ""
    given_rules: tuple[WrittenUse, ...] = ()
    options: dict[str, Any] = {}


class WrittenCounts(Struct, frozen=True):
    """How much the report says that it tells."""

    alerts: Count
    suppressed: Count
    withheld: Count
    by_level: dict[str, Count]


class WrittenStep(Struct, frozen=True):
    """A step of an incident."""

    alert: str


class WrittenIncident(Struct, frozen=True):
    """An incident as the report has it."""

    id: str
    steps: tuple[WrittenStep, ...] = ()


class Written(Struct, frozen=True):
    """What is read of a report."""

    schema_version: str
    inputs: tuple[WrittenInput, ...]
    alerts: tuple[WrittenAlert, ...]
    suppressed: tuple[WrittenAlert, ...] = ()
    incidents: tuple[WrittenIncident, ...] = ()
    counts: WrittenCounts | None = None
    policy: WrittenUse | None = None
    baseline: WrittenUse | None = None
    manifest: WrittenManifest = WrittenManifest()


def load_written(path: str) -> tuple[Written, str]:
    """A report and the digest of its file. Raises InputError for anything that is no report of ours."""
    try:
        data = read_plain(path, MAX_BYTES)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"{path}: longer than {MAX_BYTES:,} bytes")
    try:
        told = _written(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: is no JSON or JSON Lines report of onesec ({error})") from None
    if told.schema_version != SCHEMA_VERSION:
        raise InputError(f"{path}: is a report of version {told.schema_version!r}; this onesec reads {SCHEMA_VERSION}")
    return told, hashlib.sha256(data).hexdigest()


def load_baseline(path: str) -> Baseline:
    """The alerts of an earlier report."""
    written, digest = load_written(path)
    told = tuple(map(_told, _named(path, written.alerts)))
    return Baseline(BaselineUse(path=path, sha256=digest, alerts=len(told)), told)


def _named(path: str, alerts: tuple[WrittenAlert, ...]) -> Iterator[WrittenAlert]:
    for alert in alerts:
        if alert.level not in Level.__members__:
            raise InputError(f"{path}: alert {alert.id!r} has the unknown level {alert.level!r}")
        yield alert


def _told(alert: WrittenAlert) -> Told:
    return Told(
        id=alert.id,
        claim=claim("" if alert.tenant_adopted else alert.tenant, alert.rule, alert.verdict, alert.subject),
        level=Level[alert.level],
        first_seen=_time(alert.first_seen),
        last_seen=_time(alert.last_seen),
    )


def _time(text: str | None) -> int:
    return UNDATED if text is None else parse_time(text) or UNDATED


def _written(data: bytes) -> Written:
    """A document; or lines told apart by their type, of which the last must be the verdict: a cut file is no report."""
    first, _, rest = data.partition(b"\n")
    if not rest or not first.startswith(b'{"type"'):
        return msgspec.json.decode(data, type=Written)
    rows: list[Any] = [msgspec.json.decode(line) for line in data.splitlines()]
    if not all(isinstance(row, dict) for row in rows) or rows[-1].get("type") != "verdict":
        raise msgspec.DecodeError("the last line is not the verdict")

    def of(kind: str) -> list[Any]:
        return [row for row in rows if row.get("type") == kind]

    runs = of("run") or [{}]
    whole = {**runs[0], "inputs": of("input"), "alerts": of("alert")}
    whole |= {"suppressed": of("suppressed"), "incidents": of("incident")}
    return msgspec.convert(whole, Written)
