"""What a tool call does: its act, what it is about, and the arguments that decide where it goes."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model.event import Event
from onesec_cli.state.call.commands import Told, told_by
from onesec_cli.state.call.outward import sinks_of
from onesec_cli.state.call.remembered import per_call
from onesec_cli.state.call.roles import call_of
from onesec_cli.state.text.normal import fold, unescape
from onesec_cli.state.text.tools import act_of, topic_of, words_of
from onesec_cli.state.text.values import DESTINATIONS, Leaf, canonical, find_values, kind_of, leaves
from onesec_cli.state.text.verbs import CHANGE, DELETE, OTHER, OUTWARD, PAY, RUN, SEND, kinds_of, meaning
from onesec_cli.state.wordlists import word_set

MAX_AIMS: Final = 60
"""Arguments of one call that are held against instructions."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DESTINATION: Final = word_set("arguments.destinations")
_OBJECT: Final = word_set("arguments.objects")
_PAYLOAD: Final = word_set("arguments.contents")
_TO_USER: Final = word_set("tools.notices")
_RECIPIENTS: Final = word_set("arguments.addressed")
_PLAIN_WORDS: Final = _set(
    "true false none null auto default high medium normal open closed active enabled disabled text json html markdown english"
)
_COMMANDS: Final = word_set("arguments.programs")
_CHOICES: Final = word_set("arguments.acts")
_PRESSES: Final = frozenset({"click", "press", "tap"})
_LABELS: Final = word_set("arguments.labels")
_PRESSED: Final = (frozenset({PAY}), frozenset({DELETE}))
_DELEGATION: Final = word_set("tools.delegation")
_COMMAND_LINES: Final = word_set("arguments.command-lines")
_ADDRESSED: Final = frozenset({"email", "url", "iban", "wallet"})
_WRAPPED: Final = word_set("arguments.wrapped")


class Aim(Struct, frozen=True, gc=False):
    """One argument that says where a call goes, what it acts on, or what it hands over."""

    key: str
    value: str
    """As compared."""
    part: str
    """`destination`, `object`, `payload`, or `word`: a plain word that ties only together with another."""
    kind: str = ""
    """Of typed values (`values.py`)."""
    within: str = ""
    """The whole argument it stands in, where it is only a part of it."""


class Deed(Struct, frozen=True, gc=False):
    """A tool call as it is judged."""

    tool: str
    act: str
    topic: frozenset[str]
    aims: tuple[Aim, ...]
    said: str
    """All argument values, folded, for showing and for looking up."""
    command: bool = False
    """Whether only the command line, or the words another agent was given, say what it does."""


@per_call
def leaves_of(event: Event) -> tuple[Leaf, ...]:
    """The arguments of a call, flat."""
    return leaves(event.fields.get("args"))


@per_call
def _told_in(event: Event) -> tuple[Told | None]:
    return (told_by(call_of(event), event.tool, leaves_of(event)),)


def told_of(event: Event) -> Told | None:
    """What the command line or the SQL of a call says is done."""
    return _told_in(event)[0]


@per_call
def deed_of(event: Event) -> Deed:
    """The act, the topic and the arguments of one call."""
    found = leaves_of(event)
    tool, args = event.tool, event.fields.get("args")
    act, topic = act_of(tool), topic_of(tool)
    if act in (OTHER, RUN) and isinstance(args, dict):
        inner = next(
            (
                leaf.text
                for leaf in found
                if leaf.key in _WRAPPED and " " not in leaf.text.strip() and len(leaf.text) <= 80
            ),
            "",
        )
        if inner and act_of(inner) != OTHER:
            act, topic = act_of(inner), topic | topic_of(inner)
    pressed = not _PRESSES.isdisjoint(words_of(tool))
    if pressed or (act in (OTHER, RUN, CHANGE) and len(found) > 1):
        act = _set_to(found, pressed) or act
    command = False
    if act == OTHER:
        act, topic = _of_command(topic, found)
        command = act != OTHER or not _DELEGATION.isdisjoint(words_of(tool))
    if act == RUN and sinks_of(event, ""):
        act, command = SEND, True  # what the command line does counts, not that it is run
    if (
        act == SEND
        and not _TO_USER.isdisjoint(words_of(tool))
        and all(_RECIPIENTS.isdisjoint((leaf.key, *words_of(leaf.key))) for leaf in found)
    ):
        act = OTHER  # it speaks to its own user
    aims: list[Aim] = []
    for leaf in found:
        if len(aims) >= MAX_AIMS:
            break
        plain = leaf.text.isascii() and "\\" not in leaf.text
        aims += _aims(leaf.key, leaf.text if plain else unescape(leaf.text))
    said = fold(" ".join(leaf.text[:2_000] for leaf in found)[:8_000])
    return Deed(tool, act, topic, tuple(aims[:MAX_AIMS]), said, command)


