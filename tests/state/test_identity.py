"""One name per agent through the whole trail."""

from __future__ import annotations

from onesec_cli.model.event import Event, Origin
from onesec_cli.state.identity import Identity


def keys(*named: tuple[str, str, str]) -> list[str]:
    """Agent keys of events with these (client, agent_id, external_agent_id)."""
    identity = Identity()
    told = []
    for client, agent_id, external in named:
        event = Event(time=0, kind="token.exchange", origin=Origin("t", 1, 0, 1), client=client)
        event.agent_id, event.external_agent_id = agent_id, external
        identity.resolve(event)
        told.append(event.agent)
    return told


def test_an_agent_id_that_appears_half_way_does_not_split_the_agent() -> None:
    assert keys(("c1", "", ""), ("c1", "agent-a", ""), ("c1", "", ""), ("", "agent-a", "")) == ["c1"] * 4


def test_a_second_agent_on_one_client_is_an_agent_of_its_own() -> None:
    assert keys(("c1", "agent-a", ""), ("c1", "agent-b", ""), ("c1", "agent-a", "")) == ["c1", "agent-b", "c1"]


def test_an_external_id_that_replaces_the_agent_id_does_not_split_the_agent() -> None:
    assert keys(("c1", "agent-a", ""), ("c1", "", "ext-1"), ("c1", "agent-a", "ext-1")) == ["c1"] * 3


def test_one_agent_on_two_clients_is_one_agent() -> None:
    assert keys(("c1", "agent-a", ""), ("c2", "agent-a", "")) == ["c1", "c1"]


def test_a_declared_client_wins() -> None:
    identity = Identity(key_of={"mailer": "c9"})
    event = Event(time=0, kind="tool.call", origin=Origin("t", 1, 0, 1), agent_id="mailer")
    identity.resolve(event)
    assert event.agent == "c9"


def test_an_agent_that_was_first_seen_without_its_client_joins_it_once_that_is_told() -> None:
    told = keys(("", "agent-a", ""), ("c1", "", ""), ("c1", "agent-a", ""), ("", "agent-a", ""), ("c1", "", ""))
    assert told == ["agent-a", "c1", "c1", "c1", "c1"]


def test_a_connection_goes_by_its_name_once_that_was_told() -> None:
    identity = Identity()
    told = []
    for name, number in (("", "con_2"), ("google", "con_1"), ("", "con_1"), ("", "")):
        event = Event(time=0, kind="token.exchange", origin=Origin("t", 1, 0, 1), connection=name, connection_id=number)
        identity.resolve(event)
        told.append(event.connection)
    assert told == ["con_2", "google", "google", ""]


def test_what_only_a_rule_reads_is_named_and_teaches_nothing() -> None:
    identity = Identity()
    told = Event(time=0, kind="login.failure", origin=Origin("t", 1, 0, 1), client="c1", agent_id="agent-a")
    identity.resolve(told, learn=False)
    assert told.agent == "c1"
    assert identity == Identity()
