"""Sentences of a text, and which of them tell somebody to do something.

Four manners: an *imperative* begins with a verb; a *plea* ("please", "could you") and a *request* ("you must", "make sure to") have
a word of request before an open class of verbs; a *policy* states what has to be done without saying to whom ("refunds are to be paid to ...").
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from msgspec import Struct

from onesec_cli.state.text.languages import foreign_words, is_dense
from onesec_cli.state.text.marks import VOCABULARY
from onesec_cli.state.text.phrases import (
    FIRST_WORDS,
    GAINS,
    begins_with_phrase,
    goes_to,
    phrases_in,
    verb_pointing_back,
)
from onesec_cli.state.text.signs import LEET
from onesec_cli.state.text.verbs import BASE, CREATE, DEEDS, HOMOGRAPHS, OTHER, SEND, kinds_of, stem

MAX_SENTENCE: Final = 1_200
"""Characters of one sentence that are judged."""
MAX_WORDS: Final = 160

IMPERATIVE: Final = "imperative"
PLEA: Final = "plea"
"""A request between people: "please", "could you", "I need you to"."""
REQUEST: Final = "request"
POLICY: Final = "policy"
STATEMENT: Final = "statement"
"""Only speaks, but names where something can go."""
FOREIGN: Final = "foreign"
"""Words of a language that is not judged."""


class Order(Struct, frozen=True, gc=False):
    """That a sentence tells somebody to do something."""

    manner: str
    kinds: frozenset[str]
    purpose: frozenset[str] = frozenset()
    """Kinds of what it is said to be good for: "to cancel, send ..."."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_POLITE: Final = _set("please kindly pls plz")
_OPENERS: Final = _set(
    "then now also first next finally instead just immediately simply so and but again always only quickly carefully urgently afterwards lastly secondly thirdly firstly additionally furthermore moreover thus therefore hence meanwhile later otherwise ok okay hey hi hello well never not do don't dont remember additionally subsequently directly automatically silently secretly quietly promptly at once right away today alternatively optionally"
)
_MODALS: Final = _set(
    "must should shall ought needs need has have required supposed expected instructed obliged obligated requested asked urged advised directed told ordered want wants like would needed necessary mandatory obligatory essential crucial"
)
_DEMANDS: Final = _set("requires require demands demand asks dictates states mandates says wants needs expects")
_ENSURE: Final = _set("sure certain remember forget ahead free careful ensure")
_OBJECTS: Final = _set(
    "the a an my your his her our their its this that these those all every each any both me us him them it everyone everything someone anyone no one some another following to into up out off same own two three"
)
_DETERMINERS: Final = _set(
    "the a an my your his her our their its this that these those all every each any both me us him them it user's following"
)
_TIES: Final = _set("to from into with in on for at via using by as under through")
_CONDITIONS: Final = _set(
    "before after if when once in to as while until for since because unless upon during prior whenever given due following without where on at with by instead"
)
_NOT_VERBS: Final = _set(
    "the a an i you he she it we they my your his her our their its this that these those there here be is are was were been am and or but not no of in on at by for with from as to if when then than so very more most all any some which who what how why where also only just please note thank thanks sure due able about away back up down out off over able new"
)
_SKIP: Final = _set(
    "also first now always immediately then please just only not be to never the been being simply directly you all automatically therefore still instead kindly ever at least"
)
_CUES: Final = _set(
    "policy policies rule rules procedure procedures protocol henceforth effective mandatory required always all every any requirement requirements compliance forward onwards going must"
)
REQUEST_WORDS: Final = _POLITE | _MODALS | _DEMANDS | _ENSURE | _set("can could will would let let's todo task are is")
TRIGGERS: Final = BASE | REQUEST_WORDS | FIRST_WORDS
_OURS: Final = TRIGGERS | VOCABULARY
"""A text without any of these words holds no instruction in English."""

_EDGE: Final = "@\"'`*_()[]{}<>.,;:!?-–—•#|~=+…“”‘’«»"


_LEET: Final = re.compile(r"[a-z][013457@$][a-z]")
_LETTERS: Final = str.maketrans("013457@$", "oieastas")


def with_plain_letters(text: str, known: set[str], signs: tuple[int, ...]) -> bool:
    """Whether a text, in lower case, writes digits for letters; the words meant are added to those known of it."""
    if (LEET not in signs and text.isascii()) or not _LEET.search(text):
        return False
    known |= {_plain_letters(word) for word in text.split()} & _OURS
    return True


def _plain_letters(word: str) -> str:
    """A word with digits for letters, where that makes it one of ours."""
    plain = word.strip(_EDGE).translate(_LETTERS)
    return plain if plain in _OURS else word


