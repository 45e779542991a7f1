"""A replay step by step: what is weighed, what is learned, and that the end is what a scan finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.correlation.alerts import fold
from onesec_cli.desk.difference import TOO_LARGE, difference, snapshot
from onesec_cli.desk.steps import Walk
from onesec_cli.desk.timeline import Pivot
from onesec_cli.detectors import DETECTORS
from onesec_cli.model.event import Event
from onesec_cli.model.policy import Policy
from onesec_cli.model.step import Step
from onesec_cli.replay import Replay
from onesec_cli.state.accounts.access import Accesses
from onesec_cli.state.accounts.holdings import Holdings, compare
from onesec_cli.state.identity import Identity
from tests.story import read_story

STORY = """
    09:00 account.link user=ada client=bot connection=google account=cac_1
    09:05 token.exchange user=ada client=bot connection=google flow=vault scope=calendar.read
    09:06 token.exchange user=bob client=bot connection=google flow=vault scope=calendar.read
    09:07 token.exchange user=ada client=bot connection=google flow=vault scope=mail.send
    09:10 account.unlink user=ada connection=google account=cac_1
    09:12 token.exchange user=ada client=bot connection=google flow=vault scope=mail.send
"""


def ordered(story: str) -> list[Event]:
    events, identity = read_story(story)[0], Identity()
    for event in events:
        identity.resolve(event)
    return events


def walked(story: str, pivot: Pivot | None = None) -> tuple[list[Step], Walk]:
    walk = Walk([make(Policy()) for make in DETECTORS], (), pivot or Pivot())
    return list(walk.feed(ordered(story))), walk


def test_the_end_of_a_replay_is_what_a_scan_finds_whatever_was_shown() -> None:
    replay = Replay([make(Policy()) for make in DETECTORS])
    scanned = [*replay.feed(ordered(STORY)), *replay.finish()]
    cards = {make.rule.id: make.rule for make in DETECTORS}
    assert scanned
    for pivot in (Pivot(), Pivot(users=frozenset({"bob"})), Pivot(relevant=True)):
        _, walk = walked(STORY, pivot)
        assert fold(walk.findings, cards) == fold(scanned, cards)


def test_a_step_tells_what_changed_and_who_weighed_it() -> None:
    steps, _ = walked(STORY, Pivot(users=frozenset({"ada"})))
    assert [step.number for step in steps] == [1, 2, 3, 4, 5]
    assert steps[1].changes == ("bot may act now for ada on google (token vault): calendar.read",)
    assert steps[3].changes == ("bot may act no more for ada on google (token vault)",)
    used = {one.rule: one for one in steps[4].weighed}
    assert any("high" in line or "critical" in line for line in used["use-after-unlink"].said)
    assert used["scope-escalation"].history
    learned = [line for one in steps[2].weighed if one.rule == "scope-escalation" for line in one.learned]
    assert learned


@given(st.integers(0, 6), st.integers(0, 6))
def test_state_at_any_moment_is_that_of_a_fresh_run_cut_there(first: int, second: int) -> None:
    events = ordered(STORY)
    early, late = sorted((first, second))
    at = events[late - 1].time if late else 0
    whole = Holdings().feed(events[:early])
    before = whole.rows(at)
    assert before == Holdings().feed(events[:early]).rows(at)
    after = whole.feed(events[early:late]).rows(at)
    assert after == Holdings().feed(events[:late]).rows(at)
    active = [
        {(one.agent, one.user, one.place): one.scopes for one in rows if one.status == "active"}
        for rows in (before, after)
    ]
    assert bool(compare(before, after)) == (active[0] != active[1])


def test_a_difference_names_what_is_new_and_is_bounded() -> None:
    one, other = Accesses(), Accesses()
    assert difference(snapshot(one), snapshot(other)) == ()
    for event in ordered(STORY)[:2]:
        other.take(event)
    lines = difference(snapshot(one), snapshot(other))
    assert 0 < len(lines) <= 7
    assert difference(None, TOO_LARGE) == (TOO_LARGE,)
