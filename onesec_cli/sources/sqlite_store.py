"""OpenClaw's SQLite store as a stream of JSON Lines: one line a row, in the order of session and place.

The store is opened read-only and immutable, so that looking at evidence never changes it. Where a write-ahead log stands beside it, a
copy of both is read instead: the newest rows are only there. The stream is the same each time, so a line of it can be quoted.
"""

from __future__ import annotations

import io
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

import orjson
import zstandard

from onesec_cli.sources.split import MAX_VALUE

MAGIC: Final = b"SQLite format 3\x00"
MAX_MEMORY: Final = 1024 * 1024 * 1024
"""Bytes of a store inside an archive that are read."""
MAX_COPY: Final = 64 * 1024 * 1024 * 1024
"""Bytes of a store that are copied to read its write-ahead log."""
MAX_STEPS: Final = 5_000
"""Millions of steps SQLite may take for one row: a schema can hold expressions that never end."""

_WAL: Final = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_SHM: Final = b"\x18\xe2\x2d\x00"
_EVENTS: Final = ("transcript_events", "trajectory_runtime_events")
_ARCHIVES: Final = ("session_transcript_archives", "session_transcript_cold_archives")


def is_store(start: bytes) -> bool:
    """Whether a file that starts so is an SQLite database or one of the two files beside one."""
    return start[:16] == MAGIC or start[:4] in _WAL or start[:4] == _SHM


@contextmanager
def opened(handle: IO[bytes]) -> Iterator[IO[bytes]]:
    """The rows of a store as lines."""
    start = handle.read(16)
    handle.seek(0)
    if start[:16] != MAGIC:
        yield io.BytesIO(_row({}, b"null", code="beside" if _has_database(handle) else "log"))
        return
    with _connected(handle) as connection, closing(connection):
        yield io.BufferedReader(_Lines(_lines(connection)))


