"""What the trail cannot know: who may do what, and where the thresholds lie."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from onesec_cli.model.finding import Alert
from onesec_cli.model.thresholds import Thresholds


class _Section(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A part of a policy file. An unknown name is an error, never ignored."""


class AllowedAgent(_Section, frozen=True):
    """One line of the access list: this agent may exchange for these users on these connections."""

    agent: str
    """Agent id, external agent id or client id."""
    users: tuple[str, ...] = ("*",)
    connections: tuple[str, ...] = ("*",)
    scopes: tuple[str, ...] | None = None
    """The widest scopes it may hold; absent means unbounded."""
    expires: Annotated[datetime, Meta(tz=True)] | None = None

    def covers(self, names: Iterable[str], user: str, connection: str) -> bool:
        """Whether this line speaks of the agent (by any of its `names`) for this user and connection."""
        return (
            self.agent in names
            and ("*" in self.users or user in self.users)
            and ("*" in self.connections or connection in self.connections)
        )

    def expires_at(self) -> int | None:
        """Expiry in microseconds UTC."""
        return None if self.expires is None else round(self.expires.timestamp() * 1_000_000)


class DelegationPolicy(_Section, frozen=True):
    """Which delegation chains are approved."""

    max_depth: Annotated[int, Meta(ge=1, le=100)] | None = None
    """Overrides `thresholds.delegation-chain.max-depth`."""
    approved_chains: tuple[tuple[str, ...], ...] = ()
    """Each from the originating application to the last actor. When given, any other chain is a finding."""
    known_actors: tuple[str, ...] = ()
    """Actors that may appear in a chain without having been seen elsewhere in the trail."""
    attestation_keys: dict[str, Annotated[str, Meta(pattern="^([0-9a-fA-F]{2}){16,128}$")]] = field(
        default_factory=dict
    )
    """Key id to secret (hex, 16 bytes or more) that attestations of delegations are verified with. Given keys make a
    delegation without a valid attestation a finding."""


class ApprovalRule(_Section, frozen=True):
    """Tools whose calls a person must approve before they run."""

    tools: tuple[str, ...]
    """Names or patterns (`send_*`); with or without the server's prefix."""
    agents: tuple[str, ...] = ("*",)
    by: tuple[str, ...] = ()
    """Who may approve; empty means any person."""

    def covers(self, tools: Iterable[str], agent: str) -> bool:
        """Whether the rule speaks of a tool (by any of its names) in the hands of this agent."""
        return any(fnmatchcase(tool, name) for tool in tools for name in self.tools) and any(
            fnmatchcase(agent, name) for name in self.agents
        )


class AgentPolicy(_Section, frozen=True):
    """What a site's agents may rely on."""

    trusted_destinations: tuple[str, ...] = ()
    """Hosts, domains (with everything below them), mail addresses, buckets and remotes that may receive data and serve programs."""
    trusted_tools: tuple[str, ...] = ()
    """Tools whose results count like a person's words: an own profile, an own ticket system."""
    trust_operator: bool = True
    """Whether values in the operator's prompt count as given; false where others can write to it."""


class ToolPin(_Section, frozen=True):
    """The approved forms of one tool."""

    tool: str
    """Its name without the server's prefix."""
    sha256: tuple[str, ...]
    """Digests of the canonical JSON of name, description and schema, as tool-integrity findings show them."""
    server: str = "*"
    """Name or pattern of the server."""


class RulePolicy(_Section, frozen=True):
    """What a site's Sigma rules need to know."""

    placeholders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of a placeholder (`%admins%` with `|expand`, or `{admins}` in a rule for Auth0) to the values it stands for."""


class _Selection(_Section, frozen=True, kw_only=True):
    """Which alerts a line speaks of."""

    rule: str
    """Id of a detector or of a Sigma rule of the run."""
    entities: tuple[str, ...] = ()
    """Entities as alerts name them (`user:auth0|alice`) or patterns (`agent:build-*`); all of them must be in the alert."""
    verdict: str = "*"
    """Which of the rule's claims; a name or pattern."""
    tenant: str = "*"
    """Name or pattern."""

    def covers(self, alert: Alert) -> bool:
        """Whether the line speaks of this alert."""
        return (
            alert.rule == self.rule
            and fnmatchcase(alert.tenant, self.tenant)
            and fnmatchcase(alert.verdict, self.verdict)
            and all(any(fnmatchcase(name, one) for name in (*alert.entities, *alert.subject)) for one in self.entities)
        )


class Suppression(_Selection, frozen=True, kw_only=True):
    """Alerts that somebody has looked at and answers for, for a while."""

    reason: Annotated[str, Meta(pattern=r"\S")]
    owner: Annotated[str, Meta(pattern=r"\S")]
    """Who answers for it."""
    expires: Annotated[datetime, Meta(tz=True)]
    """From then on, by the last event of the trail, the alerts are told again."""

    def expires_at(self) -> int:
        """Expiry in microseconds UTC."""
        return round(self.expires.timestamp() * 1_000_000)


class Severity(_Selection, frozen=True, kw_only=True):
    """Another level for some alerts."""

    level: Literal["informational", "low", "medium", "high", "critical"]
    reason: str = ""


class Policy(_Section, frozen=True):
    """A whole `onesec.yaml`."""

    version: Annotated[int, Meta(ge=1, le=1)] = 1
    allowed_agents: tuple[AllowedAgent, ...] | None = None
    """When given, an exchange by an agent that no line covers is unauthorised. Absent: learned evidence is used."""
    agent_clients: dict[str, str] = field(default_factory=dict)
    """Agent id to client id, where the trail does not show them together."""
    delegation: DelegationPolicy = field(default_factory=DelegationPolicy)
    approvals: tuple[ApprovalRule, ...] = ()
    """Which tool calls need a person's approval."""
    agents: AgentPolicy = field(default_factory=AgentPolicy)
    tool_pins: tuple[ToolPin, ...] = ()
    """Tools that must be offered exactly as approved."""
    rules: RulePolicy = field(default_factory=RulePolicy)
    suppressions: tuple[Suppression, ...] = ()
    """Alerts that are listed apart and fail nothing."""
    severities: tuple[Severity, ...] = ()
    """Levels that a site sees otherwise; the first line that speaks of an alert counts."""
    thresholds: Thresholds = field(default_factory=Thresholds)

    def lines_for(self, names: Iterable[str], user: str, connection: str) -> tuple[AllowedAgent, ...]:
        """The lines of the access list that cover this agent, user and connection."""
        known = tuple(names)
        return tuple(line for line in self.allowed_agents or () if line.covers(known, user, connection))
