"""What a detector learned, as an investigator reads it: exact, of what the state itself says, and inert."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, field

from onesec_cli.desk.difference import difference, snapshot
from onesec_cli.desk.learned import MOST_SENTENCES, MOST_TEXT, _child, sentences
from onesec_cli.detectors import DETECTORS
from onesec_cli.model.policy import Policy
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.replay import Replay
from onesec_cli.sigma.panes import Windows
from onesec_cli.state.accounts.links import Links
from onesec_cli.state.scope.holders import Holders
from tests.desk.test_steps import STORY, ordered, walked
from tests.run import SAMPLES, onesec


class Shelf(Struct):
    """A state of a test."""

    tells: ClassVar[Tells] = (
        Tell("books.*.title", "book {0.1} of {0.0} is called {value}"),
        Tell("books.*.read", "{value} read {0.1}"),
        Tell("lent", "lent to {value}"),
        Tell("count", "books so far: {value}"),
        Tell("hidden", ""),
    )

    books: dict[tuple[str, str], Book] = field(default_factory=dict)
    lent: set[str] = field(default_factory=set)
    count: int = 0
    hidden: int = 0
    untold: int = 0


class Book(Struct):
    """A part of it."""

    title: str = ""
    read: list[str] = field(default_factory=list)


def told(before: Shelf | None, after: Shelf, was: bool = True) -> tuple[str, ...]:
    return sentences(Shelf, snapshot(before), snapshot(after), was)


def test_what_is_new_other_and_gone_is_told_with_what_it_was() -> None:
    one = Shelf(books={("ada", "b1"): Book("Emma", ["bob"])}, lent={"bob"}, count=1, hidden=1)
    assert told(None, one) == (
        "bob read b1 (was: not there)",
        "book b1 of ada is called Emma (was: not seen)",
        "books so far: 1 (was: not seen)",
        "lent to bob (was: not there)",
    )
    two = Shelf(books={("ada", "b1"): Book("Lady Susan", ["bob", "cy"])}, lent={"cy"}, count=2, hidden=5, untold=7)
    assert told(one, two) == (
        "cy read b1 (was: not there)",
        "book b1 of ada is called Lady Susan (was: Emma)",
        "books so far: 2 (was: 1)",
        "lent to cy (was: not there)",
        "no longer: lent to bob",
        "untold: 7",
    )
    assert told(two, Shelf(lent={"cy"}, count=2, hidden=5, untold=7)) == (
        "no longer: bob, cy read b1",
        "no longer: book b1 of ada is called Lady Susan",
    )
    assert told(one, one) == ()


def test_without_what_it_was_it_is_a_description() -> None:
    one = Shelf(books={("ada", "b1"): Book("Emma")}, count=3)
    assert told(None, one, was=False) == ("book b1 of ada is called Emma", "books so far: 3")


def test_names_of_the_log_are_never_read_as_words() -> None:
    name = "{value}{0}{1.title}%s\\1"
    (line,) = told(None, Shelf(books={(name, "b"): Book("{0}")}))
    assert line == f"book b of {name} is called {{0}} (was: not seen)"


@given(st.lists(st.text(max_size=30), max_size=40), st.integers(0, 5))
def test_it_is_bounded(names: list[str], count: int) -> None:
    lines = told(None, Shelf(books={(name, str(at)): Book(name * 50) for at, name in enumerate(names)}, untold=count))
    assert len(lines) <= MOST_SENTENCES + 7
    assert all(len(line) <= MOST_TEXT for line in lines)


def classes(kind: Any, found: dict[type, None]) -> dict[type, None]:
    """Every state class that a detector's state is made of."""
    if isinstance(kind, type) and issubclass(kind, Struct) and kind not in found:
        found[kind] = None
        for name in kind.__struct_fields__:
            inner = _child(kind, name)
            classes(inner, found)
            classes(_child(inner, "*"), found)
            classes(_child(_child(inner, "*"), "*"), found)
    return found


KINDS = [*(detector.state for detector in DETECTORS), Windows]
CLASSES = list(dict.fromkeys(kind for state in KINDS for kind in classes(state, {})))
TELLING = [kind for kind in CLASSES if getattr(kind, "tells", ())]


def test_the_states_of_all_detectors_were_looked_at() -> None:
    assert {Links, Holders, Windows} <= set(TELLING)
    assert len(TELLING) > 25


@pytest.mark.parametrize("kind", TELLING, ids=lambda kind: kind.__name__)
def test_every_sentence_is_about_a_part_that_is_there(kind: Any) -> None:
    tells: Tells = kind.tells
    assert len({one.path for one in tells}) == len(tells)
    for one in tells:
        held: Any = kind
        for name in one.path.split("."):
            if isinstance(held, type) and issubclass(held, Struct):
                assert name == "*" or name in held.__struct_fields__, (kind, one.path)
                held = object if name == "*" else _child(held, name)
            else:
                held = _child(held, name)
        stars = one.path.split(".").count("*")
        for slot in re.findall(r"\{([^}]*)\}", one.says):
            match = re.fullmatch(r"(value|\d)(\.\w+){0,2}(:time|:place)?", slot)
            assert match, (one, slot)
            assert match[1] == "value" or int(match[1]) < stars, (one, slot)


def test_a_story_is_told_in_sentences() -> None:
    steps, _ = walked(STORY)
    lines = [[line for one in step.weighed for line in one.told] for step in steps]
    assert "connection google of user ada is linked (was: not seen)" in lines[0]
    assert any("the baseline of" in line and "holds scope calendar.read (was: not there)" in line for line in lines[1])
    assert any(line.startswith("connection google of user ada is unlinked, by ") for line in lines[4])
    paths = [line for step in steps for one in step.weighed for line in one.learned]
    assert any(re.match(r"links\.links\.ada/google\.", line) for line in paths), "paths stay exact beside them"


@given(st.lists(st.sampled_from(STORY.strip().splitlines()), min_size=1, max_size=6), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_something_is_told_only_where_something_changed(lines: list[str], at: int) -> None:
    events = ordered("\n".join(sorted(line.strip() for line in lines)))
    replay = Replay([make(Policy()) for make in DETECTORS])
    for event in events:
        seats = list(replay.seats_for(event))
        before = [snapshot(replay.state_of(seat, event)) for seat in seats]
        list(replay.feed([event]))
        for seat, old in zip(seats, before, strict=True):
            now = snapshot(replay.state_of(seat, event))
            said = sentences(seat.detector.state, old, now)
            assert said == sentences(seat.detector.state, old, now)
            assert not said or difference(old, now)
            assert sentences(seat.detector.state, now, now) == ()


def test_the_console_tells_sentences_and_programs_get_both() -> None:
    _, text, _ = onesec("replay", "-q", "--all", "-v", "--width", "300", SAMPLES / "full_story")
    assert "~ connection google-oauth2 of user auth0|65f1c0ffee0000000000a11c is linked (was: not seen)" in text
    assert "links.links." not in text
    _, out, _ = onesec("replay", "-q", "--all", "-f", "jsonl", SAMPLES / "full_story")
    assert '"learned": ["links.' in out and '"told": ["' in out
