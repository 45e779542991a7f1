"""More ways to speak to an agent: rules said to be void, work to be dropped, silence asked for, a user spoken for.

Each is a few families of words near each other, as in `marks.py`, which asks here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from onesec_cli.state.wordlists import word_set


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_RULES: Final = word_set("marks.void-rules")
_VOID: Final = word_set("marks.void")
_YOURS: Final = word_set("marks.yours")
_LEAVE: Final = word_set("marks.leave")
_DOING: Final = _set("doing working")
_GOALS: Final = word_set("marks.goals")
_NEXT: Final = word_set("marks.next")
TRUE: Final = _set("real actual true proper")
_WORK: Final = word_set("marks.work")
_COMES: Final = _set("follows follow below is starts begins now here")
_KEEP: Final = _set("keep hold")
_QUIET: Final = word_set("marks.quiet")
_ANSWERS: Final = word_set("marks.answers")
_SHOWN: Final = word_set("marks.shown")
_NOBODY: Final = ("nobody", "no-one", "noone")
_KNOWS: Final = word_set("marks.learns")
_PEOPLE: Final = word_set("marks.people")
_ASKED: Final = word_set("marks.asked")
_AGREED: Final = word_set("marks.agreed")
_MODE: Final = re.compile(
    r"\b(?:developer|admin(?:istrator)?|god|root|maintenance|unrestricted|override|jailbreak|sudo|supervisor) mode\b[ \t]{0,2}(?:is |has been |now |:|-|=)?[ \t]{0,2}(?:on|enabled|activated|active|engaged|unlocked)\b",
    re.IGNORECASE,
)
_MACHINE: Final = re.compile(
    r"\b(?:whoever|whichever (?:system|agent|model)|any(?:one| (?:system|agent|model|software|tool)) (?:that|who|which)|(?:systems?|software|tools?) that)\b[^.!?\n]{0,20}\b(?:process|processes|reads?|parses?|handles?|summari[sz]es?)\b[^.!?\n]{0,30}\b(?:must|is obliged|are obliged|has to|have to|shall|is required|are required)\b|"
    r"\bif (?:you(?:'re| are)|this (?:text|message|page|content|document) is (?:being )?)\s?(?:processing|processed|parsing|parsed|summari[sz](?:ing|ed)|scanning|scanned|indexing|crawling|handling|handled|reading|read|analy[sz](?:ing|ed))\b[^.!?\n]{0,40}"
    r"\b(?:automatically|automated|on behalf of|as an? (?:bot|agent|assistant|model|ai)|by an? (?:bot|agent|assistant|model|ai|llm|automated))\b",
    re.IGNORECASE,
)


def voids(words: Sequence[str], known: frozenset[str]) -> bool:
    """Whether rules are said to hold no more: "everything you were told earlier no longer counts"."""
    if known.isdisjoint(_RULES) or known.isdisjoint(_VOID) or known.isdisjoint(_YOURS):
        return False
    for index, word in enumerate(words):
        if word in _VOID:
            before = words[max(0, index - 4) : index]
            negated = not {"no", "not", "longer", "don't", "doesn't", "cease"}.isdisjoint(before)
            void = word in (
                "void",
                "obsolete",
                "invalid",
                "superseded",
                "suspended",
                "lifted",
                "revoked",
                "outdated",
                "disabled",
                "replaced",
                "cancelled",
                "canceled",
            )
            if negated != void:
                return True
    return False


def leaves_work(words: Sequence[str], known: frozenset[str]) -> bool:
    """Whether the agent is to leave what it does: "drop what you are doing", "next objective: ..."."""
    if not known.isdisjoint(_LEAVE) and not known.isdisjoint(_DOING) and ("you" in known or "you're" in known):
        for index, word in enumerate(words):
            if word in _LEAVE and "what" in words[index + 1 : index + 4]:
                return True
    if words[:1] == ["before"] and words[1:2] and words[1] in ("answering", "responding", "replying"):
        return True
    for index, word in enumerate(words):  # "the real task follows"
        job = word in TRUE and words[index + 1 : index + 2] and words[index + 1] in _WORK
        if job and not _COMES.isdisjoint(words[index + 2 : index + 5]):
            return True
    return any(
        word in _GOALS and not _NEXT.isdisjoint(words[max(0, index - 1) : index])
        for index, word in enumerate(words[:4])
    )


def hushes(words: Sequence[str], known: frozenset[str]) -> bool:
    """Whether silence is asked for in other words than not to tell: "keep it quiet", "nobody has to know"."""
    if not known.isdisjoint(_KEEP):
        for index, word in enumerate(words):
            rest = words[index + 1 : index + 6]
            if word in _KEEP and (not _QUIET.isdisjoint(rest) or ("between" in rest and "us" in rest)):
                return True
    if not known.isdisjoint(_ANSWERS) and "your" in known:
        for index, word in enumerate(words):
            if word in ("not", "never", "don't", "without", "no") and not _SHOWN.isdisjoint(
                words[index + 1 : index + 4]
            ):
                rest = words[index + 1 : index + 10]
                if "your" in rest and not _ANSWERS.isdisjoint(rest):
                    return True
    for index, word in enumerate(words):
        if word in _NOBODY or (word == "no" and words[index + 1 : index + 2] == ["one"]):
            rest = words[index + 1 : index + 8]
            if not {"has", "needs", "need", "should", "must", "will", "may"}.isdisjoint(
                rest[:4]
            ) and not _KNOWS.isdisjoint(rest):
                return True
    return False


def speaks_for(sentence: str, words: Sequence[str]) -> bool:
    """Whether a text says what the user has asked for or agreed to, as only the user could."""
    for index, word in enumerate(words):
        if word not in _PEOPLE or index == 0:
            continue
        rest = words[index + 1 : index + 6]
        if (
            not _ASKED.isdisjoint(rest[:4])
            and rest[:1]
            and rest[0] in ("has", "also", "wants", "had")
            and (":" in sentence or "following" in words)
        ):
            return True
        if (
            not _AGREED.isdisjoint(rest[:4])
            and rest[:1] in (["has"], ["already"])
            and not {"this", "following", "already", "it"}.isdisjoint(words[index:])
        ):
            return True
    return _MODE.search(sentence) is not None


def to_a_machine(sentence: str) -> bool:
    """Whether a sentence speaks to whoever reads it as a machine."""
    return _MACHINE.search(sentence) is not None
