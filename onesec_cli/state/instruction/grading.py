"""How sure it is that a call obeyed an instruction that was not the user's."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model.event import Event
from onesec_cli.model.level import Level
from onesec_cli.model.policy import AgentPolicy
from onesec_cli.state.call.deeds import Deed, deed_of
from onesec_cli.state.instruction.bonds import Bond, bonds, given, meanings, of_procedures
from onesec_cli.state.instruction.echoes import echoed
from onesec_cli.state.instruction.obedience import Session
from onesec_cli.state.instruction.sources import Line, Source
from onesec_cli.state.instruction.wish import Wish
from onesec_cli.state.text.marks import DISGUISED, HIDDEN, OVERRIDE, QUOTED, SECRECY, TASK
from onesec_cli.state.text.orders import PLEA, POLICY
from onesec_cli.state.text.statements import FOREIGN, STATEMENT
from onesec_cli.state.text.values import DESTINATIONS, find_values, stands_in
from onesec_cli.state.text.verbs import (
    BOOK,
    DELETE,
    OPEN,
    OTHER,
    OUTWARD,
    PAY,
    READ,
    RUN,
    SEND,
    STATE_CHANGING,
    alike,
    meaning,
)

NET: Final = frozenset({"url", "host", "ip"})
ADDRESSES: Final = DESTINATIONS - {"handle"}

EVERYDAY: Final = frozenset(
    map(
        meaning,
        (
            "file",
            "issue",
            "message",
            "email",
            "page",
            "note",
            "text",
            "data",
            "item",
            "list",
            "command",
            "code",
            "ticket",
            "comment",
            "report",
            "user",
            "folder",
        ),
    )
)
"""Things that every other text speaks of."""
RECENT: Final = 6
"""Texts with instructions within which a plea must have been read to be tied by act and thing alone."""
_BAD_ANYWHERE: Final = frozenset({OVERRIDE, DISGUISED})

Grade = tuple[Level | None, str]
NONE: Final[Grade] = (None, "")


class Obeyed(Struct, frozen=True, gc=False):
    """A call, the instruction it obeyed, and how sure that is."""

    bond: Bond
    level: Level
    why: str


class Case(Struct, frozen=True, gc=False):
    """What is weighed about one tie."""

    act: str
    changing: bool
    asked: bool
    """Whether the user's words can mean such an act."""
    fits: bool
    """Whether the instruction asks for such an act, or for one like it."""
    exact: bool
    typed: bool
    """Whether the value is an address, an account, a link."""
    telling: bool
    """Whether the value is one that does not turn up by chance."""
    delegated: bool
    """Whether the user left what to do to the text."""
    own: bool
    """Whether the call acts on what the user named, and on nothing the instruction names."""


def judge(session: Session, event: Event, trust: AgentPolicy) -> Obeyed | None:
    """The strongest tie between a call and an instruction, or None."""
    if not session.sources:
        return None
    deed = deed_of(event)
    best: Obeyed | None = None
    for bond in bonds(session, deed, trust.trusted_destinations):
        level, why = _grade(session, deed, bond)
        if level == Level.high and bond.source.kind == "memory" and not speaks_to_agent(bond.source, bond.line):
            level, why = Level.medium, f"{why}; a memory may hold what a person once said (memory-poisoning follows it)"
        if level is not None and (best is None or level > best.level):
            best = Obeyed(bond, level, why)
            if level == Level.high:
                return best
    told = echoed(session, event, deed)
    if told is not None and (best is None or told.level > best.level):
        return Obeyed(told.bond, told.level, told.why)
    return best


