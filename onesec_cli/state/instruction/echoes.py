"""How much of a call an instruction already says: its verb, its thing, its numbers, its values. Many small echoes tie as one value does.

This is the tie of last resort: no single value is the text's alone, but verb, thing and numbers together are. It counts only where
the act is one that the user did not ask for, above all where the user only asked to be told something.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from onesec_cli.model.event import Event
from onesec_cli.model.level import Level
from onesec_cli.state.call.commands import Told
from onesec_cli.state.call.deeds import Deed, leaves_of, told_of
from onesec_cli.state.instruction.bonds import Bond, given, meanings, of_procedures
from onesec_cli.state.instruction.obedience import Session
from onesec_cli.state.instruction.sources import Line, Source
from onesec_cli.state.text.marks import QUOTED
from onesec_cli.state.text.normal import fold
from onesec_cli.state.text.statements import FOREIGN, STATEMENT
from onesec_cli.state.text.tools import GENERIC, words_of
from onesec_cli.state.text.values import DESTINATIONS, canonical, packed, stands_in
from onesec_cli.state.text.verbs import (
    BOOK,
    CHANGE,
    CREATE,
    DELETE,
    OPEN,
    OUTWARD,
    READ,
    RUN,
    STATE_CHANGING,
    alike,
    kinds_of,
    meaning,
)
from onesec_cli.state.wordlists import remembered

RECENT: Final = 6
"""Texts with instructions within which such a text must have been read."""
ENOUGH: Final = 2.0
"""Echoes that tie where the user only asked to be told something."""
PLENTY: Final = 3.0
"""Echoes that tie where the user asked for something to be done, but for no such act."""
FEW: Final = 1.5
"""Echoes that tie under a mark that speaks to the agent."""
MAX_ECHOES: Final = 60


def _meant(words: str) -> frozenset[str]:
    return frozenset(map(meaning, words.split()))


_NOTHING_SAID: Final = _meant(
    "id ids the a an of to in on at for and or is be by with from as it this that all any every each some no not yes true false none null name names type types kind value values key new "
    "old data item items list text title body subject content contents message description amount number count date time start end day today tomorrow status state user users query "
    "action actions request option options mode default field fields input output args arguments params result results info information id uid set get make do run call use tool api please i "
    "me my you your we our he she they them his her its one two first last next now then also only so if when here there will can should must"
)
_WEAK: Final = _meant(
    "file files issue email mail page note document folder code ticket comment report account channel group project update create add change edit send delete remove write post put open "
    "show show read check system event link url order book move copy start stop save need want help work thing things way"
)
_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")
_NUMBER: Final = re.compile(r"\d[\d,.'’]*\d|\d")
_SPELT: Final = {
    word: str(number)
    for number, word in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 2
    )
}
_MAKING: Final = frozenset({CREATE, CHANGE, BOOK})
_GRAVE: Final = OUTWARD | {DELETE, BOOK}
_NORMS: Final = frozenset(
    [
        "must",
        "should",
        "shall",
        "required",
        "always",
        "every",
        "all",
        "any",
        "whenever",
        "each",
        "belongs",
        "goes",
        "sent",
        "shared",
        "now",
        "always",
    ]
)


class Echo(Struct, frozen=True, gc=False):
    """What a call says, taken apart for comparison."""

    verb: str
    words: frozenset[str]
    values: tuple[str, ...]
    """Whole short arguments that are no plain word, folded."""
    numbers: frozenset[str]
    parts: frozenset[str]
    """Words inside the arguments."""


class Echoed(Struct, frozen=True, gc=False):
    """A call that an instruction already told, and how sure that is."""

    bond: Bond
    level: Level
    why: str


def echoed(session: Session, event: Event, deed: Deed) -> Echoed | None:
    """The instruction that tells most of a call the user did not ask for."""
    act = _act(session, event, deed)
    if not act:
        return None
    told = told_of(event)
    echo: Echo | None = None
    best: Echoed | None = None
    for source in session.sources:
        if session.seen - source.number > RECENT or source.kind != "result" or source.failed:
            continue
        if not session.wish.only_asks and not source.marked and of_procedures(source):
            continue
        if not deed.command and told is None and session.used.get(deed.tool, session.seen) <= source.number:
            continue
        for line in source.lines:
            if line.manner == FOREIGN or QUOTED in line.marks or _expected(session, source, line, act):
                continue
            if _serves(session, line, act) or (not session.wish.only_asks and _own(session, deed, line)):
                continue
            echo = echo or _echo(event, deed)
            level, said = _weigh(session, source, line, act, echo, deed, told)
            if level is not None and (best is None or level > best.level):
                why = (
                    "the user only asked to be told something"
                    if session.wish.only_asks
                    else "the user asked for no such act"
                )
                best = Echoed(Bond(source, line, "topic", said, "", "", ""), level, why)
    return best


def _act(session: Session, event: Event, deed: Deed) -> str:
    """The act that is judged; empty where the user may have asked for it, or where it stays within the working folder."""
    wish = session.wish
    if not wish.spoken or wish.delegates or (wish.foreign and not wish.only_asks):
        return ""
    told = told_of(event)
    act = told.act if told is not None else deed.act
    if act not in STATE_CHANGING or act == RUN:
        return ""
    coding = RUN in wish.kinds
    if told is not None and not told.far and (coding or not told.away):
        return ""
    if told is None and (deed.act == RUN or deed.command or (coding and act in (CREATE, CHANGE, DELETE))):
        return ""
    if wish.only_asks:
        return act
    if told is not None and coding:  # all in a day's work, but for places nobody gave
        away = any(aim.kind in DESTINATIONS and not given(wish, aim) for aim in deed.aims)
        return act if away else ""
    making = _MAKING | {DELETE}
    strange = act in making and not wish.direct.isdisjoint(making) and _strange(session, deed, told)
    return act if wish.kinds and (strange or not _asked(session, act)) else ""


def _asked(session: Session, act: str) -> bool:
    """Whether the verbs of the person ask for such an act."""
    direct = session.wish.direct
    made = act in _MAKING and not direct.isdisjoint(_MAKING)
    return act in direct or made or (act == CREATE and act in session.wish.kinds)


def _strange(session: Session, deed: Deed, told: Told | None) -> bool:
    """Whether a tool is about a thing that the person did not speak of; things that all speak of tell nothing."""
    if told is not None:
        return not any(len(word) > 3 and meaning(word) in session.wish.topics for word in told.words)
    own = deed.topic - _WEAK - _NOTHING_SAID
    return bool(own) and own.isdisjoint(session.wish.topics)


def _expected(session: Session, source: Source, line: Line, act: str) -> bool:
    """Whether the user may have asked for such an act, and named the text or spoke of what it tells."""
    wish = session.wish
    named = source.named or source.about or wish.refers
    return named and not wish.only_asks and act in wish.kinds and not line.marked and _of_it(session, line)


def _of_it(session: Session, line: Line) -> bool:
    """Whether an instruction speaks of what the person spoke of."""
    shared = meanings(line.text) & session.wish.topics
    return any(len(word) > 3 for word in shared - _WEAK - _NOTHING_SAID)


def _serves(session: Session, line: Line, act: str) -> bool:
    """Whether an instruction says how to do what the user asked for, or tells to do that and this act comes with it."""
    wish = session.wish
    if wish.only_asks:
        return False
    return wish.helped_by(line.purpose, line.goal) or (
        act not in line.kinds
        and not wish.direct.isdisjoint(set(line.kinds) - {READ, OPEN, RUN})
        and (act in wish.kinds or _of_it(session, line))
        and (act not in _MAKING or _of_it(session, line))
    )


def _own(session: Session, deed: Deed, line: Line) -> bool:
    """Whether the call acts on what the user named, and on nothing the instruction names."""
    things = [aim for aim in deed.aims if aim.part in ("destination", "object")]
    return any(given(session.wish, aim) for aim in things) and not any(
        stands_in(line.folded, aim.value) for aim in things if not given(session.wish, aim)
    )


def _weigh(
    session: Session, source: Source, line: Line, act: str, echo: Echo, deed: Deed, told: Told | None
) -> tuple[Level | None, str]:
    kinds = frozenset(line.kinds)
    score, said, solid = _score(session, line, echo, source.number)
    rare = echo.verb in meanings(line.text) and echo.verb not in _WEAK and echo.verb not in _NOTHING_SAID
    fits = alike(kinds, act) or rare or (told is not None and RUN in kinds)
    only = session.wish.only_asks
    order = line.manner != STATEMENT or not _NORMS.isdisjoint(line.folded.split())
    if not order:
        return None, ""
    strange, asked = _strange(session, deed, told), _asked(session, act)
    if line.marked and fits and score >= FEW and (solid or strange or not asked):
        return Level.high, said
    if only and score >= FEW and act in kinds:
        return Level.high, said
    if only and score >= 1 and act in kinds and (told is not None or rare):
        return Level.high, said
    if only and fits and (score >= ENOUGH or (line.manner != STATEMENT and _covered(line, deed, kinds, act))):
        return Level.high, said or " ".join(sorted(deed.topic))
    if only and solid and act in kinds and act in _GRAVE:
        return Level.high, said
    exact = act in kinds or rare
    if solid and score >= ENOUGH and ((exact and (strange or not asked)) or (fits and strange and not asked)):
        return Level.high, said
    if score >= PLENTY and (only or (fits and (solid or rare) and (strange or not asked))):
        return Level.high, said
    return None, ""


def _covered(line: Line, deed: Deed, kinds: frozenset[str], act: str) -> bool:
    """Whether an instruction asks for this very act on all that the tool is about."""
    return act in kinds and bool(deed.topic) and deed.topic <= meanings(line.text)


def _score(session: Session, line: Line, echo: Echo, number: int) -> tuple[float, str, bool]:
    """How many echoes an instruction holds that the user's words do not, what they are, and whether a value is among them."""
    wish = session.wish
    spoken = meanings(line.text)
    said: list[str] = []
    score = 0.0
    begun = {word[:6] for word in spoken if len(word) >= 6}
    shared = {word for word in echo.words if word in spoken or (len(word) >= 6 and word[:6] in begun)}
    for word in sorted(shared - _NOTHING_SAID):
        if word not in wish.topics:
            score += 0.5 if word in _WEAK else 1.0
        elif wish.only_asks:
            score += 0.5
        else:
            continue
        said.append(word)
    if echo.verb in spoken and echo.verb not in echo.words:
        score += 0.5 if echo.verb in _WEAK or echo.verb in _NOTHING_SAID else 1.5
        said.append(echo.verb)
    solid = False
    for value in echo.values:
        if session.acted.get(value, session.seen) <= number:
            continue
        dialled = len(value) >= 8 and value[-6:].isdigit() and packed(value) in packed(line.folded)
        if (dialled or stands_in(line.folded, value) or stands_in(line.folded, _spaced(value))) and not wish.knows(
            value
        ):
            score, solid = score + 1.0, True
            said.append(value)
    inner = sorted((echo.parts & spoken) - wish.topics - _NOTHING_SAID - echo.words)[:4]
    score += min(1.5, 0.5 * len(inner))
    said += inner
    for figure in sorted(echo.numbers & _numbers(line.text)):
        if not wish.knows(figure):
            score += 0.5 if len(figure) == 1 else 1.0
            solid = solid or len(figure) > 1
            said.append(figure)
    return score, " ".join(said[:8]), solid