def words_in(sentence: str) -> tuple[list[str], list[str]]:
    """Pieces between spaces, and the same in lower case without what stands around them."""
    sentence = sentence[:MAX_SENTENCE]
    if "<" in sentence:
        sentence = sentence.replace("<", " <")
    low = sentence.lower()
    if "’" in low:
        low = low.replace("’", "'")
    if _LEET.search(low):
        low = " ".join(_plain_letters(word) for word in low.split())
    return sentence.split()[:MAX_WORDS], [piece.strip(_EDGE) for piece in low.split()[:MAX_WORDS]]


def order_in(pieces: list[str], words: list[str], under_mark: bool = False) -> Order | None:
    """Whether a sentence tells somebody to do something, and of what kinds.

    Under a mark the class of verbs is open: any word that may be one begins an instruction where an object follows.
    """
    if not under_mark and TRIGGERS.isdisjoint(words):
        return None
    kinds: set[str] = set()
    manner = ""
    for begin in _start(pieces, words):
        verb, polite = _first_verb(pieces, words, begin, under_mark)
        if verb:  # also after a label: "Note for assistants: send ..."
            manner = manner or (PLEA if polite else IMPERATIVE)
            kinds |= _kinds(verb)
    manner = _requests(words, kinds, manner)
    kinds |= phrases_in(words)
    pointing = verb_pointing_back(pieces, words)
    if pointing:
        kinds |= _kinds(pointing)
    if pointing or begins_with_phrase(words):
        manner = manner or IMPERATIVE
    if not manner and words and words[0] in _CONDITIONS:
        manner = _after_comma(pieces, words, kinds)
    if not manner:
        return None
    _joined(pieces, words, kinds)
    if CREATE in kinds:  # "make a reservation", "place an order": the noun says what is made
        for word in words:
            kinds |= DEEDS.get(stem(word), _NOTHING)
    return Order(manner, frozenset(kinds), _purpose(words))


def _purpose(words: list[str]) -> frozenset[str]:
    """Kinds of the verbs in the clause a sentence begins with, if that says what for."""
    if not words or words[0] not in ("to", "in", "if", "for"):
        return _NOTHING
    return frozenset(kind for word in words[1:6] if word in BASE for kind in kinds_of(word))


_NOTHING: Final[frozenset[str]] = frozenset()


_ENGLISH: Final = _set(
    "the a an of to in on at for with from by and or is are was were be been has have had will this that these those it you your we our they their i my he his she her not as if but can may do does did no all any more please here there which who what when where how"
)


def is_english(words: list[str]) -> bool:
    """Whether the little words of a sentence are English ones."""
    english = sum(word in _ENGLISH for word in words)
    return 6 * english >= len(words) and english >= foreign_words(words)


def statement_in(words: list[str]) -> Order | None:
    """A sentence of prose without an order; None for a field, a heading, a list of names."""
    plain = [word for word in words if word.isalpha()]
    if len(plain) < 4:
        return Order(FOREIGN, frozenset()) if any(is_dense(word) for word in words) else None
    if is_english(plain):
        kinds = frozenset(kind for word in plain for kind in kinds_of(word))
        return Order(STATEMENT, kinds | {SEND} if goes_to(words) else kinds)
    english = sum(word in _ENGLISH for word in plain)
    return Order(FOREIGN, frozenset()) if len(plain) >= 5 and english * 12 < len(plain) else None


def _kinds(verb: str) -> frozenset[str]:
    return (kinds_of(verb) or frozenset({OTHER})) | GAINS.get(verb, _NOTHING)


def _start(pieces: list[str], words: list[str]) -> list[int]:
    """Places where the sentence may begin: its first word, and after a short label."""
    first = 0
    while first < min(len(words), 4) and not words[first]:
        first += 1
    places = [first]
    for index in range(first, len(pieces) - 1):
        end = pieces[index][-1]
        if (
            end == ":"
            or pieces[index] == "|"
            or (index < first + 6 and (end in "-–—>!])}\"'" or pieces[index][-2:] == "**"))
        ):
            places.append(index + 1)
    return places


def _first_verb(pieces: list[str], words: list[str], place: int, under_mark: bool = False) -> tuple[str, bool]:
    polite = False
    for index in range(place, min(place + 5, len(words))):
        word = words[index]
        if word in _POLITE:
            polite = True
        elif word in _OPENERS or not word or pieces[index][0] == "@" or (index == place and pieces[index][-1] == ","):
            continue
        elif polite:
            return ("", False) if word in _NOT_VERBS else (word, True)
        else:
            verb = _imperative(pieces, words, index, under_mark) or _open_class(words, index, under_mark)
            return (word if verb else "", False)
    return "", False


