"""What one call read leaves in a later one, for a place nobody named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.mask import mask
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.call.outward import Sink, links_in, sinks_of
from onesec_cli.state.call.roles import call_of
from onesec_cli.state.conversation.carried import KNOWN, NAMED, TOLD, TRUSTED, UNSEEN, Carried, Match, Read
from onesec_cli.state.conversation.outcomes import Outcomes
from onesec_cli.state.shell.reach import credential_kind
from onesec_cli.state.text.hosts import within
from onesec_cli.state.text.plain import text_of
from onesec_cli.state.text.reading import read
from onesec_cli.state.text.secrets import HOMES, KINDS

TITLES: Final = {
    "secret-sent": "Secret sent out",
    "private-sent": "Private text sent out",
    "file-sent": "File sent out",
    "link-carries": "Data in a link of the answer",
    "new-remote": "Repository pushed to an unknown remote",
}
_SECRET: Final = {TOLD: Level.critical, UNSEEN: Level.high, KNOWN: Level.medium}
_PRIVATE: Final = {TOLD: Level.high, UNSEEN: Level.medium, KNOWN: Level.informational}
_STANDING: Final = {
    TOLD: "which no person named and a text that was read told it to use",
    UNSEEN: "which no person named and nothing it read mentions",
    KNOWN: "which no person named, though a text that was read mentions it",
}
_MASKED: Final = 24


class Luggage(Struct):
    """One conversation: what was read, and findings that wait for their answer."""

    tells: ClassVar[Tells] = (Tell("cwd", "the working folder is {value}"),)

    carried: Carried = field(default_factory=Carried)
    outcomes: Outcomes = field(default_factory=Outcomes)
    cwd: str = ""


class Exfiltration(Detector[Luggage]):
    """Finds secrets and private text that one call read and a later one sends to a place that no person named.

    A place is a mail address, host, account, bucket or remote in a call that sends, posts, requests, uploads, looks up or pushes; or the host of
    a link or image in the agent's answer. What leaves is found as it is, in base64, hexadecimal, base32, percent-encoding, rot13, reversed,
    split by separators or over several calls. The finding shows where it was read, where it left, and the shared piece, masked.

    ## Why it matters
    An agent that reads mail, files and pages has everything an attacker wants and every way to send it. One instruction in a page is
    enough. An image in the answer leaks without any call: showing it is the request.

    ## Judged on
    The standing of the place: named by a person or trusted by policy (silent), told by an instruction in something that was read, unseen anywhere,
    or only mentioned. And on what leaves: a secret (by the shape of the value, or a random-looking value under a telling name) is
    critical, high or medium; eight words in a row of something that is not public is high, medium or informational; a single personal value is one lower.
    Encoding raises by one. A credential going to its own service, or to a host named beside it, is silent; where the text beside it tells to send it there, it is
    medium, or what it is elsewhere if that text speaks to the agent. Files are judged by their path.

    ## What it misses
    Data retold in other words, translated, encrypted or compressed. Files whose content no result showed are judged by path alone. Shell
    variables that hold a secret. A place a person named for something else. Secrets without a telling name or shape. Places behind tools
    whose arguments name none (a webhook configured elsewhere), and search queries. Results beyond 32 KB each, and beyond 2,000 or 400,000 characters a
    conversation, are forgotten, oldest first; `facts.forgotten` and the report say how many. Only the last 2,000 secrets read are looked for. Where a log carries no results, nothing can be compared.

    ## What else it may be
    The place is the site's own, or the user wanted the text sent there and said so outside this log.

    ## What to do
    Rotate the secret, or tell the owner of the data. Block the place. Read the text that told the agent to send (see goal-hijack) and
    find who else read it. If the place is yours, add it to `agents.trusted-destinations`.
    """

    rule = Rule(
        id="exfiltration",
        title="Data sent to a place nobody named",
        level=Level.high,
        asi=("ASI02", "ASI01"),
        attack=("T1567", "T1048", "T1041", "T1132", "AML.T0086"),
    )
    reads = frozenset(
        {
            *(kinds.GOAL_SET, kinds.MESSAGE, kinds.TOOL_CALL, kinds.TOOL_RESULT, kinds.MEMORY_READ),
            *(kinds.AGENT_START, kinds.APPROVAL_DECISION),
        }
    )
    key = ("tenant", "session")
    state = Luggage

    def observe(self, state: Luggage, event: Event) -> Iterator[Finding]:
        kind = event.kind
        if kind == kinds.TOOL_CALL:
            yield from state.outcomes.keep(event, list(self._call(state, event)))
            state.carried.call(event)
        elif kind in (kinds.TOOL_RESULT, kinds.MEMORY_READ):
            yield from state.outcomes.answered(event)
            state.carried.result(event, self.policy.agents.trusted_tools)
        elif kind == kinds.APPROVAL_DECISION:
            yield from state.outcomes.answered(event)
        elif kind == kinds.GOAL_SET or (kind == kinds.MESSAGE and event.fields.get("author") == "system"):
            state.carried.asked.take(event.fields.get("text"))
        elif kind == kinds.MESSAGE and event.fields.get("author") == "assistant":
            yield from self._message(state, event)
        elif kind == kinds.AGENT_START and isinstance(event.fields.get("cwd"), str):
            state.cwd = event.fields["cwd"][:1_000]

    def finish(self, state: Luggage) -> Iterator[Finding]:
        yield from state.outcomes.rest()

    def forgotten(self, state: Luggage) -> int:
        return state.carried.forgotten

    def _call(self, state: Luggage, event: Event) -> Iterator[Finding]:
        told: set[tuple[str, str]] = set()
        for sink in sinks_of(event, call_of(event).cwd or state.cwd):
            for finding in self._sink(state, event, sink):
                if (finding.verdict, sink.to) not in told:
                    told.add((finding.verdict, sink.to))
                    yield finding

    def _message(self, state: Luggage, event: Event) -> Iterator[Finding]:
        for sink in links_in(text_of(event)):
            if sink.texts and not state.carried.verbatim(sink.address):
                yield from self._sink(state, event, sink)

    def _sink(self, state: Luggage, event: Event, sink: Sink) -> Iterator[Finding]:
        carried = state.carried
        standing, speaks = carried.standing(sink.to, sink.address, self.policy.agents.trusted_destinations)
        if standing in (NAMED, TRUSTED):
            return
        matches = [one for one in carried.leaves(sink.texts, sink.to) if not _at_home(one, sink)]
        if standing != TOLD:
            matches = [one for one in matches if not _beside(one, sink)]
        if matches:
            best = min(matches, key=lambda one: ("secret", "private", "value").index(one.kind))
            yield self._carried(state, event, sink, standing, speaks, best)
        elif sink.how == "pushed" and not carried.verbatim(sink.address):
            level = Level.high if standing == TOLD else Level.medium
            yield self._finding(
                event, sink, "new-remote", level, f"pushed to {mask(sink.address)}", standing, speaks, None
            )
        elif sink.files:
            yield from self._files(state, event, sink, standing, speaks)

    def _carried(
        self, state: Luggage, event: Event, sink: Sink, standing: str, speaks: Read | None, match: Match
    ) -> Finding:
        if match.kind == "secret":
            verdict, level, what = "secret-sent", _SECRET[standing], KINDS.get(match.what, "a secret")
            if _beside(match, sink) and not any(line.marked for line in read(match.source.text).instructions):
                level = Level.medium  # instructions for use name a key and where it goes; so does whoever wants it sent
        else:
            verdict, level = "private-sent", _PRIVATE[standing].raised(-1 if match.kind == "value" else 0)
            if standing == KNOWN and speaks is not None and speaks.public and match.kind == "private":
                level = Level.medium  # a page of the web spoke of the place
            what = f"text that {match.source.tool or 'a tool'} had returned"
        if sink.how == "showed":
            verdict = "link-carries"
        if match.way and standing != KNOWN:
            level = level.raised(1)
        what += f" ({match.way})" if match.way else ""
        words = f"put {what} into a link to" if sink.how == "showed" else f"{sink.how} {what} to"
        finding = self._finding(event, sink, verdict, level, f"{words} {mask(sink.to)}", standing, speaks, match)
        finding.facts["forgotten"] = state.carried.forgotten
        return finding

    def _files(self, state: Luggage, event: Event, sink: Sink, standing: str, speaks: Read | None) -> Iterator[Finding]:
        """Files that a command hands over: their content is not in the log, their path is."""
        levels = {TOLD: Level.high, UNSEEN: Level.medium, KNOWN: Level.low}
        secret = next((path for path in sink.files if _secret_path(path, state.cwd)), "")
        level = levels[standing].raised(1 if secret else 0)
        path = secret or sink.files[0]
        if not secret and state.carried.asked.says([path.lower().rsplit("/", 1)[-1]]) == "asked":
            level = level.raised(-2)
        what = "the environment of its shell" if path == "$ENVIRONMENT" else f"the file {path}"
        yield self._finding(
            event, sink, "file-sent", level, f"{sink.how} {what} to {mask(sink.to)}", standing, speaks, None
        )

    def _finding(
        self,
        event: Event,
        sink: Sink,
        verdict: str,
        level: Level,
        words: str,
        standing: str,
        speaks: Read | None,
        match: Match | None,
    ) -> Finding:
        who = f"Agent {event.agent}" if event.agent else "The agent"
        by = f" through {event.tool}" if event.tool else " in its answer"
        proofs = [event.cite("where it left")]
        if match is not None:
            proofs.append(match.source.evidence)
        if speaks is not None:
            proofs.append(speaks.evidence)
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            title=TITLES[verdict],
            message=f"{who} {words}{by}, {_STANDING[standing]}.",
            subject=(f"session:{event.session}", f"destination:{mask(sink.to)[:200]}"),
            entities=event.entities(),
            evidence=tuple(proofs),
            judged_on="what earlier calls returned, against what this one sends; and who named the destination",
            facts={
                "destination": mask(sink.to)[:200],
                "standing": standing,
                "tool": event.tool,
                "image": sink.image,
                "source_tool": match.source.tool if match else "",
                "piece": shown(match) if match else "",
                "spelling": (match.way or "as it is") if match else "",
                "files": [mask(path)[:200] for path in sink.files[:5]],
                "outcome": "unknown",
            },
        )


def shown(match: Match) -> str:
    """The shared piece, a secret cut to its first characters."""
    if match.kind == "secret":
        return f"{match.piece[:4]}…[{len(match.piece)} characters masked]"
    return mask(match.piece)[: 8 * _MASKED]


def _at_home(match: Match, sink: Sink) -> bool:
    """Whether a credential goes where its shape says it belongs, or data back to where it was read."""
    home = match.kind == "secret" and within(sink.to, HOMES.get(match.what, ()))
    return home or sink.to in match.source.said


def _beside(match: Match, sink: Sink) -> bool:
    """Whether the text that holds a secret names the place too, as settings name a service and its key."""
    return match.kind == "secret" and "." in sink.to and sink.to in match.source.text.lower()


def _secret_path(path: str, cwd: str) -> bool:
    name = path.rsplit("/", 1)[-1].lower()
    environment = name.startswith(".env") and not name.endswith((".example", ".sample", ".template", ".dist"))
    return path == "$ENVIRONMENT" or environment or credential_kind(path, cwd) is not None
