"""Sentences of a text, and which of them tell somebody to do something.

Four manners: an *imperative* begins with a verb; a *plea* ("please", "could you") and a *request* ("you must", "make sure to") have
a word of request before an open class of verbs; a *policy* states what has to be done without saying to whom ("refunds are to be paid to ...").
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from onesec_cli.state.text.marks import VOCABULARY
from onesec_cli.state.text.orders import IMPERATIVE, PLEA, POLICY, REQUEST, Order
from onesec_cli.state.text.phrases import (
    FIRST_WORDS,
    GAINED,
    GAINS,
    begins_with_phrase,
    phrases_in,
    verb_pointing_back,
)
from onesec_cli.state.text.signs import LEET
from onesec_cli.state.text.verbs import (
    BASE,
    CREATE,
    DEEDS,
    GRANT,
    HOMOGRAPHS,
    OTHER,
    kinds_of,
    meaning,
    stem,
)
from onesec_cli.state.wordlists import all_of, word_set

MAX_SENTENCE: Final = 1_200
"""Characters of one sentence that are judged."""
MAX_WORDS: Final = 160


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_POLITE: Final = word_set("orders.polite")
_OPENERS: Final = word_set("orders.openers")
_MODALS: Final = word_set("orders.modals")
_DEMANDS: Final = word_set("orders.demands")
_ENSURE: Final = word_set("orders.ensure")
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
_CUES: Final = word_set("orders.rules")
REQUEST_WORDS: Final = all_of(
    _POLITE, _MODALS, _DEMANDS, _ENSURE, _set("can could will would let let's todo task are is")
)
TRIGGERS: Final = all_of(BASE, REQUEST_WORDS, FIRST_WORDS)
_OURS: Final = all_of(TRIGGERS, VOCABULARY)
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
        sentence = sentence.replace("<", " <").replace(">", "> ")
    low = sentence.lower()
    if "’" in low:
        low = low.replace("’", "'")
    if _LEET.search(low):
        low = " ".join(_plain_letters(word) for word in low.split())
    return sentence.split()[:MAX_WORDS], [_bare(piece) for piece in low.split()[:MAX_WORDS]]


def _bare(piece: str) -> str:
    """A word without what stands around it; empty for a piece of signs alone."""
    word = piece.strip(_EDGE)
    return word if word.isalnum() or any(map(str.isalnum, word)) else ""


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
    if not manner and not _LACKS.isdisjoint(words) and (kinds_found := _lacking(words)):
        manner, kinds = POLICY, kinds | kinds_found
    if not manner:
        begin = next(
            (place for place in _start(pieces, words) if words[place : place + 1] and words[place] in _CONDITIONS), -1
        )
        manner = _after_comma(pieces[begin:], words[begin:], kinds) if begin >= 0 else ""
    if not manner:
        return None
    _joined(pieces, words, kinds)
    if CREATE in kinds:  # "make a reservation", "place an order": the noun says what is made
        for word in words:
            kinds |= DEEDS.get(stem(word), _NOTHING)
    return Order(manner, frozenset(kinds), _purpose(pieces, words), _goal(pieces, words))


def _goal(pieces: list[str], words: list[str]) -> frozenset[str]:
    """Meanings of the verbs that follow a "to" of purpose: at the beginning of a clause, or after what is to be done."""
    places = {place for place in _start(pieces, words) if words[place : place + 1] and words[place] in _FOR}
    places |= {at for at in range(3, len(words) - 1) if words[at] == "to" and words[at - 1] not in _MODALS}
    return frozenset(
        meaning(words[at + 1])
        for at in places
        if words[at + 1 : at + 2]
        and words[at + 1].isalpha()
        and words[at + 1] not in _NOT_VERBS
        and words[at + 1] not in _OBJECTS
    )


def _lacking(words: list[str]) -> frozenset[str]:
    """What is to be given to somebody who is said to need it: "she needs access to the folder"."""
    for index, word in enumerate(words):
        if word in _LACKS and index:
            near = words[index + 1 : index + 6]
            return frozenset({GRANT}) if not _RIGHTS.isdisjoint(near) else _NOTHING
    return _NOTHING


def _purpose(pieces: list[str], words: list[str]) -> frozenset[str]:
    """Kinds of the verbs in the clause a sentence begins with, also after a label, if that says what for."""
    begin = next((place for place in _start(pieces, words) if words[place : place + 1] and words[place] in _FOR), -1)
    if begin < 0:
        return _NOTHING
    return frozenset(kind for word in words[begin + 1 : begin + 6] if word in BASE for kind in kinds_of(word))


_NOTHING: Final[frozenset[str]] = frozenset()
_LACKS: Final = word_set("orders.lacks")
_RIGHTS: Final = word_set("orders.rights")
_FOR: Final = frozenset({"to", "in", "if", "for"})


def _kinds(verb: str) -> frozenset[str]:
    return (kinds_of(verb) or frozenset({OTHER})) | (GAINED if verb in GAINS else _NOTHING)


def _start(pieces: list[str], words: list[str]) -> list[int]:
    """Places where the sentence may begin: its first word, and after a short label."""
    first = 0
    while first < min(len(words), 4) and not any(map(str.isalpha, words[first])):
        first += 1
    places = [first]
    stamped = _after_stamp(pieces)
    if stamped > first:
        places.append(stamped)
    for index in range(first, len(pieces) - 1):
        end = pieces[index][-1]
        if (
            end == ":"
            or pieces[index] == "|"
            or (index < first + 6 and (end in "-–—>!])}\"'" or pieces[index][-2:] == "**"))
        ):
            places.append(index + 1)
    return places


def _after_stamp(pieces: list[str]) -> int:
    """Where a line of a log begins to speak: after a time, a level, a place in capitals; 0 where there is no such thing."""
    for index, piece in enumerate(pieces[:7]):
        if any(map(str.islower, piece)):
            return index if index and piece[0].isupper() else 0
    return 0


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
    word, _, rest = words[index].partition("-")
    if word not in BASE and rest in BASE:
        word = rest  # "force-push"
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
    if word in _TIES and index + 2 < len(words) and pieces[index + 2][0] in "\"'`-$@/":
        return True
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
            wished = words[index - 1 : index] == ["you"] and "if" in words[max(0, index - 4) : index]
            if word in ("let", "let's") or words[index + 1 : index + 2] == ["you"] or wished:
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
