"""The parts of an ADK event: words, calls, answers, code that ran, and what its actions did."""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import orjson_text, text_of
from onesec_cli.sources.agents.telling import Clock, Known, Scribe
from onesec_cli.sources.values import obj, text, truth

MAX_PARTS: Final = 10_000
"""Parts of one event that are told."""
MAX_SCOPES: Final = 100
"""Scopes of one request for a credential that are told."""

_LASTING: Final = ("user:", "app:")
"""Starts of the names of state that outlives its session."""
_ASKS: Final = ("adk_request_credential", "adk_request_confirmation", "adk_request_input")
"""Calls by which the framework asks the person."""
_MOVE: Final = "transfer_to_agent"


class Talk:
    """One session."""

    __slots__ = ("asked", "begun", "calls", "clock", "id", "moved", "open")

    def __init__(self, id: str) -> None:
        self.id = id
        self.clock = Clock()
        self.calls: Known[str, str] = Known()
        """Call id to its tool."""
        self.asked: Known[str, str] = Known()
        """Id of a question of the framework to the call it asks for."""
        self.open: Known[str, bool] = Known()
        """Calls that the person was asked about: the framework asks in its actions and again in a call."""
        self.begun: Known[str, bool] = Known()
        """Agents that were seen."""
        self.moved: Known[str, bool] = Known()
        """Agents that were brought in by a handoff."""


def field(value: dict[str, Any], name: str) -> Any:
    """An attribute in either spelling: `function_call`, `functionCall`."""
    if name in value:
        return value[name]
    first, *rest = name.split("_")
    return value.get(first + "".join(word.capitalize() for word in rest))


def tell_begin(scribe: Scribe, talk: Talk, branch: str, time: int | None) -> None:
    """An agent that is seen for the first time. Its branch names the agent that started it."""
    agent = scribe.agent
    if not agent or talk.begun.get(agent):
        return
    talk.begun.put(agent, True)
    above = branch.split(".")
    parent = above[above.index(agent) - 1] if agent in above[1:] else ""
    if parent and not talk.moved.get(agent):
        scribe.tell(kinds.AGENT_SPAWN, time, agent=parent, child=agent)
    scribe.tell(kinds.AGENT_START, time, parent=parent)


def tell_parts(scribe: Scribe, talk: Talk, parts: Any, event_id: str, time: int | None) -> None:
    """The parts of an event, in their order."""
    said: list[str] = []
    ran = ""
    for place, part in enumerate(parts[:MAX_PARTS] if isinstance(parts, list) else ()):
        if not isinstance(part, dict) or part.get("thought") is True:
            continue
        if isinstance(part.get("text"), str):
            said.append(part["text"])
            continue
        _say(scribe, said, time)
        code = field(part, "executable_code")
        if isinstance(code, dict):
            ran = text(code.get("id")) or f"{event_id}:{place}"
            talk.calls.put(ran, "code_execution")
            scribe.tell(kinds.TOOL_CALL, time, tool="code_execution", call=ran, args={"code": text(code.get("code"))})
        elif isinstance(field(part, "code_execution_result"), dict):
            outcome = obj(field(part, "code_execution_result"))
            wrong = text(outcome.get("outcome")) not in ("", "OUTCOME_OK")
            call = text(outcome.get("id")) or ran
            scribe.tell(
                kinds.TOOL_RESULT, time, tool="code_execution", call=call, text=text(outcome.get("output")), error=wrong
            )
        elif isinstance(field(part, "function_call"), dict):
            _call(scribe, talk, obj(field(part, "function_call")), time)
        elif isinstance(field(part, "function_response"), dict):
            _answer(scribe, talk, obj(field(part, "function_response")), time)
    _say(scribe, said, time)


def _say(scribe: Scribe, said: list[str], time: int | None) -> None:
    words = "\n".join(said)
    said.clear()
    if not words.strip():
        return
    if scribe.agent:
        scribe.tell(kinds.MESSAGE, time, author="assistant", text=words)
    else:
        scribe.tell(kinds.GOAL_SET, time, text=words)