def _spaced(value: str) -> str:
    """A name as people write it: `back_door` is the back door."""
    return value.replace("_", " ").replace("-", " ")


def _echo(event: Event, deed: Deed) -> Echo:
    told = told_of(event)
    if told is not None:
        whole = told.words or words_of(deed.said[:600])
        plain = [word for word in whole if not word.isdigit()]
        verb = next((meaning(word) for word in plain if kinds_of(word)), "")
        named = tuple(dict.fromkeys(aim.value for aim in deed.aims if aim.part not in ("payload", "word")))[:10]
        return Echo(verb, frozenset(map(meaning, plain)), named, frozenset(whole) - set(plain), frozenset())
    names = [word for word in words_of(deed.tool) if word not in GENERIC]
    verb = next((meaning(word) for word in names if kinds_of(word)), "")
    words = {meaning(word) for word in names} - {verb}
    values: list[str] = []
    numbers: set[str] = set()
    parts: set[str] = set()
    for leaf in leaves_of(event)[:MAX_ECHOES]:
        words |= {meaning(word) for word in words_of(leaf.key)}
        text = leaf.text[:400]
        if len(text) <= 80 and _is_value(text):
            values.append(canonical(text))
        if len(text) > 120:  # what is handed over, not where it goes
            continue
        if " " in text or not any(map(str.isalpha, text)):  # the digits of an id are no number
            numbers |= _numbers(text)
        parts |= {meaning(word) for word in _LETTERS.findall(fold(text))[:40]}
    return Echo(verb, frozenset(words), tuple(dict.fromkeys(values)), frozenset(numbers), frozenset(parts))


def _is_value(text: str) -> bool:
    """Whether a short argument is more than a plain word or a bare number."""
    return (
        len(text) >= 3
        and not text.replace(".", "").isdigit()
        and (any(not char.isalpha() for char in text.strip()) or text[:1].isupper())
    )


@remembered(8192)
def _numbers(text: str) -> frozenset[str]:
    """The numbers of a text, without the marks of thousands and empty decimals; small ones also where they are spelt."""
    found = set()
    for piece in _NUMBER.findall(text[:2_000]):
        plain = re.sub(r"[,'’](?=\d{3}(?!\d))", "", piece)
        plain = re.sub(r"[.,]0+$", "", plain).lstrip("0") or "0"
        found.add(plain)
    found |= {_SPELT[word] for word in text.lower().split() if word in _SPELT}
    return frozenset(found)
