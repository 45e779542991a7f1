"""What is remembered of a Gemini CLI session, and what its messages and tool calls tell.

A message is written anew whenever its tool calls change, and the whole history again after a compression: everything is
told once. A rewind takes nothing back, for what was done stays done.
"""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.sources.agents.adapter import orjson_text, text_of
from onesec_cli.sources.agents.telling import Clock, Known, Scribe, spoken
from onesec_cli.sources.values import obj, text

MAX_OUTPUT: Final = 50 * 1024
"""Characters of a result that the CLI keeps."""
MAX_CALLS: Final = 10_000
"""Calls of one message that are told."""

_TAGS: Final = frozenset(
    {
        *("session_context", "hook_context", "state_snapshot", "system_reminder", "project_context", "loaded_context"),
        *("user_memory", "extension_context", "approved_plan", "scratchpad", "tool_output_masked"),
    }
)
_STARTS: Final = ("This is the Gemini CLI. We are setting up the context",)
_FILES: Final = "--- Content from referenced files ---"
_CUT: Final = ("... [CONTENT TRUNCATED] ...", "<tool_output_masked>")
_CUT_START: Final = "Tool output was too large and has been truncated"
_REFUSED: Final = "[Operation Cancelled]"
_OUTPUTS: Final = ("output", "error", "result", "content")


class Talk:
    """One session."""

    __slots__ = ("agent", "aliases", "answered", "clock", "known", "prompted", "session", "spawned", "twins")

    def __init__(self, session: str, agent: str = "", clock: Clock | None = None) -> None:
        self.session, self.agent = session, agent
        self.clock = clock or Clock()
        self.known: Known[tuple[str, str, int], bool] = Known()
        """Texts, calls and states that were told."""
        self.answered: Known[str, bool] = Known()
        self.aliases: Known[str, str] = Known()
        """Id of a recorded call to the id under which the telemetry told it first."""
        self.spawned: Known[str, bool] = Known()
        self.twins: Known[tuple[str, int], tuple[list[str], list[str]]] = Known()
        """What both the recording and the telemetry tell: the ids that each gave the same call or text."""
        self.prompted = False
        """A prompt was recorded as a message of its own: what only a replaced history holds is no prompt."""

    def first(self, kind: str, id: str, content: str) -> bool:
        """Whether something is told for the first time."""
        key = (kind, id, hash(content))
        if self.known.get(key):
            return False
        return self.known.put(key, True)

    def twin(self, way: int, kind: str, content: str, id: str) -> tuple[str, bool]:
        """(id to use, whether to tell it) of something that the other way may have told too."""
        key = (kind, hash(content))
        ids = self.twins.get(key) or self.twins.put(key, ([], []))
        place = len(ids[way])
        ids[way].append(id)
        other = ids[1 - way]
        return (other[place], False) if place < len(other) else (id, True)


def tell_message(scribe: Scribe, talk: Talk, record: dict[str, Any], replaced: bool = False) -> str:
    """Tell one message; the reason why there is nothing to tell otherwise."""
    kind, time, id = record.get("type"), to_time(record.get("timestamp")), text(record.get("id"))
    if kind == "user":
        _prompt(scribe, talk, record, id, time, replaced)
        return "a prompt without text, or told before"
    if kind == "gemini":
        said = _words(record.get("content"))
        if said.strip() and talk.first("assistant", id, said):
            scribe.tell(kinds.MESSAGE, time, author="assistant", text=said)
        _calls(scribe, talk, record, time)
        return "an answer without content, or told before"
    return "a notice of the harness"


def tell_turn(scribe: Scribe, talk: Talk, turn: dict[str, Any]) -> str:
    """Tell one turn of a history as the API has it: a role and parts."""
    parts = [obj(part) for part in turn["parts"]] if isinstance(turn.get("parts"), list) else []
    if turn.get("role") == "model":
        said = _words(turn.get("parts"))
        if said.strip():
            scribe.tell(kinds.MESSAGE, None, author="assistant", text=said)
        for part in parts:
            call = obj(part.get("functionCall"))
            if call:
                _call(scribe, talk, text(call.get("id")), text(call.get("name")), call.get("args"), None)
    else:
        _tell_prompt(scribe, talk, _words(turn.get("parts")), None)
        for part in parts:
            answer = obj(part.get("functionResponse"))
            if answer:
                _result(scribe, talk, text(answer.get("id")), text(answer.get("name")), [part], None, False)
    return "a turn without content"


def _words(content: Any) -> str:
    """The text of parts; calls, answers and pictures are none."""
    if isinstance(content, list):
        texts = [
            part if isinstance(part, str) else part.get("text") for part in content if isinstance(part, (str, dict))
        ]
        return "\n".join(one for one in texts if isinstance(one, str))
    if isinstance(content, dict):
        return text(content.get("text"))
    return text(content)


def _prompt(scribe: Scribe, talk: Talk, record: dict[str, Any], id: str, time: int | None, replaced: bool) -> None:
    said = _words(record.get("content")) or _words(record.get("displayContent"))
    if said.strip() and talk.first("user", id, said):
        if replaced and talk.prompted:
            scribe.tell(kinds.MESSAGE, time, author="context", text=said)
        else:
            talk.prompted = talk.prompted or not replaced
            _tell_prompt(scribe, talk, said, time)
    content = record.get("content")
    for part in content[:MAX_CALLS] if isinstance(content, list) else ():
        answer = obj(obj(part).get("functionResponse"))
        if answer:
            _result(scribe, talk, text(answer.get("id")), text(answer.get("name")), [part], time, False)


