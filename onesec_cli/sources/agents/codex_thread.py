"""What is remembered of a Codex thread while its rollout is read, and of the conversation it is part of."""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import orjson_text
from onesec_cli.sources.agents.telling import Clock, Known, Scribe, spoken
from onesec_cli.sources.values import obj, text

NAME: Final = "codex"

_TAGS: Final = frozenset(
    {
        *("environment_context", "user_instructions", "instructions", "skill", "skills_instructions", "turn_context"),
        *("user_shell_command", "user_shell_cmd", "turn_aborted", "subagent_notification", "hook_prompt", "warning"),
        *("codex_internal_context", "goal_context", "recommended_plugins", "task_model_guidance", "user_action"),
        *("permissions instructions", "permissions_instructions", "collaboration_mode", "personality_spec"),
        *("model_switch", "apps_instructions", "plugins_instructions", "external_context", "external_browser_info"),
        *("context_summary", "realtime_conversation", "network_context", "exec_policy_amendment"),
    }
)
"""Blocks that Codex writes in the role of a person."""
_STARTS: Final = ("# AGENTS.md instructions", "Another language model started to solve this problem")
_REQUEST: Final = "## My request for Codex:"
_IDE: Final = "# Context from my IDE setup"
_CUT: Final = (" tokens truncated…", " chars truncated…", " bytes truncated…", " lines truncated…", "[... omitted ")


class Talk:
    """One conversation: a thread and the sub-agents that it started."""

    __slots__ = ("calls", "clock", "results", "said", "spawned", "tasks")

    def __init__(self, started: int | None = None) -> None:
        self.clock = Clock(started)
        self.calls: Known[str, tuple[str, str, str, int | None]] = Known()
        """Call id to (way it was told, its digest, tool, time)."""
        self.results: Known[str, str] = Known()
        """Call id to the way its result was told."""
        self.said: Known[tuple[str, str, int], list[int]] = Known()
        """How often each text was told each way."""
        self.spawned: Known[str, bool] = Known()
        self.tasks: Known[str, tuple[str, str]] = Known()
        """Id of a call that starts an agent to (task, role)."""


class Thread:
    """One rollout."""

    __slots__ = ("agent", "cwd", "empty", "id", "parent", "policy", "role", "sandbox", "session", "talk")

    def __init__(self, id: str, session: str, agent: str, talk: Talk) -> None:
        self.id, self.session, self.agent, self.talk = id, session, agent, talk
        self.parent = self.role = self.cwd = self.policy = self.sandbox = ""
        self.empty = True
        """Nothing but its head was read."""

    @property
    def person(self) -> bool:
        """Whether a person speaks in it: the prompts of a sub-agent are written by its parent."""
        return not self.agent

    def says(self, way: int, who: str, said: str) -> bool:
        """Whether a text is to be told: the other way did not tell it as often."""
        key = (self.agent, who, hash(said))
        counts = self.talk.said.get(key) or self.talk.said.put(key, [0, 0])
        counts[way] += 1
        return counts[way] > counts[1 - way]

    def calls(self, way: str, call: str, tool: str, args: Any, time: int | None) -> bool:
        """Whether a call is to be told."""
        digest = str(hash(orjson_text([tool, args]))) if way == "item" else ""
        known = self.talk.calls.get(call) if call else None
        if known is not None and (way == "event" or known[0] == "event" or known[1] == digest):
            return False
        if call:
            self.talk.calls.put(call, (way, digest, tool, time))
        return True

    def tool_of(self, call: str) -> str:
        """The tool that a call called, or empty."""
        known = self.talk.calls.get(call)
        return known[2] if known else ""

    def answers(self, way: str, call: str) -> bool:
        """Whether a result is to be told."""
        known = self.talk.results.get(call) if call else None
        if known is not None and (way == "event" or known == "event"):
            return False
        if call:
            self.talk.results.put(call, way)
        return True


def said_by_user(scribe: Scribe, thread: Thread, said: str, time: int | None, way: int) -> None:
    """A text in the role of a person."""
    typed, context = spoken(said, _TAGS, _STARTS)
    if typed.lstrip().startswith(_IDE) and _REQUEST in typed:
        around, _, typed = typed.rpartition(_REQUEST)
        context = f"{context}\n{around}".strip()
        typed = typed.strip()
    if context and thread.says(way, "context", context):
        scribe.tell(kinds.MESSAGE, time, author="context", text=context)
    if typed.strip() and thread.says(way, "user", typed):
        if thread.person:
            scribe.tell(kinds.GOAL_SET, time, text=typed)
        else:
            scribe.tell(kinds.MESSAGE, time, author="context", text=typed)


def is_cut(said: str) -> bool:
    """Whether Codex left out a part of an output."""
    return any(mark in said for mark in _CUT)


def policy_of(value: Any) -> str:
    """A policy as its name: a text, the kind of an object, or the object."""
    if isinstance(value, dict):
        named = text(value.get("type")) or text(value.get("mode"))
        return named or orjson_text(value)
    return text(value)


def parent_of(meta: dict[str, Any]) -> tuple[str, str, bool]:
    """(parent thread, role, whether a parent started it) of a session head."""
    source = obj(meta.get("source"))
    below = source.get("subagent", source.get("sub_agent"))
    spawn = obj(obj(below).get("thread_spawn"))
    role = text(meta.get("agent_role")) or text(spawn.get("agent_role"))
    parent = text(meta.get("parent_thread_id")) or text(spawn.get("parent_thread_id"))
    if not role and below is not None:
        role = text(below) or text(obj(below).get("other"))
    return parent, role, below is not None or bool(parent) or meta.get("thread_source") == "subagent"
