"""Signs that a text speaks to the agent that reads it, rather than to people.

Each is a pattern of several word families (`rules/lexicons/marks.yml`) near each other, in no fixed wording. A mark accuses nobody: only an act that an
instruction explains does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from onesec_cli.state.text.pretences import TRUE, hushes, leaves_work, speaks_for, to_a_machine, voids
from onesec_cli.state.text.signs import SHOUTED, signs_in
from onesec_cli.state.wordlists import all_of, word_set

OVERRIDE: Final = "override"
ADDRESS: Final = "address"
ERRAND: Final = "errand"
SECRECY: Final = "secrecy"
AUTHORITY: Final = "authority"
ROLE: Final = "role"
DISGUISED: Final = "disguised"
HIDDEN: Final = "hidden"
URGENT: Final = "urgent"
TASK: Final = "todo"
QUOTED: Final = "quoted"

STRONG: Final = frozenset({OVERRIDE, ADDRESS, ERRAND, SECRECY, AUTHORITY, ROLE, DISGUISED})

MEANINGS: Final[dict[str, str]] = {
    OVERRIDE: "it sets other instructions aside",
    ADDRESS: "it addresses the agent",
    ERRAND: "it speaks of the agent's task",
    SECRECY: "it asks for secrecy",
    AUTHORITY: "it claims to speak for the user or the operator",
    ROLE: "it stands under a false role tag",
    DISGUISED: "it was written so that people do not see it",
    HIDDEN: "it stands where people do not look",
    URGENT: "it is marked as urgent",
    TASK: "it is marked as a task",
    QUOTED: "it is quoted in a text about such texts",
}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ASKING: Final = _set("ask asking confirm confirming")
_APPROVERS: Final = word_set("marks.approvers")
_WISHES: Final = word_set("marks.wishes")

_KINDS_OF_AGENT: Final = word_set("marks.kinds-of-agent")
_VAGUE_AGENT: Final = word_set("marks.vague-agents")
_BOUND: Final = _set("must should shall need needs please")
_TOLD: Final = _set("asked required requested instructed expected told obliged ordered")
_NOTES: Final = word_set("marks.notes")
_HAVE_TO: Final = (("have", "to"), ("has", "to"), ("are", "to"), ("is", "to"), ("ought", "to"))
_SET_ASIDE: Final = word_set("marks.set-aside")
_INSTRUCTIONS: Final = frozenset(["in", "ns", "st", "tr", "ru", "uc", "ct", "ti", "io", "on"])
_EARLIER: Final = word_set("marks.earlier")
_ORDERS: Final = word_set("marks.orders")
_ABOVE: Final = _set("above before previously earlier prior previous told")
_AGENT: Final = word_set("marks.agents")
_TOWARDS: Final = _set("to for")
_LETTER: Final = word_set("marks.letters")
_OPENING: Final = word_set("marks.openings")
_PURSUE: Final = word_set("marks.pursue")
_JOB: Final = word_set("marks.jobs")
_WHEN: Final = _set("before after once first until prior afterwards then beforehand order instead unless without")
_NEEDED: Final = _set("must need should required have first shall")
_ABOUT: Final = word_set("marks.about")
_OWN: Final = _set("original main current previous initial assigned first real actual given primary other")
_SILENT: Final = word_set("marks.telling")
_WATCHERS: Final = word_set("marks.watchers")
_SPEAKER: Final = word_set("marks.speakers")
_CONSENT: Final = word_set("marks.consent")
_NEW: Final = _set("new updated revised urgent changed")
_SHOUT: Final = re.compile(
    r"^[\W_]{0,12}(?:IMPORTANT|URGENT|ATTENTION|CRITICAL|WARNING|NOTICE|ALERT|MANDATORY|ACTION REQUIRED|WICHTIG|IMPORTANTE|ACHTUNG|MUST READ)\b|!!!|^[\W_]{0,12}(?:Important|Urgent|Attention|Action required)\b[ \t]{0,3}[!:]"
)
_TODO: Final = re.compile(
    r"TODO[ \t]{0,3}:|^[\W_]{0,12}(?:TODO|TO-DO|To-do|Todo|TASK|Task|ACTION|Action|Next step|NEXT STEP)\b[ \t]{0,3}:"
)
_DIRECTIONS: Final = word_set("marks.directions")
_OPERATORS: Final = word_set("marks.operators")
_OPERATOR_WORDS: Final = word_set("marks.operator-words")
_TO_YOU: Final = re.compile(
    r"\bto you,? ?[A-Z][\w-]{1,30}|\b[Yy]ou are (?:an? (?:AI|assistant|agent|language model|unrestricted)|no longer (?:bound|restricted|an?)|now (?:an?\b|in (?:developer|admin|debug|maintenance|god|root|unrestricted)|acting|authorized|authorised|required|operating))"
    r"|\b(?:as|if you(?:'re| are)?) an? (?:AI|LLM|assistant|language model|AI agent|automated agent)|\bif you(?:'re| are)? (?:reading this|automated)"
)

_NEGATIONS: Final = _set("not don't never without dont avoid")
_ENDED: Final = word_set("marks.ended")
_YOU: Final = _set("you your user's you're")
_GOALS: Final = all_of(word_set("marks.goals"), TRUE, _set("answering responding replying"), less=_set("instruction"))
_HUSH: Final = all_of(word_set("marks.quiet", "marks.answers"), _set("nobody between"))
_ORIGINS: Final = all_of(
    word_set("marks.operators", "marks.people"),
    _set("message instruction instructions request order note directive i i'm this mode"),
    _NEW,
)
_TASKS: Final = ("TODO", "TO-DO", "To-do", "Todo", "TASK", "Task", "ACTION", "Action", "Next step", "NEXT STEP")
VOCABULARY: Final = all_of(
    _SET_ASIDE,
    _EARLIER,
    _ORDERS,
    _AGENT,
    _JOB,
    _SILENT,
    _ORIGINS,
    _ABOUT,
    _ENDED,
    _GOALS,
    _HUSH,
    _set("you are as doing"),
)
"""A sentence without any of these words carries no mark but a shouted one."""


def possible_marks(text: str, known: set[str]) -> frozenset[str]:
    """The marks that some sentence of a text can carry, told by its words alone."""
    marks: set[str] = set()
    if (not known.isdisjoint(_SET_ASIDE) and not known.isdisjoint(_EARLIER)) or not known.isdisjoint(_ENDED):
        marks.add(OVERRIDE)
    if (
        not known.isdisjoint(_AGENT)
        or (("you" in known or "as" in known) and _TO_YOU.search(text))
        or to_a_machine(text)
    ):
        marks.add(ADDRESS)
    if (
        (not known.isdisjoint(_JOB) or "following" in known or "doing" in known) and not known.isdisjoint(_YOU)
    ) or not known.isdisjoint(_GOALS):
        marks.add(ERRAND)
    if (not known.isdisjoint(_SILENT) and (not known.isdisjoint(_NEGATIONS) or "no" in known)) or not known.isdisjoint(
        _HUSH
    ):
        marks.add(SECRECY)
    if not known.isdisjoint(_ORIGINS):
        marks.add(AUTHORITY)
    if SHOUTED in signs_in(text):
        marks.add(URGENT)
    if any(word in text for word in _TASKS):
        marks.add(TASK)
    if not known.isdisjoint(_ABOUT):
        marks.add(QUOTED)
    return frozenset(marks)


def marks_of(sentence: str, words: Sequence[str], possible: frozenset[str] | None = None) -> set[str]:
    """The marks of one sentence; `words` are its words in lower case, in order."""
    known = frozenset(words)
    if possible is None:
        possible = possible_marks(sentence, set(known))
    marks: set[str] = set()
    if OVERRIDE in possible and ((not known.isdisjoint(_SET_ASIDE) and _set_aside(words)) or voids(words, known)):
        marks.add(OVERRIDE)
    if ADDRESS in possible and (_addressed(sentence, words, known) or to_a_machine(sentence)):
        marks.add(ADDRESS)
    if ERRAND in possible and (_errand(words, known) or leaves_work(words, known)):
        marks.add(ERRAND)
    if SECRECY in possible and (_secret(words, known) or hushes(words, known)):
        marks.add(SECRECY)
    if (
        AUTHORITY in possible
        and not known.isdisjoint(_ORIGINS)
        and (_authority(sentence, words) or speaks_for(sentence, words))
    ):
        marks.add(AUTHORITY)
    if URGENT in possible and _SHOUT.search(sentence):
        marks.add(URGENT)
    if TASK in possible and _TODO.search(sentence):
        marks.add(TASK)
    if QUOTED in possible and not known.isdisjoint(_ABOUT):
        marks.add(QUOTED)
    return marks


def _set_aside(words: Sequence[str]) -> bool:
    """Ignore, then earlier, then instructions, within nine words; also where the last is misspelt, or it is all that stands above."""
    for index, word in enumerate(words):
        if word in _SET_ASIDE:
            rest = words[index + 1 : index + 10]
            if rest[:1] and rest[0] in ("everything", "all", "anything") and not _ABOVE.isdisjoint(rest[1:6]):
                return True
            for place, other in enumerate(rest):
                if other in _EARLIER:
                    return any(one in _ORDERS or _misspelt(one) for one in rest[place:])
    return False


@lru_cache(maxsize=4096)
def _misspelt(word: str) -> bool:
    """Whether most letter pairs of a longer word are those of `instructions`."""
    if len(word) < 8:
        return False
    pairs = {word[place : place + 2] for place in range(len(word) - 1)}
    return 2 * len(pairs & _INSTRUCTIONS) >= 1.3 * max(len(pairs), len(_INSTRUCTIONS))


def _addressed(sentence: str, words: Sequence[str], known: frozenset[str]) -> bool:
    if ("you" in known or "as" in known) and _TO_YOU.search(sentence):
        return True
    if known.isdisjoint(_AGENT):
        return False
    for index, word in enumerate(words[:14]):
        if word in _AGENT:
            if (
                word in _VAGUE_AGENT
                and _KINDS_OF_AGENT.isdisjoint(words[max(0, index - 2) : index])
                and not _plainly(words, index, sentence)
            ):
                continue
            before, after = words[max(0, index - 4) : index], words[index + 1 : index + 3]
            if after[:1] and (after[0] in _BOUND or tuple(after) in _HAVE_TO or _are_told(after)) and index <= 4:
                return True
            if index <= 2 and after[:1] and after[0] in _NOTES and _vocative(sentence, after[0]):
                return True
            if index <= 7 and _TOWARDS.intersection(before) and not _LETTER.isdisjoint(before):
                return True
            if (
                not _OPENING.isdisjoint(before)
                and index <= 8
                and ("you" in known or "your" in known or sentence.rstrip()[-1:] in ":!" or _vocative(sentence, word))
            ):
                return True
            if index <= 3 and "@" + word in sentence.lower():
                return True
            if index <= 2 and _vocative(sentence, word):
                return True
    return False


def _are_told(after: Sequence[str]) -> bool:
    """Whether agents are said to be told something: "all assistants are asked to ..."."""
    return len(after) > 1 and after[0] in ("is", "are") and after[1] in _TOLD


def _plainly(words: Sequence[str], index: int, sentence: str) -> bool:
    """Whether a vague word for an agent is clearly one: it is spoken to, or a letter is for it."""
    before = words[max(0, index - 3) : index]
    if index <= 1 and (_vocative(sentence, words[index]) or words[index + 1 : index + 2] in (["must"], ["should"])):
        return True
    return "@" + words[index] in sentence.lower() or (
        not _TOWARDS.isdisjoint(before) and not _LETTER.isdisjoint(before)
    )


def _vocative(sentence: str, word: str) -> bool:
    low = sentence.lower()
    place = low.find(word)
    return place >= 0 and low[place + len(word) : place + len(word) + 2].lstrip()[:1] in (",", ":", "!")


def _errand(words: Sequence[str], known: frozenset[str]) -> bool:
    if "following" in known and "you" in known and not known.isdisjoint(_NEEDED):
        place = words.index("following")
        if words[place + 1 : place + 2] == ["first"] and not _PURSUE.isdisjoint(words[max(0, place - 3) : place]):
            return True
    if known.isdisjoint(_JOB):
        return False
    if "you" in known and not {"to", "before", "in"}.isdisjoint(words[:3]) and not known.isdisjoint(_NEEDED):
        for index, word in enumerate(words[:8]):
            if word in _PURSUE and not _JOB.isdisjoint(words[index + 1 : index + 6]):
                return True
    if "you" in known and not known.isdisjoint(_WHEN) and not known.isdisjoint(_PURSUE):
        for index, word in enumerate(words):
            if word == "you":
                rest = words[index + 1 : index + 9]
                for place, other in enumerate(rest):
                    if other in _PURSUE and not _JOB.isdisjoint(rest[place + 1 :]):
                        return True
    for index, word in enumerate(words):
        if word in _JOB:
            before, after = words[max(0, index - 3) : index], words[index + 1 : index + 7]
            if (
                ("your" in before and not _OWN.isdisjoint(before))
                or ("user's" in before[-2:])
                or ("gave" in after and "you" in after)
                or ("given" in after and "you" in after)
            ):
                return True
    return False


def _secret(words: Sequence[str], known: frozenset[str]) -> bool:
    if known.isdisjoint(_SILENT):
        return False
    for index, word in enumerate(words):
        rest = words[index + 1 : index + 8]
        if word == "no" and rest[:2] == ["need", "to"]:
            rest = rest[2:]
        elif word not in _NEGATIONS:
            continue
        for place, other in enumerate(rest[:3]):
            if other in _SILENT and not _WATCHERS.isdisjoint(rest[place + 1 : place + 5]):
                return True
            if other in _ASKING and not _APPROVERS.isdisjoint(rest[place + 1 : place + 5]):
                return True
    return False


def _authority(sentence: str, words: Sequence[str]) -> bool:
    for index, word in enumerate(words):
        rest = words[index + 1 : index + 6]
        if (
            word in ("message", "instruction", "instructions", "request", "order", "note", "directive")
            and "from" in rest[:2]
        ):
            after = rest[rest.index("from") + 1 :]
            if (
                "me" in after[:1]
                or ("your" in after[:2] and not _SPEAKER.isdisjoint(after))
                or ("the" in after[:1] and not _SPEAKER.isdisjoint(after[1:2]))
            ):
                return True
        if (
            word == "user"
            and words[max(0, index - 1) : index] == ["the"]
            and (not _CONSENT.isdisjoint(rest[:4]) or (not _WISHES.isdisjoint(rest[:3]) and "you" in rest))
        ):
            return True
        if (
            (word == "i'm" or (word in ("i", "this") and rest[:1] in (["am"], ["is"])))
            and not _SPEAKER.isdisjoint(rest[1:3])
            and ("your" in rest[:2] or ("the" in rest[:2] and word != "this"))
        ):
            return True
        if (
            word in _NEW
            and index <= 3
            and rest[:1]
            and rest[0] in _DIRECTIONS
            and (":" in sentence or "you" in words or "your" in words)
        ):
            return True
        if word in _OPERATORS and index <= 2 and rest[:1] and rest[0] in _OPERATOR_WORDS and ":" in sentence[:80]:
            return True
    return False
