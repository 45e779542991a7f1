"""An application collects consents that are too wide to be honest."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, HOUR, show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.scopes import ADMIN, WRITE, distinct, risk, service, weight

_FAST_MS = 2000
"""Nobody reads a consent screen in less."""
_MOST = 256
"""Users remembered per application; enough to count many."""


class Consent(Struct):
    """What one user gave one application inside the window."""

    first: int
    last: int
    scopes: frozenset[str]


class App(Struct):
    """What is known of one application."""

    created: Evidence | None = None
    self_registered: bool = False
    users: dict[str, Consent] = field(default_factory=dict)


class Signs(Struct, frozen=True):
    """What speaks against one consent."""

    count: int
    weight: int
    powerful: tuple[str, ...]
    admin: bool
    plain: bool
    """Few scopes but for identity, and those of one product or for reading only."""
    users: int
    many_users: bool
    age: int | None
    young: bool
    fast: bool


class ConsentPhishing(Detector[App]):
    """Users consent to an application that asks for more than ten scopes, or for more power than one task needs.

    A consent is too wide by number of scopes, or by weight: the highest risk of each product it opens, summed, so that ten scopes
    of one calendar are not ten powers; administrative scopes each count. What one user gives in several consents inside the window counts together. A young
    application, many users, administrative scopes, or a consent given faster than anyone can read raise the level. An application
    that registered itself and collects powerful consents from many users within days is a campaign, whatever the number.

    ## Why it matters
    The user's yes is the attacker's way in: it needs no password and survives a password change.

    ## Judged on
    The consent prompt inside the login event, or the CIBA request; the application's age where its registration is in the trail.
    Identity scopes do not count where the rest is few, and of one product or for reading only.

    ## What it misses
    Consent screens of upstream providers (Google, GitHub) are not in Auth0's log; the first vaulted token shows them (see
    scope-escalation). First-party applications may skip consent. An application registered before the trail begins has no known
    age. A narrow consent to an impostor with a trusted name is not seen; redirect hosts are not judged.

    ## What to do
    Ask the users what they meant to connect. If nobody knows the application, delete its grants and the client, revoke its refresh
    tokens, and look for exchanges it made meanwhile. Close open dynamic client registration.
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
        """The application consented to, or the one a management call or a registration created."""
        if event.kind != kinds.ADMIN_CHANGE:
            client = event.client or event.agent
            return (event.tenant, client) if client else None
        client = _created(event)
        return (event.tenant, client) if client else None

    def observe(self, state: App, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.ADMIN_CHANGE:
            state.created = event.cite("the application was registered")
            state.self_registered = _registers_itself(event)
            return
        if not event.scopes:
            return
        scopes = _remember(state, event, self.policy.thresholds.consent_phishing.window_hours * HOUR)
        signs = self._signs(state, event, scopes)
        level = self._level(state, signs)
        if level is not None:
            yield self._finding(state, event, level, scopes, signs)

    def _signs(self, state: App, event: Event, scopes: frozenset[str]) -> Signs:
        limits = self.policy.thresholds.consent_phishing
        names = distinct(scopes)
        products = {service(scope) for scope in names} - {""}
        worst = {scope: risk(scope) for scope in names}
        powerful = tuple(sorted(scope for scope, one in worst.items() if one >= WRITE))
        admin = any(one >= ADMIN for one in worst.values())
        effective = sum(1 for scope in names if service(scope))
        start = event.time - limits.window_hours * HOUR
        users = sum(1 for consent in state.users.values() if consent.last >= start)
        age = event.time - state.created.time if state.created is not None else None
        elapsed = event.fields.get("elapsed_ms")
        return Signs(
            count=len(names),
            weight=weight(names),
            powerful=powerful,
            admin=admin,
            plain=effective <= limits.max_scopes and not admin and (len(products) <= 1 or not powerful),
            users=users,
            many_users=users >= limits.many_users,
            age=age,
            young=age is not None and 0 <= age < limits.young_client_days * DAY,
            fast=isinstance(elapsed, int) and not isinstance(elapsed, bool) and 0 <= elapsed < _FAST_MS,
        )

    def _level(self, state: App, signs: Signs) -> Level | None:
        """None where nothing is too wide."""
        limits = self.policy.thresholds.consent_phishing
        many = signs.count > limits.max_scopes and not signs.plain
        heavy = signs.weight > limits.risk_weight
        campaign = (
            signs.young
            and signs.many_users
            and 2 * signs.weight > limits.risk_weight
            and (state.self_registered or signs.fast)
        )
        if not (many or heavy or campaign):
            return None
        if signs.admin and (signs.young or signs.many_users):
            return Level.critical
        against = (many and heavy, signs.admin, signs.young, signs.many_users, signs.fast and bool(signs.powerful))
        return Level.high if any(against) and (many or heavy) else Level.medium

    def _finding(self, state: App, event: Event, level: Level, scopes: frozenset[str], signs: Signs) -> Finding:
        client = event.client or event.agent
        name = f"{event.client_name} ({client})" if event.client_name else client
        act = "asked" if event.kind == kinds.GRANT_REQUEST else "was given"
        whom = f"user {event.user}" if event.user else "a user"
        told = [f"{len(signs.powerful)} of them powerful"] if signs.powerful else []
        if signs.young and signs.age is not None:
            told.append(f"the application is {show_span(signs.age)} old")
        if signs.users > 1:
            told.append(f"{signs.users} users in the window")
        if signs.fast:
            told.append("given faster than it can be read")
        scoped = f"{signs.count} scope{'s' if signs.count != 1 else ''}"
        phrase = f"{act} {whom} for {scoped}" if act == "asked" else f"{act} {scoped} by {whom}"
        proofs = [event.cite("the consent")]
        if state.created is not None and signs.young:
            proofs.append(state.created)
        limits = self.policy.thresholds.consent_phishing
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            message=f"Application {name} {phrase}" + (f": {', '.join(told)}." if told else "."),
            subject=(f"client:{client}",),
            entities=event.entities(),
            evidence=tuple(proofs),
            judged_on="scopes of the consent; "
            + ("age of the application" if state.created is not None else "the application's age is unknown"),
            facts={
                "scopes": sorted(scopes),
                "powerful": list(signs.powerful),
                "count": signs.count,
                "observed": {"scopes": signs.count, "weight": signs.weight, "users": signs.users},
                "threshold": {
                    "scopes": limits.max_scopes,
                    "weight": limits.risk_weight,
                    "users": limits.many_users,
                },
                "young": signs.young,
                "fast": signs.fast,
            },
        )


def _remember(state: App, event: Event, window: int) -> frozenset[str]:
    """All that this user gave inside the window, this consent too."""
    known = state.users.get(event.user)
    if known is None or event.time - known.first > window:
        if len(state.users) >= _MOST:
            del state.users[min(state.users, key=lambda user: (state.users[user].last, user))]
        state.users[event.user] = Consent(event.time, event.time, event.scopes)
        return event.scopes
    known.last = event.time
    known.scopes |= event.scopes
    return known.scopes if event.user else event.scopes


def _registers_itself(event: Event) -> bool:
    described = str(event.fields.get("description", "")).lower()
    return event.fields.get("path") == "/oidc/register" or "dynamic client registration" in described


def _created(event: Event) -> str:
    """The client that a management call or a dynamic registration made; empty for anything else."""
    itself = _registers_itself(event)
    if not itself and (event.fields.get("method") != "post" or event.fields.get("path") != "/api/v2/clients"):
        return ""
    for part in (event.fields.get("response"), event.fields.get("body")):
        client = part.get("client_id") if isinstance(part, dict) else None
        if isinstance(client, str) and client:
            return client
    return event.client if itself else ""
