"""What a detector says about one trigger, and the alert that findings fold into."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model.event import Evidence
from onesec_cli.model.level import Level

INSTRUCTED: Final = "the text that told the agent to do it"
"""The role of evidence that shows where a hijack began: an incident starts at its time, not at the call's."""
ASKED: Final = "what the user asked for"
"""The role of evidence that shows the wish that an agent was turned from."""
OBEYED: Final = "the call that did what the text said"
"""The role of evidence that shows an act which only an untrusted text asked for."""
PLANTED: Final = "the text it came from"
"""The role of evidence that shows the text a memory was made of."""


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """One rule's claim on one trigger. Findings of one (rule, verdict, subject) fold into one alert."""

    rule: str
    level: Level
    time: int
    """Event time of the trigger, microseconds UTC."""
    until: int = 0
    """Event time of the last event the claim speaks of; 0 means the trigger is also the last."""
    tenant: str = ""
    event_id: str = ""
    """Id of the trigger: with rule, verdict and subject it makes the alert's id."""
    verdict: str = ""
    """Which of the rule's distinct claims this is, e.g. `never-authorized`."""
    title: str = ""
    """Short title; empty means the rule's own."""
    message: str
    """One plain sentence with the entities in it."""
    subject: tuple[str, ...]
    """Entities the claim is about, `type:value`; what alerts are folded on."""
    entities: tuple[str, ...]
    """Every entity involved."""
    evidence: tuple[Evidence, ...]
    """Trigger first, then the earlier events that prove the claim."""
    judged_on: str = ""
    """What the claim rests on where the trail could not show the real thing (declared policy, learned baseline...)."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Observed values and thresholds, JSON types only."""


NOTHING: Final[Iterator[Finding]] = iter(())
"""What a detector says of an event that shows nothing: cheaper than a generator, and always empty."""


def known_by(tenant: str, subject: Sequence[str]) -> tuple[str, list[str]]:
    """The tenant and the subject that a claim is known by: where no record names the tenant, neither does the subject."""
    return tenant, [one for one in subject if tenant or not one.startswith("tenant:")]


class Alert(Struct, frozen=True, kw_only=True):
    """Findings of one rule on one subject, folded in time. The unit an analyst reads."""

    id: str
    rule: str
    level: Level
    title: str
    message: str
    verdict: str
    asi: tuple[str, ...]
    attack: tuple[str, ...]
    tenant: str
    subject: tuple[str, ...]
    entities: tuple[str, ...]
    first_seen: int
    last_seen: int
    count: int
    """How many findings were folded."""
    evidence: tuple[Evidence, ...]
    evidence_total: int
    """How many distinct proofs there are; more than `evidence` lists where the list was capped."""
    judged_on: str
    facts: dict[str, Any]
    judged: Level | None = None
    """The level that the rule gave, where the policy set another one."""
    known: bool = False
    """Whether the baseline, an earlier report, told it already."""
    adopted: bool = False
    """Whether its first trigger names no tenant, so that `tenant` is what the rest of the run says."""

    @property
    def claim(self) -> str:
        """Digest of what is claimed of whom: equal for all alerts of one claim, whenever they began."""
        return claim("" if self.adopted else self.tenant, self.rule, self.verdict, self.subject)


def claim(tenant: str, rule: str, verdict: str, subject: Sequence[str]) -> str:
    """The digest that `Alert.claim` is; `tenant` is empty where it is not the record that names it."""
    tenant, subject = known_by(tenant, subject)
    parts = [tenant, rule, verdict, subject]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
