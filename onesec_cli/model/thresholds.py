"""Every threshold of every detector, in one place. A policy file may set any of them under `thresholds:`.

The string below each value says what it bounds; it is the row of docs/policy.md. Windows are of event time.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Positive = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class _Settings(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Settings of one detector. An unknown name is an error, never ignored."""


class RapidExchange(_Settings, frozen=True):
    max_exchanges: Positive = 20
    """More exchanges than this by one agent inside the window are a burst."""
    window_minutes: Positive = 5
    """Length of the sliding window."""
    day_users: Positive = 50
    """Users whose vaulted tokens an agent may take in one day, whatever it did on earlier days."""


class ScopeEscalation(_Settings, frozen=True):
    learn_exchanges: Positive = 1
    """Exchanges of one holder that are learned as its baseline before a wider one is judged."""


class UnauthorizedAgent(_Settings, frozen=True):
    learn_days: Count = 0
    """Days from the start of the trail in which a first use is taken as evidence of authorisation; 0 takes none."""


class ConsentPhishing(_Settings, frozen=True):
    max_scopes: Positive = 10
    """A consent with more scopes than this is judged by number alone."""
    risk_weight: Positive = 12
    """Sum of scope risk (read 1, write 3, admin 6) above which a consent is judged whatever its number of scopes."""
    young_client_days: Positive = 7
    """An application registered less than this before the consent is young."""
    many_users: Positive = 5
    """Different users who consent to one application inside the window."""
    window_hours: Positive = 24
    """Length of the sliding window in which users are counted."""


class UseAfterUnlink(_Settings, frozen=True):
    failed_burst: Positive = 3
    """Refused exchanges after an unlink, from this number on, are a burst rather than an agent not yet told."""


class DelegationChain(_Settings, frozen=True):
    max_depth: Positive = 3
    """Actors in one chain. Auth0 itself refuses more than five parties."""


class ExchangeFailureBurst(_Settings, frozen=True):
    min_failures: Positive = 10
    """Refused exchanges by one agent inside the window."""
    window_minutes: Positive = 10
    """Length of the sliding window."""
    many_connections: Positive = 3
    """Different connections refused inside the window: probing."""
    many_users: Positive = 3
    """Different users refused inside the window: probing."""


class AgentNovelty(_Settings, frozen=True):
    learn_events: Positive = 20
    """Events of one agent that are learned before novelty is judged."""
    learn_hours: Count = 24
    """And the least time they must span."""
    min_novelties: Positive = 2
    """Attributes (network, country, client software) that must be new at once."""


class RefreshTokenReuse(_Settings, frozen=True):
    race_counter_gap: Positive = 1
    """Counter distance that a client racing itself can explain; more means an older copy was replayed."""


class SessionImpersonation(_Settings, frozen=True):
    many_users: Positive = 5
    """Different users one actor enters inside the window; an actor known for more may enter twice as many."""
    window_hours: Positive = 24
    """Length of the sliding window in which users are counted."""
    learn_entries: Positive = 10
    """Entries of a tenant that are learned before an actor counts as new."""
    denied_attempts: Positive = 3
    """Refused entries of one actor inside an hour after which a success is judged."""


class CredentialBindingChange(_Settings, frozen=True):
    learn_events: Positive = 5
    """Tokens of one client and flow that are learned before a change of its proofs is judged."""
    announced_hours: Positive = 24
    """How long a management change of the client explains a new credential."""


class LogTampering(_Settings, frozen=True):
    gap_hours: Positive = 2
    """A silence shorter than this is never judged."""
    gap_factor: Positive = 3
    """And the usual hours it misses must be this many times the most that a silence missed before it."""
    learn_days: Positive = 3
    """Days of trail that are learned before silences are judged."""
    max_early_seconds: Count = 60
    """How far the ingest time inside `log_id` may lie before the event time (clock skew)."""


class RunawayAgent(_Settings, frozen=True):
    loop_repeats: Positive = 8
    """Equal calls with equal answers in a row that are a loop."""
    cycle_repeats: Positive = 4
    """How often a cycle of two to six calls comes back before it is a loop."""
    retry_failures: Positive = 8
    """How often the same call may fail with nothing new achieved in between."""
    poll_seconds: Positive = 20
    """Repetition slower than this, on average, is polling and no loop."""
    max_polls: Positive = 240
    """Polling that goes on for more steps than this is told."""
    burst_calls: Positive = 60
    """Calls of one agent in a minute; fewer are never a burst."""
    burst_factor: Positive = 4
    """And more than so many times its usual busy minute."""
    learn_minutes: Positive = 10
    """Busy minutes of an agent that are learned before bursts are judged."""


class ApprovalBypass(_Settings, frozen=True):
    widened_calls: Positive = 10
    """How many calls after a widening of the approval mode a sensitive one still counts as "just after"."""
    widened_minutes: Positive = 10
    """And how long."""


class RogueAgent(_Settings, frozen=True):
    max_depth: Positive = 3
    """Agents below the first one in a line of spawns."""
    max_children: Positive = 30
    """Agents that one agent may spawn in one conversation."""


class CascadingFailure(_Settings, frozen=True):
    min_agents: Annotated[int, Meta(ge=3, le=1_000)] = 3
    """Different agents that must fail one after another along edges between them."""
    window_minutes: Positive = 10
    """How long after a failure one that it caused may come."""
    window_events: Positive = 200
    """The same for trails without a clock, in events of the conversation."""
    error_run: Positive = 3
    """Failing results in a row from which an agent counts as down."""


class ToolMisuse(_Settings, frozen=True):
    denied_calls: Positive = 3
    """Refusals of one thing in one conversation, with no word of a person between them, from which an agent does not take no for an answer."""


class BehaviourNovelty(_Settings, frozen=True):
    learn_calls: Positive = 30
    """Tool calls of one agent that are learned before novelty is judged."""
    learn_sessions: Count = 3
    """And the sessions they must come from."""
    learn_hours: Count = 24
    """And the least time they must span."""


class Thresholds(_Settings, frozen=True):
    """All thresholds, by detector."""

    rapid_exchange: RapidExchange = field(default_factory=RapidExchange)
    scope_escalation: ScopeEscalation = field(default_factory=ScopeEscalation)
    unauthorized_agent: UnauthorizedAgent = field(default_factory=UnauthorizedAgent)
    consent_phishing: ConsentPhishing = field(default_factory=ConsentPhishing)
    use_after_unlink: UseAfterUnlink = field(default_factory=UseAfterUnlink)
    delegation_chain: DelegationChain = field(default_factory=DelegationChain)
    exchange_failure_burst: ExchangeFailureBurst = field(default_factory=ExchangeFailureBurst)
    agent_novelty: AgentNovelty = field(default_factory=AgentNovelty)
    refresh_token_reuse: RefreshTokenReuse = field(default_factory=RefreshTokenReuse)
    session_impersonation: SessionImpersonation = field(default_factory=SessionImpersonation)
    credential_binding_change: CredentialBindingChange = field(default_factory=CredentialBindingChange)
    log_tampering: LogTampering = field(default_factory=LogTampering)
    runaway_agent: RunawayAgent = field(default_factory=RunawayAgent)
    approval_bypass: ApprovalBypass = field(default_factory=ApprovalBypass)
    rogue_agent: RogueAgent = field(default_factory=RogueAgent)
    cascading_failure: CascadingFailure = field(default_factory=CascadingFailure)
    tool_misuse: ToolMisuse = field(default_factory=ToolMisuse)
    behaviour_novelty: BehaviourNovelty = field(default_factory=BehaviourNovelty)
