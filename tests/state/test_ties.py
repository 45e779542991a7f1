"""Who gave what to whom, read off events: delegations, actor claims, started agents, text in and out."""

from __future__ import annotations

import pytest

from onesec_cli.model.ties import Tie, Ties
from onesec_cli.state import ties
from onesec_cli.state.ties import Watched
from tests.story import read_story


def told(text: str) -> Ties:
    watched = Watched()
    events, _ = read_story(text)
    assert list(watched.passing(events)) == events
    return watched.ties.told()


def ends(one: Tie) -> tuple[str, str, str]:
    return one.giver, one.what, one.taker


def test_a_delegation_is_tied_with_its_scopes_and_its_end() -> None:
    first, second = told("""
        09:00 delegation.issue user=alice delegator=alice delegate=planner connection=google scope=mail.read expires=10:00
        09:01 delegation.issue user=alice delegator=planner delegate=worker connection=google scope=mail.read
    """).known
    assert ends(second) == ("user:alice", "delegated to", "agent:planner")
    assert ends(first) == ("agent:planner", "delegated to", "agent:worker")
    assert (second.via, second.scopes, second.times) == ("google", ("mail.read",), 1)
    assert second.until == second.first + 3_600_000_000 and first.until is None


def test_an_actor_claim_is_tied_from_the_user_to_whoever_holds_the_token() -> None:
    found = told("""
        09:00 token.exchange agent=finder client=finder user=alice actors=finder,planner,webapp scope=read
        09:01 token.exchange agent=finder client=finder user=alice actors=finder,planner,webapp scope=write
    """).known
    assert [(one.giver, one.taker, one.times, one.scopes) for one in found] == [
        ("agent:planner", "agent:finder", 2, ("read", "write")),
        ("agent:webapp", "agent:planner", 2, ()),
        ("user:alice", "agent:webapp", 2, ()),
    ]


def test_text_goes_from_tools_and_memories_into_agents_and_out_to_places() -> None:
    found = told("""
        09:00 tool.result session=s1 agent=desk tool=read_mail call=c1 text=hello
        09:01 memory.read session=s1 agent=desk memory=notes.md text=x
        09:02 tool.call session=s1 agent=desk tool=send_mail call=c2 args='{"to":"eve@evil.example","body":"hello"}'
        09:03 memory.write session=s1 agent=desk memory=notes.md text=y
        09:04 agent.spawn session=s1 agent=desk child=helper text=go
        09:05 tool.result session=s2 tool=web_fetch call=c3 text=page
    """).known
    assert {ends(one) for one in found} == {
        ("tool:read_mail", "gave text to", "agent:desk"),
        ("memory:notes.md", "gave text to", "agent:desk"),
        ("agent:desk", "sent to", "destination:eve@evil.example"),
        ("agent:desk", "wrote to", "memory:notes.md"),
        ("agent:desk", "started", "agent:helper"),
        ("tool:web_fetch", "gave text to", "session:s2"),
    }
    assert [one.via for one in found if one.what == "sent to"] == ["send_mail"]


def test_a_party_that_the_trail_does_not_name_is_tied_to_nobody() -> None:
    assert not told("""
        09:00 tool.result session=s1 call=c1 text=hello
        09:01 agent.spawn session=s1 agent=desk text=go
    """).known


def test_what_is_too_much_is_forgotten_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ties, "MOST", 10)
    lines = "\n".join(f"09:{n:02} tool.result session=s1 agent=desk tool=t{n} call=c{n} text=x" for n in range(30))
    found = told(lines)
    assert len(found.known) <= 10 and found.lost == 30 - len(found.known)
    assert found.known[-1].giver == "tool:t29"


def test_secrets_in_names_are_masked_and_long_names_cut() -> None:
    secret = "ghp_" + "a1B2" * 9
    (one,) = told(f"09:00 tool.result session=s1 agent=desk tool={secret} call=c1 text=x").known
    assert secret not in one.giver and one.giver.startswith("tool:ghp_")
    (one,) = told(
        f"09:00 tool.result session=s1 agent=desk tool={'x ' * 500}y call=c1 text=x".replace("x ", "x-")
    ).known
    assert len(one.giver) < 300


def test_records_of_a_tie_are_kept_first_and_latest() -> None:
    lines = "\n".join(f"09:{n:02} tool.result session=s1 agent=desk tool=t call=c{n} text=x" for n in range(40))
    (one,) = told(lines).known
    assert one.times == 40 and len(one.places) == 2 * ties.PLACES
    assert {place[2] for place in one.places} >= {one.first, one.last}