def _tell_prompt(scribe: Scribe, talk: Talk, said: str, time: int | None) -> None:
    typed, context = spoken(said, _TAGS, _STARTS)
    if "<state_snapshot>" in typed:
        typed, context = "", said
    at = typed.find(_FILES)
    if at >= 0:
        typed, context = typed[:at], f"{context}\n{typed[at:]}".strip()
    if typed.strip():
        tell_typed(scribe, talk, typed.strip(), time, 0)
    if context:
        scribe.tell(kinds.MESSAGE, time, author="context", text=context)


def tell_typed(scribe: Scribe, talk: Talk, typed: str, time: int | None, way: int) -> None:
    """What a person typed; to a sub-agent nobody types."""
    if talk.agent:
        scribe.tell(kinds.MESSAGE, time, author="context", text=typed)
    elif talk.twin(way, "goal", typed, "")[1]:
        scribe.tell(kinds.GOAL_SET, time, text=typed)


def _calls(scribe: Scribe, talk: Talk, record: dict[str, Any], time: int | None) -> None:
    """The calls of a message, those of one moment before their results."""
    calls = record.get("toolCalls")
    held: list[tuple[dict[str, Any], int | None]] = []
    for call in calls[:MAX_CALLS] if isinstance(calls, list) else ():
        if not isinstance(call, dict):
            continue
        moment = to_time(call.get("timestamp"))
        moment = time if moment is None else moment
        if held and held[-1][1] != moment:
            _answers(scribe, talk, held)
            held = []
        id, name = text(call.get("id")), text(call.get("name"))
        _call(scribe, talk, id, name, call.get("args"), moment)
        _spawned(scribe, talk, call, time)
        held.append((call, moment))
    _answers(scribe, talk, held)


def _call(scribe: Scribe, talk: Talk, id: str, name: str, args: Any, time: int | None) -> None:
    args = {} if args is None else args
    content = orjson_text([name, args])
    if not name or not (talk.first("call", id, content) or not id):
        return
    told_as, new = talk.twin(0, "call", content, id)
    server = name.removeprefix("mcp__").partition("__")[0] if name.startswith("mcp__") else ""
    if not new:
        talk.aliases.put(id, told_as)
    else:
        scribe.tell(kinds.TOOL_CALL, time, tool=name, call=id, args=args, server=server)


def _spawned(scribe: Scribe, talk: Talk, call: dict[str, Any], time: int | None) -> None:
    """A call that another agent carried out started that agent."""
    child = text(call.get("agentId"))
    if child in ("", "main", talk.agent, talk.session) or talk.spawned.get(child):
        return
    talk.spawned.put(child, True)
    args = obj(call.get("args"))
    task = next((text(args[name]) for name in ("prompt", "query", "objective", "task") if text(args.get(name))), "")
    scribe.tell(kinds.AGENT_SPAWN, time, child=child, call=text(call.get("id")), text=task, role=text(call.get("name")))


def _answers(scribe: Scribe, talk: Talk, held: list[tuple[dict[str, Any], int | None]]) -> None:
    for call, time in held:
        id, name, status = text(call.get("id")), text(call.get("name")), text(call.get("status"))
        if status == "awaiting_approval" and talk.first("asked", id, ""):
            scribe.tell(kinds.APPROVAL_REQUEST, time, tool=name, call=id, text=text(call.get("description")))
        result = call.get("result")
        if result is None and status in ("success", "error", "cancelled"):
            result = call.get("resultDisplay")
        if result is not None:
            _result(scribe, talk, id, name, result, time, status in ("error", "cancelled"))


def _result(scribe: Scribe, talk: Talk, id: str, name: str, result: Any, time: int | None, failed: bool) -> None:
    if talk.answered.get(id):
        return
    if id:
        talk.answered.put(id, True)
    said, wrong = _unpacked(result)
    call = talk.aliases.get(id) or id
    if said.startswith(_REFUSED) and "did not allow" in said[:500]:
        scribe.tell(kinds.APPROVAL_DECISION, time, tool=name, call=call, decision="reject", by="user")
    cut = len(said) >= MAX_OUTPUT - 200 or said.startswith(_CUT_START) or any(mark in said for mark in _CUT)
    scribe.tell(kinds.TOOL_RESULT, time, tool=name, call=call, text=said, error=failed or wrong, cut=cut)


def _unpacked(result: Any) -> tuple[str, bool]:
    """(text, failed) of a result: parts with the answer of a function, or text."""
    if not isinstance(result, (list, dict)):
        return text_of(result), False
    texts, failed = [], False
    for part in result if isinstance(result, list) else [result]:
        answer = part.get("functionResponse") if isinstance(part, dict) else None
        if isinstance(answer, dict):
            response = answer.get("response")
            if isinstance(response, dict):
                failed = failed or ("error" in response and "output" not in response)
                inner = next((response[name] for name in _OUTPUTS if response.get(name) is not None), response)
                texts.append(text_of(inner) if inner is not response else orjson_text(response) if response else "")
            elif response is not None:
                texts.append(text_of(response))
        else:
            texts.append(text_of(part))
    return "\n".join(one for one in texts if one), failed
