"""A client whose tokens are no longer bound to what they were bound to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import HOUR
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.model.finding import NOTHING, Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.rates.habits import network_of

MAX_PROOFS: Final = 64
"""Different proofs remembered per client and flow; past it a new one is not told."""
MAX_FLOWS: Final = 16
CLIENTS: Final = "/api/v2/clients/"
USERS: Final = frozenset({"authorization_code", "refresh_token", "device_code", "ciba", "password"})
"""Flows in which the software that asks for the token may be the user's."""


class Baseline(Struct):
    """Proofs that came with the tokens of one client through one flow."""

    events: int = 0
    bound: int = 0
    """How many of them carried a certificate thumbprint."""
    thumbprints: set[str] = field(default_factory=set)
    ja4: set[str] = field(default_factory=set)
    sdks: set[str] = field(default_factory=set)
    networks: set[str] = field(default_factory=set)
    same: tuple[str, str, str] | None = None
    """Proofs of the last token that taught something: one with the same teaches nothing new."""
    ip: str = ""
    origin: Origin | None = None
    time: int = 0

    def cite(self) -> Evidence | None:
        """The last token that was learned, as evidence."""
        return None if self.origin is None else Evidence(self.origin, self.time, "an earlier token of the client")


class Binding(Struct):
    """One client: baselines by flow, and the last management change of it."""

    tells: ClassVar[Tells] = (
        Tell("flows.*.events", "tokens by {0} so far: {value}"),
        Tell("flows.*.bound", "of them bound to a certificate or key, by {0}: {value}"),
        Tell("flows.*.thumbprints", "a certificate of the client by {0}: {value}"),
        Tell("flows.*.ja4", "a TLS fingerprint of the client by {0}: {value}"),
        Tell("flows.*.sdks", "software of the client by {0}: {value}"),
        Tell("flows.*.networks", "a network of the client by {0}: {value}"),
        Tell("change", "the client was changed, by {value:place}"),
        *quiet("flows.*.*", "changed"),
    )

    flows: dict[str, Baseline] = field(default_factory=dict)
    changed: int = -1
    change: Evidence | None = None


