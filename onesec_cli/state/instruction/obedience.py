"""What the texts an agent read told it to do, and which of its calls did that.

A fold over one conversation, shared by the detectors that tell obedience from mere exposure. Trusted: what a person and the operator
wrote. Untrusted: results of tools, memories, context the harness put in. The model's own words are neither.
"""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import ASKED, INSTRUCTED
from onesec_cli.model.policy import AgentPolicy
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.call.deeds import leaves_of
from onesec_cli.state.call.memories import is_memory_tool
from onesec_cli.state.call.remembered import per_call
from onesec_cli.state.instruction.sources import Archive, Source, lines_of, part_of
from onesec_cli.state.instruction.wish import Wish
from onesec_cli.state.text.normal import fold
from onesec_cli.state.text.reading import read
from onesec_cli.state.text.values import canonical
from onesec_cli.state.wordlists import remembered, word_set, words

READS: Final = frozenset({kinds.GOAL_SET, kinds.MESSAGE, kinds.TOOL_CALL, kinds.TOOL_RESULT, kinds.MEMORY_READ})

_FAILURES: Final = ("error", "failed", "traceback", "invalid")
_YES: Final = word_set("wishes.yes")
MAX_PROPOSED: Final = 4_000
MAX_SOURCES: Final = 120
"""Texts with instructions that one conversation holds against every call; the oldest unmarked ones go to the archive first."""
MAX_TOOLS: Final = 1_000
"""Tools of one conversation that are remembered."""
MAX_ACTED: Final = 4_000
"""Values of calls that are remembered."""
MAX_OPEN: Final = 400
"""Calls whose result is still waited for."""


