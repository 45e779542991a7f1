"""What calling a tool is, told by its name alone."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

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
    CREATE: "add import write copy",
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
        "source",
        "start",
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
_GENERIC: Final = frozenset(
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
_MONEY: Final = frozenset({"money", "funds", "payment", "payments", "transaction", "crypto", "eth", "bitcoin"})


@lru_cache(maxsize=16_384)
def words_of(name: str) -> tuple[str, ...]:
    """The words in the name of a tool or of an argument, whatever joins them."""
    return tuple(part.lower() for part in _SPLIT.findall(name))


@lru_cache(maxsize=16_384)
def act_of(tool: str) -> str:
    """What kind of act calling a tool is; `other` where its name does not say."""
    words = words_of(tool)
    weak = ""
    for word in words:
        kind = _PLAIN.get(word, "")
        if kind and word not in _NOUN_FIRST:
            return PAY if kind == SEND and not _MONEY.isdisjoint(words) else kind
        weak = weak or kind
    return weak or OTHER


@lru_cache(maxsize=16_384)
def topic_of(tool: str) -> frozenset[str]:
    """The meanings of the words in a tool's name that are not its verb and not packing."""
    words = words_of(tool)
    act = act_of(tool)
    kept = [word for word in words if word not in _GENERIC and not word.isdigit()]
    verb = next((word for word in kept if (_PLAIN.get(word)) == act and word not in _NOUN_FIRST), "")
    return frozenset(meaning(word) for word in kept if word != verb)
