"""What the people of a conversation said, to tell what they asked for from what nobody did."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.telling import Tell, Tells

MAX_CHARS: Final = 200_000
"""Characters of people's words that are kept per conversation; later ones are left out and `full` says so."""

_NOT: Final = re.compile(
    r"\b(?:don'?t|do not|never|must not|mustn't|should not|shouldn't|without|avoid|leave)\b(?!\s+(?:forget|hesitate))[^.;\n!?]*\Z"
)
_DESTROY: Final = re.compile(
    r"\b(?:delet|remov|wip|clean|clear|drop|eras|purg|reset|destroy|format|overwrit|force|prun|uninstall|nuk|truncat|empt|tear|replac|updat|set|chang|rewrit|flash|"
    r"get rid|throw|rm|mark|bump|assign|increas|decreas|zero|archiv|lösch|entfern|supprim|effac|borr|elimin|cancell)\w*"
)


class Asked(Struct):
    """The words of people in one conversation, folded for search."""

    tells: ClassVar[Tells] = (
        Tell("texts", "a person said: {value}"),
        Tell("chars", ""),
        Tell("full", "a person said more than is remembered"),
    )

    texts: list[str] = field(default_factory=list)
    chars: int = 0
    full: bool = False

    def take(self, text: object) -> None:
        """Remember what a person wrote."""
        if not isinstance(text, str):
            return
        room = MAX_CHARS - self.chars
        if len(text) > room:
            self.full = True
        if room > 0 and text:
            folded = text[:room].lower().replace("’", "'")
            self.texts.append(folded)
            self.chars += len(folded)

    def says(self, names: Iterable[str], destroys: bool = False) -> str:
        """`asked`, `forbidden` or empty: whether any of the names was spoken, or spoken of as what not to do."""
        forbidden = False
        for text in self.texts:
            if destroys and not _DESTROY.search(text):
                continue
            for name in names:
                at = _find(text, name.lower())
                if at < 0:
                    continue
                if _NOT.search(text, max(0, at - 80), at):
                    forbidden = True
                else:
                    return "asked"
        return "forbidden" if forbidden else ""


def _find(text: str, name: str) -> int:
    """Where a name stands in a text as words of its own; -1 where it does not."""
    if len(name) < 3:
        return -1
    at = text.find(name)
    for _ in range(20):
        if at < 0:
            return -1
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not ((before.isalnum() and name[0].isalnum()) or (after.isalnum() and name[-1].isalnum() and after != "s")):
            return at
        at = text.find(name, at + 1)
    return -1