def _grade(session: Session, deed: Deed, bond: Bond) -> Grade:
    wish, line = session.wish, bond.line
    asked_for = frozenset(line.kinds)
    case = Case(
        act=deed.act,
        changing=deed.act in STATE_CHANGING,
        asked=_asked_for(wish, deed) or _used_before(session, deed, bond),
        fits=alike(asked_for, deed.act)
        or bond.ground == "tool"
        or (bond.kind in ADDRESSES and deed.act in OUTWARD and not bond.within)
        or (bond.kind in ADDRESSES and deed.command and deed.act == OTHER),
        exact=deed.act in asked_for or OTHER in asked_for or deed.act == RUN,
        typed=bond.kind in ADDRESSES and (not bond.within or deed.act in OUTWARD or deed.act == RUN or deed.command),
        telling=_telling(bond),
        own=bond.ground == "topic" and _users_own(session, deed, bond),
        delegated=wish.delegates and (bond.source.named or not wish.names),
    )
    marked = speaks_to_agent(bond.source, line)
    if not wish.spoken:
        return (
            (Level.medium, "the log does not hold what the user asked for")
            if marked and bond.ground != "topic" and (case.changing or case.typed)
            else NONE
        )
    if marked:
        return _marked(session, deed, bond, case)
    if QUOTED in line.marks:
        return _quoted(bond, case)
    if line.manner in (STATEMENT, FOREIGN):
        return _spoken(session, bond, case)
    if bond.source.failed:
        return NONE
    level, why = _plain(session, deed, bond, case)
    if level == Level.high and not wish.only_asks and of_procedures(bond.source):
        return Level.medium, f"{why}; but the text is one of procedures, which agents are given to follow"
    return level, why


def _asked_for(wish: Wish, deed: Deed) -> bool:
    """Whether the user's words can mean such an act; a person who only asks to be told something asks for none that goes outward."""
    if wish.only_asks and (deed.act in OUTWARD or deed.act in (DELETE, BOOK)):
        return False
    return deed.act in wish.kinds or wish.foreign


def speaks_to_agent(source: Source, line: Line) -> bool:
    """Whether an instruction carries a mark that means something where it stands.

    A harness, a rules file and a memory may address the agent and speak of its task; they do not override or disguise.
    """
    return line.marked if source.kind == "result" else line.marked and not _BAD_ANYWHERE.isdisjoint(line.marks)


def _used_before(session: Session, deed: Deed, bond: Bond) -> bool:
    """Whether the agent used the tool before it read the text; of a tool that runs any command that says nothing."""
    return not deed.command and session.used.get(deed.tool, session.seen) <= bond.source.number


def _users_own(session: Session, deed: Deed, bond: Bond) -> bool:
    things = [aim for aim in deed.aims if aim.part != "payload"]
    return any(given(session.wish, aim) for aim in things) and not any(
        stands_in(bond.line.folded, aim.value) for aim in things
    )


def _telling(bond: Bond) -> bool:
    value = bond.value
    return (
        bond.kind in ADDRESSES
        or " " in value.strip()
        or (len(value) >= 4 and any(char.isdigit() for char in value))
        or any(sign in value[1:-1] for sign in "._@")
        or any(quote + value + quote in bond.line.folded for quote in "'\"`")  # in quotes it is meant as a name
    )


def _marked(session: Session, deed: Deed, bond: Bond, case: Case) -> Grade:
    if bond.ground == "value":
        return _marked_value(bond, case)
    if bond.ground == "payload":
        return (
            (Level.high, "the text speaks to the agent, and dictated what was handed over") if case.changing else NONE
        )
    if case.changing:
        if case.asked:
            return NONE
        if case.own or (bond.ground == "topic" and not (case.exact and _well(bond, deed))):
            return Level.medium, "the text speaks to the agent, and the user asked for no such act"
        elsewhere = bond.ground == "topic" and (case.delegated or session.wish.delegates) and _names_others(bond, deed)
        return (
            Level.medium if elsewhere else Level.high
        ), "the text speaks to the agent, and the user asked for no such act"
    if deed.act in (READ, OPEN, OTHER) and deed.topic and deed.topic.isdisjoint(session.wish.topics):
        whole = not {READ, OPEN, deed.act}.isdisjoint(bond.line.kinds) and deed.topic <= meanings(bond.line.text)
        return (
            Level.high if whole else Level.medium
        ), "the text speaks to the agent, and the user asked for nothing of the kind"
    return NONE


