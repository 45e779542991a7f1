"""A management call that gave someone more, or took a protection away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field
from msgspec.structs import replace

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.tenant.management import Settings, Touch, read_call, widened
from onesec_cli.state.tenant.protections import read_touch

MAX_PENDING: Final = 100
"""Added credentials that wait for the old one to go."""
ROTATION: Final = DAY
SHOWN: Final = 5

AREAS: Final[dict[str, tuple[str, str, str]]] = {
    "client-grant": ("client-grant-widened", "API grant widened", "gave {subject}"),
    "client": ("client-widened", "Client allowed more", "allowed {subject}"),
    "credential": ("credential-added", "Credential added to a client", "gave {subject}"),
    "api": ("api-weakened", "API protected less", "left {subject} open to"),
    "connection": ("connection-enabled", "Connection enabled for a client", "enabled {subject} for"),
    "role": ("role-assigned", "Role or permission assigned", "gave {subject}"),
    "invitation": ("admin-invited", "Administrator invited", "invited {subject} with"),
    "exchange-profile": ("exchange-allowed", "Custom token exchange allowed", "made {subject} give"),
    "protection": ("protection-weakened", "Protection weakened", "weakened {subject}:"),
    "setting": ("setting-weakened", "Tenant setting weakened", "opened {subject}:"),
    "action": ("action-changed", "Login actions changed", "changed {subject}:"),
}


class Tenant(Struct):
    """What management calls showed of a tenant's settings, and the credentials that may be part of a rotation."""

    tells: ClassVar[Tells] = (
        Tell("added.*", "what {0} was given is waited for: it may be taken back"),
        Tell("removed.*", "{0} was taken away {value:time}"),
    )

    settings: Settings = field(default_factory=Settings)
    added: dict[str, Finding] = field(default_factory=dict)
    """Credentials that were added, by client and caller, and whose predecessor may still go."""
    removed: dict[str, int] = field(default_factory=dict)
    """When one was removed, by client and caller."""


