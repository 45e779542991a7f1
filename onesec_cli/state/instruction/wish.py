"""What a person asked an agent for: the words and values they gave, the kinds of acts they wished, what they left to a text."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.instruction.leaving import LISTS, leaves_to_a_text
from onesec_cli.state.instruction.question import apart_from_own, only_asks
from onesec_cli.state.text.languages import asks_only, foreign_words, kinds_in, leaves_it
from onesec_cli.state.text.normal import fold
from onesec_cli.state.text.values import find_values, packed, stands_in
from onesec_cli.state.text.verbs import (
    ACTS,
    BASE,
    BOOK,
    CHANGE,
    CREATE,
    DELETE,
    GRANT,
    HOMOGRAPHS,
    OPEN,
    PAY,
    READ,
    RUN,
    SEND,
    VERBS,
    meaning,
    stem,
)
from onesec_cli.state.wordlists import remembered, word_set

MAX_GIVEN: Final = 400_000
"""Characters of trusted text of one session that are remembered."""

MAX_NAMES: Final = 60
"""Things named by a person that one session remembers."""

_QUOTED: Final = re.compile(r"(?<!\w)['\"“]([^'\"“”\n]{4,120})['\"”](?!\w)")
_ADDRESS: Final = re.compile(
    r"(?<!\S)\S{1,64}@\S{1,200}|(?<!\S)(?:https?://|www\.)\S{1,500}|\b[\w-]{1,63}\.(?:com|org|net|io)\b"
)
"""The words of an address are no words of the person."""
_PROPER: Final = re.compile(
    r"(?<=[\w,;:'’\"“(] )[A-Z][\w-]{1,30}(?: [A-Z][\w-]{1,30}){0,3}|\b[A-Z][\w'-]{2,30}(?: [A-Z][\w'-]{1,30}){1,3}"
)
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


def _set(words: str) -> frozenset[str]:
    """Words of English grammar, read by their place in a sentence. Vocabulary stands in rules/lexicons/, other languages too."""
    return frozenset(words.split())


_BEFORE_NOUN: Final = _set(
    "the a an my your his her our their its this that these those all any each every some no last latest recent new next first second third previous of from in on for with by about unread following most one two three other open own pending upcoming past current many which what whose is are be been being"
)
_ALSO_WANTS: Final = _set("get need want give take let help")
_QUESTIONS: Final = _set("what what's who who's when where which how why")
_ABOUT: Final = _set("on about regarding concerning")
_ARTICLES: Final = _set("the a an my our this that these those his her their your")
_PHRASED: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("take", "out"): frozenset({DELETE}),
    ("take", "off"): frozenset({DELETE}),
    ("take", "down"): frozenset({DELETE}),
    ("throw", "out"): frozenset({DELETE}),
    ("throw", "away"): frozenset({DELETE}),
    ("get", "rid"): frozenset({DELETE}),
    ("call", "off"): frozenset({DELETE}),
    ("clean", "up"): frozenset({DELETE, CHANGE}),
    ("put", "in"): frozenset({CREATE, CHANGE}),
    ("put", "into"): frozenset({CREATE, CHANGE}),
    ("put", "on"): frozenset({CREATE, CHANGE}),
    ("set", "up"): frozenset({CREATE}),
    ("let", "know"): frozenset({SEND}),
    ("get", "back"): frozenset({SEND}),
    ("hand", "over"): frozenset({SEND}),
    ("pass", "on"): frozenset({SEND}),
    ("let", "in"): frozenset({GRANT}),
}
_FORBIDS: Final = _set("not don't never without cannot")
_WHETHER: Final = _set("any is are do does did has have was were")
_FILLING: Final = word_set("wishes.filling")
_FACTS: Final = word_set("wishes.facts")
_TELLS_PAST: Final = _set("did does has have was were had")
_CODING: Final = word_set("wishes.coding")
_MAYBE_CODING: Final = word_set("wishes.maybe-coding")
"""Words of coding that have other meanings: one alone says little."""
_BRINGS: Final[dict[str, frozenset[str]]] = {
    PAY: frozenset({CREATE, BOOK}),
    BOOK: frozenset({CREATE, PAY, SEND}),
    SEND: frozenset({CREATE}),
}
"""Acts that come with the one that was asked for: a cart, a draft, an entry in the calendar."""
_LIGHT: Final = word_set("wishes.light")
_TO_ME: Final = (["me"], ["us"])
_MEDIA: Final = word_set("wishes.media")
_NOUN_ENDINGS: Final = ("ment", "ments", "tion", "tions", "sion", "sions", "ance", "ity")
_READS: Final = frozenset({READ, OPEN, RUN})
_GIVEN: Final = word_set("wishes.given")
_NOTHING: Final[frozenset[str]] = frozenset()
_DOUBLE: Final = frozenset(stem(word) for word in HOMOGRAPHS)


class Asked(Struct, frozen=True, gc=False):
    """What one message of a person asks for."""

    text: str
    """Folded, for looking up values."""
    kinds: frozenset[str]
    """Kinds of acts its words can mean, read generously."""
    topics: frozenset[str]
    """Meanings of its words."""
    delegates: bool
    """Whether it leaves what to do to a text that is to be read."""
    names: tuple[str, ...]
    """What it names: words in quotes and typed values, folded."""
    people: tuple[str, ...]
    """Names of people and houses, folded."""
    lists: bool
    """Whether it speaks of tasks that are written somewhere."""
    language: bool
    """Whether it is written in a language whose verbs are known."""
    asks: bool = False
    """Whether it only asks to be told something."""
    refers: bool = False
    """Whether it says that somebody wrote or told what it is about."""
    direct: frozenset[str] = frozenset()
    """Kinds of acts its verbs ask for, read strictly."""


class Wish(Struct):
    """All that the trusted voices of a session said."""

    tells: ClassVar[Tells] = (
        Tell("given", "a person or the operator said: {value}"),
        Tell("kinds", "the user asks for acts of the kind {value}"),
        Tell("direct", "the user asks in so many words for acts of the kind {value}"),
        Tell("topics", "the user speaks of {value}"),
        Tell("names", "the user names {value}"),
        Tell("people", "the user names the person {value}"),
        Tell("delegates", "the user leaves it to a text what to do"),
        Tell("only_asks", "the user only asks to be told something"),
        Tell("more", "a person said more than is remembered"),
        *quiet("first", "size", "spoken", "lists", "foreign", "refers"),
    )

    given: list[str] = field(default_factory=list)
    """Folded texts of the person and, for values only, of the operator."""
    size: int = 0
    more: bool = False
    """Whether something was too much to remember."""
    spoken: int = 0
    """Messages of a person."""
    first: str = ""
    kinds: set[str] = field(default_factory=set)
    direct: set[str] = field(default_factory=set)
    """Kinds of acts the person's verbs ask for, without nouns that are only spoken of and acts that come along."""
    topics: set[str] = field(default_factory=set)
    delegates: bool = False
    names: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    lists: bool = False
    foreign: bool = False
    refers: bool = False
    only_asks: bool = False
    """Whether every message so far only asked to be told something."""

    def hear(self, text: str) -> None:
        """A person spoke."""
        asked = understand(text)
        self.spoken += 1
        self.first = self.first or " ".join(text[:2_000].split())[:300]
        self._give(asked.text)
        self.kinds |= asked.kinds
        self.direct |= asked.direct
        self.topics |= asked.topics
        self.delegates = self.delegates or asked.delegates
        self.names += [name for name in asked.names if name not in self.names][: MAX_NAMES - len(self.names)]
        self.people += [name for name in asked.people if name not in self.people][: MAX_NAMES - len(self.people)]
        self.lists = self.lists or asked.lists
        self.foreign = self.foreign or not asked.language
        self.refers = self.refers or asked.refers
        self.only_asks = asked.asks and (self.only_asks or self.spoken == 1)

    def permit(self, text: str) -> None:
        """The operator spoke: the values are trusted, the wish is not the person's."""
        self._give(fold(text[:MAX_GIVEN]))

    def _give(self, text: str) -> None:
        if text in self.given:
            return
        room = MAX_GIVEN - self.size
        self.more = self.more or len(text) > room
        if room > 0:
            self.given.append(text[:room])
            self.size += min(len(text), room)

    def knows(self, value: str) -> bool:
        """Whether a folded value was given by a trusted voice."""
        alone = len(value) < 24
        for text in self.given:  # noqa: SIM110  # a generator costs more than the search
            if value in text and (not alone or stands_in(text, value)):
                return True
        return False

    def knows_number(self, value: str) -> bool:
        """Whether an account or telephone number was given, in whatever groups."""
        return any(value in packed(text) for text in self.given)

    def mentions(self, part: str) -> bool:
        """Whether a folded stretch of text was said, also inside a longer word or path."""
        return any(part in text for text in self.given)

    def helped_by(self, purpose: list[str], goal: list[str]) -> bool:
        """Whether what an instruction says it is good for is what the person asked for."""
        if not self.kinds.isdisjoint(set(purpose) - {READ, OPEN}):
            return True
        return any(
            verb in self.topics or (len(verb) > 4 and any(word[:5] == verb[:5] for word in self.topics))
            for verb in goal
        )

    def knows_place(self, address: str) -> bool:
        """Whether an address, or the host it is on, was given."""
        host, _, rest = address.partition("/")
        if "://" in rest or "@" in rest or "www." in rest:  # it carries another address, which nobody gave
            return self.knows(address)
        return self.knows(address) or ("." in host and any(host in text for text in self.given))


