"""Records nobody would write: whatever stands in their fields, the identity detectors judge on and stay cut-lawful."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onesec_cli.detectors.account_swap import AccountSwap
from onesec_cli.detectors.credential_binding_change import CredentialBindingChange
from onesec_cli.detectors.delegation_chain import DelegationChain
from onesec_cli.detectors.refresh_token_reuse import RefreshTokenReuse
from onesec_cli.detectors.residual_token import ResidualToken
from onesec_cli.detectors.session_impersonation import SessionImpersonation
from onesec_cli.detectors.unauthorized_agent import UnauthorizedAgent
from onesec_cli.detectors.unlink_cascade import UnlinkCascade
from onesec_cli.detectors.use_after_unlink import UseAfterUnlink
from onesec_cli.model.detector import Detector
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.finding import Finding
from onesec_cli.model.policy import DelegationPolicy, Policy
from onesec_cli.replay import Replay
from onesec_cli.sources.canonical import normalise

DETECTORS: list[type[Detector[Any]]] = [
    AccountSwap,
    CredentialBindingChange,
    DelegationChain,
    RefreshTokenReuse,
    ResidualToken,
    SessionImpersonation,
    UnauthorizedAgent,
    UnlinkCascade,
    UseAfterUnlink,
]
NAMES = ["delegation", "delegator", "delegate", "parent", "attestation", "not_before", "grants", "grant", "credential",
         "family", "counter", "latest_counter", "method", "path", "query", "body", "response", "strategy",
         "subject_token_type", "mtls_thumbprint", "ja4", "sdk"]  # fmt: skip
PATHS = ["/api/v2/users/u1", "/api/v2/users/u1/identities/google/x", "/api/v2/connections/c1", "/api/v2/connections/c1/clients",
         "/api/v2/clients/a", "/api/v2/clients", "/api/v2/grants", "/api/v2/grants/g", "/api/v2/client-grants", "/api/v2/",
         "/api/v2/users/u1/revoke-access", "/api/v2/refresh-tokens/revoke", "/api/v2/users//", "/api/v2/%"]  # fmt: skip
JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(["", "a", "d1", "u1", "delete"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "client_id", "status", "enabled_clients", "blocked", "user_id"]), inner),
    ),
    max_leaves=6,
)
SMALL = st.sampled_from(["", "a", "u1", "u2", "a@clients"])
RECORD = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(sorted(set().union(*(one.reads for one in DETECTORS)))),
        "user": SMALL,
        "client": SMALL,
        "agent_id": SMALL,
        "connection": st.sampled_from(["", "google", "c1"]),
        "account": st.sampled_from(["", "cac_1", "cac_2"]),
        "identity": st.sampled_from(["", "g|1", "1", "2"]),
        "token": st.sampled_from(["", "t1", "t2"]),
        "ip": st.sampled_from(["", "192.0.2.1", "xxxx", "2001:db8::1"]),
        "flow": st.sampled_from(["", "vault", "privileged_worker", "on_behalf_of", "client_credentials"]),
        "actors": st.lists(SMALL, max_size=7),
        "scopes": st.one_of(JUNK, st.just("a b,c")),
        "expires": st.one_of(JUNK, st.just("2026-03-01T09:10:00Z")),
        "fields": st.dictionaries(st.sampled_from(NAMES), st.one_of(JUNK, st.sampled_from(PATHS))),
    }
)
KEYED = Policy(delegation=DelegationPolicy(attestation_keys={"k": "00" * 16}, approved_chains=(("a", "u1"),)))


def _replay(detector: type[Detector[Any]], events: list[Event], cut: bool) -> list[list[Finding]]:
    replay = Replay([detector(KEYED)])
    told = []
    for event in events:
        told.append(list(replay.feed([event])))
        if cut:
            saved = replay.save()
            replay = Replay([detector(KEYED)])
            replay.load(saved)
    return [*told, list(replay.finish())]


@pytest.mark.parametrize("detector", DETECTORS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RECORD, min_size=1, max_size=12))
def test_no_record_fells_a_detector_or_its_saved_state(
    detector: type[Detector[Any]], records: list[dict[str, Any]]
) -> None:
    events = []
    for number, record in enumerate(records):
        given = {name: value for name, value in record.items() if value != ""}
        moment = f"2026-03-01T09:{number:02d}:00Z"
        event = normalise({"onesec": 1, "time": moment, "id": f"{number}", **given}, Origin("f", number, number, 1))
        if isinstance(event, Event):
            events.append(event)
    assert _replay(detector, events, cut=True) == _replay(detector, events, cut=False)
