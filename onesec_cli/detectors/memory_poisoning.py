"""A text became a memory that changes what an agent does, and no person said it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.mask import mask
from onesec_cli.state.call.calls import said_of
from onesec_cli.state.call.deeds import deed_of
from onesec_cli.state.call.memories import Touch, memory_of, touched
from onesec_cli.state.conversation.outcomes import was_refused
from onesec_cli.state.conversation.recollection import (
    LOADED,
    MAX_GOALS,
    MAX_WAITING,
    Entry,
    Heard,
    Line,
    Recollection,
    Talk,
    by_person,
    lines_of,
    source_of,
)
from onesec_cli.state.instruction.bonds import Bond, bonds
from onesec_cli.state.instruction.grading import ADDRESSES, judge
from onesec_cli.state.instruction.obedience import Session, called
from onesec_cli.state.instruction.obedience import hear as obey
from onesec_cli.state.instruction.tenets import MEANINGS
from onesec_cli.state.text.plain import text_of
from onesec_cli.state.text.verbs import OUTWARD, STATE_CHANGING

TITLES: Final = {
    "planted": "Foreign instruction written to memory",
    "policy": "Memory that changes what an agent may do",
    "recalled": "Planted memory read",
    "sleeper": "Planted memory obeyed in a later conversation",
}
_SAVES: Final = ("remember", "save", "note", "notes", "document", "write", "record", "memory", "store", "add", "update", "create", "generate", "init", "merke", "merk", "speicher",
                 "guarda", "recuerda", "note down", "keep in mind", "claude.md", "agents.md", "rules")  # fmt: skip
_SHOWN: Final = 240
MAX_APART: Final = 20
"""Memories of one conversation of which the same claim is told one by one; further ones are one alert."""


class MemoryPoisoning(Detector[Recollection]):
    """Finds memories that tell an agent what to do or what it may do and that no person said, and the later act they cause.

    Memories are what outlives a conversation: memory and note tools, and files that agents are told to obey (`CLAUDE.md`, `AGENTS.md`,
    `SOUL.md`, rules folders ...). At the write, each sentence of it is held against what people said and what tools had
    returned. Later, in another conversation, the same sentences are known again when the memory is read; a call that does
    what they say closes the chain: text, write, read, act.

    ## Why it matters
    A poisoned memory needs the attacker once. It works in every later conversation, for every user who shares it, long
    after the mail or page is gone; and whoever reads only the later conversation sees an agent acting on its own rules.

    ## Judged on
    The write: a sentence from a text that strangers can write, that changes what an agent may do (approval, limits of scope or policy,
    whom to trust, where to send things, credentials, secrecy, protections, harmful commands) or that speaks to the agent, is high; other instructions from such texts medium, or
    informational where a person asked to save them. A sentence of the first kind that nothing explains is medium, and informational where a person
    asked for the memory. Sentences that a person said never count. The sleeper: the read is low, an act that fits is high, and critical where the origin is known; after a write that was no finding
    only an act that obeys beyond doubt is told, as medium.

    ## What it misses
    Memories that are reworded between text, write and read. Sentences that change an agent without any of these subjects. Writes that
    the log does not show: another tool, a pull, a person's editor. Reads that it does not show: only of rules files (`CLAUDE.md`, `AGENTS.md`, `GEMINI.md`)
    in the folder a conversation works in, or above it, is it taken that the harness loaded them, and the act is one level lower. Memories kept by the model's provider. Where conversations carry no
    clock, their order is unknown and no sleeper is told. Languages other than English are judged by a few words and by where
    a sentence came from. Of one conversation 60,000 characters of results are kept, of one tenant 2,000 memories and 20,000 conversations. More
    than 20 memories of one conversation of which the same is claimed are told as one alert.

    ## What else it may be
    A person of the team wrote the rule themselves, in a file that this log only shows being read.

    ## What to do
    Remove the sentence from the memory, and search the memory for others of the same day. Find the text it came from, and who else read it.
    Undo what the later calls did. Let memory writes need approval (`approvals` in the policy).
    """

    rule = Rule(
        id="memory-poisoning",
        title="Memory poisoned",
        level=Level.high,
        asi=("ASI06", "ASI01"),
        attack=("AML.T0080", "AML.T0051.001"),
    )
    reads = frozenset(
        {
            *(kinds.GOAL_SET, kinds.MESSAGE, kinds.TOOL_CALL, kinds.TOOL_RESULT, kinds.MEMORY_READ),
            *(kinds.MEMORY_WRITE, kinds.APPROVAL_DECISION),
        }
    )
    key = ("tenant",)
    state = Recollection

    def observe(self, state: Recollection, event: Event) -> Iterator[Finding]:
        talk = state.talk(event.session)
        kind = event.kind
        if kind == kinds.TOOL_CALL:
            yield from self._called(state, talk, event)
        elif kind == kinds.MEMORY_WRITE:
            if text_of(event, "call") not in talk.written:
                yield from self._written(state, talk, event, memory_of(event))
        elif kind == kinds.APPROVAL_DECISION:
            yield from self._answered(state, talk, event)
        elif kind == kinds.TOOL_RESULT:
            yield from self._answered(state, talk, event)
            tool, memory, said = talk.waiting.pop(text_of(event, "call"), (event.tool, "", ""))
            if memory:
                yield from self._recalled(state, talk, event)
            state.hear(talk, event, memory, tool or event.tool, said)
        elif kind == kinds.MEMORY_READ or (kind == kinds.MESSAGE and event.fields.get("author") == "context"):
            yield from self._recalled(state, talk, event)
        elif kind == kinds.GOAL_SET:
            self._goal(talk, event)

    def finish(self, state: Recollection) -> Iterator[Finding]:
        for session in sorted(state.talks):
            yield from state.talks[session].outcomes.rest()

    def forgotten(self, state: Recollection) -> int:
        return state.forgotten

    def _answered(self, state: Recollection, talk: Talk, event: Event) -> Iterator[Finding]:
        yield from talk.outcomes.answered(event)
        if was_refused(event):
            state.undo(event.session, text_of(event, "call"))

    def _goal(self, talk: Talk, event: Event) -> None:
        text = text_of(event)
        talk.spoken += 1
        talk.asked.take(text)
        if sum(map(len, talk.goals)) < MAX_GOALS:
            talk.goals.append(text[:MAX_GOALS])
        if talk.sleeper is not None:
            obey(talk.sleeper, event, self.policy.agents)

    def _called(self, state: Recollection, talk: Talk, event: Event) -> Iterator[Finding]:
        touches = touched(event)
        call = text_of(event, "call")
        if call and len(talk.waiting) < MAX_WAITING:
            reads = next((touch.memory for touch in touches if not touch.writes), "")
            talk.waiting[call] = (event.tool, reads, said_of(event)[:300].lower())
        found: list[Finding] = []
        for touch in touches:
            if touch.writes:
                if call:
                    talk.written = [*talk.written[-MAX_WAITING:], call]
                found += self._written(state, talk, event, touch)
        yield from talk.outcomes.keep(event, found)
        for number in state.loaded(event.session, talk, event.fields.get("cwd")):
            self._planted(talk, event, number, state.entries[number], LOADED)
        if talk.sleeper is not None:
            yield from self._acts(state, talk, event)

    def _written(self, state: Recollection, talk: Talk, event: Event, touch: Touch) -> Iterator[Finding]:
        """Judge each sentence of a write; tell the worst, remember all that no person said."""
        kept: list[Line] = []
        worst: tuple[Level, str, Line, Heard | None] | None = None
        origin: Heard | None = None
        for line in lines_of(touch.text):
            if by_person(talk, line):
                continue
            source = source_of(talk, line, touch.memory)
            if source is not None and source.memory and source.memory == touch.memory:
                continue  # it stood there before
            level, verdict = _grade(talk, line, source)
            if source is not None or line.about or line.marked:
                kept.append(line)
                origin = origin or source
            if worst is None or level > worst[0]:
                worst = (level, verdict, line, source)
        if kept:
            state.write(event.session, touch, event, kept, origin, worst is not None and worst[0] >= Level.medium)
        if worst is not None and (worst[0] > Level.informational or worst[2].about or worst[2].marked):
            yield self._wrote(talk, event, touch, *worst)

    def _wrote(
        self, talk: Talk, event: Event, touch: Touch, level: Level, verdict: str, line: Line, source: Heard | None
    ) -> Finding:
        what = MEANINGS.get(line.about, "what to do")
        came = f"came from a result of {source.tool or 'a tool'}" if source else "came from nothing that the log shows"
        message = f"{_who(event)} wrote to {mask(touch.memory)} {what}: {_short(line.text)!r}, which no person said and which {came}."
        proofs = (event.cite("where it was written to memory"), *((source.evidence,) if source else ()))
        facts = {"sentence": _short(line.text), "about": line.about, "source_tool": source.tool if source else ""}
        return self._finding(talk, event, verdict, level, message, touch.memory, proofs, facts)

    def _recalled(self, state: Recollection, talk: Talk, event: Event) -> Iterator[Finding]:
        """Another conversation reads what was planted; one text that holds several planted memories is told once."""
        known: list[tuple[Entry, Evidence]] = []
        for number in state.recall(event.session, talk, text_of(event)):
            entry = state.entries[number]
            known.append((entry, self._planted(talk, event, number, entry, "where it was read again")))
        if not known:
            return
        entry, read = max(known, key=lambda pair: pair[0].told)  # the first of those that were told, if any was
        others = f", and {len(known) - 1} more like it" if len(known) > 1 else ""
        message = f"{_who(event)} read from {mask(entry.memory)}, in session {event.session}, what session {entry.session} had planted there: {_short(entry.lines[0].text)!r}{others}."
        facts = {"sentence": _short(entry.lines[0].text), "written_in": entry.session, "entries": len(known)}
        level = Level.low if entry.told else Level.informational
        yield self._finding(talk, event, "recalled", level, message, entry.memory, _chain(entry, read), facts)

    def _planted(self, talk: Talk, event: Event, number: str, entry: Entry, role: str) -> Evidence:
        """From here on the conversation knows what was planted."""
        read = talk.reads[number] = event.cite(role)
        if talk.sleeper is None:
            talk.sleeper = Session()
            for goal in talk.goals:
                obey(talk.sleeper, replace(event, kind=kinds.GOAL_SET, fields={"text": goal}), self.policy.agents)
        text = "\n\n".join(line.text for line in entry.lines)
        planted = replace(event, id=f"{event.id}:{number}", kind=kinds.MEMORY_READ, fields={"text": text})
        obey(talk.sleeper, planted, self.policy.agents)
        return read

    def _acts(self, state: Recollection, talk: Talk, event: Event) -> Iterator[Finding]:
        """A call that does what a planted sentence says."""
        assert talk.sleeper is not None
        called(talk.sleeper, event)
        bond, level = self._bound(state, talk.sleeper, event)
        entry = _entry(state, bond) if bond is not None else None
        if bond is None or entry is None:
            return
        if (
            not entry.told
        ):  # an ordinary note: an act that fits it proves nothing, one that obeys it is told as hijack too
            level = level.raised(-1)
        elif entry.source is not None and level == Level.high:
            level = Level.critical
        silent = talk.reads[_number(bond)].role == LOADED
        if silent:
            level = level.raised(-1)
        if level < Level.medium:
            return
        message = (
            f"{_who(event)} called {event.tool} in session {event.session} as {mask(entry.memory)} said, where session {entry.session} "
            f"had planted: {_short(bond.line.text)!r}{'; that it was loaded is not in the log' if silent else ''}."
        )
        facts = {
            "sentence": _short(bond.line.text),
            "written_in": entry.session,
            "value": mask(bond.value),
        }
        proofs = (event.cite("the act"), *_chain(entry, talk.reads[_number(bond)]))
        yield self._finding(talk, event, "sleeper", level, message, entry.memory, proofs, facts)

    def _bound(self, state: Recollection, session: Session, event: Event) -> tuple[Bond | None, Level]:
        """The planted sentence that a call does. An address that only the memory gave is enough: nothing else explains it."""
        trust = self.policy.agents
        obeyed = judge(session, event, trust)
        if obeyed is not None and obeyed.level == Level.high:
            return obeyed.bond, Level.high
        deed = deed_of(event)
        if deed.act in STATE_CHANGING | OUTWARD:
            for bond in bonds(session, deed, trust.trusted_destinations):
                entry = _entry(state, bond)
                if bond.ground == "value" and bond.kind in ADDRESSES and entry is not None and entry.told:
                    return bond, Level.high
        return (obeyed.bond, obeyed.level) if obeyed is not None and obeyed.level >= Level.medium else (None, Level.low)

    def _finding(
        self,
        talk: Talk,
        event: Event,
        verdict: str,
        level: Level,
        message: str,
        memory: str,
        proofs: tuple[Evidence, ...],
        facts: dict[str, Any],
    ) -> Finding:
        talk.told[verdict] = talk.told.get(verdict, 0) + 1
        each = talk.told[verdict] <= MAX_APART
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            title=TITLES[verdict],
            message=message,
            subject=(f"session:{event.session}", *((f"memory:{mask(memory)[:200]}",) if each else ())),
            entities=event.entities(),
            evidence=proofs,
            judged_on="sentences of the memory, against what people said and what tools returned in the conversation",
            facts={"memory": mask(memory)[:200], **facts},
        )


def _grade(talk: Talk, line: Line, source: Heard | None) -> tuple[Level, str]:
    """How bad one sentence of a write is, and which claim it is."""
    wanted = talk.asked.says(_SAVES) == "asked"
    if source is not None and (source.foreign or line.marked):
        if line.about or line.marked:
            return Level.high, "planted"
        return Level.informational if wanted else Level.medium, "planted"
    if not line.about:
        return Level.informational, "planted" if source is not None else "policy"
    if source is not None:
        return Level.low if wanted else Level.medium, "planted"
    if not talk.spoken:
        return Level.low, "policy"
    return Level.informational if wanted else Level.medium, "policy"


def _number(bond: Bond) -> str:
    return bond.source.event_id.rpartition(":")[2]


def _entry(state: Recollection, bond: Bond) -> Entry | None:
    """The write whose sentences a call is tied to."""
    return state.entries.get(_number(bond))


def _chain(entry: Entry, read: Evidence) -> tuple[Evidence, ...]:
    return (read, entry.evidence, *((entry.source,) if entry.source else ()))


def _who(event: Event) -> str:
    return f"Agent {event.agent}" if event.agent else "The agent"


def _short(text: str) -> str:
    shown = mask(" ".join(text.split()))
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
