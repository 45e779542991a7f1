"""Orders in languages other than English: words of request, and the beginnings of everyday verbs, by kind of act.

No grammar: a word of request, or a verb of these families, makes a sentence an order. What such an order is worth is decided by
where values came from. Latin and Cyrillic words are known by how they begin, scripts without spaces by what they contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from onesec_cli.state.text.marks import ADDRESS, AUTHORITY, ERRAND, OVERRIDE, SECRECY
from onesec_cli.state.text.verbs import BASE, BOOK, CHANGE, CREATE, DELETE, GRANT, OPEN, PAY, READ, RUN, SEND
from onesec_cli.state.wordlists import (
    MIN_BEGINNING,
    Beginnings,
    Parts,
    filled_from_words,
    kinds_by_word,
    remembered,
    word_set,
)

_REQUESTS: Final = word_set("languages.requests")
_ASKING: Final = Parts("languages.request-parts")
_SET_ASIDE: Final = Beginnings("languages.set-aside")
_PRECEDE: Final = Beginnings("languages.precede")
_ORDERS: Final = Beginnings("languages.orders")
_USERS: Final = Beginnings("languages.users")
_NOT: Final = word_set("languages.not")
_TELLING: Final = Beginnings("languages.telling")
_AGENTS: Final = Beginnings("languages.agents")
_PLAINLY_FOREIGN: Final = word_set("languages.plainly-foreign")
_LEAVES: Final = Beginnings("languages.left-to")
_LEAVES_DENSE: Final = Parts("languages.left-to-parts")
_FOR: Final = word_set("languages.to-agents")
_QUESTIONS: Final = word_set("languages.questions")
_QUESTION_SIGNS: Final = Parts("languages.question-parts")
_FIRST: Final = word_set("languages.first")
_TASKS: Final = Beginnings("languages.tasks")
_SYSTEM: Final = Beginnings("languages.system")
_NOTICES: Final = Beginnings("languages.notices")
_FUNCTION: Final = word_set("languages.little-words")
"""Little words that tell that a text is not English."""
_SET_ASIDE_DENSE: Final = Parts("languages.set-aside-parts")
_ORDERS_DENSE: Final = Parts("languages.order-parts")
_SECRET_DENSE: Final = Parts("languages.secrecy-parts")
_AGENTS_DENSE: Final = Parts("languages.agent-parts")
_FIRST_DENSE: Final = Parts("languages.first-parts")
_NOTICES_DENSE: Final = Parts("languages.notice-parts")
_KINDS: Final = (SEND, PAY, DELETE, CHANGE, CREATE, BOOK, GRANT, RUN, OPEN, READ)
_TABLE: Final = kinds_by_word({kind: (f"languages.{kind}",) for kind in _KINDS})
_CONTENTS: Final = {kind: Parts(f"languages.{kind}-parts") for kind in _KINDS}
_OTHER_SCRIPT: Final = re.compile(r"[\u0370-\u1dff\u2e80-\ud7ff\uf900-\ufaff\uff66-\uffdc]{2}")
_DENSE: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HEADS: Final[set[str]] = set()
_SIZES: Final[list[int]] = []


def _measure() -> None:
    _HEADS.clear()
    _HEADS.update(verb[:MIN_BEGINNING] for verb in _TABLE)
    _SIZES[:] = sorted({len(verb) for verb in _TABLE if len(verb) >= MIN_BEGINNING}, reverse=True)


filled_from_words(_measure)


def may_be_foreign(text: str, known: set[str]) -> bool:
    """Whether some sentence of a text may be in another language."""
    if not known.isdisjoint(_PLAINLY_FOREIGN):
        return True
    little = len(known & _FUNCTION)
    few = little == 2 and len(known) < 40
    verbs = (little >= 1 or not text.isascii()) and any(
        len(word) > 4 and word not in BASE and _kinds_of(word) for word in known
    )
    return little >= 3 or few or verbs or (not text.isascii() and _OTHER_SCRIPT.search(text) is not None)


@remembered(8192)
def _kinds_of(word: str) -> frozenset[str]:
    if word in _TABLE:
        return _TABLE[word]
    if word[:MIN_BEGINNING] not in _HEADS:
        return frozenset()
    for size in _SIZES:  # the longest beginning says most
        kinds = _TABLE.get(word[:size])
        if kinds:
            return kinds
    return frozenset()


def foreign_words(words: Iterable[str]) -> int:
    """How many of the words are little words, or words of request, of another language."""
    return sum(word in _FUNCTION or word in _REQUESTS for word in words)


def is_dense(word: str) -> bool:
    """Whether a word is of a script that writes no spaces between words, and long enough to be a sentence."""
    return len(word) >= 8 and _DENSE.search(word) is not None


def other_script(word: str) -> bool:
    """Whether a word is written in another script than the Latin one."""
    return not word.isascii() and _OTHER_SCRIPT.search(word) is not None


def asks_only(text: str, words: list[str]) -> bool:
    """Whether a wish in another language is a question, or asks for a text to be read, and for nothing else."""
    kinds = kinds_in(text, words)
    question = bool(words) and (words[0] in _QUESTIONS or _QUESTION_SIGNS.stand_in(text))
    return kinds <= {READ, OPEN} and (question or READ in kinds)


def kinds_in(text: str, words: Iterable[str]) -> frozenset[str]:
    """Kinds of acts that words of another language speak of."""
    kinds: set[str] = set()
    for word in words:
        kinds |= _kinds_of(word)
    if _OTHER_SCRIPT.search(text):
        kinds |= {kind for kind, parts in _CONTENTS.items() if parts.stand_in(text)}
    return frozenset(kinds)


def asks(text: str, words: Iterable[str]) -> bool:
    """Whether a sentence holds a word of request."""
    return any(word in _REQUESTS for word in words) or _ASKING.stand_in(text)


def leaves_it(text: str, words: Iterable[str]) -> bool:
    """Whether a wish in another language leaves what to do to tasks or instructions written somewhere."""
    return _LEAVES.among(words) or _LEAVES_DENSE.stand_in(text)


def foreign_marks(text: str, words: list[str]) -> set[str]:
    """The marks of a sentence in another language."""
    marks: set[str] = set()
    whole, words = words, [word.rpartition("'")[2] or word for word in words]  # "l'utilisateur", "n'informez"
    dense = _DENSE.search(text) is not None
    if (_SET_ASIDE.among(words) and _ORDERS.among(words)) or (
        dense and _SET_ASIDE_DENSE.stand_in(text) and _ORDERS_DENSE.stand_in(text)
    ):
        marks.add(OVERRIDE)
    if _PRECEDE.among(words) and _ORDERS.among(words):
        marks.add(OVERRIDE)
    if (not _NOT.isdisjoint(words) and _USERS.among(words) and _TELLING.among(words)) or (
        dense and _SECRET_DENSE.stand_in(text)
    ):
        marks.add(SECRECY)
    if _spoken_to(text, whole) or (dense and _AGENTS_DENSE.stand_in(text)):
        marks.add(ADDRESS)
    if (any(word in _FIRST for word in words) and _TASKS.among(words)) or (dense and _FIRST_DENSE.stand_in(text)):
        marks.add(ERRAND)
    if _SYSTEM.among(words[:6]) and _NOTICES.among(words[:6]):
        marks.add(AUTHORITY)
    if dense and _NOTICES_DENSE.stand_in(text):
        marks.add(AUTHORITY)
    return marks


def _spoken_to(text: str, words: list[str]) -> bool:
    """Whether a sentence is for an assistant: "an den KI-Assistenten", "pour l'assistant", "Assistente, ..."."""
    for index, word in enumerate(words[:10]):
        word = word.rpartition("'")[2]
        if _AGENTS.begin(word):
            before = words[max(0, index - 3) : index]
            if word.startswith("ki-") or "ia" in words[index + 1 : index + 2] or not _FOR.isdisjoint(before):
                return True
            if index <= 2 and text.lower().partition(word)[2].lstrip()[:1] in (",", ":", "!"):
                return True
    return False