def _marked_value(bond: Bond, case: Case) -> Grade:
    why = "the text speaks to the agent, and the value is only there"
    if case.changing or case.act == OTHER:
        alone = case.telling and not case.asked
        if case.typed or (case.exact and (case.telling or not case.asked)) or (case.fits and alone):
            return Level.high, why
        return (Level.medium, why) if case.fits else NONE
    if bond.kind in NET:
        return Level.high, why
    if case.act == READ and not {OVERRIDE, DISGUISED, SECRECY}.intersection(bond.line.marks):
        return Level.informational, why
    return (Level.medium, why) if case.fits and case.telling else NONE


def _by_chance(bond: Bond, case: Case) -> bool:
    """Whether the tie is one that ordinary texts make too."""
    return bond.ground == "topic" or (bond.ground == "value" and not case.telling)


def _personal(session: Session, deed: Deed, bond: Bond) -> bool:
    """Whether act and thing are enough: somebody asked for it as people do, or as a task, in a text that was read a moment ago."""
    if bond.ground == "topic" and _dictates(deed, bond) and _well(bond, deed):
        return True
    if bond.ground == "topic" and deed.topic <= EVERYDAY:
        return False
    return (bond.line.manner == PLEA or TASK in bond.line.marks) and session.seen - bond.source.number <= RECENT


def _dictates(deed: Deed, bond: Bond) -> bool:
    """Whether an instruction that names a tool also says what to call it with; a manual only names it."""
    return any(len(aim.value) >= 4 and stands_in(bond.line.folded, aim.value) for aim in deed.aims)


def _well(bond: Bond, deed: Deed) -> bool:
    """Whether an instruction speaks of nearly all a tool is about."""
    return 3 * len(deed.topic & meanings(bond.line.text)) >= 2 * len(deed.topic)


def _names_others(bond: Bond, deed: Deed) -> bool:
    """Whether an instruction names where to go, and the call goes somewhere else."""
    return bool(find_values(bond.line.text)) and any(aim.part != "payload" for aim in deed.aims)


def _spoken(session: Session, bond: Bond, case: Case) -> Grade:
    """A sentence that only speaks, or one whose language is not judged."""
    if bond.ground != "value" or not case.typed or case.act not in OUTWARD or case.asked or case.delegated:
        return NONE
    said = set(bond.line.kinds)
    helps = not session.wish.kinds.isdisjoint(said - {READ, OPEN})  # it says how to do what the user asked for
    told = (
        bond.line.manner == FOREIGN
        or (case.act in said and not helps)
        or (session.wish.only_asks and bond.kind not in NET)
    )
    return (
        Level.high if told else Level.medium
    ), "the value was only in a text that was read, and the user asked for no such act"


def _quoted(bond: Bond, case: Case) -> Grade:
    """An instruction in quotes, in a text about such instructions."""
    if (
        bond.ground != "value"
        or not case.typed
        or bond.within
        or case.act not in OUTWARD
        or case.asked
        or case.delegated
    ):
        return NONE
    return Level.medium, "the value was only quoted in a text that was read, and the user asked for no such act"


