"""Sentences that would change what an agent is allowed, whom it trusts, whom it tells: worth more in a memory than in a mail.

Judged by families of words near each other and by polarity: "never deploy without approval" protects, "deploys need no approval" does not.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import Struct

from onesec_cli.model.level import Level
from onesec_cli.state.shell.judge import deeds_of_text
from onesec_cli.state.text.normal import fold, lay_open
from onesec_cli.state.text.split import sentences
from onesec_cli.state.text.values import DESTINATIONS, find_values
from onesec_cli.state.wordlists import word_set

MAX_TENETS: Final = 40
MAX_TEXT: Final = 100_000
NEAR: Final = 7
"""Words between two that still belong together."""

_WORD: Final = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_COMMAND: Final = re.compile(
    r"`([^`\n]{6,2000})`|^[ \t>$#*-]{0,8}((?:curl|wget|bash|sh|powershell|eval|sudo|rm|nc|python3?)\s[^\n]{4,2000})",
    re.MULTILINE,
)
_HINT: Final = re.compile(r"\b(?:curl|wget|bash|powershell|eval|rm -|nc |/dev/tcp|base64)\b")


_NOT: Final = word_set("tenets.denials")
_CONSENT: Final = word_set("tenets.consent")
_GIVEN: Final = word_set("tenets.pre-approved")
_BOUNDS: Final = word_set("tenets.bounds")
_LIMITED: Final = word_set("tenets.limited")
_LIFTED: Final = word_set("tenets.lifted")
_TRUST: Final = word_set("tenets.trusted")
_OUT: Final = word_set("tenets.send")
_SENT: Final = word_set("tenets.sent")
_FROM_NOW: Final = word_set("tenets.from-now")
"""In a sentence that says where things are sent, these say that it was otherwise before: a change, not a description."""
_ALWAYS: Final = word_set("tenets.always")
_SECRETS: Final = word_set("tenets.secrets")
_TELL: Final = word_set("tenets.tell")
_ABOUT: Final = word_set("tenets.people")
_OFF: Final = word_set("tenets.off")
_GUARDS: Final = word_set("tenets.guards")
_NEEDED: Final = word_set("tenets.needed")
_NOT_AFTER: Final = word_set("tenets.denied-after")
_HOLD: Final = word_set("tenets.hold")
_FORBID: Final = word_set("tenets.forbid")

MEANINGS: Final = {
    "approval": "that approval is not needed",
    "bounds": "that limits of scope or policy do not hold",
    "trust": "whom to trust",
    "recipient": "where to send things",
    "credential": "to hand on credentials",
    "concealment": "what not to tell people",
    "safety": "to turn a protection off",
    "command": "to run a harmful command",
}


class Tenet(Struct, frozen=True, gc=False):
    """One such sentence."""

    text: str
    folded: str
    about: str
    """A name of `MEANINGS`."""


def tenets_in(text: str) -> list[Tenet]:
    """The sentences of a text that speak about what an agent may do, whom it trusts, or whom it tells."""
    laid = lay_open(text[:MAX_TEXT])
    found: list[Tenet] = []
    for part in (laid.visible, *(hidden.text for hidden in laid.hidden)):
        for sentence in sentences(part):
            about = about_of(sentence.text)
            if about:
                found.append(Tenet(sentence.text[:600], fold(sentence.text[:600]), about))
            if len(found) >= MAX_TENETS:
                return found
        found += _commands(part)
    return found[:MAX_TENETS]


def about_of(sentence: str) -> str:
    """What a sentence would change, a name of `MEANINGS`; empty for ordinary ones."""
    words = _WORD.findall(sentence[:2_000].lower())
    known = set(words)
    if not known.isdisjoint(_GIVEN) or _denied(words, _CONSENT):
        return "approval"
    if _denied(words, _TELL) and not known.isdisjoint(_ABOUT) and _denied_near(words, _TELL, _ABOUT):
        return "concealment"
    bounds = not known.isdisjoint(_BOUNDS) or (
        not known.isdisjoint({"limit", "limits"}) and not known.isdisjoint(_LIMITED)
    )
    if bounds and (not known.isdisjoint(_LIFTED) or _lapses(words)) and not _doubled(words):
        return "bounds"
    if _near(words, _OFF, _GUARDS) and not _denied(words, _OFF - _NOT - {"off"}) and not _forbids(words):
        return "safety"
    if _near(words, _OUT, _SECRETS) and not _forbids(words):
        return "credential"
    if not known.isdisjoint(_TRUST | _OUT | _SENT) and _aimed(sentence):
        out = not known.isdisjoint(_OUT) and not known.isdisjoint(_ALWAYS)
        if (out or (not known.isdisjoint(_SENT) and not known.isdisjoint(_FROM_NOW))) and not _forbids(words):
            return "recipient"
        if not known.isdisjoint(_TRUST) and not _forbids(words):
            return "trust"
    return ""


def _aimed(sentence: str) -> bool:
    return any(value.kind in DESTINATIONS - {"handle"} for value in find_values(sentence[:2_000]))


def _denied(words: list[str], what: AbstractSet[str]) -> bool:
    """Whether one of the words is denied an odd number of times: "without asking", "approval is not needed", not "never without asking"."""
    for at, word in enumerate(words):
        if word not in what:
            continue
        before = sum(one in _NOT for one in words[max(0, at - NEAR) : at])
        after = any(one in _NOT_AFTER for one in words[at + 1 : at + 4]) and any(
            one in _NEEDED for one in words[at + 1 : at + 6]
        )
        if (before + after) % 2 == 1:
            return True
    return False


def _denied_near(words: list[str], what: AbstractSet[str], objects: AbstractSet[str]) -> bool:
    return any(word in what and not objects.isdisjoint(words[at + 1 : at + 5]) for at, word in enumerate(words))


def _lapses(words: list[str]) -> bool:
    """`do not apply`, `no longer hold`, `does not count`."""
    return any(
        word in _HOLD
        and any(one in ("not", "don't", "doesn't", "no", "never", "longer") for one in words[max(0, at - 4) : at])
        for at, word in enumerate(words)
    )


def _doubled(words: list[str]) -> bool:
    return bool(words) and any(
        word in ("never", "don't", "not", "cannot", "must") and _LIFTED & set(words[at + 1 : at + 3])
        for at, word in enumerate(words)
    )


def _forbids(words: list[str]) -> bool:
    """Whether the sentence forbids what it speaks of."""
    return not _FORBID.isdisjoint(words[:12])


def _near(words: list[str], first: AbstractSet[str], second: AbstractSet[str]) -> bool:
    return any(word in first and not second.isdisjoint(words[at + 1 : at + 1 + NEAR]) for at, word in enumerate(words))


def _commands(text: str) -> list[Tenet]:
    """Commands in a text that would do harm if the agent ran them."""
    if not _HINT.search(text):
        return []
    found = []
    for match in _COMMAND.finditer(text):
        command = match[1] or match[2]
        if _HINT.search(command) and any(
            effect.level >= Level.high for effect in deeds_of_text(command, "", "", ()).effects
        ):
            found.append(Tenet(command[:600], fold(command[:600]), "command"))
        if len(found) >= MAX_TENETS:
            break
    return found
