"""One MCP connection: who asked what under which id, and what the messages of each method tell."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import orjson_text, text_of
from onesec_cli.sources.agents.telling import Clock, Known, Scribe
from onesec_cli.sources.values import obj, text

MAX_TOOLS: Final = 5_000
"""Tools of one list that are told."""

_BY_SERVER: Final = frozenset({"sampling/createMessage", "elicitation/create", "roots/list"})
"""Requests that a server makes."""
_READS: Final = ("resources/read", "prompts/get")
"""Requests of a client that bring text like a tool does."""
_ACTIONS: Final = {"accept": "accept", "decline": "reject", "reject": "reject", "cancel": "reject"}


class Request(NamedTuple):
    """A request that was made."""

    method: str
    call: str
    tool: str


class Connection:
    """What is known of one connection."""

    __slots__ = ("agent", "clock", "made", "server", "session", "tag", "tasks", "told", "turns", "version")

    def __init__(self, session: str, tag: str, clock: Clock) -> None:
        self.session, self.tag, self.clock = session, tag, clock
        self.agent = self.server = self.version = ""
        self.made: Known[str, Request] = Known()
        """Side and id to the latest request under it."""
        self.told: Known[str, Request] = Known()
        """Side, id, time and content to a request: the same line again is the same request."""
        self.turns: Known[str, int] = Known()
        """How often an id was used."""
        self.tasks: Known[str, Request] = Known()


def told_by(scribe: Scribe, link: Connection, message: dict[str, Any], time: int | None, side: str) -> str:
    """Tell one message; the reason why there is nothing to tell otherwise."""
    method = message.get("method")
    if method is None:
        return _answer(scribe, link, message, time, side)
    if not isinstance(method, str):
        return "a message whose method is no text"
    params = obj(message.get("params"))
    if message.get("id") is None:
        return "a notification"
    request = _request(link, message, method, params, time)
    if method == "tools/call":
        args = params.get("arguments")
        scribe.tell(
            kinds.TOOL_CALL,
            time,
            tool=request.tool,
            call=request.call,
            args={} if args is None else args,
            server=link.server,
        )
    elif method in _READS:
        scribe.tell(kinds.TOOL_CALL, time, tool=method, call=request.call, args=params, server=link.server)
    elif method == "initialize":
        _begin(scribe, link, params, time)
    elif method == "elicitation/create":
        said = text_of(params.get("message"))
        scribe.tell(kinds.APPROVAL_REQUEST, time, call=request.call, text=said, server=link.server)
    elif method == "sampling/createMessage":
        _sampling(scribe, link, params, time)
    else:
        return "a request that tells no action"
    return ""


def _request(
    link: Connection, message: dict[str, Any], method: str, params: dict[str, Any], time: int | None
) -> Request:
    """Note a request. An id used again is another call; the same line again is the same call."""
    side = "server" if method in _BY_SERVER else "client"
    key = f"{side} {orjson_text(message['id'])}"
    content = f"{key} {time} {hash(orjson_text(message))}"
    known = link.told.get(content)
    if known is None:
        turn = link.turns.put(key, (link.turns.get(key) or 0) + 1)
        call = link.tag + ("server:" if side == "server" else "") + (text(message["id"]) or orjson_text(message["id"]))
        tool = text(params.get("name")) if method == "tools/call" else method if method in _READS else ""
        known = link.told.put(content, Request(method, call if turn == 1 else f"{call}~{turn}", tool))
    if method == "tasks/result":
        known = link.tasks.get(text(params.get("taskId"))) or known
    return link.made.put(key, known)


def _asked(link: Connection, message: dict[str, Any], side: str) -> Request | None:
    """The request that a message answers. Both sides number their own: the sender, or the form of the answer, tells which."""
    id = orjson_text(message.get("id"))
    by_client, by_server = link.made.get(f"client {id}"), link.made.get(f"server {id}")
    if by_client is None or by_server is None:
        return by_client or by_server
    if side:
        return by_client if side == "server" else by_server
    result = obj(message.get("result"))
    return by_server if ("action" in result or "role" in result or "roots" in result) else by_client


def _begin(scribe: Scribe, link: Connection, params: dict[str, Any], time: int | None) -> None:
    client = obj(params.get("clientInfo"))
    link.agent = scribe.agent = text(client.get("name"))
    scribe.tell(kinds.AGENT_START, time, version=text(client.get("version")))


def _sampling(scribe: Scribe, link: Connection, params: dict[str, Any], time: int | None) -> None:
    """A server has the model write: its prompt is text of the server."""
    prompts = [params.get("systemPrompt")]
    messages = params.get("messages")
    prompts += [obj(one).get("content") for one in messages] if isinstance(messages, list) else []
    said = "\n".join(part for part in (text_of(prompt) for prompt in prompts if prompt) if part)
    scribe.tell(kinds.MESSAGE, time, author="context", text=said, server=link.server)


def _answer(scribe: Scribe, link: Connection, message: dict[str, Any], time: int | None, side: str) -> str:
    request = _asked(link, message, side)
    if "error" in message:
        return _failed(scribe, link, message, request, time)
    result = obj(message.get("result"))
    method = request.method if request else ""
    if method in ("tools/call", "tasks/result") or (not method and isinstance(result.get("content"), list)):
        return _result(scribe, link, message, result, request, time)
    if method in _READS and request:
        said = text_of(result.get("contents", [obj(one).get("content") for one in _list(result.get("messages"))]))
        scribe.tell(kinds.TOOL_RESULT, time, tool=request.tool, call=request.call, text=said)
    elif isinstance(result.get("tools"), list) and method in ("", "tools/list"):
        return _offer(scribe, link, result["tools"], time)
    elif isinstance(result.get("serverInfo"), dict):
        return _introduced(scribe, link, result, time)
    elif method == "elicitation/create" and request:
        decision = _ACTIONS.get(text(result.get("action")), "reject")
        said = orjson_text(result["content"]) if result.get("content") else ""
        scribe.tell(kinds.APPROVAL_DECISION, time, call=request.call, decision=decision, by="user", text=said)
    elif method == "sampling/createMessage":
        scribe.tell(kinds.MESSAGE, time, author="assistant", text=text_of(result.get("content")))
    else:
        return "an answer that tells no action"
    return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _failed(
    scribe: Scribe, link: Connection, message: dict[str, Any], request: Request | None, time: int | None
) -> str:
    if request is None or request.method not in ("tools/call", "tasks/result", *_READS):
        return "an error that answers no call"
    error = message["error"]
    said = text(error.get("message")) if isinstance(error, dict) else text_of(error)
    if isinstance(error, dict) and error.get("data") is not None:
        said = f"{said}\n{text_of(error['data'])}".strip()
    scribe.tell(kinds.TOOL_RESULT, time, tool=request.tool, call=request.call, text=said, error=True)
    return ""


def _result(
    scribe: Scribe,
    link: Connection,
    message: dict[str, Any],
    result: dict[str, Any],
    request: Request | None,
    time: int | None,
) -> str:
    task = text(obj(result.get("task")).get("taskId"))
    if task and request and "content" not in result:
        link.tasks.put(task, Request("tasks/result", request.call, request.tool))
        return "a task was begun"
    said = text_of(result.get("content"))
    structured = result.get("structuredContent")
    if structured is not None and not said:
        said = orjson_text(structured)
    call = request.call if request else link.tag + (text(message.get("id")) or orjson_text(message.get("id")))
    tool = request.tool if request else ""
    scribe.tell(kinds.TOOL_RESULT, time, tool=tool, call=call, text=said, error=result.get("isError") is True)
    return ""


def _offer(scribe: Scribe, link: Connection, tools: list[Any], time: int | None) -> str:
    for tool in tools[:MAX_TOOLS]:
        name = text(tool.get("name")) if isinstance(tool, dict) else ""
        if name:
            scribe.tell(
                kinds.TOOL_OFFER,
                time,
                tool=name,
                server=link.server,
                version=link.version,
                title=text(tool.get("title")),
                description=text_of(tool.get("description")),
                schema=tool.get("inputSchema"),
            )
    return "a list without tools"


def _introduced(scribe: Scribe, link: Connection, result: dict[str, Any], time: int | None) -> str:
    """A server names itself; its instructions go before the model."""
    named = obj(result.get("serverInfo"))
    link.server = text(named.get("name")) or link.server
    link.version = text(named.get("version")) or link.version
    said = text_of(result.get("instructions"))
    if said:
        scribe.tell(kinds.MESSAGE, time, author="context", text=said, server=link.server)
    return "a server that gives no instructions"
