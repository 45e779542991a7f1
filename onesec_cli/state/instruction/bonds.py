"""What ties a call to an instruction: a value, the tool's name, dictated words, or the act and the thing it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from onesec_cli.state.call.deeds import Aim, Deed
from onesec_cli.state.instruction.obedience import Session
from onesec_cli.state.instruction.sources import Line, Source, host_of
from onesec_cli.state.instruction.wish import Wish
from onesec_cli.state.text.tools import words_of
from onesec_cli.state.text.values import find_values, packed, stands_in
from onesec_cli.state.text.verbs import OTHER, alike, meaning
from onesec_cli.state.wordlists import remembered, word_set

_PROCEDURES: Final = word_set("tools.procedures")
"""Words in the names of tools that look up how something is to be done."""
_NUMBERS: Final = ("iban", "phone")
_WORD: Final = re.compile(r"[^\W_]+")
_PLACES: Final = ("url", "host", "ip")


class Bond(Struct, frozen=True, gc=False):
    """Why a call is taken to do what an instruction said."""

    source: Source
    line: Line
    ground: str
    """`value`, `tool`, `topic` or `payload`."""
    value: str
    key: str
    part: str
    kind: str
    within: bool = False
    """Whether the value is only a part of the argument."""


def bonds(session: Session, deed: Deed, trusted: tuple[str, ...]) -> Iterator[Bond]:
    """Every instruction that the call does, with what ties them together; nothing the user gave ties.

    A source is looked at line by line only where something of the call stands in it.
    """
    aims = [aim for aim in deed.aims if not given(session.wish, aim) and not (trusted and _trusted(aim, trusted))]
    name = _own_name(deed.tool)
    for source in (*session.sources, *_archived(session, aims)):
        named = bool(name) and name in source.said
        about = not deed.topic.isdisjoint(meanings(source.said))
        near = [aim for aim in aims if _may_hold(source, aim) and not used_before(session, aim, source)]
        if not (named or about or near):
            continue
        leads = [line.lead for line in source.lines if line.lead]
        near = [aim for aim in near if not _carries(aim, leads)]
        if not (named or about) and all(aim.part == "word" for aim in near) and len(near) < (1 if source.marked else 2):
            continue
        for line in source.lines:
            yield from _tie(source, line, deed, near, name if named else "", about)


def used_before(session: Session, aim: Aim, source: Source) -> bool:
    """Whether the agent had used a value before it read a text that holds it too."""
    return session.acted.get(aim.value, session.seen) <= source.number


def of_procedures(source: Source) -> bool:
    """Whether a text was looked up where procedures are kept, which agents are given to follow."""
    return not _PROCEDURES.isdisjoint(words_of(source.tool))


def _archived(session: Session, aims: list[Aim]) -> list[Source]:
    """Texts that were read long ago, or were too long, and name a value of the call."""
    if not session.archive.sources:
        return []
    return session.archive.naming([name for aim in aims for name in (aim.value, _host(aim))])


def _may_hold(source: Source, aim: Aim) -> bool:
    if aim.part == "payload":
        return any(quote in aim.value for line in source.lines for quote in line.quotes)
    if aim.kind in _NUMBERS:
        return aim.value in packed(source.said)
    return (_host(aim) if aim.kind in _PLACES else aim.value) in source.said


def _host(aim: Aim) -> str:
    return host_of(aim.value)


def _held(line: Line, aim: Aim) -> str:
    """What of a value an instruction holds: all of it, or of an address all but what was added to it."""
    if aim.kind in _NUMBERS:
        return aim.value if aim.value in packed(line.folded) else ""
    if stands_in(line.folded, aim.value):
        return aim.value
    if aim.kind in _PLACES:
        whole = (value.text for value in find_values(line.text) if value.kind in _PLACES)
        return next((value for value in whole if len(value) >= 6 and aim.value.startswith(value)), "")
    return ""


def _trusted(aim: Aim, trusted: tuple[str, ...]) -> bool:
    """Whether a destination is one that the policy names: itself, its host, or a domain it is below."""
    place = aim.value.partition("/")[0].rpartition("@")[2].partition(":")[0]
    return any(
        aim.value == one.casefold() or place == one.casefold() or place.endswith("." + one.casefold())
        for one in trusted
    )


def given(wish: Wish, aim: Aim) -> bool:
    """Whether a trusted voice gave the value of an argument."""
    if aim.kind in _PLACES:
        return wish.knows_place(aim.value)
    return wish.knows_number(aim.value) if aim.kind in _NUMBERS else wish.knows(aim.value)


def _carries(aim: Aim, leads: list[str]) -> bool:
    """Whether an argument hands on the words of an instruction as they stand: it quotes the text, it does not obey it."""
    whole = aim.within or aim.value
    return len(whole) >= 40 and any(lead in whole for lead in leads)


def _tie(source: Source, line: Line, deed: Deed, aims: list[Aim], name: str, about: bool) -> Iterator[Bond]:
    words = [aim for aim in aims if aim.part == "word" and stands_in(line.folded, aim.value)] if aims else aims
    if words and len({aim.value for aim in words}) > (0 if line.marked else 1):
        yield Bond(source, line, "value", ", ".join(aim.value for aim in words[:5]), words[0].key, "object", "")
    for aim in aims:
        if aim.part == "word":
            continue
        if aim.part == "payload":
            quoted = next((quote for quote in line.quotes if quote in aim.value), "")
            if quoted:
                yield Bond(source, line, "payload", quoted, aim.key, aim.part, aim.kind)
        elif value := _held(line, aim):
            yield Bond(source, line, "value", value, aim.key, aim.part, aim.kind, bool(aim.within))
    if name and name in line.folded:
        yield Bond(source, line, "tool", deed.tool, "", "", "")
    elif about and _about(line, deed):
        yield Bond(source, line, "topic", " ".join(sorted(deed.topic)), "", "", "")


@remembered(8192)
def meanings(text: str) -> frozenset[str]:
    """Meanings of the words of an instruction."""
    return frozenset(meaning(word) for word in _packed_words(text))


def _packed_words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _about(line: Line, deed: Deed) -> bool:
    """Whether an instruction asks for such an act on such a thing; where its verb is not known, on all of the thing."""
    if OTHER in line.kinds and len(line.kinds) == 1:
        return len(deed.topic) >= 2 and deed.topic <= meanings(line.text)
    return _covers(line.text, deed.topic) and alike(frozenset(line.kinds), deed.act)


def _covers(text: str, topic: frozenset[str]) -> bool:
    """Whether an instruction speaks of what a tool is about."""
    return bool(topic) and 2 * len(topic & meanings(text)) >= len(topic)


@remembered(4096)
def _own_name(tool: str) -> str:
    """The name of a tool as an instruction would write it; empty where it is a plain word."""
    last = tool.rsplit("__", 1)[-1]
    return last.casefold() if len(last) >= 6 and ("_" in last or "-" in last or len(words_of(last)) > 1) else ""