def _set_to(found: tuple[Leaf, ...], pressed: bool) -> str:
    """The act that an argument of a tool for many acts names: `state: unlocked`, `action: delete`, a button "Buy now"."""
    for leaf in found:
        if leaf.key in _LABELS and pressed and len(leaf.text) <= 60:
            kinds = frozenset(kind for word in leaf.text.lower().split()[:2] for kind in kinds_of(word))
            if kinds in _PRESSED:
                return next(iter(kinds))
        if leaf.key in _CHOICES and leaf.text.isalpha() and len(leaf.text) <= 20:
            kinds = kinds_of(leaf.text.lower()) & (OUTWARD | {DELETE})
            if len(kinds) == 1:
                return next(iter(kinds))
    return ""


def _of_command(topic: frozenset[str], found: tuple[Leaf, ...]) -> tuple[str, frozenset[str]]:
    """What a tool named after a program does: the verb in its command line, and what follows it."""
    line = " ".join(leaf.text for leaf in found if leaf.key in _COMMAND_LINES)[:400].lower()
    words = [word for word in line.split()[:12] if word.isalpha()]
    for place, word in enumerate(words[:4]):
        if act_of(word) != OTHER:
            return act_of(word), frozenset(map(meaning, words[place + 1 : place + 3])) or topic
    return OTHER, topic


def _aims(key: str, text: str) -> list[Aim]:
    kind = kind_of(text)
    if kind in DESTINATIONS:
        return [Aim(key, _compare(text, kind), "destination", kind)]
    words = frozenset(words_of(key))
    short = len(text) <= 120 and "\n" not in text
    found: list[Aim] = []
    if words.isdisjoint(_PAYLOAD) or not words.isdisjoint(_OBJECT | _DESTINATION):
        telling = " " in text.strip() or (len(text) >= 4 and any(char.isdigit() for char in text))
        thing = not words.isdisjoint(_OBJECT) or kind in ("id", "path") or bool(key and telling)
        part = "destination" if not words.isdisjoint(_DESTINATION) else "object" if thing else ""
        value = canonical(text)
        if part and short and len(value) >= 2 and any(char.isalnum() for char in value):
            return [Aim(key, value, part, kind), *_named_in(key, text, kind)]
        if key and short and len(value) >= 4 and value.isalpha() and value not in _PLAIN_WORDS:
            return [Aim(key, value, "word")]
    if len(text) >= 8:
        whole = fold(text[:4_000])
        found += [
            Aim(key, value.text, "destination", value.kind, whole)
            for value in find_values(text)[:20]
            if value.kind in DESTINATIONS
        ]
        if not words.isdisjoint(_COMMANDS):
            found += [
                Aim(key, token, "object", "", whole)
                for token in dict.fromkeys(map(canonical, text.split()))
                if _rare(token)
            ]
        found += [Aim(key, token, "object", "", whole) for token in _keys(text)]
        found.append(Aim(key, whole, "payload"))
    return found


def _named_in(key: str, text: str, kind: str) -> list[Aim]:
    """Addresses that a short argument names beside other words: `Bob <bob@outside.example>`, or several of them."""
    if kind or not any(sign in text for sign in "@./"):
        return []
    values = find_values(text)[:20]
    return [Aim(key, value.text, "destination", value.kind) for value in values if value.kind in _ADDRESSED]


def _keys(text: str) -> list[str]:
    """Words of a text that can only be keys, hashes or long numbers of something."""
    long = (word for word in text[:2_000].split() if 16 <= len(word) <= 400)
    return [token for token in dict.fromkeys(map(canonical, long)) if sum(char.isdigit() for char in token) >= 4][:10]


def _rare(token: str) -> bool:
    """Whether a word of a command is one that does not turn up by chance: a path, a package with a version, a key."""
    return len(token) >= 8 and (any(sign in token for sign in "/@=_") or sum(char.isdigit() for char in token) >= 2)


def _compare(text: str, kind: str) -> str:
    if kind == "phone":
        return "".join(char for char in text if char.isdigit() or char == "+")
    return canonical(text).replace(" ", "") if kind == "iban" else canonical(text)
