"""An application collects consents that are too wide to be honest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, HOUR, show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.scope.lattice import lattice
from onesec_cli.state.scope.scopes import ADMIN, WRITE, distinct, provider_of, risk, service, weight

_FAST_MS: Final = 2000
"""Nobody reads a consent screen in less."""
_MOST: Final = 256
"""Users remembered per application, enough to count many, and accounts whose first token is awaited."""
_SHOWN: Final = 3
_MOST_SCOPES: Final = 1_000
"""Scopes of one user that are added up."""
NOTHING: Final[Iterator[Finding]] = iter(())
"""No finding: it is exhausted, so it can be handed out again and again."""


class Consent(Struct):
    """What one user gave one application inside the window."""

    first: int
    last: int
    scopes: frozenset[str]


class App(Struct):
    """What is known of one application."""

    tells: ClassVar[Tells] = (
        Tell("created", "the application was made, by {value:place}"),
        Tell("self_registered", "the application registered itself"),
        Tell("users.*.scopes", "user {0} gave it scope {value}"),
        Tell("users.*.first", "user {0} first consented {value:time}"),
        Tell("users.*.last", ""),
        Tell("linked.*", "a connected account that no token has shown yet: {0}"),
    )

    created: Evidence | None = None
    self_registered: bool = False
    users: dict[str, Consent] = field(default_factory=dict)
    """Those who consented last come last."""
    linked: dict[str, Evidence] = field(default_factory=dict)
    """Connected accounts no token has shown yet, by user and connection."""


class Signs(Struct, frozen=True):
    """What speaks against one consent."""

    count: int
    weight: int
    powerful: tuple[str, ...]
    products: int
    """Products in which they can change something."""
    stores: bool
    """Whole stores of more than one product, and for longer than the session."""
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
    application, many users, administrative scopes, or a consent given faster than anyone can read raise the level. An administrative
    scope is judged whatever the number, so are whole stores of several products for longer than the session, and so are powers over several products that go to an application which registered itself
    within days. One that collects powerful consents from many users within days is a campaign.

    ## Why it matters
    The user's yes is the attacker's way in: it needs no password and survives a password change.

    ## Judged on
    The consent prompt inside the login event, or the CIBA request; the application's age where its registration is in the trail.
    Identity scopes do not count where the rest is few, and of one product or for reading only. The first vaulted token after an
    account was connected stands for the provider's own consent screen; there only scopes that open something count, and the
    number of users says nothing: they all use the same application.

    ## What it misses
    Consent screens of upstream providers (Google, GitHub) are not in Auth0's log, and the first vaulted token shows what was given
    only if the connecting is in the trail and was done by the same client. First-party applications may skip consent. An application registered before the trail begins has no known
    age. A narrow consent to an impostor with a trusted name is not seen; redirect hosts are not judged.

    ## What else it may be
    An application of the site's own was rolled out and asks for much because it does much.

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
    reads = frozenset(
        {kinds.GRANT_CONSENT, kinds.GRANT_REQUEST, kinds.ADMIN_CHANGE, kinds.ACCOUNT_LINK, kinds.TOKEN_EXCHANGE}
    )
    key = ("tenant", "client")
    state = App

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        """The application consented to or used, or the one that was created; other management calls share the empty one."""
        client = _created(event) if event.kind == kinds.ADMIN_CHANGE else event.client or event.agent
        return (event.tenant, client) if client or event.kind == kinds.ADMIN_CHANGE else None

    def observe(self, state: App, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.TOKEN_EXCHANGE and not state.linked:
            return NOTHING
        return self._step(state, event)

    def _step(self, state: App, event: Event) -> Iterator[Finding]:
        kind, scopes = event.kind, event.scopes
        if kind == kinds.ADMIN_CHANGE:
            if _created(event):
                state.created = event.cite("the application was registered")
                state.self_registered = _registers_itself(event)
        elif kind == kinds.ACCOUNT_LINK:
            if len(state.linked) >= _MOST:
                del state.linked[next(iter(state.linked))]
            state.linked[f"{event.user} {event.connection}"] = event.cite("the account was connected")
        elif not scopes:
            return
        elif kind == kinds.TOKEN_EXCHANGE:
            linked = state.linked.pop(f"{event.user} {event.connection}", None) if event.user else None
            if linked is not None:
                yield from self._judge(state, event, scopes, linked)
        else:
            scopes = _remember(state, event, self.policy.thresholds.consent_phishing.window_hours * HOUR)
            yield from self._judge(state, event, scopes, None)

    def _judge(self, state: App, event: Event, scopes: frozenset[str], linked: Evidence | None) -> Iterator[Finding]:
        signs = self._signs(state, event, scopes, linked is not None)
        level = self._level(state, signs, linked is not None)
        if level is not None:
            yield self._finding(state, event, level, scopes, signs, linked)

    def _signs(self, state: App, event: Event, scopes: frozenset[str], vaulted: bool) -> Signs:
        limits = self.policy.thresholds.consent_phishing
        provider = provider_of(event.connection, str(event.fields.get("strategy", ""))) if vaulted else ""
        names = distinct(scopes, provider)
        worst = {scope: risk(scope, provider) for scope in names}
        powerful = tuple(sorted(scope for scope, one in worst.items() if one >= WRITE))
        admin = any(one >= ADMIN for one in worst.values())
        opening = [scope for scope in names if service(scope, provider)]
        few = len(opening) <= limits.max_scopes
        one = len({service(scope, provider) for scope in opening}) <= 1 or not powerful
        start = event.time - limits.window_hours * HOUR
        users = 0 if vaulted else sum(1 for consent in state.users.values() if consent.last >= start)
        age = event.time - state.created.time if state.created is not None else None
        elapsed = event.fields.get("elapsed_ms")
        return Signs(
            count=len(names),
            weight=weight(names, provider),
            powerful=powerful,
            products=len({service(scope, provider) for scope in powerful}),
            stores=len({service(scope, provider) for scope in names & lattice().stores}) > 1
            and not names.isdisjoint(lattice().offline),
            admin=admin,
            plain=few and not admin and (one or vaulted),
            users=users,
            many_users=users >= limits.many_users,
            age=age,
            young=age is not None and 0 <= age < limits.young_client_days * DAY,
            fast=isinstance(elapsed, int) and not isinstance(elapsed, bool) and 0 <= elapsed < _FAST_MS,
        )

    def _level(self, state: App, signs: Signs, vaulted: bool) -> Level | None:
        """None where nothing is too wide; an administrative scope at first sight of a vault is scope-escalation's."""
        limits = self.policy.thresholds.consent_phishing
        many = signs.count > limits.max_scopes and not signs.plain
        heavy = signs.weight > limits.risk_weight
        half = signs.young and 2 * signs.weight > limits.risk_weight and (state.self_registered or signs.fast)
        campaign = half and (signs.many_users or signs.products > 1)
        if not (many or heavy or campaign or (signs.admin and not vaulted)):
            return Level.low if signs.stores else None
        if signs.admin and (signs.young or signs.many_users):
            return Level.critical if many or heavy else Level.high
        against = (many and heavy, signs.admin, signs.young, signs.many_users, signs.fast and bool(signs.powerful))
        return Level.high if any(against) and (many or heavy) else Level.medium

    def _finding(
        self,
        state: App,
        event: Event,
        level: Level,
        scopes: frozenset[str],
        signs: Signs,
        linked: Evidence | None,
    ) -> Finding:
        client = event.client or event.agent
        name = f"{event.client_name} ({client})" if event.client_name not in ("", client) else client
        act = "asked" if event.kind == kinds.GRANT_REQUEST else "was given"
        whom = f"user {event.user}" if event.user else "a user"
        told = []
        if signs.powerful:
            rest = f" and {len(signs.powerful) - _SHOWN} more" if len(signs.powerful) > _SHOWN else ""
            told.append(f"power to change things by {', '.join(signs.powerful[:_SHOWN])}{rest}")
        if signs.young and signs.age is not None:
            told.append(f"the application is {show_span(signs.age)} old")
        if signs.users > 1:
            told.append(f"{signs.users} users in the window")
        if signs.fast:
            told.append("given faster than it can be read")
        scoped = f"{signs.count} scope{'s' if signs.count != 1 else ''}"
        phrase = f"{act} {whom} for {scoped}" if act == "asked" else f"{act} {scoped} by {whom}"
        if linked is not None:
            phrase = f"holds {scoped} on {event.connection} for {whom} since the account was connected"
        proofs = [event.cite("the consent" if linked is None else "the first token after the account was connected")]
        if linked is not None:
            proofs.append(linked)
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
            judged_on=("scopes of the consent; " if linked is None else "scopes of the first vaulted token; ")
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
    known = state.users.pop(event.user, None)
    if known is None or event.time - known.first > window:
        if len(state.users) >= _MOST:
            del state.users[next(iter(state.users))]
        state.users[event.user] = Consent(event.time, event.time, event.scopes)
        return event.scopes
    state.users[event.user] = known
    known.last = event.time
    if len(known.scopes) < _MOST_SCOPES:
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