def _open_class(words: list[str], index: int, under_mark: bool) -> bool:
    """A word no table knows, used as a verb: before an object, under a mark or with a known verb joined to it."""
    word, rest = words[index], words[index + 1 : index + 2]
    if (
        not rest
        or rest[0] not in _DETERMINERS
        or not word.isalpha()
        or word in _NOT_VERBS
        or word in BASE
        or word in _OBJECTS
    ):
        return False
    if word.endswith(("ing", "ed", "ly", "s")) or len(word) < 3:
        return False
    tail = words[index + 2 :]
    return under_mark or any(one == "and" and other in BASE for one, other in itertools.pairwise(tail))


def _imperative(pieces: list[str], words: list[str], index: int, under_mark: bool = False) -> bool:
    word = words[index].partition("-")[0]
    if word not in BASE:
        return False
    if pieces[index][-1] in ":,":
        return False
    if word not in HOMOGRAPHS or (under_mark and len(words) - index >= 3):
        return index + 1 < len(words)
    return _has_object(pieces, words, index)


def _has_object(pieces: list[str], words: list[str], index: int) -> bool:
    if index + 1 >= len(words):
        return False
    piece, word = pieces[index + 1], words[index + 1]
    if (
        word in _OBJECTS
        or piece[0] in "\"'`“‘$€£<{[@~/+"
        or piece[0].isdigit()
        or any(sign in piece[1:-1] for sign in "@/._")
    ):
        return True
    if word.endswith("ing") and len(word) > 5:
        return True
    if piece[0].isupper():
        ended = pieces[-1].rstrip("\"')")[-1:] in (".", "!") and len(words) - index >= 3
        return pieces[index][0].islower() or ended or (index + 2 < len(words) and words[index + 2] in _TIES)
    if len(words) - index < 5 or not word.isalpha():
        return False
    return (
        any(other in _TIES or other in _DETERMINERS for other in words[index + 2 : index + 4])
        or pieces[index + 2][0].isupper()
    )


def _requests(words: list[str], kinds: set[str], manner: str) -> str:
    """Words of request anywhere in the sentence, and the open class of verbs after them."""
    for index, word in enumerate(words):
        if word not in REQUEST_WORDS:
            continue
        place = index
        if word in _DEMANDS:
            rest = words[index + 1 : index + 12]
            if rest[:1] == ["that"] and "be" in rest:
                place = index + 1 + rest.index("be")
            elif "to" in rest:
                place = index + 1 + rest.index("to")
            else:
                continue
        verb, passive = _verb_after(words, place)
        if not verb:
            continue
        if word in _POLITE:
            manner, kinds_found = PLEA, _kinds(verb)
        elif word in ("can", "could", "will", "would", "let", "let's"):
            if word in ("let", "let's") or words[index + 1 : index + 2] == ["you"]:
                manner = manner or (REQUEST if word.startswith("let") else PLEA)
                kinds_found = _kinds(verb)
            else:
                continue
        elif word in ("are", "is"):
            if not (words[index + 1 : index + 2] == ["to"] or (passive and not _CUES.isdisjoint(words))):
                continue
            manner, kinds_found = manner or POLICY, kinds_of(verb)
        elif word in _ENSURE:
            if "to" not in words[index + 1 : index + 3] and word != "ensure":
                continue
            manner, kinds_found = manner or REQUEST, _kinds(verb)
        else:
            if (
                word in ("has", "have", "want", "wants", "like", "would", "need", "needs", "asked", "told")
                and "to" not in words[index + 1 : index + 4]
                and word not in ("need",)
            ):
                continue
            kinds_found = kinds_of(verb)
            if not kinds_found:
                continue
            near = words[max(0, index - 3) : index + 3]
            person = PLEA if "you" in words[index:] and ("i" in near or "we" in near) else REQUEST
            manner = manner or (person if "you" in near or "we" in near or "i" in near else POLICY)
        kinds |= kinds_found
    return manner


def _verb_after(words: list[str], index: int) -> tuple[str, bool]:
    passive = words[index] in ("is", "are")
    for word in words[index + 1 : index + 7]:
        if word == "be" or word == "been":
            passive = True
        elif word in _SKIP or not word:
            continue
        else:
            return ("" if word in _NOT_VERBS else word, passive)
    return "", passive


def _after_comma(pieces: list[str], words: list[str], kinds: set[str]) -> str:
    """ "Before you start, send ...": the verb after the comma of a clause that sets a condition."""
    for index, piece in enumerate(pieces[:40]):
        if piece[-1:] in ",:" and index + 1 < len(words):
            verb, polite = _first_verb(pieces, words, index + 1)
            if verb:
                kinds |= _kinds(verb)
                return PLEA if polite else IMPERATIVE
    return ""


def _joined(pieces: list[str], words: list[str], kinds: set[str]) -> None:
    """Verbs that follow with `and`, `then` or a comma."""
    for index in range(1, len(words) - 1):
        before = words[index - 1]
        if (before in ("and", "then", "or", "&", "to") or pieces[index - 1][-1] in ",;") and _imperative(
            pieces, words, index
        ):
            kinds |= kinds_of(words[index])