class PrivilegedGrantChange(Detector[Tenant]):
    """Finds management calls that widen what clients and users may do, or weaken what protects the tenant.

    Every change of a grant, client, connection, API, role, protection or login action is compared with what the trail
    showed of it before. Only what was added, or what protection was lost, is told; a change that narrows, repeats or
    only renames is silent. Deleting and writing scopes of the Management API, attack protection that is switched off
    and invitations of owners weigh most.

    ## Why it matters
    An agent that holds Management API scopes can give itself everything else. After a takeover these calls are how the
    attacker stays: a wider grant, another credential, a role, a protection less.

    ## Judged on
    The body and the response of the call, and the state of the same setting after earlier calls in the trail. Where
    the trail shows no earlier state, what a change asks for is told one level lower, because it may have been there.

    ## What it misses
    Changes before the trail begins and changes made outside the Management API. A thief who adds a credential and
    removes the old one within a day looks like a rotation, and a secret that is rotated is not told at all. Refused calls, which the trail mostly
    does not hold. Roles are known by id: one weighs only if its id or the name seen at its creation says
    administrator. Code inside an action and custom database scripts are not read. A callback address is told where its
    site is unlike all that were seen of the client; strangers who share a hosting site look alike. Values that
    a forwarder masked cannot be compared. Whether a change was approved is known to people, not to the trail.

    ## What else it may be
    An administrator widened the grant on purpose, for a change that was announced elsewhere.

    ## What to do
    Ask who made the call, and through which channel. If nobody stands for it: take the grant, role or credential back,
    switch the protection on again, rotate the credential of the client that made the call and end the administrator's
    sessions. Then read what the same caller did before and after.
    """

    rule = Rule(
        id="privileged-grant-change",
        title="Privileges widened by a management call",
        level=Level.medium,
        asi=("ASI03", "ASI10"),
        attack=("T1098", "T1098.001", "T1098.003", "T1484", "T1556", "T1562"),
    )
    reads = frozenset({kinds.ADMIN_CHANGE})
    key = ("tenant",)
    state = Tenant

    def observe(self, state: Tenant, event: Event) -> Iterator[Finding]:
        while state.added and next(iter(state.added.values())).time < event.time - ROTATION:
            yield state.added.pop(next(iter(state.added)))
        call = read_call(event)
        if call is None:
            return
        if call.method == "delete" and call.at(0) == "clients" and call.at(2) == "credentials":
            yield from self._rotated(state, event, call.at(1))
        touch = read_touch(call, state.settings.known)
        if touch is None:
            return
        before, earlier = state.settings.known.get(touch.key), state.settings.last.get(touch.key)
        more = widened(touch, before)
        state.settings.keep(touch, before, event.cite("the change of the same setting before"))
        if not more:
            return
        found = self._finding(event, touch, more, before, earlier, state.settings.forgot)
        if touch.area == "credential":
            yield from self._added(state, event, call.at(1), found)
        else:
            yield found

    def finish(self, state: Tenant) -> Iterator[Finding]:
        yield from state.added.values()

    def _added(self, state: Tenant, event: Event, client: str, found: Finding) -> Iterator[Finding]:
        """A new credential waits for the old one to go, unless that has gone already."""
        name = f"{client} {_caller(event)}"
        if event.time - state.removed.pop(name, -ROTATION) < ROTATION:
            yield _rotation(found, event)
            return
        if name in state.added:
            yield state.added.pop(name)
        elif len(state.added) >= MAX_PENDING:
            yield state.added.pop(next(iter(state.added)))
        state.added[name] = found

    def _rotated(self, state: Tenant, event: Event, client: str) -> Iterator[Finding]:
        """A credential is gone: of the two, one was the new one."""
        name = f"{client} {_caller(event)}"
        found = state.added.pop(name, None)
        if found is not None:
            yield _rotation(found, event)
            return
        if len(state.removed) >= MAX_PENDING:
            del state.removed[next(iter(state.removed))]
        state.removed[name] = event.time

    def _finding(
        self,
        event: Event,
        touch: Touch,
        more: dict[str, Level],
        before: dict[str, list[str]] | None,
        earlier: Evidence | None,
        forgot: bool,
    ) -> Finding:
        verdict, title, did = AREAS[touch.area]
        level = max(more.values())
        subject = touch.subject if touch.subject != "tenant:" else f"tenant:{event.tenant}"
        if touch.area == "role" and subject == f"user:{event.user}":
            verdict, title, level = "self-granted", "Administrator gave themselves a role", Level.high
        said = sorted(more, key=lambda word: (-more[word], word))
        rest = f" and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
        who = event.user or (f"client {event.client}" if event.client else "Someone")
        basis = "the same setting after an earlier call" if before is not None else "no earlier state in the trail"
        if forgot and before is None:
            basis += "; there were too many settings, and those changed longest ago are forgotten"
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            title=title,
            message=f"{who} {did.format(subject=subject.replace(':', ' ', 1))} {', '.join(said[:SHOWN])}{rest}.",
            subject=(subject,),
            entities=tuple(dict.fromkeys((subject, *event.entities()))),
            evidence=(event.cite("the management call"), *((earlier,) if earlier is not None else ())),
            judged_on="the call created it" if touch.created else basis,
            facts={
                "observed": {word: more[word].name for word in said},
                "before": {name: held[:50] for name, held in sorted((before or {}).items())},
                "setting": touch.key,
                "method": str(event.fields.get("method", "")),
                "path": str(event.fields.get("path", "")),
                "channel": str(event.fields.get("channel", "")),
            },
        )


def _caller(event: Event) -> str:
    return event.user or event.client


def _rotation(found: Finding, event: Event) -> Finding:
    """A credential of the same client that the same caller replaced."""
    return replace(
        found,
        level=Level.informational,
        verdict="credential-rotated",
        title="Credential of a client rotated",
        message=f"{found.message.removesuffix('.')} in place of another.",
        until=max(found.time, event.time),
        evidence=(*found.evidence, event.cite("the call that completed the rotation")),
    )