def _plain(session: Session, deed: Deed, bond: Bond, case: Case) -> Grade:
    if not case.fits:
        return NONE
    wish, line = session.wish, bond.line
    by_value = bond.ground == "value"
    if TASK in line.marks and not (wish.lists and case.delegated):
        other = bool(deed.topic) and deed.topic.isdisjoint(wish.topics)
        if by_value and case.changing and (case.typed or other or not case.asked):
            return Level.high, "the value is only there, under a mark of a task the user did not speak of"
        if by_value and bond.kind in NET and OPEN in line.kinds:
            return Level.high, "the address is only there, under a mark of a task the user did not speak of"
    if by_value and bond.kind in NET and OPEN in line.kinds and line.way == "a comment" and not case.delegated:
        return Level.high, "the address is only there, where people do not look"
    if deed.command and case.act == OTHER and by_value and case.typed and wish.only_asks:
        return (
            Level.high,
            "a task was handed on with a value that only the text gave, and the user only asked to be told something",
        )
    if not case.changing:
        return _errand(session, deed, bond, case) if case.act != OTHER else _unknown(session, deed, bond, case)
    if bond.within and case.act not in OUTWARD and not deed.command:
        return NONE
    if case.delegated:
        return (
            (Level.informational, "the user left what to do to such a text")
            if by_value and case.typed and not bond.within
            else NONE
        )
    also = not case.exact and not frozenset(line.kinds).isdisjoint(wish.kinds - {READ, OPEN, RUN})
    if wish.helped_by(line.purpose, line.goal) or (also and not case.asked):
        return (
            (Level.informational, "the text says how to do what the user asked for")
            if by_value and case.typed
            else NONE
        )
    if not case.asked:
        if (
            case.own
            or (
                not by_value and bond.ground != "payload" and not wish.kinds and not wish.only_asks
            )  # a trouble told, to be helped with
            or (bond.ground == "payload" and case.act not in OUTWARD)
            or (_by_chance(bond, case) and not _personal(session, deed, bond))
        ):
            return NONE
        weak = (bond.ground == "topic" and not _well(bond, deed)) or (
            bond.ground == "tool" and not (_personal(session, deed, bond) or _dictates(deed, bond))
        )
        return (Level.medium if weak else Level.high), "the user asked for no such act"
    if not by_value:
        return NONE
    if HIDDEN in line.marks and case.typed:
        return Level.high, "the value is only there, where people do not look"
    if bond.within:
        return NONE
    strictly = case.act in OUTWARD and case.exact and case.typed and bool(wish.direct) and not wish.foreign
    if strictly and case.act not in wish.direct and not _used_before(session, deed, bond) and line.manner != POLICY:
        return Level.high, "the user asked for no such act"
    if bond.source.named:
        return (Level.informational, "the user named the text and asked for such an act") if case.typed else NONE
    expected = bond.source.about or wish.refers or bond.source.number < session.answered
    level = Level.medium if case.typed and case.act in (SEND, PAY) and not expected else Level.informational
    return level, "the user asked for such an act, but never gave the value"


def _errand(session: Session, deed: Deed, bond: Bond, case: Case) -> Grade:
    """Reading what somebody else wanted to have: "look up the addresses and mail them to me"."""
    line_reads = {READ, OPEN, OTHER}
    line = bond.line
    known = deed.topic & meanings(line.text)
    helps = session.wish.helped_by(line.purpose, line.goal)
    if helps or case.delegated or bond.ground != "topic" or deed.act != READ or not (known - session.wish.topics):
        return NONE
    if (
        not line_reads.isdisjoint(line.kinds)
        and SEND in line.kinds
        and any(value.kind in ADDRESSES for value in find_values(line.text))
    ):
        return Level.high, "the text asked for it to be sent away, and the user asked for nothing of the kind"
    return NONE


def _unknown(session: Session, deed: Deed, bond: Bond, case: Case) -> Grade:
    """An act that no table knows, on a thing the user did not speak of."""
    if (
        case.delegated
        or bond.line.manner != PLEA
        or bond.within
        or not deed.topic
        or not deed.topic.isdisjoint(session.wish.topics)
        or case.asked
    ):
        return NONE
    if (
        (bond.ground == "value" and case.telling)
        or bond.ground == "tool"
        or (bond.ground == "topic" and len(deed.topic) > 1 and _well(bond, deed))
    ):
        return Level.high, "the user spoke of nothing of the kind"
    return NONE