class CredentialBindingChange(Detector[Binding]):
    """Finds clients that obtain tokens without the certificate they always used, or with another one.

    The thumbprint of the mTLS certificate that came with each token of a client is learned per flow. After that a
    token without one, or with one never seen, is told; a new certificate counts for less where it comes from a network
    and with a TLS fingerprint (ja4) that the client always had, as after a rotation. For clients that act as
    themselves, a fingerprint and an SDK that are both new at once are told as a weak sign.

    ## Why it matters
    A certificate-bound token is of no use to a thief without the key. When the binding disappears, the same client
    secret or assertion is suddenly enough, which is how stolen credentials are used from elsewhere.

    ## Judged on
    The first tokens of each client and flow, as baseline; events that raised something teach nothing. A management
    change of the client shortly before explains a new certificate and softens a dropped one.

    ## What it misses
    This is no attestation: a thumbprint is what Auth0 wrote down, nothing is verified here. Vault exchanges and
    on-behalf-of exchanges carry no thumbprint at all, and an on-behalf-of exchange can turn a bound token into an
    unbound one without a trace. DPoP is never logged. A client that was never bound cannot lose its binding, and one
    that mixed bound and unbound tokens while it was learned is only judged on new thumbprints. An attacker who can
    change the client in the management API announces the change themselves.

    ## What else it may be
    The client's certificate or key was renewed, or its software updated, without a record in the trail.

    ## What to do
    Ask the owner of the client about a certificate rotation or a change of its authentication method. Without one,
    rotate the client's credentials, require the certificate again, revoke the tokens issued since, and look at what
    was exchanged with them.
    """

    rule = Rule(
        id="credential-binding-change",
        title="Client credential binding changed",
        level=Level.medium,
        asi=("ASI03",),
        attack=("T1078.004", "T1528"),
    )
    reads = frozenset({kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH, kinds.ADMIN_CHANGE})
    key = ("tenant", "client")
    elective = True  # most management changes are not about a client
    state = Binding

    def key_of(self, event: Event) -> tuple[str, str] | None:
        if event.kind == kinds.ADMIN_CHANGE:
            path = event.fields.get("path")
            if not isinstance(path, str) or not path.startswith(CLIENTS):
                return None
            client = path[len(CLIENTS) :].split("/", 1)[0]
        else:
            client = event.client
        return (event.tenant, client) if client else None

    def observe(self, state: Binding, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.ADMIN_CHANGE:
            state.changed, state.change = event.time, event.cite("the management change of the client")
            return NOTHING
        get = event.fields.get
        known = state.flows.get(event.flow)
        if known is not None and known.bound == 0 and event.flow in USERS and not get("mtls_thumbprint"):
            known.events += 1  # nothing is bound, and the software is the user's own
            return NOTHING
        flow, proofs = event.flow or event.kind, (get("mtls_thumbprint") or "", get("ja4") or "", get("sdk") or "")
        known = state.flows.get(flow)
        if known is not None and proofs == known.same and event.ip == known.ip:
            known.events += 1
            known.bound += proofs[0] != ""
            known.origin, known.time = event.origin, event.time
            return NOTHING
        return self._differs(state, event, flow, proofs)

    def _differs(self, state: Binding, event: Event, flow: str, told: tuple[object, ...]) -> Iterator[Finding]:
        """A token that did not come with the very proofs of the one before."""
        known = state.flows.get(flow)
        if known is None:
            if len(state.flows) >= MAX_FLOWS:
                return
            known = state.flows[flow] = Baseline()
        thumbprint, ja4, sdk = (one if isinstance(one, str) else "" for one in told)
        limits = self.policy.thresholds.credential_binding_change
        announced = state.changed >= 0 and event.time - state.changed <= limits.announced_hours * HOUR
        verdict = self._verdict(known, event, thumbprint, ja4, sdk)
        if verdict:
            yield self._finding(state, known, event, verdict, announced, (thumbprint, ja4, sdk))
            if not announced:
                return
            if verdict == "binding-dropped":
                known = state.flows[flow] = Baseline()
        known.events += 1
        known.bound += thumbprint != ""
        networks = (known.networks, network_of(event.ip) if event.ip else "")
        for seen, value in ((known.thumbprints, thumbprint), (known.ja4, ja4), (known.sdks, sdk), networks):
            if value and len(seen) < MAX_PROOFS:
                seen.add(value)
        known.same, known.ip = (thumbprint, ja4, sdk), event.ip
        known.origin, known.time = event.origin, event.time

    def _verdict(self, known: Baseline, event: Event, thumbprint: str, ja4: str, sdk: str) -> str:
        if known.events < self.policy.thresholds.credential_binding_change.learn_events:
            return ""
        if not thumbprint and known.bound == known.events:
            return "binding-dropped"
        if thumbprint and known.thumbprints and _is_new(thumbprint, known.thumbprints):
            return "binding-changed"
        itself = event.kind == kinds.TOKEN_ISSUE and event.flow in ("", "client_credentials")
        if itself and _is_new(ja4, known.ja4) and _is_new(sdk, known.sdks):
            return "client-software-changed"
        return ""

    def _finding(
        self,
        state: Binding,
        known: Baseline,
        event: Event,
        verdict: str,
        announced: bool,
        proofs: tuple[str, str, str],
    ) -> Finding:
        level, title, what = {
            "binding-dropped": (Level.high, "Certificate binding dropped", "without the certificate it always used"),
            "binding-changed": (Level.medium, "Certificate changed", "with a certificate never seen before"),
            "client-software-changed": (Level.low, "Client software changed", "with new TLS fingerprint and SDK"),
        }[verdict]
        at_home = bool(event.ip) and network_of(event.ip) in known.networks and not _is_new(proofs[1], known.ja4)
        if verdict == "binding-changed" and at_home:
            level, what = Level.low, f"{what}, from where it always came"
        if announced:
            level = Level.low if verdict == "binding-dropped" else Level.informational
        after = ", after a management change of the client" if announced else ""
        facts: dict[str, Any] = {
            "observed": {"mtls_thumbprint": proofs[0], "ja4": proofs[1], "sdk": proofs[2]},
            "known": sorted(known.sdks if verdict == "client-software-changed" else known.thumbprints),
            "learned": known.events,
            "threshold": self.policy.thresholds.credential_binding_change.learn_events,
            "announced": announced,
        }
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            title=title,
            message=f"{event.client} obtained a token ({event.flow or 'flow unknown'}) {what}{after}.",
            subject=(f"client:{event.client}",),
            entities=event.entities(),
            evidence=tuple(
                one
                for one in (event.cite("the token"), state.change if announced else None, known.cite())
                if one is not None
            ),
            judged_on=f"{known.events} earlier tokens of the client through the same flow; not an attestation",
            facts=facts,
        )


def _is_new(value: str, known: set[str]) -> bool:
    """Whether a proof is there, others were learned, and this is none of them."""
    return bool(value and known and value not in known and len(known) < MAX_PROOFS)
