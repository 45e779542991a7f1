"""Whether a person only asks to be told something: a question, a look-up, a summary. Then nothing is to be changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from onesec_cli.state.text.verbs import BASE, HOMOGRAPHS, VERBS, stem
from onesec_cli.state.wordlists import all_of, word_set

MAX_ASKED: Final = 1_500
"""Characters of a message that is still judged; a longer one may ask for anything."""


def _set(words: str) -> frozenset[str]:
    """Words of English grammar, read by their place in a sentence. Vocabulary stands in rules/lexicons/, other languages too."""
    return frozenset(words.split())


_CLAUSE: Final = re.compile(r"[.!?](?=\s|$)|[\n;:]|,\s|\s[-–—]\s")
_WORD: Final = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_OPENERS: Final = _set(
    "please pls kindly hi hey hello ok okay thanks also then and so now first just next finally but well quickly again maybe"
)
_LEADS: Final = tuple(
    tuple(lead.split())
    for lead in (
        "can you", "could you", "would you", "will you", "i want you to", "i'd like you to", "i would like you to", "i need you to", "help me", "help me to",
        "i want to", "i'd like to", "i would like to", "i need to", "are you able to", "would you mind", "you should", "you can", "please", "be so kind and", "let's",
    )
)  # fmt: skip
_QUESTIONS: Final = _set("what what's which who who's whom whose when when's where where's how how's why whats")
_ASKING: Final = _set("is are do does did has have was were am can could should isn't aren't don't doesn't any")
_TELLING: Final = all_of(
    word_set("acts.read"),
    word_set("wishes.tell"),
    less=word_set("wishes.tell-not"),
)
_TELLING_OF: Final = word_set("wishes.tell-of")
"""Verbs that ask to be told something only where what is to be told follows."""
_TOLD: Final = word_set("wishes.facts", "wishes.told")
_SAYING: Final = _set(
    "i i'm we we're my our the a an this that these those there it it's he she they his her their someone somebody today tomorrow yesterday in on at for from of "
    "out to with about as since if when because while during after before between among according regarding concerning no not only all both each some both based using"
)
_WISHING: Final = _set(
    "need needs want wants like wish hope must make do have let us me please should ought would could"
)
_PERSONS: Final = (["i"], ["we"], ["you"], ["they"], ["any"], ["these"], ["those"], ["my"], ["our"])
_PLACES: Final = word_set("wishes.places")
_TO_ME: Final = (["me"], ["us"])
_CHECKING: Final[tuple[list[str], ...]] = (["me"], ["us"], ["in"], ["out"], ["off"], [])
_AFTER_NOUN: Final = _set("of in on for at from is are was were by with and or history list number numbers")
_JOINING: Final = _set("and then or also afterwards")
_OBJECTS: Final = _set("it them the a an my me him her this that these those our your us everyone all")
_NO_VERB: Final = _set(
    "the a an my your his her our their its this that these those it them him me us you i we they he she any all each every no one two three how what which who when where why if whether also then and or not "
    "of in on at to for from with by about is are was were be been can could do does did has have will would should there here more most less other others both so very"
)  # fmt: skip
_BY_MYSELF: Final = re.compile(
    r"\b(?:i'll|i will|we'll|we will|i shall|i'm going to|i am going to)\b[^.!?;\n]*", re.IGNORECASE
)
_KEEP_OUT: Final = re.compile(
    r"\b(?:do not|don't|without) (?:change|changing|touch|touching|modify|modifying|edit|editing|fix|fixing|do|doing|write|writing|send|sending|run|running)\b[^.!?;\n]*"
    r"|\bjust (?:diagnose|look|read|explain|tell|answer)\b|\bread[- ]only\b|\bno changes\b",
    re.IGNORECASE,
)


def apart_from_own(text: str) -> str:
    """A message without what the person says they do themselves, and without what they say is not to be done."""
    if (
        "'" in text
        or "’" in text
        or "ill" in text
        or "not" in text
        or "hall" in text
        or "out" in text
        or "going" in text
    ):
        text = _BY_MYSELF.sub(" ", _KEEP_OUT.sub(" ", text.replace("’", "'")))
    return text


def only_asks(text: str) -> bool:
    """Whether a message asks to be told something and, as far as its verbs are known, for nothing else."""
    if len(text) > MAX_ASKED:
        return False
    asks = False
    for words in _clauses(apart_from_own(text)):
        said = _clause(words)
        if said is None or _other_verb(words):
            return False
        asks = asks or said
    return asks


def _clauses(text: str) -> Iterator[list[str]]:
    for clause in _CLAUSE.split(text.lower()):
        words = _WORD.findall(clause)
        if words:
            yield words


def _clause(words: list[str]) -> bool | None:
    """Whether one clause asks to be told something; None where it asks, or may ask, for something else."""
    start = _begin(words)
    if start >= len(words):
        return False
    word, rest = words[start], words[start + 1 :]
    if word in _QUESTIONS or (word in _ASKING and (word not in ("do", "have") or rest[:1] in _PERSONS)):
        return True
    if word == "tell":
        return True if rest[:1] in _TO_ME or (rest and rest[0] in _QUESTIONS) else None
    if (word == "give" and rest[:1] in _TO_ME) or (word == "check" and rest[:1] not in _CHECKING):
        return True
    if word in _TELLING or (word in ("open", "go", "visit", "browse") and not _PLACES.isdisjoint(rest[:7])):
        return True
    if word in _TELLING_OF:
        return True if not _TOLD.isdisjoint(rest[:9]) else None
    if word in BASE or stem(word) in VERBS:
        return None
    if start == 0 and (word in _SAYING or word[0].isdigit() or (len(words) < 4 and _OBJECTS.isdisjoint(words[1:]))):
        return False if _WISHING.isdisjoint(words) else None
    return None


def _begin(words: list[str]) -> int:
    """Where a clause begins after words of politeness."""
    start = 0
    for _ in range(4):
        while start < len(words) and words[start] in _OPENERS:
            start += 1
        lead = next((len(one) for one in _LEADS if tuple(words[start : start + len(one)]) == one), 0)
        if not lead:
            break
        start += lead
    return start


def _other_verb(words: list[str]) -> bool:
    """Whether a word that is, or may be, another verb is joined on: "and plot it"."""
    for index in range(1, len(words)):
        word, rest = words[index], words[index + 1 :]
        if words[index - 1] not in _JOINING or word in _NO_VERB or word in _TELLING or word in _QUESTIONS:
            continue
        if (word in _TELLING_OF or word == "tell") and not (_TOLD | {"me", "us"}).isdisjoint(rest[:8]):
            continue
        if word in BASE and not (word in HOMOGRAPHS and (not rest or rest[0] in _AFTER_NOUN)):
            return True
        if rest and rest[0] in _OBJECTS:
            return True
    return False
