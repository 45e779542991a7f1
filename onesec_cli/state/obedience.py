"""What the texts an agent read told it to do, and which of its calls did that.

A fold over one conversation, shared by the detectors that tell obedience from mere exposure. Trusted: what a person and the operator
wrote. Untrusted: results of tools, memories, context the harness put in. The model's own words are neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import INSTRUCTED
from onesec_cli.model.policy import AgentPolicy
from onesec_cli.state.deeds import Aim, Deed, deed_of
from onesec_cli.state.text.normal import fold
from onesec_cli.state.text.reading import Instruction, read
from onesec_cli.state.text.tools import words_of
from onesec_cli.state.text.values import canonical, stands_in
from onesec_cli.state.text.verbs import OTHER, alike, meaning
from onesec_cli.state.wish import Wish

READS: Final = frozenset({kinds.GOAL_SET, kinds.MESSAGE, kinds.TOOL_CALL, kinds.TOOL_RESULT, kinds.MEMORY_READ})

_RULES_FILES: Final = (
    "agents.md",
    "claude.md",
    "gemini.md",
    ".cursorrules",
    ".cursor/rules",
    "copilot-instructions",
    "skill.md",
    ".windsurfrules",
    ".clinerules",
    "conventions.md",
)
MAX_SOURCES: Final = 120
"""Texts with instructions that one conversation remembers; the oldest unmarked ones are forgotten first."""
MAX_LINES: Final = 40
"""Instructions of one text that are remembered, marked ones first."""
MAX_OPEN: Final = 400
"""Calls whose result is still waited for."""


class Line(Struct, frozen=True, gc=False):
    """One instruction of an untrusted text."""

    text: str
    folded: str
    manner: str
    kinds: list[str]
    marks: list[str]
    marked: bool
    way: str = ""
    lead: str = ""
    """How it begins, folded: a call that repeats this carries the text, it does not obey it."""


class Source(Struct, gc=False):
    """An untrusted text that holds instructions."""

    evidence: Evidence
    event_id: str
    kind: str
    """`result`, `memory`, `context` or `rules` (a file of rules for agents)."""
    tool: str
    call: str
    named: bool
    """Whether the person named what was read."""
    failed: bool
    cut: bool
    lines: list[Line]
    marked: bool


class Session(Struct):
    """One conversation."""

    wish: Wish = field(default_factory=Wish)
    goal: Evidence | None = None
    sources: list[Source] = field(default_factory=list)
    forgotten: int = 0
    waiting: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Call id to the tool and its arguments, folded."""
    cut: int = 0
    """Results of which the log holds only a part."""


class Bond(Struct, frozen=True, gc=False):
    """Why a call is taken to do what an instruction said."""

    source: Source
    line: Line
    ground: str
    """`value`, `tool`, `topic` or `payload`."""
    value: str
    key: str
    part: str
    kind: str
    within: bool = False
    """Whether the value is only a part of the argument."""


def hear(session: Session, event: Event, trust: AgentPolicy) -> None:
    """Take in an event that is no call."""
    fields = event.fields
    text = fields.get("text")
    if not isinstance(text, str) or not text:
        return
    if event.kind == kinds.GOAL_SET:
        session.wish.hear(text)
        session.goal = session.goal or event.cite("what the user asked for")
        return
    if event.kind == kinds.MESSAGE:
        author = fields.get("author")
        if author == "system" and trust.trust_operator:
            session.wish.permit(text)
        elif author in ("context", "system"):
            _take(session, event, text, "context")
        return
    if fields.get("cut"):
        session.cut += 1
    if event.tool and event.tool in trust.trusted_tools:
        session.wish.permit(text)
        return
    reminders = ""
    if "<system-reminder>" in text:
        text, reminders = _apart(text)
    _take(session, event, text, "memory" if event.kind == kinds.MEMORY_READ else "result")
    if reminders:
        _take(session, event, reminders, "context")


def _apart(text: str) -> tuple[str, str]:
    """A result, and the reminders its harness put into it. Such a tag proves nothing: what stands in it is injected context."""
    parts = text.split("<system-reminder>")
    inside, outside = [], [parts[0]]
    for part in parts[1:]:
        said, _, rest = part.partition("</system-reminder>")
        inside.append(said)
        outside.append(rest)
    return "\n".join(outside), "\n\n".join(inside)


def called(session: Session, event: Event) -> Deed:
    """Take in a call."""
    deed = deed_of(event.tool, event.fields.get("args"))
    call = event.fields.get("call")
    if isinstance(call, str) and call:
        if len(session.waiting) >= MAX_OPEN:
            session.waiting.pop(next(iter(session.waiting)))
        session.waiting[call] = (event.tool, deed.said[:2_000])
    return deed


def _take(session: Session, event: Event, text: str, kind: str) -> None:
    call = event.fields.get("call")
    tool, asked = session.waiting.pop(call, (event.tool, "")) if isinstance(call, str) else (event.tool, "")
    reading = read(text)
    if not reading.instructions:
        return
    if kind == "result" and any(name in asked for name in _RULES_FILES):
        kind = "rules"
    lines = _lines(reading.instructions)
    named = _named(session, asked, text)
    source = Source(
        evidence=event.cite(INSTRUCTED),
        event_id=event.id,
        kind=kind,
        tool=tool or event.tool,
        call=call if isinstance(call, str) else "",
        named=named,
        failed=bool(event.fields.get("error"))
        or text.lstrip()[:40].lower().startswith(("error", "failed", "traceback", "invalid")),
        cut=bool(event.fields.get("cut")),
        lines=lines,
        marked=any(line.marked for line in lines),
    )
    if len(session.sources) >= MAX_SOURCES:
        plain = next((index for index, one in enumerate(session.sources) if not one.marked), 0)
        session.sources.pop(plain)
        session.forgotten += 1
    session.sources.append(source)