@remembered(1024)
def understand(text: str) -> Asked:
    """What one message of a person asks for."""
    folded = fold(text[:MAX_GIVEN])
    words = _WORD.findall(folded[:40_000])
    own = _WORD.findall(fold(apart_from_own(_ADDRESS.sub(" ", _QUOTED.sub(" ", text[:40_000])))))
    kinds, direct = _verbs_of(own), _verbs_of(own, strict=True)
    if not _FILLING.isdisjoint(own) or _signs_up(own):
        direct |= {SEND, CREATE, OPEN}
    delegates = leaves_to_a_text(words) or (not _english(words) and leaves_it(folded, words))
    lists, known = not LISTS.isdisjoint(words), _known(words)
    english = _english(words)
    asks = not delegates and ((known and only_asks(text)) or (not english and asks_only(folded, words)))
    return Asked(
        folded,
        _with_what_comes_along(kinds, own),
        frozenset(meaning(word) for word in set(words)),
        delegates,
        _names(text[:MAX_GIVEN]),
        _people(text),
        lists,
        known,
        asks,
        any(word in _TELLS and words[index + 1 : index + 2] in _TO_ME for index, word in enumerate(words)),
        direct,
    )


def _verbs_of(words: list[str], strict: bool = False) -> frozenset[str]:
    """Kinds of acts asked for. A noun counts where it is not what is to be read: "make a payment", but not "show my payments".

    Read strictly, it counts only after a verb that says nothing itself: "update the rent" asks for no payment.
    """
    kinds: set[str] = set()
    ruled = -9
    reading = -9
    for index, word in enumerate(words):
        root = stem(word)
        if word in _ALSO_WANTS and not _FACTS.isdisjoint(words[index + 1 : index + 6]):
            reading = index
            continue
        before = words[index - 1] if index else ""
        if (
            word == "give"
            and words[index + 1 : index + 2] in _TO_ME
            and _GIVEN.isdisjoint(words[index + 2 : index + 8])
        ):
            reading = index
            continue
        if word == "open" and before in _BEFORE_NOUN:
            continue
        verb = VERBS.get(root)
        if verb and not _FORBIDS.isdisjoint(words[max(0, index - 2) : index]):
            continue
        if verb and not _TELLS_PAST.isdisjoint(words[max(0, index - 4) : index]) and reading >= 0:
            continue
        if root == "recommend" or (
            verb and SEND in verb and words[index + 1 : index + 2] in _TO_ME and word not in _MEDIA
        ):
            reading = index
            continue
        if verb and not _is_noun(word, root, before):
            kinds |= verb
            ruled = -9 if word in _LIGHT else index
            if READ in verb and verb <= _READS and word not in _ALSO_WANTS:
                reading = index
            elif word not in _ALSO_WANTS:
                reading = -9
        elif word in _QUESTIONS or (index == 0 and word in _WHETHER):
            reading = index
        elif index - reading > 7 and not _only_about(words, index) and not (strict and index - ruled < 6):
            kinds |= ACTS.get(root, _NOTHING)
    if not _english(words):
        kinds |= kinds_in(" ".join(words), words)
    return frozenset(kinds | _phrased(words))


