"""Where the messages are in a logged API call: at its top, under `request` and `response`, in a batch line."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from onesec_cli.sources.agents.conversation import is_item, is_message
from onesec_cli.sources.values import text

_ASKED: Final = ("request", "body", "params", "kwargs", "payload", "input", "inputs")
"""Where loggers put what was sent."""
_ANSWERED: Final = ("response", "result", "output", "completion", "outputs")
"""Where loggers put what came back."""


_HINTS: Final = frozenset({*_ASKED, *_ANSWERED, "messages", "choices", "message", "stop_reason"})
"""Keys of which a record that holds messages has one."""


class Exchange(Struct):
    """What one logged call holds."""

    messages: list[Any]
    """The system prompt, if it stands apart, and the conversation up to here."""
    answers: list[Any]
    """What the model answered: one message for each choice."""
    api: bool
    """Whether it is one call of several, not a whole conversation."""
    tools: Any = None
    id: str = ""
    previous: str = ""
    """Ids that chain calls whose requests hold only what is new."""

    def opening(self) -> list[Any]:
        """The conversation up to its first answer."""
        whole = self.messages + self.answers[:1]
        for place, message in enumerate(whole):
            if message.__class__ is dict and message.get("role") == "assistant":
                return whole[: place + 1]
        return whole


def exchange(record: dict[str, Any]) -> Exchange | None:
    """The messages of a record, or None where it holds none."""
    if _HINTS.isdisjoint(record):
        return None
    asked = _asked(record)
    answer = _answer(record)
    if asked is None and not answer:
        return None
    request = asked or {}
    messages = _messages(request)
    if not answer and request is record and ("id" in record or "model" not in record or _ends(messages)):
        return Exchange(messages, [], False, request.get("tools"))
    result = next((found for name in _ANSWERED if (found := record.get(name)).__class__ is dict), record)
    result = _body(result)
    previous = text(request.get("previous_response_id"))
    return Exchange(messages, answer, True, request.get("tools"), text(result.get("id")), previous)


def _asked(record: dict[str, Any]) -> dict[str, Any] | None:
    if _holds(record):
        return record
    for name in _ASKED:
        inner = record.get(name)
        if inner.__class__ is dict:
            inner = _body(inner)
            if _holds(inner):
                return dict(inner)
    return None


def _holds(request: dict[str, Any]) -> bool:
    """Whether an object holds messages; the Responses API names them `input`."""
    messages = request.get("messages")
    if messages.__class__ is list:
        return bool(messages) and is_message(messages[0])
    given = request.get("input")
    if given.__class__ is list and "model" in request:
        return bool(given) and (is_message(given[0]) or is_item(given[0]))
    return (
        given.__class__ is str
        and "model" in request
        and ("instructions" in request or "previous_response_id" in request)
    )


def _ends(messages: list[Any]) -> bool:
    """Whether a conversation is whole: a request ends with what the model is to answer."""
    last = messages[-1] if messages else None
    return last.__class__ is dict and last.get("role") == "assistant"


def _messages(request: dict[str, Any]) -> list[Any]:
    given = request.get("messages")
    if given.__class__ is not list:
        given = request.get("input")
        given = [{"role": "user", "content": given}] if given.__class__ is str else given
    found: list[Any] = given if isinstance(given, list) else []
    system = request.get("system") or request.get("instructions")
    if system.__class__ in (str, list) and system:
        return [{"role": "system", "content": system}, *found]
    return found


def _body(value: dict[str, Any]) -> dict[str, Any]:
    """What a batch line wraps once more: `body` of a response, `message` of a result."""
    for name in ("body", "message"):
        inner = value.get(name)
        if inner.__class__ is dict:
            return dict(inner)
    return value


def _answer(record: dict[str, Any]) -> list[Any]:
    """The messages a model answered with."""
    found = _choices(record)
    for name in _ANSWERED:
        if found:
            break
        inner = record.get(name)
        if inner.__class__ is dict:
            found = _choices(inner) or _choices(_body(inner))
    return found


def _choices(answer: dict[str, Any]) -> list[Any]:
    choices = answer.get("choices")
    if choices.__class__ is list:
        told = [choice.get("message") for choice in choices if choice.__class__ is dict]
        return [message for message in told if is_message(message)]
    message = answer.get("message")
    if is_message(message) and ("model" in answer or "done" in answer or answer.get("type") == "succeeded"):
        return [message]
    if answer.get("type") == "message" and "stop_reason" in answer and is_message(answer):
        return [answer]
    output = answer.get("output")
    if output.__class__ is list and answer.get("object") == "response":
        return [item for item in output if is_message(item) or is_item(item)]
    return []