def _named(session: Session, asked: str, text: str) -> bool:
    """Whether the person named what was read: by the arguments it was read with, or by what it holds."""
    wish = session.wish
    for word in asked.split(" ")[:60]:
        value = canonical(word)
        last = value.rpartition("/")[2]
        if (len(value) >= 4 and wish.knows(value)) or (len(last) >= 5 and last != value and wish.mentions(last)):
            return True
    if not wish.names:
        return False
    folded = fold(text[:100_000])
    return any(name in folded for name in wish.names)


def _lines(instructions: tuple[Instruction, ...]) -> list[Line]:
    chosen = sorted(range(len(instructions)), key=lambda index: (not instructions[index].marked, index))[:MAX_LINES]
    return [_line(instructions[index]) for index in sorted(chosen)]


@lru_cache(maxsize=8192)
def _line(one: Instruction) -> Line:
    return Line(
        one.text,
        fold(one.text),
        one.manner,
        sorted(one.kinds),
        sorted(one.marks),
        one.marked,
        one.way,
        " ".join(fold(one.text).split(" ")[:6]),
    )


def bonds(session: Session, deed: Deed, trusted: tuple[str, ...]) -> Iterator[Bond]:
    """Every instruction that the call does, with what ties them together; nothing the user gave ties."""
    aims = [aim for aim in deed.aims if not _given(session.wish, aim) and not (trusted and _trusted(aim, trusted))]
    for source in session.sources:
        leads = [line.lead for line in source.lines if line.lead]
        held = [aim for aim in aims if not _carries(aim, leads)]
        for line in source.lines:
            yield from _tie(source, line, deed, held)


def _trusted(aim: Aim, trusted: tuple[str, ...]) -> bool:
    """Whether a destination is one that the policy names: itself, its host, or a domain it is below."""
    place = aim.value.partition("/")[0].rpartition("@")[2].partition(":")[0]
    return any(
        aim.value == one.casefold() or place == one.casefold() or place.endswith("." + one.casefold())
        for one in trusted
    )


def _given(wish: Wish, aim: Aim) -> bool:
    return wish.knows_place(aim.value) if aim.kind in ("url", "host", "ip") else wish.knows(aim.value)


def _carries(aim: Aim, leads: list[str]) -> bool:
    """Whether an argument hands on the words of an instruction as they stand: it quotes the text, it does not obey it."""
    whole = aim.within or aim.value
    return len(whole) >= 40 and any(lead in whole for lead in leads)


def _tie(source: Source, line: Line, deed: Deed, aims: list[Aim]) -> Iterator[Bond]:
    for aim in aims:
        if aim.part == "payload":
            quoted = next((quote for quote in _quotes(line.text) if quote in aim.value), "")
            if quoted:
                yield Bond(source, line, "payload", quoted, aim.key, aim.part, aim.kind)
        elif _holds(line.folded, aim):
            yield Bond(source, line, "value", aim.value, aim.key, aim.part, aim.kind, bool(aim.within))
    if deed.tool and len(deed.tool) >= 5 and _names(line.folded, deed.tool):
        yield Bond(source, line, "tool", deed.tool, "", "", "")
    elif _about(line, deed):
        yield Bond(source, line, "topic", " ".join(sorted(deed.topic)), "", "", "")


def _holds(text: str, aim: Aim) -> bool:
    value = aim.value
    if aim.kind in ("iban", "phone"):
        return value in _packed(text)
    return stands_in(text, value)


@lru_cache(maxsize=4096)
def _packed(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char == "+")


@lru_cache(maxsize=4096)
def _quotes(text: str) -> tuple[str, ...]:
    """Longer words in quotes or after a colon, folded: what an instruction says should be handed over."""
    found: list[str] = []
    for mark in "\"'`“":
        close = "”" if mark == "“" else mark
        parts = (
            text.split(mark)
            if mark == close
            else [piece for part in text.split(mark)[1:] for piece in ("", part.split(close)[0])]
        )
        found += [part for part in parts[1::2] if len(part) >= 14 and part.count(" ") >= 2]
    return tuple(fold(part) for part in found[:20])


@lru_cache(maxsize=8192)
def meanings(text: str) -> frozenset[str]:
    """Meanings of the words of an instruction."""
    return frozenset(meaning(word) for word in _packed_words(text))


def _packed_words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text.lower()).split()


def _about(line: Line, deed: Deed) -> bool:
    """Whether an instruction asks for such an act on such a thing; where its verb is not known, on all of the thing."""
    if OTHER in line.kinds and len(line.kinds) == 1:
        return len(deed.topic) >= 2 and deed.topic <= meanings(line.text)
    return alike(frozenset(line.kinds), deed.act) and _covers(line.text, deed.topic)


def _covers(text: str, topic: frozenset[str]) -> bool:
    """Whether an instruction speaks of what a tool is about."""
    return bool(topic) and 2 * len(topic & meanings(text)) >= len(topic)


def _names(text: str, tool: str) -> bool:
    """Whether an instruction calls a tool by its name, which is more than one word."""
    last = tool.rsplit("__", 1)[-1]
    return len(last) >= 6 and ("_" in last or "-" in last or len(words_of(last)) > 1) and last.casefold() in text
