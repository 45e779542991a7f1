"""A management call that gave someone more, or took a protection away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.management import Touch, read_call, remember, widened
from onesec_cli.state.protections import read_touch

MAX_SETTINGS: Final = 20_000
"""Settings remembered of one tenant; past it the one that was changed longest ago is forgotten."""
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
    """What management calls showed of a tenant's settings: by setting and aspect."""

    known: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    last: dict[str, Evidence] = field(default_factory=dict)
    """The last call that touched a setting."""


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
    Changes before the trail begins and changes made outside the Management API. Refused calls, which the trail mostly
    does not hold. Roles are known by id: one weighs only if its id or the name seen at its creation says
    administrator. Code inside an action, custom database scripts and new callback addresses are not read. Values that
    a forwarder masked cannot be compared. Whether a change was approved is known to people, not to the trail.

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
        call = read_call(event)
        touch = read_touch(call, state.known) if call is not None else None
        if touch is None:
            return
        before, earlier = state.known.get(touch.key), state.last.get(touch.key)
        more = widened(touch, before)
        state.known.pop(touch.key, None)
        state.last.pop(touch.key, None)
        if not touch.gone:
            state.known[touch.key] = remember(touch, before)
            state.last[touch.key] = event.cite("the change of the same setting before")
            if len(state.known) > MAX_SETTINGS:
                oldest = next(iter(state.known))
                del state.known[oldest], state.last[oldest]
        if more:
            yield self._finding(event, touch, more, before, earlier)

    def _finding(
        self,
        event: Event,
        touch: Touch,
        more: dict[str, Level],
        before: dict[str, list[str]] | None,
        earlier: Evidence | None,
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
