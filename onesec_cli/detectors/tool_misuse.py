"""A tool was used to destroy, to reach for credentials, to stay, or to run what came from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.mask import mask
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.bounds import keep
from onesec_cli.state.call.misdeeds import deeds_of_call, run_of_download
from onesec_cli.state.call.roles import Call, call_of
from onesec_cli.state.conversation.outcomes import Outcomes, was_refused
from onesec_cli.state.instruction.asked import Asked
from onesec_cli.state.shell.effects import Effect
from onesec_cli.state.text.plain import text_of

MAX_FILES: Final = 200
MAX_REFUSED: Final = 100
MAX_TRIED: Final = 200
"""Calls that wait for their answer, and things that were refused, remembered of one conversation."""
MAX_SHOWN: Final = 400

TITLES: Final = {
    "download-run": "Downloaded text was run",
    "encoded-command": "Encoded text was run",
    "reverse-shell": "Shell given to another machine",
    "destructive": "Destructive command",
    "destructive-sql": "Destructive SQL",
    "sql-command": "Command run from SQL",
    "credential-read": "Credentials read",
    "defence-off": "Protection turned off",
    "persistence": "Something made to stay",
    "outside-tree": "Written outside the working tree",
    "denied-repeat": "Refused call tried again",
}
_DESTROYS: Final = frozenset({"destructive", "destructive-sql"})


class Workplace(Struct):
    """One conversation: what was asked, where it works, what it downloaded, which calls wait for their answer."""

    tells: ClassVar[Tells] = (
        Tell("tree", "the work is in {value}"),
        Tell("cwd", "the working folder is {value}"),
        Tell("files.*", "the file {0} came from {value.0}"),
        Tell("refused.*", "the effect {0} was refused"),
        Tell("tried.*", "the call {0} tries {value}"),
        Tell("denied.*", "refused since a person last spoke: {0}"),
    )

    asked: Asked = field(default_factory=Asked)
    tree: str = ""
    cwd: str = ""
    files: dict[str, tuple[str, Evidence]] = field(default_factory=dict)
    """Path of a downloaded file, where it came from, and the call."""
    outcomes: Outcomes = field(default_factory=Outcomes)
    refused: dict[str, Evidence] = field(default_factory=dict)
    """Effects that were refused."""
    tried: dict[str, str] = field(default_factory=dict)
    """Id of a call that waits for its answer, to what it tries: its tool and the program or the first thing named."""
    denied: dict[str, list[Evidence]] = field(default_factory=dict)
    """What was tried, to its refusals since a person last spoke."""


class ToolMisuse(Detector[Workplace]):
    """Finds tool calls that destroy, reach for credentials, turn protections off, stay, or run what came from elsewhere.

    Shell, PowerShell, cmd and SQL are parsed: quotes, pipelines, wrappers, here-documents, inner scripts, variables and encodings are
    followed to the command that would run. A text that only mentions a command (a file, a commit message, a search, an `echo`) is no
    command. A file downloaded in one call and run in a later one is one act. One alert per conversation and kind of misuse.

    ## Why it matters
    An agent has the rights of its user and the haste of a machine. What a hijacked, confused or careless agent does first is what cannot
    be undone: a home deleted, a table emptied, a key read, a script of a stranger run.

    ## Judged on
    The arguments of execution and SQL tools, and the paths of file tools. Levels follow the harm: a shell for another machine, a device or
    a whole home is critical; running an unknown download, rows without a `WHERE`, a private key high; writing outside the tree low. What a person named in
    the same conversation is two levels lower, what a person forbade one higher. Test databases and containers are two lower. A call
    that was refused is told as an attempt, one lower; the same effect tried again after a refusal is one higher.

    ## What it misses
    What a program does by itself: `make clean`, a script written by an earlier call, an archive unpacked and run, a package's install
    hook. Paths behind variables that the command does not set. Program text beyond the commands it hands to a shell. SQL built by a tool
    on the server's side, SQL dialects' rarities, and stored procedures. Tools whose name says nothing and whose command stands under an
    unusual key. Commands longer than 64 KB, beyond that length. A person's words are taken at face value: who names the target in
    passing lowers the level. Whether the command succeeded is only known where the log carries its answer.

    ## What else it may be
    The user had asked for just this command, or it ran in a sandbox that is thrown away.

    ## What to do
    Read the call in its conversation: who or what made the agent do it (see goal-hijack). For a credential, rotate it now. For a
    download, get the file and its source and treat the machine as taken if it ran. For destruction, restore, and take the right away from
    the agent. Hosts you trust go to `agents.trusted-destinations`.
    """

    rule = Rule(
        id="tool-misuse",
        title="Tool misused",
        level=Level.high,
        asi=("ASI02", "ASI05"),
        attack=("T1059", "T1105", "T1485", "T1552.001", "T1552.005", "T1562.001", "T1053", "T1027"),
    )
    reads = frozenset({kinds.GOAL_SET, kinds.AGENT_START, kinds.TOOL_CALL, kinds.TOOL_RESULT, kinds.APPROVAL_DECISION})
    key = ("tenant", "session")
    state = Workplace

    def observe(self, state: Workplace, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.TOOL_CALL:
            yield from self._call(state, event)
        elif event.kind in (kinds.TOOL_RESULT, kinds.APPROVAL_DECISION):
            yield from self._answered(state, event)
        elif event.kind == kinds.GOAL_SET:
            state.asked.take(event.fields.get("text"))
            state.denied.clear()
        else:
            _moved(state, event)

    def finish(self, state: Workplace) -> Iterator[Finding]:
        yield from state.outcomes.rest()

    def _call(self, state: Workplace, event: Event) -> Iterator[Finding]:
        _moved(state, event)
        call = call_of(event)
        keep(state.tried, text_of(event, "call"), _tries(event, call), MAX_TRIED)
        deeds = deeds_of_call(call, call.cwd or state.cwd, state.tree, self.policy.agents.trusted_destinations)
        sources: dict[int, Evidence] = {}
        effects = list(deeds.effects)
        for path, url in deeds.steps:
            if url:
                if len(state.files) < MAX_FILES or path in state.files:
                    state.files[path] = (url, event.cite("the call that downloaded the file"))
                continue
            source = state.files.get(path) or state.files.get(path.rsplit("/", 1)[-1])
            if source is not None:
                effects.append(run_of_download(path, source[0], self.policy.agents.trusted_destinations))
                sources[len(effects) - 1] = source[1]
        yield from state.outcomes.keep(event, list(self._findings(state, event, effects, sources)))

    def _findings(
        self, state: Workplace, event: Event, effects: list[Effect], sources: dict[int, Evidence]
    ) -> Iterator[Finding]:
        worst: dict[str, int] = {}
        for at, effect in enumerate(effects):
            best = worst.get(effect.verdict)
            if best is None or effect.level > effects[best].level:
                worst[effect.verdict] = at
        for verdict in sorted(worst):
            effect = effects[worst[verdict]]
            said = state.asked.says((name for name in effect.names if name), verdict in _DESTROYS)
            level = effect.level.raised({"asked": -2, "forbidden": 1}.get(said, 0))
            before = state.refused.get(_mark(effect))
            if before is not None:
                level = level.raised(1)
            earlier = sources.get(worst[verdict])
            proofs = [event.cite("the call"), *([earlier] if earlier else []), *([before] if before else [])]
            yield self._finding(state, event, effect, level, said, tuple(proofs))

    def _finding(
        self, state: Workplace, event: Event, effect: Effect, level: Level, said: str, proofs: tuple[Evidence, ...]
    ) -> Finding:
        why = {"asked": "; a person asked for it", "forbidden": "; a person had forbidden it"}.get(
            said, "; nobody asked for it"
        )
        again = " after it was refused" if _mark(effect) in state.refused else ""
        who = f"Agent {event.agent}" if event.agent else "The agent"
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=effect.verdict,
            title=TITLES[effect.verdict],
            message=f"{who} called {event.tool} with a command that {mask(effect.what)}{again}{why}.",
            subject=(f"session:{event.session}", *((f"agent:{event.agent}",) if event.agent else ())),
            entities=event.entities(),
            evidence=proofs,
            judged_on="the parsed arguments of the call and what people said in the conversation",
            facts={
                "tool": event.tool,
                "target": mask(effect.target)[:MAX_SHOWN],
                "arguments": mask(text_of(event, "args")[: 4 * MAX_SHOWN])[:MAX_SHOWN],
                "asked": said or "no",
                "tree": state.tree,
                "outcome": "unknown",
            },
        )

    def _answered(self, state: Workplace, event: Event) -> Iterator[Finding]:
        told = state.outcomes.answered(event)
        yield from told
        tried = state.tried.pop(text_of(event, "call"), event.tool)
        if not was_refused(event):
            return
        for finding in told[: MAX_REFUSED - len(state.refused)]:
            mark = f"{finding.verdict} {finding.facts['target']}"
            state.refused.setdefault(mark, event.cite("an earlier refusal of the same"))
        denied = state.denied.get(tried, [])
        denied.append(event.cite("a refusal"))
        keep(state.denied, tried, denied, MAX_TRIED)
        limit = self.policy.thresholds.tool_misuse.denied_calls
        if len(denied) == limit:
            yield self._denied(event, tried, denied)
        del denied[limit + 1 :]

    def _denied(self, event: Event, tried: str, denied: list[Evidence]) -> Finding:
        who = f"Agent {event.agent}" if event.agent else "The agent"
        return Finding(
            rule=self.rule.id,
            level=Level.medium,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict="denied-repeat",
            title=TITLES["denied-repeat"],
            message=f"{who} was refused {mask(tried)} {len(denied)} times in session {event.session} without a person speaking "
            "between them, and tried again.",
            subject=(f"session:{event.session}", *((f"agent:{event.agent}",) if event.agent else ())),
            entities=event.entities(),
            evidence=tuple(reversed(denied)),
            judged_on="the declared threshold of refused calls",
            facts={"observed": len(denied), "threshold": len(denied), "tool": event.tool},
        )


def _tries(event: Event, call: Call) -> str:
    """What a call tries, so that the same thing in other words is the same: its tool and the program, file or text first named."""
    told = call.commands[0] if call.commands else call.leaves[0][1] if call.leaves else ""
    words = told.split(maxsplit=1)
    what = words[0] if call.commands and words else told
    return f"{event.tool} {what[:MAX_SHOWN]}".strip()


def _mark(effect: Effect) -> str:
    return f"{effect.verdict} {mask(effect.target)[:MAX_SHOWN]}"


def _moved(state: Workplace, event: Event) -> None:
    """Where the agent works: the first folder named is its tree."""
    cwd: Any = event.fields.get("cwd")
    if isinstance(cwd, str) and cwd:
        state.tree = state.tree or cwd[:1_000]
        state.cwd = cwd[:1_000]
