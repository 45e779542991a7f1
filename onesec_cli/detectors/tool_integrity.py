"""A tool whose description tells the model things that are none of its business, or is not what it was."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.call.calls import digest, server_of
from onesec_cli.state.fleet.shelf import Change, Offer, Shelf
from onesec_cli.state.text.plain import text_of
from onesec_cli.state.text.tool_text import MEANINGS, OTHER_TOOL, Sign, level_of, meddled, signs

ALIKE: Final = 0.8
"""Part of the words from which two descriptions are the same one, reworded."""

TITLES: Final = {
    "poisoned": "Tool description gives the model hidden orders",
    "poisoned-instructions": "Instructions of a server give the model hidden orders",
    "rug-pull": "Tool changed after it was accepted",
    "flip-flop": "Tool goes back and forth between two descriptions",
    "upgraded": "Tool changed with a new version of its server",
    "reworded": "Tool was reworded",
    "shadowing": "Tool takes the name of another server's tool",
    "not-approved": "Tool is not the one that was approved",
}


class ToolIntegrity(Detector[Shelf]):
    """Finds tools whose descriptions are poisoned, that change after they were accepted, or that stand in another's place.

    Descriptions and schemas of tools, and the instructions of servers, are read as the model reads them, with what is hidden laid
    open. Signs of poisoning are orders that have nothing to do with using the tool: to take secrets of the host, to keep something from
    the user, to send things to a fixed address or hand over the conversation, to set other instructions aside, to download and run, or
    to use another server's tool in a certain way. Every tool is pinned by a digest when it is first offered; another
    digest later is told, worse if its words became poisonous, within one conversation, or without a new version of the server.

    ## Why it matters
    People approve a tool by its name. The model obeys its description, on every turn, with the rights of all the other tools
    beside it. Who controls the description controls the agent, and can wait until the tool is trusted.

    ## Judged on
    Offers of tools in the trail: lists of MCP servers, and tool definitions in requests. The digest is SHA-256 over the
    canonical JSON of name, description and schema; findings show it, and `tool-pins` in the policy can demand it. Usage hints in
    imperatives ("call list_files first", "use this when ...") are no signs. One weak sign counts less where no server is known, since
    an application describes its own tools. The same name on a second server is low by itself, medium where the newcomer
    describes itself almost like the first.

    ## What it misses
    A tool that lies about what it does, or does something else than its honest description says. Orders in
    languages whose words it does not know, unless they name a path or an address. Orders that fit the tool ("for audit, include the
    ticket text"). Changes between offers that are not in the trail; most coding agents do not log descriptions at all. Of one
    tenant 5,000 tools are pinned.

    ## What else it may be
    The tool's owner released a new version and changed its description on purpose.

    ## What to do
    Disconnect the server and look at what the agent did since the offer told here, above all calls with secrets or new
    recipients. Compare with the server's source at the version you approved. Then pin the digests you accept under
    `tool-pins`.
    """

    rule = Rule(
        id="tool-integrity",
        title="Tool description gives the model hidden orders",
        level=Level.high,
        asi=("ASI04", "ASI01", "ASI02"),
        attack=("AML.T0110", "AML.T0109", "AML.T0010", "AML.T0051"),
    )
    reads = frozenset({kinds.TOOL_OFFER, kinds.TOOL_CALL, kinds.MESSAGE})
    key = ("tenant",)
    state = Shelf

    def observe(self, state: Shelf, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.TOOL_CALL:
            state.call(event)
        elif event.kind == kinds.MESSAGE:
            if event.fields.get("server"):
                yield from self._instructions(state, event)
        elif event.tool:
            offer, change, new = state.put(event)
            found = self._poison(state, event, offer)
            level = level_of(found, offer.server)
            if level is not None:
                yield self._poisoned(event, offer, found, level, change)
            elif change is not None:
                yield self._changed(event, offer, change)
            if new:
                yield from self._shadows(state, event, offer)
            yield from self._pinned(event, offer, change is not None or new)

    def _poison(self, state: Shelf, event: Event, offer: Offer) -> list[Sign]:
        """What a description says that it should not; the same offer is read once."""
        if not state.fresh(f"{offer.server} {offer.digest}"):
            return []
        state.meddle(
            offer, meddled(text_of(event, "description")), event.cite("the description that speaks of the tool")
        )
        return signs(
            text_of(event, "description"), text_of(event, "title"), event.fields.get("schema"), state.foreign(offer)
        )

    def _instructions(self, state: Shelf, event: Event) -> Iterator[Finding]:
        text, server = text_of(event), server_of(event)
        if not state.fresh(f"{server} {digest(text)}"):
            return
        found = signs(text, "", None, {})
        level = level_of(found, server)
        if level is not None:
            said = f"The server {server} gives the model instructions that {_meanings(found)}: {found[0].quote!r}."
            yield self._finding(
                event, "poisoned-instructions", level, server, "", said, (event.cite("the instructions"),), found
            )

    def _poisoned(self, event: Event, offer: Offer, found: list[Sign], level: Level, change: Change | None) -> Finding:
        proof = [event.cite("the offer")]
        verdict, how = "poisoned", f"{_named(offer)} has a description that"
        if all(one.kind == OTHER_TOOL for one in found if one.strong) and any(one.strong for one in found):
            verdict = "shadowing"
        if change is not None:
            verdict, level = "rug-pull", Level.critical if level >= Level.high else level.raised()
            how = f"{_named(offer)} changed {change.what} after it was offered otherwise, and now has one that"
            proof.append(change.before.seen)
        worst = next((one for one in found if one.strong), found[0])
        said = f"{how} {_meanings(found)}: {worst.quote!r}."
        return self._finding(event, verdict, level, offer.server, offer.tool, said, tuple(proof), found, offer, change)

    def _changed(self, event: Event, offer: Offer, change: Change) -> Finding:
        verdict, level = self._weigh(offer, change)
        gained = f"; new parameters: {', '.join(change.gained[:6])}" if change.gained else ""
        said = {
            "flip-flop": f"{_named(offer)} went back to a description it had before, for the {offer.flips}. time{gained}.",
            "upgraded": f"{_named(offer)} changed {change.what} as its server went from version {change.before.version} to {offer.version}{gained}.",
            "reworded": f"{_named(offer)} reworded {change.what}{gained}.",
        }.get(
            verdict,
            f"{_named(offer)} changed {change.what}"
            + (" within one conversation" if change.same_session else "")
            + f" without a new version of its server{gained}.",
        )
        proof = (event.cite("the offer"), change.before.seen)
        return self._finding(event, verdict, level, offer.server, offer.tool, said, proof, [], offer, change)

    def _weigh(self, offer: Offer, change: Change) -> tuple[str, Level]:
        """What a change without signs of poisoning is."""
        if not offer.server:  # an application describes its own tools, and redeploys
            return "reworded", Level.informational
        if change.upgraded:
            return "upgraded", Level.informational
        if change.back and (change.same_session or offer.flips > 1):
            return "flip-flop", Level.high if change.same_session else Level.medium
        small = change.alike >= ALIKE and not change.gained and not change.lost
        if small:
            return "reworded", Level.low if change.same_session else Level.informational
        if change.same_session:
            return "rug-pull", Level.high if offer.called or change.gained else Level.medium
        return "rug-pull", Level.medium

    def _shadows(self, state: Shelf, event: Event, offer: Offer) -> Iterator[Finding]:
        by = state.meddled.get(offer.tool)
        if by is not None and by[0] != offer.server and by[0] not in state.owners.get(offer.tool, ()):
            said = f"The tool {by[1]} of the server {by[0]} tells the model how to use {offer.tool}, a tool of {offer.server or 'another server'}."
            yield self._finding(
                event,
                "shadowing",
                Level.medium,
                by[0],
                by[1],
                said,
                (by[2], event.cite("the offer of the other tool")),
                [],
            )
        others = state.others(offer) if offer.server else []
        known = [other for other in others if other.server]
        if not known:
            return
        twin = max(known, key=lambda other: (_overlap(other, offer), other.server))
        if twin.digest == offer.digest:
            level = Level.informational  # the same server under another name, or a second copy of it
        else:
            level = Level.medium if _overlap(twin, offer) >= ALIKE and twin.called else Level.low
            level = level if any(char in offer.tool for char in "_-.") else Level.informational
        said = f"The server {offer.server} offers a tool {offer.tool}, a name that the server {twin.server} already offers."
        proof = (event.cite("the offer"), twin.seen)
        yield self._finding(event, "shadowing", level, offer.server, offer.tool, said, proof, [], offer)

    def _pinned(self, event: Event, offer: Offer, changed: bool) -> Iterator[Finding]:
        pins = [
            pin for pin in self.policy.tool_pins if fnmatchcase(offer.server, pin.server) and pin.tool == offer.tool
        ]
        if not pins or not changed or any(offer.digest in pin.sha256 for pin in pins):
            return
        said = f"{_named(offer)} has the digest {offer.digest[:16]}..., which the policy does not approve."
        yield self._finding(
            event, "not-approved", Level.high, offer.server, offer.tool, said, (event.cite("the offer"),), [], offer
        )

    def _finding(
        self, event: Event, verdict: str, level: Level, server: str, tool: str, said: str,
        proof: tuple[Evidence, ...], found: list[Sign], offer: Offer | None = None, change: Change | None = None,
    ) -> Finding:  # fmt: skip
        subject = tuple(name for name in (f"server:{server}" if server else "", f"tool:{tool}" if tool else "") if name)
        digests = {"sha256": offer.digest} if offer is not None else {}
        before = (
            {
                "sha256_before": change.before.digest,
                "parameters_new": list(change.gained),
                "alike": round(change.alike, 2),
            }
            if change
            else {}
        )
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            title=TITLES[verdict],
            message=said,
            subject=subject,
            entities=tuple(dict.fromkeys((*subject, *event.entities()))),
            evidence=tuple({one.origin: one for one in reversed(proof)}.values())[::-1],
            judged_on="the digests the policy approves"
            if verdict == "not-approved"
            else "the offers of the tool in the trail",
            facts={
                "signs": [{"sign": one.kind, "quote": one.quote} for one in found[:12]],
                **digests,
                **before,
            },
        )


def _named(offer: Offer) -> str:
    return f"The tool {offer.tool} of the server {offer.server}" if offer.server else f"The tool {offer.tool}"


def _meanings(found: list[Sign]) -> str:
    told = [one for one in found if one.strong] or found
    said = list(dict.fromkeys(MEANINGS[one.kind] for one in told))
    return ", ".join(said[:-1]) + (" and " if len(said) > 1 else "") + said[-1]


def _overlap(one: Offer, other: Offer) -> float:
    first, second = set(one.description.lower().split()), set(other.description.lower().split())
    return len(first & second) / max(1, len(first | second))