class Session(Struct):
    """One conversation."""

    tells: ClassVar[Tells] = (
        Tell("goal", "the goal stands at {value:place}"),
        Tell("waiting.*", "the call {0} has no answer yet"),
        Tell("forgotten", "texts that were given up to stay within bounds: {value}"),
        Tell("proposed", "the agent proposed: {value}"),
        *quiet("used", "seen"),
    )

    wish: Wish = field(default_factory=Wish)
    goal: Evidence | None = None
    sources: list[Source] = field(default_factory=list)
    archive: Archive = field(default_factory=Archive)
    forgotten: int = 0
    """Texts of which something is held against no later call any more."""
    waiting: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Call id to the tool and its arguments, folded."""
    used: dict[str, int] = field(default_factory=dict)
    """Tools the agent called, and how many sources there were when it first did."""
    seen: int = 0
    """Sources there have been."""
    acted: dict[str, int] = field(default_factory=dict)
    """Short values the agent used in a call, and how many sources there were when it first did."""
    answered: int = 0
    """Sources there had been when a person last spoke: of those they may have been told."""
    proposed: str = ""
    """What the agent said last: a person who only agrees has asked for that."""
    cut: int = 0
    """Results of which the log holds only a part."""


def hear(session: Session, event: Event, trust: AgentPolicy, plain: bool = True) -> None:
    """Take in an event that is no call; with `plain` false, only texts that speak to the agent are remembered."""
    fields = event.fields
    text = fields.get("text")
    if not isinstance(text, str) or not text:
        return
    if event.kind == kinds.GOAL_SET:
        if _agrees(text):
            session.wish.hear(session.proposed)
        session.wish.hear(text)
        session.answered = session.seen
        session.goal = session.goal or event.cite(ASKED)
        return
    if event.kind == kinds.MESSAGE:
        author = fields.get("author")
        if author == "system" and trust.trust_operator:
            session.wish.permit(text)
        elif author in ("context", "system"):
            _take(session, event, text, "context", plain)
        else:
            session.proposed = text[:MAX_PROPOSED]
        return
    if fields.get("cut"):
        session.cut += 1
    if event.tool and event.tool in trust.trusted_tools:
        session.wish.permit(text)
        return
    reminders = ""
    if "<system-reminder>" in text:
        text, reminders = _apart(text)
    _take(session, event, text, "memory" if event.kind == kinds.MEMORY_READ else "result", plain)
    if reminders:
        _take(session, event, reminders, "context", plain)


def _agrees(text: str) -> bool:
    """Whether a person only agreed, so that what the agent had proposed is what they want."""
    words = text[:60].lower().replace(",", " ").replace(".", " ").replace("!", " ").split()
    return (
        len(text) <= 60
        and bool(words)
        and (words[0] in _YES or words[:2] in (["go", "ahead"], ["do", "it"], ["please", "do"]))
    )


def _apart(text: str) -> tuple[str, str]:
    """A result, and the reminders its harness put into it. Such a tag proves nothing: what stands in it is injected context."""
    parts = text.split("<system-reminder>")
    inside, outside = [], [parts[0]]
    for part in parts[1:]:
        said, _, rest = part.partition("</system-reminder>")
        inside.append(said)
        outside.append(rest)
    return "\n".join(outside), "\n\n".join(inside)


def called(session: Session, event: Event) -> None:
    """Take in a call."""
    if len(session.used) < MAX_TOOLS:
        session.used.setdefault(event.tool, session.seen)
    for leaf in leaves_of(event):
        if len(session.acted) < MAX_ACTED and 3 <= len(leaf.text) <= 80:
            session.acted.setdefault(canonical(leaf.text), session.seen)
    call = event.fields.get("call")
    if isinstance(call, str) and call:
        if len(session.waiting) >= MAX_OPEN:
            session.waiting.pop(next(iter(session.waiting)))
        session.waiting[call] = (event.tool, _asked_with(event))


@per_call
def _asked_with(event: Event) -> str:
    """The arguments of a call, as what comes back is held against them."""
    return " ".join([leaf.text[:500] for leaf in leaves_of(event)])[:2_000]


def _take(session: Session, event: Event, text: str, kind: str, plain: bool) -> None:
    call = event.fields.get("call")
    tool, asked = session.waiting.pop(call, (event.tool, "")) if isinstance(call, str) else (event.tool, "")
    reading = read(text)
    if not reading.instructions or not (plain or reading.speaks):
        return
    asking = _asking(asked)
    if kind == "result" and asking.rules:
        kind = "rules"
    elif kind == "result" and is_memory_tool(tool):
        kind = "memory"
    lines = lines_of(reading.instructions)
    source = Source(
        evidence=event.cite(INSTRUCTED),
        event_id=event.id,
        kind=kind,
        tool=tool or event.tool,
        call=call if isinstance(call, str) else "",
        number=session.seen,
        named=_named(session.wish, asking, text),
        failed=bool(event.fields.get("error")) or _begins_with_failure(text),
        cut=bool(event.fields.get("cut")),
        lines=list(lines[0].lines),
        said=lines[0].said,
        marked=lines[0].marked,
        about=_about(session.wish, f"{asked} {text[:100_000]}"),
    )
    lost = reading.more
    if len(session.sources) >= MAX_SOURCES:
        oldest = next((index for index, one in enumerate(session.sources) if not one.marked), 0)
        lost = session.archive.keep(session.sources.pop(oldest)) or lost
    for more in lines[1:]:
        lost = session.archive.keep(part_of(source, more)) or lost
    session.forgotten += lost
    session.sources.append(source)
    session.seen += 1


def _about(wish: Wish, text: str) -> bool:
    """Whether a text holds a name of somebody whom the person spoke of, also within a mail address."""
    if not wish.people:
        return False
    folded = fold(text)
    return any(all(part in folded for part in name.split(" ")) for name in wish.people)


def _naming(value: str) -> bool:
    """Whether a value can name one thing: a short number or word turns up by chance, `m95` does not."""
    short = len(value) >= 2 and any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return len(value) >= 4 or short


def _begins_with_failure(text: str) -> bool:
    head = text if text[:1].isspace() else text[:40]
    return head.lstrip()[:40].lower().startswith(_FAILURES)


class _Asking(NamedTuple):
    """The arguments that something was read with."""

    rules: bool
    """Whether they name a file of rules for agents."""
    whole: tuple[str, ...]
    """Those that can name what is read."""
    ends: tuple[str, ...]
    """The last parts of paths and addresses."""


@remembered(4_096)
def _asking(asked: str) -> _Asking:
    asked = fold(asked)
    values = [canonical(word) for word in asked.split(" ")[:60]]
    ends = [(value, value.rpartition("/")[2]) for value in values]
    return _Asking(
        any(name in asked for name in words("files.rules")),
        tuple(value for value in values if _naming(value)),
        tuple(end for value, end in ends if len(end) >= 5 and end != value),
    )


def _named(wish: Wish, asking: _Asking, text: str) -> bool:
    """Whether the person named what was read: by the arguments it was read with, or by what it holds."""
    if any(map(wish.knows, asking.whole)) or any(map(wish.mentions, asking.ends)):
        return True
    if not wish.names:
        return False
    folded = fold(text[:100_000])
    return any(name in folded for name in wish.names)