def _call(scribe: Scribe, talk: Talk, call: dict[str, Any], time: int | None) -> None:
    name, id, args = text(call.get("name")), text(call.get("id")), call.get("args")
    if name in _ASKS:
        given = obj(args)
        about = obj(field(given, "original_function_call"))
        target = text(about.get("id")) or text(field(given, "function_call_id"))
        talk.asked.put(id, target)
        hint = text(obj(field(given, "tool_confirmation")).get("hint"))
        said = hint or scopes_of(field(given, "auth_config"))
        _ask(scribe, talk, target, said, time, text(about.get("name")))
        return
    talk.calls.put(id, name)
    scribe.tell(kinds.TOOL_CALL, time, tool=name, call=id, args={} if args is None else args)


def _answer(scribe: Scribe, talk: Talk, answer: dict[str, Any], time: int | None) -> None:
    name, id, response = text(answer.get("name")), text(answer.get("id")), answer.get("response")
    if name in _ASKS:
        given = obj(response)
        refused = given.get("confirmed") is not None and not truth(given["confirmed"])
        target = talk.asked.get(id) or ""
        talk.open.put(target, False)
        decision = "reject" if refused else "accept"
        scribe.tell(
            kinds.APPROVAL_DECISION, time, tool=talk.calls.get(target) or "", call=target, decision=decision, by="user"
        )
        return
    failed = isinstance(response, dict) and "error" in response and "result" not in response
    said = response
    if isinstance(response, dict):
        said = next((response[key] for key in ("result", "output", "error") if response.get(key) is not None), response)
    shown = orjson_text(said) if said is response and isinstance(said, dict) else text_of(said)
    scribe.tell(kinds.TOOL_RESULT, time, tool=name or talk.calls.get(id) or "", call=id, text=shown, error=failed)


def _ask(scribe: Scribe, talk: Talk, call: str, said: str, time: int | None, tool: str = "") -> None:
    """A question to the person, once."""
    if call and talk.open.get(call):
        return
    talk.open.put(call, True)
    scribe.tell(kinds.APPROVAL_REQUEST, time, tool=tool or talk.calls.get(call) or "", call=call, text=said)


def tell_actions(scribe: Scribe, talk: Talk, actions: dict[str, Any], call: str, time: int | None) -> None:
    """What an event did beside its words: state that lasts, handoffs, questions to the person, summaries."""
    changed = field(actions, "state_delta")
    for name, value in changed.items() if isinstance(changed, dict) else ():
        if name.startswith(_LASTING):
            said = value if isinstance(value, str) else orjson_text(value)
            scribe.tell(kinds.MEMORY_WRITE, time, memory=name, text=said, call=call)
    child = text(field(actions, _MOVE))
    if child:
        talk.moved.put(child, True)
        scribe.tell(kinds.AGENT_HANDOFF, time, child=child, call=call)
    for target, config in obj(field(actions, "requested_auth_configs")).items():
        _ask(scribe, talk, target, scopes_of(config), time)
    for target, asked in obj(field(actions, "requested_tool_confirmations")).items():
        _ask(scribe, talk, target, text(obj(asked).get("hint")), time)
    summary = obj(actions.get("compaction"))
    content = obj(field(summary, "compacted_content"))
    if content:
        scribe.tell(kinds.MESSAGE, time, author="context", text=text_of(content.get("parts")))


def scopes_of(config: Any) -> str:
    """What a credential is asked for: the kind of the scheme and its scopes, never the credential."""
    scheme = obj(field(obj(config), "auth_scheme"))
    scopes: list[str] = []
    for flow in obj(scheme.get("flows")).values():
        asked = obj(flow).get("scopes")
        scopes += [one for one in asked if isinstance(one, str)] if isinstance(asked, (dict, list)) else []
    kind = text(field(scheme, "type")) or text(field(scheme, "type_"))
    return f"credential {kind} {' '.join(sorted(set(scopes))[:MAX_SCOPES])}".strip()
