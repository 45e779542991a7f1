"""The replay holds its histories within bounds and says when it forgot some."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import Struct
from msgspec.structs import replace as other

from onesec_cli import replay
from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay


class Count(Struct):
    """How many events an agent had."""

    agent: str = ""
    events: int = 0


class Counter(Detector[Count]):
    """Says at the end what it counted."""

    rule = Rule(id="counter", title="Counted", level=Level.low, asi=())
    reads = frozenset({kinds.TOKEN_EXCHANGE})
    key = ("tenant", "agent")
    state = Count

    def observe(self, state: Count, event: Event) -> Iterator[Finding]:
        state.agent = event.agent
        state.events += 1
        return iter(())

    def finish(self, state: Count) -> Iterator[Finding]:
        yield Finding(
            rule="counter", level=Level.low, time=0, message=f"{state.agent} {state.events}",
            subject=(), entities=(), evidence=(),
        )  # fmt: skip


class Twin(Counter):
    """Another detector that keys alike."""

    rule = Rule(id="twin", title="Counted", level=Level.low, asi=())
    reads = frozenset({kinds.TOKEN_EXCHANGE, kinds.TOKEN_REFRESH})


def event(number: int, agent: str, kind: str = kinds.TOKEN_EXCHANGE) -> Event:
    return Event(time=number, kind=kind, origin=Origin("a", number, 0, 1), id=str(number), tenant="acme", agent=agent)


def test_detectors_that_key_alike_have_states_of_their_own_through_saving() -> None:
    one = Replay([Counter(Policy()), Twin(Policy())])
    list(one.feed([event(1, "a"), event(2, "a", kinds.TOKEN_REFRESH), event(3, "b")]))
    other = Replay([Counter(Policy()), Twin(Policy())])
    other.load(one.save())
    told = [finding.message for finding in other.finish()]
    assert told == ["a 1", "b 1", "a 2", "b 1"]
    assert [(shown, lost) for _, shown, lost in other.seen()] == [(2, 0), (3, 0)]


def test_an_event_that_names_no_key_is_counted_for_every_detector_that_reads_it() -> None:
    one = Replay([Counter(Policy()), Twin(Policy())])
    list(one.feed([event(1, ""), event(2, "", kinds.TOKEN_REFRESH)]))
    assert [(shown, lost) for _, shown, lost in one.seen()] == [(0, 1), (0, 2)]


def test_a_flood_of_names_ends_the_oldest_histories_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_KEYS", 20)
    one = Replay([Counter(Policy())])
    told = [finding.message for finding in one.feed([event(number, f"a{number}") for number in range(25)])]
    assert told == ["a0 1", "a1 1", "a2 1", "a3 1", "a4 1", "a5 1"]
    assert one.forgotten == 6
    assert len(list(one.finish())) == 19
    other = Replay([Counter(Policy())])
    other.load(one.save())
    assert other.forgotten == 6


class Loud(Twin):
    """Tells every event, and at the end what it counted."""

    rule = Rule(id="loud", title="Counted", level=Level.low, asi=())

    def observe(self, state: Count, event: Event) -> Iterator[Finding]:
        super().observe(state, event)
        yield Finding(
            rule="loud", level=Level.low, time=event.time, message=f"{event.id} {state.events}",
            subject=(), entities=(), evidence=(),
        )  # fmt: skip


def test_batches_of_any_size_tell_the_same_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_KEYS", 20)
    both = (kinds.TOKEN_EXCHANGE, kinds.TOKEN_REFRESH)
    events = [event(number, f"a{number * number % 101}", both[number % 3 == 0]) for number in range(200)]
    told = []
    for size, bytes_ in ((1, 100), (7, 100), (100, 3), (1_000, 1_000)):
        monkeypatch.setattr(replay, "BATCH", size)
        monkeypatch.setattr(replay, "BATCH_BYTES", bytes_)
        one = Replay([Loud(Policy()), Counter(Policy())])
        told.append(([finding.message for finding in [*one.feed(events), *one.finish()]], one.forgotten, one.save()))
    assert one.forgotten
    assert all(each == told[0] for each in told)


def test_made_up_names_are_forgotten_before_a_history_that_several_detectors_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay, "MOST_KEYS", 20)
    one = Replay([Counter(Policy()), Twin(Policy())])
    real = [event(number, "real", kind) for number, kind in enumerate((kinds.TOKEN_EXCHANGE, kinds.TOKEN_REFRESH))]
    flood = [event(number, f"a{number}", kinds.TOKEN_REFRESH) for number in range(2, 60)]
    told = [finding.message for finding in one.feed([*real, *flood])]
    assert one.forgotten > 30 and not any(message.startswith("real") for message in told)


def test_tenants_have_a_bound_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_TENANTS", 20)
    one = Replay([ByTenant(Policy()), Counter(Policy())])
    list(one.feed(other(event(number, "a"), tenant=f"t{number}") for number in range(30)))
    assert 0 < one.forgotten < 30


class ByTenant(Counter):
    """Counts what happened to a tenant."""

    rule = Rule(id="by-tenant", title="Counted", level=Level.low, asi=())
    key = ("tenant",)
