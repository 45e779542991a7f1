"""What a tool call is, apart from its wording: its effect, its sameness with another, whether it failed or waits."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from onesec_cli.model.event import Event
from onesec_cli.state.call.remembered import per_call
from onesec_cli.state.text import verbs
from onesec_cli.state.text.normal import fold
from onesec_cli.state.text.plain import dumps, leaves, text_of
from onesec_cli.state.text.tools import act_of, words_of
from onesec_cli.state.wordlists import remembered, word_set

READ, WRITE, SEND, PAY, DELETE, EXEC, UNKNOWN = "read", "write", "send", "pay", "delete", "exec", "unknown"
CHANGES: Final = frozenset({WRITE, SEND, PAY, DELETE})
"""Effects that leave something changed, whatever the arguments are."""

MAX_TEXT: Final = 8_192
"""Characters of arguments or a result that are normalised; what follows counts as it is written."""

_EFFECTS: Final = {
    verbs.READ: READ,
    verbs.OPEN: READ,
    verbs.SEND: SEND,
    verbs.PAY: PAY,
    verbs.DELETE: DELETE,
    verbs.RUN: EXEC,
    verbs.CREATE: WRITE,
    verbs.CHANGE: WRITE,
    verbs.BOOK: WRITE,
    verbs.GRANT: WRITE,
    verbs.LOGIN: WRITE,
}
_HARMLESS: Final = word_set("tools.idle")

_VOLATILE_KEY: Final = re.compile(
    r'"(?:request_?id|trace_?id|span_?id|nonce|timestamp|ts|now|attempt|retry|retries|try|idempotency_?key)":'
    r'(?:"[^"]{0,200}"|[\d.]{1,30}|null)',
    re.IGNORECASE,
)
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_MOMENT: Final = re.compile(
    r"(?<!\d)(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?|\d\d:\d\d:\d\d(?:\.\d{1,9})?)"
)
_SPAN: Final = re.compile(r"(?<![\d.])\d{1,9}(?:\.\d{1,9})? ?(?:ms|s|sec|seconds)\b")
_DIGIT: Final = re.compile(r"\d")
_FAILED: Final = re.compile(
    r"\W{0,20}(?:(?:\w{0,60}error|\w{0,60}exception|fatal|failure|failed)\s{0,3}[:(\[]|traceback \(|permission denied|"
    r"access denied|command not found|connection (?:refused|reset|timed out)|timed? ?out\b|"
    r"http(?:/[\d.]{1,4})? [45]\d\d\b|(?:exit|exited with) code:? [1-9]|\{\s{0,9}\"error\"\s{0,3}:)",
    re.IGNORECASE,
)
_STATUS: Final = re.compile(
    r'"(?:status|state)"\s{0,3}:\s{0,3}"(?:error|failed|failure)"|"success"\s{0,3}:\s{0,3}false'
)
_REFUSED: Final = re.compile(
    r"doesn't want to (?:proceed|take this action)|does not want to proceed|(?:was|been|is) (?:rejected|denied|declined|blocked|refused)|"
    r"(?:rejected|denied|declined|refused|aborted|cancell?ed|interrupted) by (?:the )?(?:user|operator|person|policy|hook)|"
    r"user (?:has )?(?:rejected|denied|declined|refused|cancell?ed|aborted)|(?:not|never) (?:approved|permitted|allowed|executed|run)|"
    r"permission (?:denied|to use|was)|requires approval|approval (?:denied|required|rejected)|haven't granted",
    re.IGNORECASE,
)
_WAITS: Final = re.compile(
    r"\b(?:sleep|wait|timeout|watch|poll|delay)(?:[_ -]?(?:for|until|seconds|ms|time))?\b|--watch\b|--wait\b",
    re.IGNORECASE,
)
_FAILING: Final = (
    "error",
    "exception",
    "fatal",
    "fail",
    "traceback",
    "denied",
    "refused",
    "reset",
    "timed",
    "time out",
    "timeout",
    "not found",
    "http",
    "exit",
    "success",
)
_REFUSING: Final = (
    "want",
    "reject",
    "denied",
    "declin",
    "block",
    "refus",
    "abort",
    "cancel",
    "interrupt",
    "never",
    "not ",
    "permission",
    "approval",
    "granted",
)
_WAITERS: Final = frozenset({"wait", "sleep", "poll", "monitor"})
_WAITING: Final = ("sleep", "wait", "timeout", "watch", "poll", "delay")
_UNDER_WAY: Final = (
    "pending",
    "queued",
    "progress",
    "running",
    "building",
    "waiting",
    "ready",
    "finished",
    "complete",
    "done",
    "processing",
    "provisioning",
    "starting",
    "scheduled",
    "deploying",
    "still",
)
_PENDING: Final = re.compile(
    r"\b(?:pending|queued|in[_ -]?progress|running|building|waiting|not (?:yet )?(?:ready|finished|complete|done)|processing|"
    r"provisioning|starting|scheduled|deploying|still)\b",
    re.IGNORECASE,
)


def digest(*parts: str) -> str:
    """A short digest of texts."""
    return hashlib.blake2b("\x00".join(parts).encode(errors="replace"), digest_size=8).hexdigest()


def settled(text: str) -> str:
    """A text without what differs between two honest repetitions: times, durations, ids of requests, blanks."""
    body = " ".join(text[:MAX_TEXT].split())
    if _DIGIT.search(body):
        if '":' in body:
            body = _VOLATILE_KEY.sub(" ", body)
        if body.count("-") >= 4:
            body = _UUID.sub(" ", body)
        if body.count(":") >= 2:
            body = _MOMENT.sub(" ", body)
        if "s" in body:
            body = _SPAN.sub(" ", body)
    return body + text[MAX_TEXT:]


def _has(text: str, words: tuple[str, ...]) -> bool:
    """Whether a text in lower case holds any of these: the cheap question before the exact one."""
    for word in words:  # noqa: SIM110  # a generator costs more than the search
        if word in text:
            return True
    return False


@per_call
def given_of(event: Event) -> list[tuple[str, str]]:
    """Every text and number among the arguments of a call, with the name it stands under."""
    return leaves(event.fields.get("args"))


@per_call
def said_of(event: Event) -> str:
    """The arguments of a call as text."""
    return text_of(event, "args")


@per_call
def folded_of(event: Event) -> str:
    """The same as it is compared."""
    return fold(said_of(event)[:2_000])


@per_call
def call_digest(event: Event) -> str:
    """Equal for two calls that ask the same thing, blanks apart."""
    args = event.fields.get("args")
    return digest(event.tool, " ".join((args if isinstance(args, str) else dumps(args)).split()))


@remembered(65_536)
def split_tool(tool: str) -> tuple[str, str]:
    """Server and bare name of a tool; names like `mcp__files__read` carry the server."""
    if tool.startswith("mcp__"):
        server, mark, name = tool[5:].partition("__")
        if mark and name:
            return server, name
    return "", tool


@remembered(65_536)
def effect_of(tool: str) -> str:
    """What a tool does, told by its name alone; tools for thinking and waiting only read."""
    name = split_tool(tool)[1]
    return READ if not _HARMLESS.isdisjoint(words_of(name)) else _EFFECTS.get(act_of(name), UNKNOWN)


def server_of(event: Event) -> str:
    """The MCP server of a call or offer, empty for a tool of the harness itself."""
    said = event.fields.get("server")
    return said if isinstance(said, str) and said else split_tool(event.tool)[0]


def failed(event: Event) -> bool:
    """Whether a tool result says that the call failed."""
    if event.fields.get("error"):
        return True
    return _fails(text_of(event)[:400])


def refused(event: Event) -> bool:
    """Whether a tool result says that a person or a policy did not let the call run."""
    return _refuses(text_of(event)[:1_000])


@remembered(4_096)
def _fails(head: str) -> bool:
    text = head.lower()
    return _has(text, _FAILING) and bool(_FAILED.match(text) or _STATUS.search(text))


@remembered(4_096)
def _refuses(head: str) -> bool:
    text = head.lower()
    return _has(text, _REFUSING) and bool(_REFUSED.search(text))


def waits(tool: str, args: str) -> bool:
    """Whether a call waits: `sleep`, `--watch`, a tool made for waiting."""
    if not _WAITERS.isdisjoint(words_of(tool)):
        return True
    head = args[:4_000]
    return _has(head.lower(), _WAITING) and bool(_WAITS.search(head))


def pending(text: str) -> bool:
    """Whether a result says that something is still under way."""
    return _has(text[:2_000].lower(), _UNDER_WAY) and bool(_PENDING.search(text[:2_000]))
