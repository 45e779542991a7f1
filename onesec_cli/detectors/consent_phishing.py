"""An application collects consents that are too wide to be honest."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, HOUR
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.scopes import ADMIN, WRITE, gained, risk

_FAST_MS = 2000
_KEPT = 200


class App(Struct):
    """What is known of one application."""

    created: Evidence | None = None
    consents: list[tuple[int, str]] = field(default_factory=list)
    """(time, user) of wide consents inside the window."""


class ConsentPhishing(Detector[App]):
    """Users consent to an application that asks for more than ten scopes, or for powerful ones.

    A consent is wide by number of scopes or by the sum of what they allow. A young application, many users in a short time, or a
    consent given faster than anyone can read raise the level. One alert per application.

    ## Why it matters
    The user's yes is the attacker's way in: it needs no password and survives a password change.

    ## Judged on
    The consent prompt inside the login event, or the CIBA request; the application's age where its registration is in the trail.

    ## What it misses
    Consent screens of upstream providers (Google, GitHub) are not in Auth0's log. First-party applications may skip consent. An
    application registered before the trail begins has no known age.

    ## What to do
    Ask the users what they meant to connect. If nobody knows the application, delete its grants and the client, revoke its refresh
    tokens, and look for exchanges it made meanwhile.
    """

    rule = Rule(
        id="consent-phishing",
        title="Consent too wide to be honest",
        level=Level.medium,
        asi=("ASI09", "ASI03"),
        attack=("T1528", "T1566.002"),
    )
    reads = frozenset({kinds.GRANT_CONSENT, kinds.GRANT_REQUEST, kinds.ADMIN_CHANGE})
    key = ("tenant", "client")
    state = App

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        """The application consented to, or the one a management call created."""
        if event.kind != kinds.ADMIN_CHANGE:
            return (event.tenant, event.client) if event.client else None
        path = event.fields.get("path")
        if event.fields.get("method") != "post" or path not in ("/api/v2/clients", "/oidc/register"):
            return None
        made = event.fields.get("response")
        name = made.get("client_id") if isinstance(made, dict) else None
        return (event.tenant, name) if isinstance(name, str) and name else None

    def observe(self, state: App, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.ADMIN_CHANGE:
            state.created = event.cite("the application was registered")
            return
        limits = self.policy.thresholds.consent_phishing
        distinct = gained(frozenset(), event.scopes, "")
        weights = {scope: risk(scope) for scope in distinct}
        powerful = sorted(scope for scope, weight in weights.items() if weight >= WRITE)
        many = len(event.scopes) > limits.max_scopes
        heavy = sum(weights[scope] for scope in powerful) > limits.risk_weight
        if not (many or heavy):
            return
        start = event.time - limits.window_hours * HOUR
        state.consents = [one for one in state.consents if one[0] >= start][-_KEPT:]
        state.consents.append((event.time, event.user))
        users = len({user for _, user in state.consents})
        young = state.created is not None and event.time - state.created.time < limits.young_client_days * DAY
        elapsed = event.fields.get("elapsed_ms")
        fast = isinstance(elapsed, int) and 0 <= elapsed < _FAST_MS
        signs = [many and bool(powerful), heavy, young, users >= limits.many_users, fast]
        level = Level.medium if sum(signs) < 2 else Level.high
        if any(weight >= ADMIN for weight in weights.values()) and (young or users >= limits.many_users):
            level = Level.critical
        yield self._finding(state, event, level, powerful, users, young, fast)

    def _finding(
        self, state: App, event: Event, level: Level, powerful: list[str], users: int, young: bool, fast: bool
    ) -> Finding:
        name = f"{event.client_name} ({event.client})" if event.client_name else event.client
        act = "asks" if event.kind == kinds.GRANT_REQUEST else "was given"
        whom = f" by user {event.user}" if event.user else ""
        signs = [
            text
            for text, told in (
                (f"{len(powerful)} of them powerful", bool(powerful)),
                ("the application is young", young),
                (f"{users} users in the window", users > 1),
                ("given faster than it can be read", fast),
            )
            if told
        ]
        proofs = (event.cite("the consent"),) + ((state.created,) if young and state.created else ())
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            message=f"Application {name} {act} {len(event.scopes)} scopes{whom}"
            + (f": {', '.join(signs)}." if signs else "."),
            subject=(f"client:{event.client}",),
            entities=event.entities(),
            evidence=proofs,
            judged_on="scopes of the consent" + ("; age of the application" if state.created else "; age unknown"),
            facts={
                "scopes": sorted(event.scopes),
                "powerful": powerful,
                "count": len(event.scopes),
                "threshold": self.policy.thresholds.consent_phishing.max_scopes,
                "users": users,
                "young": young,
            },
        )
