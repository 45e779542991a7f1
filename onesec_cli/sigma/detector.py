"""Sigma rules as a detector: one fold over all events of a tenant, whatever rules it was given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import NOTHING, Finding
from onesec_cli.model.kinds import KINDS
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.sigma.correlate import Correlator
from onesec_cli.sigma.fired import Fired
from onesec_cli.sigma.limits import degenerate
from onesec_cli.sigma.match import Matcher, supposed
from onesec_cli.sigma.panes import Windows
from onesec_cli.sigma.places import Place, fields_of, place_of
from onesec_cli.sigma.rule import Correlation, EventRule, RuleBook
from onesec_cli.sigma.telling import actor, entity, grouped, matched, sentence

MOST_TOLD: Final = 10_000
"""Findings of one rule in one tenant; what it matches beyond is counted and told once, at the end."""


FEW_TOLD: Final = 1_000
"""The same for a rule or correlation that any event of its kind fulfils."""


class More(Struct):
    """What a rule matched after it was told often enough."""

    count: int = 0
    time: int = 0
    """Of the last event."""


class History(Struct):
    """What the rules have established for one tenant."""

    windows: Windows = field(default_factory=Windows)
    """Of correlations."""
    told: dict[str, int] = field(default_factory=dict)
    """Findings so far, by rule id."""
    more: dict[str, More] = field(default_factory=dict)


class SigmaRules(Detector[History]):
    """Tells what Sigma rules match.

    Every rule is judged on every event it could be about, and its correlations on event time.

    ## Why it matters
    Rules are how detection engineers share what they know; a rule that runs on the trail of its own product needs no
    detector of ours.

    ## Judged on
    The record as the source wrote it (`product: auth0`), or the canonical event (`product: agent`, `product: onesec`);
    docs/sigma.md says how fields, values and modifiers are read.

    ## What it misses
    What the rules miss. Rules that could not be loaded, or could not match anything in this trail, are listed in the
    report under `rules`.

    ## What to do
    Read the rule: its description says what it looks for, its false positives what else may look like it.
    """

    rule = Rule(id="sigma", title="Sigma rule", level=Level.medium, asi=())
    reads = frozenset(KINDS)
    key = ("tenant",)
    state = History

    def __init__(self, policy: Policy, book: RuleBook = RuleBook(), reads: frozenset[str] = frozenset()) -> None:  # noqa: B008  # frozen
        super().__init__(policy)
        self.book = book
        self.matcher = Matcher(book)
        self.correlator = Correlator(book)
        self._places: dict[tuple[int, str], Place] = {}
        """By rule and field, where correlations read."""
        self._most = {member.card.id: FEW_TOLD if _says_nothing(member) else MOST_TOLD for member in book.members}
        self.reads = reads or type(self).reads  # type: ignore[misc]  # the kinds depend on the reader's table

    def observe(self, state: History, event: Event) -> Iterator[Finding]:
        hits = self.matcher.hits(event)
        return self._tell(state, event, hits) if hits else NOTHING

    def _tell(self, state: History, event: Event, hits: Any) -> Iterator[Finding]:
        for index in hits:
            rule = self.book.members[index]
            if isinstance(rule, EventRule) and rule.told and self._may_tell(state, rule.card.id, event.time):
                yield self._match(rule, event)
        for fired in self.correlator.observe(state.windows, event, hits, partial(self._value, event)):
            if fired.rule.told and self._may_tell(state, fired.rule.card.id, event.time):
                yield self._fired(fired, event)

    def _value(self, event: Event, member: int, name: str) -> list[Any]:
        """The values of a field in an event, as a rule that matched it reads it."""
        place = self._places.get((member, name))
        if place is None:
            rule = self.book.members[member]
            if not isinstance(rule, EventRule):
                return []
            place = self._places[member, name] = place_of(rule.product, name)
        return place(event)

    def _may_tell(self, state: History, rule: str, time: int) -> bool:
        """Count a finding of a rule; False once there were too many to tell each."""
        told = state.told.get(rule, 0)
        if told < self._most[rule]:
            state.told[rule] = told + 1
            return True
        more = state.more.setdefault(rule, More())
        more.count += 1
        more.time = time
        return False

    def _match(self, rule: EventRule, event: Event) -> Finding:
        found = matched(rule.condition, lambda name: fields_of(event, rule.product, name))
        return Finding(
            rule=rule.card.id,
            level=rule.card.level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            title=rule.card.title,
            message=sentence(rule.card.title, event, found),
            subject=actor(event),
            entities=event.entities(),
            evidence=(event.cite("the event that the rule matches"),),
            judged_on="a Sigma rule",
            facts={"matched": found},
        )

    def _fired(self, fired: Fired, event: Event) -> Finding:
        card = self.book.members[fired.correlation].card
        group = tuple(entity(name, value) for name, value in fired.group)
        return Finding(
            rule=card.id,
            level=card.level,
            time=fired.first,
            until=fired.last,
            tenant=event.tenant,
            event_id=event.id,
            title=card.title,
            message=grouped(card.title, fired.told, group),
            subject=group,
            entities=tuple(sorted({*group, *event.entities()})),
            evidence=fired.evidence,
            judged_on="a Sigma correlation",
            facts=fired.facts,
        )

    def finish(self, state: History) -> Iterator[Finding]:
        cards = {member.card.id: member.card for member in self.book.members}
        for name, more in state.more.items():
            card = cards.get(name)
            if card is not None:
                yield Finding(
                    rule=name,
                    level=card.level,
                    time=more.time,
                    verdict="more",
                    title=card.title,
                    message=f"{card.title}: matched {more.count:,} more events than the {self._most[name]:,} that were told.",
                    subject=(),
                    entities=(),
                    evidence=(),
                    judged_on="a Sigma rule",
                    facts={"more": more.count, "told": self._most[name]},
                )


def _says_nothing(member: EventRule | Correlation) -> bool:
    """Whether a rule holds for whatever it is shown."""
    return bool(degenerate(member)) if isinstance(member, Correlation) else supposed(member.condition, {}) is True


def rules_of(book: RuleBook) -> dict[str, Rule]:
    """The identity cards of the rules of a book, by id."""
    return {
        member.card.id: Rule(
            id=member.card.id,
            title=member.card.title,
            level=member.card.level,
            asi=member.card.asi,
            attack=member.card.attack,
        )
        for member in book.members
    }
