"""Conversations told call by call: what people say, what the agent does, what tools answer. Judging proves the cut law."""

from __future__ import annotations

from typing import Any

from onesec_cli.model import kinds
from onesec_cli.model.clock import SECOND, parse_time
from onesec_cli.model.detector import Detector
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.finding import Finding
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay

START = parse_time("2026-03-01T09:00:00.000Z") or 0


class Talk:
    """A conversation, or several that follow each other."""

    def __init__(self, cwd: str = "", session: str = "s1", agent: str = "", user: str = "") -> None:
        self.events: list[Event] = []
        self.session, self.agent, self.user, self.cwd = session, agent, user, cwd
        self._calls = 0

    def add(self, kind: str, tool: str = "", **fields: Any) -> Talk:
        """Any event; `session` and `agent` go to the event itself."""
        number = len(self.events)
        fields = {name: value for name, value in fields.items() if value not in (None, "", False)}
        self.events.append(
            Event(
                time=START + number * SECOND,
                kind=kind,
                origin=Origin("talk", number + 1, number * 100, 99),
                id=f"{number:05d}",
                tenant="acme",
                session=self.session,
                agent=self.agent,
                agent_id=self.agent,
                user=self.user,
                tool=tool,
                fields=fields,
            )
        )
        return self

    def says(self, text: str) -> Talk:
        """A person speaks."""
        return self.add(kinds.GOAL_SET, text=text)

    def tells(self, text: str) -> Talk:
        """The model speaks."""
        return self.add(kinds.MESSAGE, text=text, author="assistant")

    def calls(self, tool: str, answer: str | None = "ok", error: bool = False, **args: Any) -> Talk:
        """A tool call and, unless `answer` is None, its result."""
        self._calls += 1
        name = f"{self.session}-c{self._calls}"
        self.add(kinds.TOOL_CALL, tool, call=name, args=args, cwd=self.cwd)
        if answer is not None:
            self.add(kinds.TOOL_RESULT, tool, call=name, text=answer, error=error)
        return self

    def bash(self, command: str, answer: str | None = "ok", error: bool = False) -> Talk:
        """A shell command."""
        return self.calls("Bash", answer, error, command=command)

    def joins(self, session: str) -> Talk:
        """What follows is another conversation."""
        self.session = session
        return self


def judge(detector: type[Detector[Any]], talk: Talk, policy: Policy | None = None) -> list[Finding]:
    """The findings, after proving that state saved and loaded at every cut changes none of them."""
    whole = _replay(detector, talk.events, policy or Policy(), cut=False)
    assert _replay(detector, talk.events, policy or Policy(), cut=True) == whole, "the cut law is broken"
    return whole


def _replay(detector: type[Detector[Any]], events: list[Event], policy: Policy, cut: bool) -> list[Finding]:
    replay = Replay([detector(policy)])
    told: list[Finding] = []
    for event in events:
        told += replay.feed([event])
        if cut:
            saved = replay.save()
            replay = Replay([detector(policy)])
            replay.load(saved)
    return [*told, *replay.finish()]


def said(found: list[Finding]) -> list[tuple[str, str]]:
    """Verdict and level of each finding."""
    return [(finding.verdict, finding.level.name) for finding in found]
