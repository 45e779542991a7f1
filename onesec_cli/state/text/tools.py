"""What calling a tool is, told by its name alone."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from onesec_cli.state.text.verbs import (
    BOOK,
    CHANGE,
    CREATE,
    DELETE,
    FAMILIES,
    GRANT,
    LOGIN,
    OPEN,
    OTHER,
    PAY,
    READ,
    RUN,
    SEND,
    meaning,
)

_SPLIT: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PRIORITY: Final = (DELETE, PAY, GRANT, SEND, BOOK, CHANGE, CREATE, RUN, LOGIN, OPEN, READ)
_IN_NAMES: Final[dict[str, str]] = {
    READ: "fetch browse load access download",
    OPEN: "open",
    CHANGE: "follow put enable",
    SEND: "request",
    LOGIN: "sign",
    RUN: "launch call",
    CREATE: "add import write copy accept",
    PAY: "withdraw place_order",
}
"""Verbs of several families, as they are meant in the name of a tool."""
_PLAIN: Final[dict[str, str]] = {word: kind for kind in _PRIORITY[::-1] for word in FAMILIES[kind].split()} | {
    word: kind for kind, words in _IN_NAMES.items() for word in words.split()
}
_NOUN_FIRST: Final = frozenset(
    [
        "access",
        "account",
        "address",
        "answer",
        "bill",
        "block",
        "book",
        "call",
        "charge",
        "command",
        "comment",
        "contact",
        "control",
        "count",
        "credit",
        "display",
        "email",
        "exchange",
        "file",
        "fund",
        "head",
        "invoice",
        "label",
        "load",
        "lock",
        "log",
        "mail",
        "mark",
        "message",
        "new",
        "node",
        "note",
        "order",
        "pass",
        "phone",
        "pin",
        "place",
        "plan",
        "point",
        "post",
        "python",
        "record",
        "report",
        "request",
        "review",
        "schedule",
        "script",
        "search",
        "share",
        "shell",
        "sign",
        "source",
        "store",
        "support",
        "table",
        "tag",
        "tail",
        "test",
        "text",
        "ticket",
        "tip",
        "track",
        "trade",
    ]
)
"""Verbs that are mostly nouns in the name of a tool: another verb beside them says what it does."""
GENERIC: Final = frozenset(
    [
        "tool",
        "api",
        "mcp",
        "function",
        "func",
        "call",
        "use",
        "manager",
        "client",
        "service",
        "server",
        "default",
        "the",
        "a",
        "an",
        "to",
        "of",
        "for",
        "by",
        "in",
        "on",
        "with",
        "my",
        "and",
    ]
)
_MONEY: Final = frozenset(
    {
        "money",
        "funds",
        "payment",
        "payments",
        "transaction",
        "crypto",
        "eth",
        "bitcoin",
        "transfer",
        "refund",
        "order",
        "orders",
        "purchase",
        "credit",
        "credits",
        "donation",
    }
)
_BARRED: Final = frozenset(
    {
        "door",
        "doors",
        "garage",
        "gate",
        "gates",
        "lock",
        "window",
        "windows",
        "valve",
        "safe",
        "vault",
        "trunk",
        "blinds",
    }
)
_TO_USER: Final = frozenset(
    {"human", "humans", "final", "answer", "respond", "finish", "ask", "clarify", "think", "thought", "followup"}
)
_OWN_NOTES: Final = frozenset({"todo", "todos", "plan", "thinking", "scratchpad", "progress", "steps"})
_PLACES: Final = frozenset({"reservation", "booking", "appointment"})


@lru_cache(maxsize=16_384)
def words_of(name: str) -> tuple[str, ...]:
    """The words in the name of a tool or of an argument, whatever joins them."""
    return tuple(part.lower() for part in _SPLIT.findall(name))


class Name(NamedTuple):
    """The name of a tool, taken apart."""

    act: str
    before: tuple[str, ...]
    """Words before its verb: a product or a service, as a rule."""
    after: tuple[str, ...]


@lru_cache(maxsize=16_384)
def _parsed(tool: str) -> Name:
    words = words_of(tool)
    if _own(words):
        return Name(OTHER, words, ())
    weak = -1
    for place, word in enumerate(words):
        kind = _PLAIN.get(word, "")
        if not kind:
            continue
        if word in _NOUN_FIRST:
            weak = place if weak < 0 else weak
            continue
        return Name(_made(kind, words), words[:place], words[place + 1 :])
    if weak < 0:
        return Name(OTHER, words, ())
    return Name(_made(_PLAIN[words[weak]], words), words[:weak], words[weak + 1 :])


def _own(words: tuple[str, ...]) -> bool:
    """Whether a tool only speaks to the user, or keeps the agent's own notes of what it is doing."""
    return not _TO_USER.isdisjoint(words) or (not _OWN_NOTES.isdisjoint(words) and len(words) <= 3)


def _made(kind: str, words: tuple[str, ...]) -> str:
    """What is made says more than that it is made: `place_order`, `create_booking`, `send_money`."""
    if kind in (CREATE, SEND, BOOK) and not _MONEY.isdisjoint(words):
        return PAY
    if kind == OPEN and not _BARRED.isdisjoint(words):
        return GRANT
    return BOOK if kind == CREATE and not _PLACES.isdisjoint(words) else kind


def act_of(tool: str) -> str:
    """What kind of act calling a tool is; `other` where its name does not say."""
    return _parsed(tool).act


@lru_cache(maxsize=16_384)
def topic_of(tool: str) -> frozenset[str]:
    """What the name of a tool says it acts on, in meanings: the words after its verb, else those before it."""
    name = _parsed(tool)
    after = frozenset(meaning(word) for word in name.after if word not in GENERIC and not word.isdigit())
    return after or frozenset(meaning(word) for word in name.before if word not in GENERIC and not word.isdigit())
