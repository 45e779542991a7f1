"""POSIX shell text as simple commands: one bounded, linear reading, not a whole grammar.

Quotes, escapes, here-documents, pipelines, groups, substitutions, constant variables, brace lists and `$IFS` are understood, so
that a command is known by what it does and not by how it is spelled. Text inside quotes is an argument, never a command.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct, field

from onesec_cli.state.shell.expand import MAX_TEXT, SPLIT, Word, Words, substitutions

MAX_COMMANDS: Final = 1_000
MAX_FEEDERS: Final = 16

_ASSIGN: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=(.*)", re.DOTALL)
_DIGITS: Final = re.compile(r"\d{1,4}(?=[<>])")
_OPENERS: Final = frozenset({"if", "while", "until", "for", "select", "case", "{"})
_CLOSERS: Final = frozenset({"fi", "done", "esac", "}"})
_SKIPPED: Final = frozenset({"then", "else", "elif", "do", "!"})


class Redirect(Struct):
    op: str
    target: Word


class Command(Struct):
    """A simple command: assignments before it, words, redirections, and which commands' output it reads."""

    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)
    assigns: list[tuple[str, Word]] = field(default_factory=list)
    stdin: str | None = None
    """A here-document or here-string."""
    heredoc_inner: tuple[str, ...] = ()
    fed_by: tuple[int, ...] = ()
    """Places, in the script, of the commands on the left of its pipe."""


def parse(text: str) -> list[Command]:
    """The simple commands of a script, in the order they stand."""
    return _Reader(text[:MAX_TEXT]).read()


class _Frame(Struct):
    word: str
    element: int
    feed: tuple[int, ...]
    start: int


class _Reader(Words):
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.commands: list[Command] = []
        self.current = Command()
        self.frames: list[_Frame] = []
        self.feed: tuple[int, ...] = ()
        self.element = 0
        self.closed: tuple[int, int] | None = None
        """The commands of the group that has just ended."""
        self.heredocs: list[tuple[Command, str, bool, bool]] = []

    def read(self) -> list[Command]:
        """Every command, or the first `MAX_COMMANDS`."""
        while self.at < len(self.text) and len(self.commands) < MAX_COMMANDS:
            char = self.text[self.at]
            if char == "\n":
                self._end()
                self.at += 1
                self._bodies()
            elif char.isspace():
                self.at += 1
            elif char == "\\" and self.text[self.at + 1 : self.at + 2] == "\n":
                self.at += 2
            elif char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif char in ";&|()":
                self._operator(char)
            elif char in "<>" or (char.isdigit() and _DIGITS.match(self.text, self.at)):
                self._redirect()
            else:
                self._take(self.words())
        self._end()
        return self.commands

    def _operator(self, char: str) -> None:
        two = self.text[self.at : self.at + 2]
        if two in ("&>", ">&"):
            self._redirect()
            return
        if char == "(":
            self.at += 1
            if self.at > 1 and self.text[self.at - 2] == "=":  # an array is data
                self.balanced()
            else:
                self._open("(")
            return
        if char == ")":
            self.at += 1
            self._close(")")
            return
        self._end(piped=char == "|" and two != "||")
        self.at += 2 if two in ("&&", "||", ";;", "|&") else 1

    def _open(self, word: str) -> None:
        if self.current.words and word == "(":  # `name()` begins a function; what stands inside is read like a group
            self.current = Command()
        self.frames.append(_Frame(word, self.element, self.feed, len(self.commands)))
        self.element = len(self.commands)

    def _close(self, word: str) -> None:
        if self.frames and self.frames[-1].word == "case" and word == ")":  # the pattern of a branch
            self.current = Command()
            return
        self._end()
        if self.frames:
            frame = self.frames.pop()
            self.element, self.feed = frame.element, ()
            self.closed = (frame.start, len(self.commands))

    def _end(self, piped: bool = False) -> None:
        """The current command is over."""
        self.closed = None
        command, self.current = self.current, Command()
        if command.words and command.words[0].text == "for" and len(command.words) > 2:
            self.constants[command.words[1].text] = SPLIT.join(word.text for word in command.words[3:])[:4_096]
        elif command.words or command.redirects or command.assigns:
            command.fed_by = self.feed
            self.commands.append(command)
        if piped:
            self.feed = tuple(range(self.element, len(self.commands))[-MAX_FEEDERS:])
        else:
            self.feed = self.frames[-1].feed if self.frames else ()
        self.element = len(self.commands)

    def _take(self, words: list[Word]) -> None:
        for word in words:
            current = self.current
            if not current.words and not word.quoted:
                if word.text in _SKIPPED:
                    continue
                if word.text in _OPENERS:
                    self._open(word.text)
                    if word.text in ("for", "select", "case"):
                        current.words.append(Word("for" if word.text != "case" else "case"))
                    continue
                if word.text in _CLOSERS and self.frames:
                    self._close(word.text)
                    continue
            assign = _ASSIGN.fullmatch(word.text) if not current.words else None
            if assign and not (word.quoted and word.text[:1] in "'\""):
                self._assign(assign[1], Word(assign[2], word.inner, word.quoted))
            elif word.text == "in" and current.words and current.words[0].text == "case":
                self.current = Command()
            else:
                current.words.append(word)

    def _assign(self, name: str, value: Word) -> None:
        self.current.assigns.append((name, value))
        if not value.inner and "$" not in value.text and len(self.constants) < 200:
            self.constants[name] = value.text[:4_096]
        else:
            self.constants.pop(name, None)

    def _redirect(self) -> None:
        start = self.at
        while self.at < len(self.text) and self.text[self.at].isdigit():
            self.at += 1
        while self.at < len(self.text) and self.text[self.at] in "<>&|-" and self.at - start < 8:
            if self.text[self.at] in "|-" and self.text[self.at - 1] not in "<>":
                break
            self.at += 1
        op = self.text[start : self.at].lstrip("0123456789")
        if self.text[self.at : self.at + 1] == "(" and op[-1:] in "<>":  # process substitution
            self.at += 1
            self.current.words.append(Word(op[-1:] + "()", (self.balanced(),)))
            return
        if op in (">&-", "<&-"):  # closes a descriptor
            return
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        if self.text[self.at : self.at + 2] in ("<(", ">("):
            self.at += 2
            target = [Word("<()", (self.balanced(),))]
        else:
            target = (self.words() if self.at < len(self.text) else []) or [Word("")]
        if op in ("<<", "<<-"):
            self.heredocs.append((self.current, target[0].text, target[0].quoted, op == "<<-"))
        elif op == "<<<":
            self.current.stdin = target[0].text
            self.current.heredoc_inner = target[0].inner
        elif self.closed and not self.current.words:  # of a group or loop: it serves all inside
            for command in self.commands[self.closed[0] : self.closed[1]][:MAX_FEEDERS]:
                command.redirects.append(Redirect(op, target[0]))
        else:
            self.current.redirects.append(Redirect(op, target[0]))
        self.current.words.extend(target[1:])

    def _bodies(self) -> None:
        """The bodies of the here-documents whose line has ended."""
        for command, mark, quoted, tabs in self.heredocs:
            lines: list[str] = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = end + 1
                if (line.lstrip("\t") if tabs else line) == mark:
                    break
                lines.append(line)
            command.stdin = "\n".join(lines)
            if not quoted:
                command.heredoc_inner = substitutions(command.stdin)
        self.heredocs.clear()
