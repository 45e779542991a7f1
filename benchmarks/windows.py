"""What the windows of correlations cost and keep: the eight of Auth0's catalog, with thresholds that any event meets and with real ones."""

from __future__ import annotations

import gc
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from time import process_time
from typing import Any, Final, NamedTuple

import msgspec

from benchmarks.measure import ROOT
from onesec_cli.model.event import Event, Origin
from onesec_cli.sigma.correlate import Correlator
from onesec_cli.sigma.panes import Windows
from onesec_cli.sigma.rule import Card, Correlation, Operator

HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR
FAMILY: Final = ("user_name", "user_id", "client_id", "details.familyId")

SHAPES: Final[tuple[tuple[str, int, tuple[str, ...], Operator, int, str, int], ...]] = (
    ("event_count", HOUR, ("ip",), "gt", 1, "", 50),
    ("event_count", HOUR, ("ip", "type"), "gte", 1, "", 50),
    ("event_count", DAY, ("user_id",), "gte", 1, "", 20),
    ("value_count", 30 * DAY, ("user_name", "user_id"), "lte", 1, "type", 1),
    ("value_count", 30 * DAY, FAMILY, "gte", 1, "user_agent", 5),
    ("value_count", 30 * DAY, FAMILY, "gte", 1, "ip", 10),
    ("value_count", HOUR, ("ip",), "gte", 0, "user_name", 30),
    ("value_count", 5 * DAY, ("ip",), "gte", 2, "type", 3),
)
"""Type, timespan, group-by, operator, the catalog's threshold, field, and a threshold that means something."""


class Plain(NamedTuple):
    """A rule that every event matches."""

    card: Card


class Rules(NamedTuple):
    """A book of rules."""

    members: tuple[Any, ...]


def book(real: bool) -> Rules:
    """One base rule and the eight correlations of it."""
    found: list[Any] = [Plain(_card("base"))]
    for number, (kind, span, group, operator, threshold, field, better) in enumerate(SHAPES):
        found.append(
            Correlation(
                card=_card(f"c{number}"),
                type=kind,  # type: ignore[arg-type]  # a table of texts
                members=(0,),
                group_by=group,
                timespan=span,
                operator="gte" if real else operator,
                threshold=better + 1 if real else threshold,
                field=(field,) if field else (),
            )
        )
    return Rules(tuple(found))


def _card(name: str) -> Card:
    return Card(file="catalog.yml", line=1, id=name, title=name)


def events(count: int, users: int) -> Iterator[Event]:
    """Thirty days of logins and refreshes, each with a kilobyte that no window needs."""
    dice = random.Random(1)
    for number in range(count):
        user = dice.randrange(users)
        fields = {
            "ip": f"198.51.{dice.randrange(200)}.{dice.randrange(250)}",
            "type": dice.choice(["s", "fp", "f", "pla"]),
            "user_id": f"auth0|{user:024x}",
            "user_name": f"user{user}@example.com",
            "client_id": f"client{user % 50}",
            "details.familyId": f"family-{user}-{dice.randrange(3)}",
            "user_agent": f"chrome {dice.randrange(8)}",
            "body": "x" * 1_000,
        }
        origin = Origin("trail.jsonl", number, number * 1_270, 1_270)
        yield Event(time=number * 30 * DAY // count, kind="session.login", origin=origin, fields=fields)


def measure(count: int, users: int, real: bool) -> None:
    """Feed all correlations with every event, and print a line."""
    gc.disable()  # as in a scan
    correlator, state = Correlator(book(real)), Windows()
    fired, spent, most, before = 0, 0.0, 0, _memory()
    for event in events(count, users):
        fields = event.fields
        began = process_time()
        fired += len(list(correlator.observe(state, event, (0,), lambda _, name, fields=fields: (fields[name],))))
        spent += process_time() - began
        most = max(most, state.weight)
    groups = sum(len(one.young) + len(one.old) for one in state.panes.values())
    forgotten = sum(one.forgotten for one in state.panes.values())
    size = len(msgspec.msgpack.encode(state)) / 1e6
    per = spent / count / len(SHAPES) * 1e6
    told = (
        f"{count:>10,} | {'real' if real else 'catalog':>10} | {per:13.2f} | {fired:>9,} | {groups:>9,} | {most:>11,} |"
    )
    print(f"{told} {forgotten:>9,} | {size:8.1f} | {_memory() - before:6.0f}")


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(count: int, users: int) -> None:
    """Print what a quarter of the events, half and all of them cost and leave behind, each in a process of its own."""
    print(
        "    events | thresholds | us per window |     fired |    groups |   most kept | forgotten | state MB | RSS MB"
    )
    sys.stdout.flush()
    for thresholds in ("catalog", "real"):
        for part in (4, 2, 1):
            made = [sys.executable, "-m", "benchmarks", "windows", "--events", str(count // part)]
            subprocess.run([*made, "--users", str(users), "--thresholds", thresholds], check=True, cwd=ROOT)