def _with_what_comes_along(asked: frozenset[str], words: list[str]) -> frozenset[str]:
    """The acts asked for, and those that come with them."""
    kinds = set(asked)
    for wished in asked:
        kinds |= _BRINGS.get(wished, _NOTHING)
    if not _CODING.isdisjoint(words) or len(_MAYBE_CODING.intersection(words)) > 1:
        kinds |= {RUN, CHANGE, CREATE}
    if not _FILLING.isdisjoint(words) or _signs_up(words):
        kinds |= {SEND, CREATE, OPEN}
    return frozenset(kinds)


def _only_about(words: list[str], index: int) -> bool:
    """Whether a noun only says what is spoken of: "work on ticket 12", "reply about the payment"."""
    before = words[max(0, index - 2) : index]
    return bool(before) and (before[-1] in _ABOUT or (before[0] in _ABOUT and before[-1] in _ARTICLES))


def _phrased(words: list[str]) -> set[str]:
    """Acts asked for in verbs of two words: "take it out of the calendar", "let her know"."""
    found: set[str] = set()
    for index, word in enumerate(words):
        if word == "let" and words[index + 1 : index + 2] in _TO_ME:
            continue
        for little in words[index + 1 : index + 5]:
            found |= _PHRASED.get((word, little), _NOTHING)
    return found


