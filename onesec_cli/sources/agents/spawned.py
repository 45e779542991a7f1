"""The agents of sessions: who started whom, since when, under which policy.

A session and its sub-agents are written to several files, and a call that starts an agent does not yet know its name. So this
is told when every file was read.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.adapter import behaviour

MAX_AGENTS: Final = 200_000
"""Agents, and calls that start one, remembered in a run."""
MAX_POLICIES: Final = 10_000
"""Changes of policy remembered of one agent."""
SIDECHAIN: Final = "sidechain"
"""A sub-agent of older versions, whose lines stand in the session of its parent without a name."""


class _Agent(Struct):
    time: int | None = None
    origin: Origin | None = None
    cwd: str = ""
    parent: str = ""
    role: str = ""
    call: str = ""
    policies: list[tuple[int, str, Origin]] = field(default_factory=list)


class _Spawn(Struct):
    origin: Origin
    time: int | None
    seq: int
    agent: str
    task: str
    role: str
    resumed: str = ""
    """The agent that goes on, where the call only wakes one that is there already."""


class Agents:
    """The agents of all sessions of a run."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._agents: dict[tuple[str, str], _Agent] = {}
        self._spawns: dict[tuple[str, str], _Spawn] = {}
        self._children: dict[tuple[str, str], str] = {}

    def seen(self, session: str, agent: str, time: int | None, origin: Origin, cwd: str, policy: str) -> None:
        """A line of an agent."""
        known = self._agents.get((session, agent))
        if known is None:
            if len(self._agents) >= MAX_AGENTS:
                return
            known = self._agents[session, agent] = _Agent()
        if known.origin is None or (time is not None and (known.time is None or time < known.time)):
            known.time, known.origin, known.cwd = time, origin, cwd or known.cwd
        if policy and len(known.policies) < MAX_POLICIES:
            known.policies.append((known.time or 0 if time is None else time, policy, origin))

    def described(self, session: str, agent: str, parent: str, role: str, call: str) -> None:
        """What a meta file says of an agent."""
        known = self._agents.setdefault((session, agent), _Agent())
        known.parent, known.role, known.call = parent, role, call
        if call:
            self.child(session, call, agent)

    def spawns(self, session: str, call: str, spawn: tuple[Origin, int | None, int, str, str, str]) -> None:
        """A call that starts an agent."""
        if len(self._spawns) < MAX_AGENTS:
            self._spawns[session, call] = _Spawn(*spawn)

    def resumes(
        self, session: str, call: str, spawn: tuple[Origin, int | None, int, str, str, str], agent: str
    ) -> None:
        """A call that may send an agent back to work: `agent` is its id, or the name of something else."""
        if len(self._spawns) < MAX_AGENTS:
            self._spawns[session, call] = _Spawn(*spawn, resumed=agent)

    def child(self, session: str, call: str, agent: str) -> None:
        """The agent that a call started."""
        if len(self._children) < MAX_AGENTS:
            self._children[session, call] = agent

    def close(self) -> list[Event]:
        """Every spawn and every start."""
        told = []
        for (session, call), spawn in self._spawns.items():
            if spawn.resumed and (session, spawn.resumed) not in self._agents:
                continue
            child = spawn.resumed or self._children.get((session, call), "")
            if not child and (session, SIDECHAIN) in self._agents:
                child = SIDECHAIN
            known = self._agents.get((session, child)) if child else None
            if known is not None and not known.parent and not spawn.resumed:
                known.parent = spawn.agent
            role = spawn.role or (known.role if known else "")
            told.append(
                behaviour(
                    kinds.AGENT_SPAWN,
                    spawn.origin,
                    self._source,
                    session,
                    spawn.time,
                    spawn.seq,
                    agent=spawn.agent,
                    child=child,
                    call=call,
                    text=spawn.task,
                    role=role,
                )
            )
        for (session, agent), one in self._agents.items():
            if one.origin is not None:
                told += self._starts(session, agent, one, one.origin)
        return told

    def _starts(self, session: str, agent: str, one: _Agent, origin: Origin) -> list[Event]:
        """The start of an agent, and again wherever its policy changes."""
        changes = sorted(one.policies, key=lambda change: (change[0], change[1]))
        first = changes[0][1] if changes else ""
        fields: dict[str, Any] = {"parent": one.parent, "role": one.role, "cwd": one.cwd, "call": one.call}
        told = [
            behaviour(
                kinds.AGENT_START,
                origin,
                self._source,
                session,
                one.time,
                0,
                agent=agent,
                approval=first,
                **fields,
            )
        ]
        for time, policy, place in changes:
            if policy != first:
                first = policy
                told.append(
                    behaviour(
                        kinds.AGENT_START, place, self._source, session, time, 0, agent=agent, approval=policy, **fields
                    )
                )
        return told
