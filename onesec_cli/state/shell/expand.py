"""Words of a shell text: quotes, escapes, expansions, substitutions, brace lists."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

MAX_TEXT: Final = 65_536
"""Characters of one command text that are read."""
MAX_BRACES: Final = 64

_PLAIN: Final = re.compile(r"[^\s;&|()<>\\'\"$`]+")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACES: Final = re.compile(r"\{([^{}\s,]*(?:,[^{}\s,]*)+)\}")
_ANSI: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|([0-7]{1,3})|(.))", re.DOTALL)
_ANSI_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_ACTIVE: Final = re.compile(r"[\\`]|\$\(")
"""What a here-document does not take as it stands."""
SPLIT: Final = "\x00"
"""Stands where an unquoted expansion splits a word."""


class Word(Struct):
    """One word as the shell would hand it on, as far as that can be known; unknown parts stay as `$NAME` or `$()`."""

    text: str
    inner: tuple[str, ...] = ()
    """Texts of the command substitutions and process substitutions inside."""
    quoted: bool = False


class Words:
    """A place in a text, and the constants that are known there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.constants: dict[str, str] = {}
        self.budget = 4 * MAX_TEXT
        """Characters that constants may still unfold to."""

    def words(self) -> list[Word]:
        """The words that start here: one, or several where an unquoted expansion splits it."""
        parts: list[str] = []
        inner: list[str] = []
        quoted = False
        while self.at < len(self.text):
            plain = _PLAIN.match(self.text, self.at)
            if plain:
                parts.append(plain[0])
                self.at = plain.end()
                continue
            char = self.text[self.at]
            if char.isspace() or char in ";&|()<>":
                break
            if char == "\\":
                parts.append(self.text[self.at + 1 : self.at + 2].replace("\n", ""))
                self.at += 2
            elif char == "'":
                quoted = True
                parts.append(self._until("'"))
            elif char == '"':
                quoted = True
                self._double(parts, inner)
            else:
                self.expand(parts, inner, split=True)
        text = "".join(parts)
        if not quoted and "{" in text:
            return [Word(one, tuple(inner)) for one in _braces(text) for one in one.split(SPLIT)]
        if SPLIT in text:
            return [Word(one, tuple(inner), quoted) for one in text.split(SPLIT) if one]
        return [Word(text, tuple(inner), quoted)]

    def _until(self, mark: str) -> str:
        end = self.text.find(mark, self.at + 1)
        end = len(self.text) if end < 0 else end
        found = self.text[self.at + 1 : end]
        self.at = end + 1
        return found

    def _double(self, parts: list[str], inner: list[str]) -> None:
        self.at += 1
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return
            if char == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                parts.append(following if following in '$`"\\' else "" if following == "\n" else "\\" + following)
                self.at += 2
            elif char in "$`":
                self.expand(parts, inner, split=False)
            else:
                end = self.at
                while end < len(self.text) and self.text[end] not in '"\\$`':
                    end += 1
                parts.append(self.text[self.at : end])
                self.at = end

    def expand(self, parts: list[str], inner: list[str], split: bool) -> None:
        """An expansion that starts here with `$` or a backtick."""
        if self.text[self.at] == "`":
            inner.append(self._until("`"))
            parts.append("$()")
            return
        following = self.text[self.at + 1 : self.at + 2]
        if following == "'" and split:
            parts.append(self._ansi())
        elif following == "(":
            arithmetic = self.text[self.at + 2 : self.at + 3] == "("
            self.at += 2
            body = self.balanced()
            parts.append("$()")
            if not arithmetic:
                inner.append(body)
        elif following == "{":
            end = self.text.find("}", self.at)
            end = len(self.text) if end < 0 else end
            parts.append(self._value(self.text[self.at + 2 : end], split))
            self.at = end + 1
        else:
            name = _NAME.match(self.text, self.at + 1)
            self.at = name.end() if name else self.at + 1
            parts.append(self._value(name[0], split) if name else "$")

    def _ansi(self) -> str:
        """`$'...'` from its opening to its closing quote."""
        start = self.at + 2
        end = start
        while end < len(self.text) and self.text[end] != "'":
            end += 2 if self.text[end] == "\\" else 1
        self.at = end + 1
        return _ANSI.sub(_ansi_char, self.text[start:end])

    def _value(self, body: str, split: bool) -> str:
        """The value of `NAME`, `NAME:-default` and the like, or `$NAME` where the text does not say."""
        name = _NAME.match(body)
        if name is None:
            return "$" + body[:40]
        if name[0] == "IFS":
            return SPLIT if split else " "
        rest = body[name.end() :]
        value = self.constants.get(name[0])
        if value is None and rest[:2] in (":-", ":="):
            value = rest[2:]
        if value is None or len(value) > self.budget:
            return "$" + name[0]
        self.budget -= len(value)
        return re.sub(r"[ \t\n]+", SPLIT, value) if split else value.replace(SPLIT, " ")

    def balanced(self) -> str:
        """The text up to the parenthesis that closes the one just read."""
        start, depth = self.at, 1
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\":
                self.at += 1
            elif char in "'\"":
                end = self.text.find(char, self.at + 1)
                while char == '"' and end > 0 and self.text[end - 1] == "\\":
                    end = self.text.find(char, end + 1)
                self.at = end if end >= 0 else self.at
            elif char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
                if not depth:
                    break
            self.at += 1
        found = self.text[start : self.at]
        self.at += 1
        return found


def substitutions(text: str) -> tuple[str, ...]:
    """Command substitutions in a text that the shell expands but does not split, such as a here-document."""
    if "$(" not in text and "`" not in text:
        return ()
    reader = Words(text)
    inner: list[str] = []
    while True:
        found = _ACTIVE.search(text, reader.at)
        if found is None:
            return tuple(inner)
        reader.at = found.start()
        if text[reader.at] == "\\":
            reader.at += 2
        else:
            reader.expand([], inner, split=False)


def _braces(text: str) -> list[str]:
    """The words of `a{b,c}d`."""
    words = [text]
    for _ in range(3):
        found = [_BRACES.search(word) for word in words]
        if not any(found) or len(words) > MAX_BRACES:
            break
        words = [
            word if one is None else word[: one.start()] + choice + word[one.end() :]
            for word, one in zip(words, found, strict=True)
            for choice in ([""] if one is None else one[1].split(",")[:MAX_BRACES])
        ]
    return words[:MAX_BRACES]


def _ansi_char(found: re.Match[str]) -> str:
    hexadecimal, unicode, octal, letter = found.groups()
    if letter is not None:
        return _ANSI_LETTERS.get(letter, letter)
    return chr(int(hexadecimal or unicode, 16)) if octal is None else chr(int(octal, 8))