class _Lines(io.RawIOBase):
    """A binary stream of lines that are made as they are read."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._rest = b""

    def readable(self) -> bool:
        """See io.RawIOBase."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See io.RawIOBase."""
        if not self._rest:
            self._rest = next(self._lines, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _path(handle: IO[bytes]) -> str:
    """The path of a file that lies on disk as it is read; empty for standard input and members of archives."""
    name = handle.name if isinstance(handle, io.BufferedReader) else None
    return name if isinstance(name, str) else ""


def _has_database(handle: IO[bytes]) -> bool:
    name = _path(handle)
    return bool(name) and Path(name.rsplit("-", 1)[0]).is_file()


@contextmanager
def _connected(handle: IO[bytes]) -> Iterator[sqlite3.Connection]:
    """A connection that can change nothing and is told nothing by the schema."""
    name = _path(handle)
    if not name:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(handle.read(MAX_MEMORY))
        yield _guarded(connection)
        return
    log = Path(name + "-wal")
    if not log.is_file() or not log.stat().st_size or log.stat().st_size + Path(name).stat().st_size > MAX_COPY:
        yield _guarded(sqlite3.connect(f"file:{quote(str(Path(name).resolve()))}?mode=ro&immutable=1", uri=True))
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "store.sqlite"
        shutil.copyfile(name, copy)
        shutil.copyfile(log, copy.with_name("store.sqlite-wal"))
        yield _guarded(sqlite3.connect(copy))


def _guarded(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.text_factory = bytes
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    return connection


def _lines(connection: sqlite3.Connection) -> Iterator[bytes]:
    """Every row that holds an event."""
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return steps[0] > MAX_STEPS

    connection.set_progress_handler(step, 1_000_000)
    tables = _tables(connection)
    names = _Names(connection, tables)
    found = False
    for table in _EVENTS:
        if {"session_id", "seq", "event_json"} <= tables.get(table, frozenset()):
            found = True
            for line in _events(connection, table, tables[table], names):
                steps[0] = 0
                yield line
    for table in _ARCHIVES:
        if {"session_id", "archive_blob"} <= tables.get(table, frozenset()):
            for line in _archived(connection, table, names):
                steps[0] = 0
                yield line
    if not found:
        yield _row({}, b"null", code="foreign")


def _tables(connection: sqlite3.Connection) -> dict[str, frozenset[str]]:
    """The columns of each ordinary table. Views and virtual tables run code of whoever wrote the schema."""
    found = {}
    for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"):
        if isinstance(name, bytes) and isinstance(sql, bytes) and sql.lstrip()[:12].upper().startswith(b"CREATE TABLE"):
            columns = connection.execute("SELECT name FROM pragma_table_info(?)", (name.decode(errors="replace"),))
            found[name.decode(errors="replace")] = frozenset(_text(column) for (column,) in columns)
    return found


class _Names:
    """Which session and which agent a stored session is: a sub-agent stands in the session of its parent."""

    def __init__(self, connection: sqlite3.Connection, tables: dict[str, frozenset[str]]) -> None:
        self._keys: dict[str, str] = {}
        self._current: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        if {"session_id", "session_key"} <= tables.get("session_windows", frozenset()):
            for session, key in connection.execute("SELECT session_id, session_key FROM session_windows"):
                self._keys[_text(session)] = _text(key)
        columns = tables.get("session_nodes", frozenset())
        if {"session_key", "current_session_id"} <= columns:
            for key, session in connection.execute("SELECT session_key, current_session_id FROM session_nodes"):
                self._current[_text(key)] = _text(session)
                self._keys.setdefault(_text(session), _text(key))
        if {"session_key", "parent_session_key"} <= columns:
            for key, parent in connection.execute("SELECT session_key, parent_session_key FROM session_nodes"):
                self._parents[_text(key)] = _text(parent)

    def of(self, session: str) -> dict[str, Any]:
        """The names for a stored session."""
        key = root = self._keys.get(session, "")
        for _ in range(16):
            above = self._parents.get(root, "")
            if ":subagent:" not in root or not above:
                break
            root = above
        home = self._current.get(root, "") if root != key else ""
        return {"session": home or session, "key": key}


def _events(connection: sqlite3.Connection, table: str, columns: frozenset[str], names: _Names) -> Iterator[bytes]:
    packed = "event_zstd" if "event_zstd" in columns else "NULL"
    made = "created_at" if "created_at" in columns else "NULL"
    query = (
        f"SELECT session_id, seq, {made}, CASE WHEN length(event_json) <= {MAX_VALUE} THEN event_json END,"
        f" CASE WHEN length({packed}) <= {MAX_VALUE} THEN {packed} END FROM {table} ORDER BY session_id, seq"
    )
    for session, seq, created, plain, blob in connection.execute(query):
        body = plain if isinstance(plain, bytes) else _unpacked(blob) if isinstance(blob, bytes) else None
        place = {"table": table, "seq": seq if isinstance(seq, int) else 0, **names.of(_text(session))}
        place["created_at"] = created if isinstance(created, (int, float)) else None
        yield _row(place, body)


def _archived(connection: sqlite3.Connection, table: str, names: _Names) -> Iterator[bytes]:
    """The lines of transcripts that were packed whole into a row."""
    query = f"SELECT session_id, archive_blob FROM {table} WHERE archive_blob IS NOT NULL ORDER BY session_id, rowid"
    for session, blob in connection.execute(query):
        held = blob if isinstance(blob, bytes) else b""
        body = _unpacked(held) if held[:4] == b"\x28\xb5\x2f\xfd" else held
        if body is None:
            yield _row({}, None)
            continue
        for seq, line in enumerate(body.split(b"\n")):
            if line.strip():
                yield _row({"table": table, "seq": seq, **names.of(_text(session))}, line)


def _unpacked(blob: bytes) -> bytes | None:
    try:
        body = zstandard.ZstdDecompressor().stream_reader(blob, read_across_frames=True).read(MAX_VALUE + 1)
    except zstandard.ZstdError:
        return None
    return body if len(body) <= MAX_VALUE else None


def _row(place: dict[str, Any], body: bytes | None, code: str = "") -> bytes:
    """One line: where a row stands, and the JSON it holds. `code` says why there is none."""
    try:
        event = orjson.loads(body) if body is not None else None
    except orjson.JSONDecodeError:
        event = None
    if event is None and not code:
        code = "row"
    head = {**place, "code": code} if code else place
    return orjson.dumps({"openclaw_row": head, "event": _fragment(body) if event is not None else None}) + b"\n"


def _fragment(body: bytes | None) -> orjson.Fragment:
    return orjson.Fragment((body or b"null").replace(b"\n", b" ").replace(b"\r", b" "))


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else "" if value is None else str(value)