def _signs_up(words: list[str]) -> bool:
    """Whether a form is to be filled in: "sign me up", "check us in"."""
    return any(
        (word in ("sign", "signs") and "up" in words[index + 1 : index + 5])
        or (word == "check" and words[index + 1 : index + 2] in _TO_ME and "in" in words[index + 2 : index + 4])
        for index, word in enumerate(words)
    )


def _is_noun(word: str, root: str, before: str) -> bool:
    if word.endswith(_NOUN_ENDINGS) or before.endswith("'s"):
        return True
    if word.endswith("s") and not word.endswith("ss") and word not in BASE:
        return root in _DOUBLE or before in _BEFORE_NOUN
    return (word in HOMOGRAPHS or root in _DOUBLE) and (before in _BEFORE_NOUN or before.endswith("est"))


def _names(text: str) -> tuple[str, ...]:
    quoted = list(_QUOTED.findall(text))
    return tuple(
        dict.fromkeys(
            [fold(part) for part in quoted[:MAX_NAMES]] + [value.text for value in find_values(text)[:MAX_NAMES]]
        )
    )


def _people(text: str) -> tuple[str, ...]:
    """Names of people and houses in a message: words in capitals that do not begin its sentences."""
    found = [fold(name) for name in _PROPER.findall(text[:20_000])[:MAX_NAMES]]
    return tuple(dict.fromkeys(name for name in found if stem(name.partition(" ")[0]) not in VERBS))


def _english(words: list[str]) -> bool:
    """Whether the little words of a message are more English than anything else."""
    english = sum(word in _COMMON for word in words)
    return english > foreign_words(words)


def _known(words: list[str]) -> bool:
    return not words or any(word in _COMMON or word in BASE for word in words) or bool(kinds_in(" ".join(words), words))


_COMMON: Final = _set(
    "the a an of to in on at for with from by and is are my me you your it this that can please i what which who when where why how"
)


_TELLS: Final = word_set("wishes.wrote")
