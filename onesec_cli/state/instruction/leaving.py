"""Whether a person leaves what is to be done to a text: "do what the ticket says", "handle my inbox", "as usual"."""

from __future__ import annotations

from typing import Final

from onesec_cli.state.text.verbs import READ, VERBS, stem
from onesec_cli.state.wordlists import word_set


def _set(words: str) -> frozenset[str]:
    """Words of English grammar, read by their place in a sentence. Vocabulary stands in rules/lexicons/, other languages too."""
    return frozenset(words.split())


_DO: Final = word_set("wishes.do")
_LEFT: Final = word_set("wishes.left")
_WHATEVER: Final = _set("what whatever everything anything as how accordingly")
_SAYS: Final = word_set("wishes.says")
LISTS: Final = word_set("wishes.lists")
_USUAL: Final = (["the"], ["my"], ["our"], ["as"])
_GOES_ON: Final = word_set("wishes.goes-on")
_THAT: Final = (["it"], ["so"], ["that"], ["this"], ["them"])
_CARES: Final = frozenset(
    {("take", "care"), ("see", "to"), ("deal", "with"), ("sort", "out"), ("look", "after"), ("attend", "to")}
)
"""Ways to leave to somebody what is to be done."""
_NOTHING: Final[frozenset[str]] = frozenset()


def leaves_to_a_text(words: list[str]) -> bool:
    """Whether a person leaves what is to be done to a text that is to be read, or to what was agreed before."""
    for index, word in enumerate(words):
        rest = words[index + 1 : index + 9]
        if word in _DO and not _LEFT.isdisjoint(rest):
            return True
        if (word in LISTS and word not in ("task", "tasks", "actions")) or word == "accordingly":
            return True
        if word in _WHATEVER and not _SAYS.isdisjoint(rest[:7]) and not _only_asks(words, index):
            return True
        if (
            (word == "line" and rest[:1] == ["with"])
            or (word == "according" and rest[:1] == ["to"])
            or (word == "as" and rest[:1] == ["per"])
        ):
            return True
        if word in ("usual", "routine") and words[max(0, index - 1) : index] in _USUAL:
            return True
        if word in _GOES_ON and rest[:1] == ["with"]:
            return True
        if (word == "do" and rest[:1] in _THAT) or (word, *rest[:1]) in _CARES:
            return True
        if word == "make" and rest[:1] == ["sure"] and not _SAYS.isdisjoint(rest):
            return True
    return False


def _only_asks(words: list[str], index: int) -> bool:
    """Whether what a text says is only to be told: "what does it say?", "check what she asks"."""
    if words[index] not in ("what", "how"):
        return False
    before = words[max(0, index - 3) : index]
    return not before or any(READ in VERBS.get(stem(word), _NOTHING) or word == "tell" for word in before)
