"""What the attestations of a tenant's delegations show: verified where there are keys, compared where there are none."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.level import Level
from onesec_cli.state.bounds import keep
from onesec_cli.state.delegation.attestation import INVALID, MISSING, UNVERIFIABLE, VALID, digest, statement, verify
from onesec_cli.state.delegation.chain_faults import Fault
from onesec_cli.state.delegation.chains import Delegation, text_of

MOST: Final = 50_000
"""Attestations and statements remembered, each; the oldest are forgotten first."""
KEYED: Final = "delegation.attestation-keys of the policy"
UNKEYED: Final = "attestations carried by other delegations of the tenant; none is verified (no keys)"


class Attestations(Struct):
    """Attestations seen in a tenant."""

    seen: dict[str, tuple[str, Evidence]] = field(default_factory=dict)
    """Digest of an attestation to the delegate it was first seen with."""
    digests: dict[str, str] = field(default_factory=dict)
    """Delegation to the digest of its statement, which its children name it by."""

    def judge(self, event: Event, new: Delegation, named: str, keys: Mapping[str, str]) -> tuple[str, list[Fault]]:
        """The verdict on the attestation of a new delegation under the parent it names, and what is wrong."""
        text = text_of(event, "attestation")
        parent = self.digests.get(named, "") if named else ""
        said = statement(event, parent) if keys else b""
        known = bool(parent) or not named
        verdict, why = verify(text, said if known else None, keys)
        if keys:
            keep(self.digests, new.id, digest(said), MOST)
        replay = self._replayed(event, new, text) if text else None
        if replay is not None:
            return verdict, [replay]
        return verdict, [fault for fault in (self._fault(new, verdict, why, bool(keys)),) if fault is not None]

    def _replayed(self, event: Event, new: Delegation, text: str) -> Fault | None:
        name = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        first = self.seen.get(name)
        if first is None:
            keep(self.seen, name, (new.delegate, event.cite("the attestation as first seen")), MOST)
            return None
        if first[0] == new.delegate:
            return None
        said = f"The delegation of {new.delegate} carries the attestation that was made for {first[0]}."
        return Fault("attestation-replayed", Level.high, "Attestation of another delegate", said, UNKEYED, (first[1],))

    def _fault(self, new: Delegation, verdict: str, why: str, keyed: bool) -> Fault | None:
        """What is wrong, where there are keys; where there are none, only that an attestation is missing among others."""
        whose = f"the delegation of {new.delegate} by {new.delegator}"
        if verdict == MISSING and (keyed or self.seen):
            level, proof = Level.medium if keyed else Level.low, tuple(one[1] for one in list(self.seen.values())[-1:])
            said = f"{whose[0].upper()}{whose[1:]} carries no attestation{'' if keyed else ' while others do'}."
            judged_on = KEYED if keyed else UNKEYED
            return Fault("attestation-missing", level, "Delegation without attestation", said, judged_on, proof)
        if not keyed or verdict in (VALID, MISSING):
            return None
        level = Level.high if verdict == INVALID else Level.low
        title = "Forged or altered delegation" if verdict == INVALID else "Attestation that cannot be verified"
        said = f"The attestation of {whose} is {verdict}: {why}."
        verdicts = {INVALID: "attestation-invalid", UNVERIFIABLE: "attestation-unverifiable"}
        return Fault(verdicts[verdict], level, title, said, KEYED)
