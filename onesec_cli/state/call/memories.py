"""Which calls write to, or read from, something that outlives the conversation: memory tools, notes, files that agents are told to obey."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model.event import Event
from onesec_cli.state.call.calls import given_of
from onesec_cli.state.call.remembered import per_call
from onesec_cli.state.call.roles import call_of
from onesec_cli.state.pathlists import Paths
from onesec_cli.state.shell.acts import acts_of
from onesec_cli.state.shell.harm import places_written
from onesec_cli.state.text.plain import text_of
from onesec_cli.state.text.tools import words_of
from onesec_cli.state.wordlists import remembered, word_set

_FILES: Final = Paths("files.memory")
_TOOL: Final = word_set("tools.memory-tools")
_NOTES: Final = word_set("tools.note-tools")
_WRITES: Final = word_set("tools.memory-writes")
_READS: Final = word_set("tools.memory-reads")
_NAMES: Final = word_set("arguments.memories")


class Touch(Struct, frozen=True, gc=False):
    """A call that touches a memory."""

    memory: str
    text: str = ""
    """What it writes; empty for a read."""
    writes: bool = False


def is_memory_file(path: str) -> bool:
    """Whether a file is one that agents read as memory or rules."""
    return len(path) < 4_096 and _FILES.name(path.strip().lower().replace("\\", "/"))


@remembered(10_000)
def is_memory_tool(tool: str) -> bool:
    """Whether a tool, by its name, is one of a memory, and not of notes, which anybody may write."""
    return not _TOOL.isdisjoint(words_of(tool))


@per_call
def touched(event: Event) -> list[Touch]:
    """The memories a call touches. Most calls touch none, and that is seen at once."""
    words = set(words_of(event.tool))
    named = is_memory_tool(event.tool) or bool(words & _NOTES and words & (_WRITES | _READS))
    given = given_of(event)
    if not named and not any(_FILES.hinted(text[:4_096]) for _, text in given):
        return []
    call = call_of(event)
    found = [Touch(path, text, True) for path, text in call.writes if is_memory_file(path)]
    found += [Touch(path) for path in call.reads if is_memory_file(path)]
    for command in call.commands:
        found += _of_command(command)
    if named and not found:
        found += _of_tool(words, given, event)
    return found


def _of_tool(words: set[str], given: list[tuple[str, str]], event: Event) -> list[Touch]:
    name = next(
        (text for key, text in given if key.lower() in _NAMES and len(text) < 300 and "\n" not in text), event.tool
    )
    command = next(
        (
            text.lower()
            for key, text in given
            if key.lower() in ("command", "action", "operation", "mode") and len(text) < 30
        ),
        "",
    )
    acts = words | set(words_of(command))
    if acts & _WRITES and not (
        acts & _READS and not words & {"remember", "memorize", "memorise"} and not words_of(command)
    ):
        text = "\n".join(
            text for key, text in given if text != command and (len(text) > 20 or key.lower() not in _NAMES)
        )
        return [Touch(name, text, True)] if text else []
    return [Touch(name)]


def _of_command(command: str) -> list[Touch]:
    """`echo ... >> CLAUDE.md`, `cat > AGENTS.md <<EOF`, `cat CLAUDE.md`."""
    if not _FILES.hinted(command[:65_536]):
        return []
    found: list[Touch] = []
    for act in acts_of(command):
        for path in places_written(act):
            if is_memory_file(path):
                made = [act, *act.upstream()]
                texts = [one.stdin or "" for one in made]
                texts += [" ".join(one.args) for one in made if one.name in ("echo", "printf")]
                found.append(Touch(path, "\n".join(text for text in texts if text), True))
        if act.name in ("cat", "head", "tail", "less", "bat", "sed", "grep") and not act.redirects:
            found += [Touch(path) for path in act.operands() if is_memory_file(path)]
    return found


def memory_of(event: Event) -> Touch:
    """A `memory.write` or `memory.read` event."""
    return Touch(text_of(event, "memory") or "memory", text_of(event), event.kind == "memory.write")
