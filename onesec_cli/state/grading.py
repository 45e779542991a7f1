"""How sure it is that a call obeyed an instruction that was not the user's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from onesec_cli.model.level import Level
from onesec_cli.state.deeds import Deed
from onesec_cli.state.obedience import Bond, Session, bonds, harness_marks, meanings
from onesec_cli.state.text.marks import HIDDEN, TASK
from onesec_cli.state.text.sentences import FOREIGN, STATEMENT
from onesec_cli.state.text.values import DESTINATIONS
from onesec_cli.state.text.verbs import OPEN, OTHER, OUTWARD, PAY, READ, SEND, STATE_CHANGING, alike

_NET: Final = frozenset({"url", "host", "ip"})


class Obeyed(Struct, frozen=True, gc=False):
    """A call, the instruction it obeyed, and how sure that is."""

    bond: Bond
    level: Level
    why: str


def judge(session: Session, deed: Deed) -> Obeyed | None:
    """The strongest tie between a call and an instruction, or None."""
    best: Obeyed | None = None
    for bond in bonds(session, deed):
        level, why = _grade(session, deed, bond)
        if level is not None and (best is None or level > best.level):
            best = Obeyed(bond, level, why)
    return best


def _grade(session: Session, deed: Deed, bond: Bond) -> tuple[Level | None, str]:
    wish, line = session.wish, bond.line
    marked = line.marked if bond.source.kind != "context" else harness_marks(line)
    changing = deed.act in STATE_CHANGING
    asked = deed.act in wish.kinds or wish.foreign
    fits = alike(frozenset(line.kinds), deed.act)
    typed = bond.kind in DESTINATIONS
    if not wish.spoken:
        return (
            (Level.medium, "the log does not hold what the user asked for")
            if marked and (changing or typed)
            else (None, "")
        )
    if marked:
        return _marked(session, deed, bond, changing, asked, fits, typed)
    if line.manner in (STATEMENT, FOREIGN):
        if bond.ground != "value" or not typed or not changing or deed.act not in OUTWARD:
            return None, ""
        if asked or wish.delegates:
            return None, ""
        return (
            Level.high if line.manner == FOREIGN else Level.medium
        ), "the value was only in a text that was read, and the user asked for no such act"
    if bond.source.failed:
        return None, ""
    return _plain(session, deed, bond, changing, asked, fits, typed)


def _marked(
    session: Session, deed: Deed, bond: Bond, changing: bool, asked: bool, fits: bool, typed: bool
) -> tuple[Level | None, str]:
    line = bond.line
    if bond.ground == "value":
        if changing and (fits or typed):
            return Level.high, "the text speaks to the agent, and the value is only there"
        if bond.kind in _NET:
            return Level.high, "the text speaks to the agent, and the address is only there"
        return (Level.medium if fits else None), "the text speaks to the agent"
    if bond.ground == "payload":
        return (Level.high if changing else None), "the text speaks to the agent, and dictated what was handed over"
    if asked and changing:
        return None, ""
    if changing:
        return Level.high, "the text speaks to the agent, and the user asked for no such act"
    if deed.act in (READ, OPEN, OTHER) and deed.topic and deed.topic.isdisjoint(session.wish.topics):
        whole = READ in line.kinds and deed.topic <= meanings(line.text)
        return (
            Level.high if whole else Level.medium
        ), "the text speaks to the agent, and the user asked for nothing of the kind"
    return None, ""


def _plain(
    session: Session, deed: Deed, bond: Bond, changing: bool, asked: bool, fits: bool, typed: bool
) -> tuple[Level | None, str]:
    wish, line = session.wish, bond.line
    if not fits:
        return None, ""
    if TASK in line.marks and changing and not wish.lists:
        other = bool(deed.topic) and deed.topic.isdisjoint(wish.topics)
        if bond.ground == "value" and (typed or other or not asked):
            return Level.high, "the value is only there, under a mark of a task the user did not speak of"
    if not changing:
        return (Level.medium, "the address is only there") if bond.kind in _NET and TASK in line.marks else (None, "")
    if wish.delegates:
        return (
            (Level.informational, "the user left what to do to such a text") if bond.ground == "value" else (None, "")
        )
    if not asked:
        return Level.high, "the user asked for no such act"
    if bond.ground == "value":
        if HIDDEN in line.marks and typed:
            return Level.high, "the value is only there, where people do not look"
        if bond.source.named:
            return Level.informational, "the user named the text and asked for such an act"
        level = Level.medium if typed and deed.act in (SEND, PAY) else Level.low
        return level, "the user asked for such an act, but never gave the value"
    return None, ""


def sources_obeyed(found: Iterator[Obeyed]) -> set[str]:
    """Ids of the events whose text was obeyed."""
    return {one.bond.source.event_id for one in found}
