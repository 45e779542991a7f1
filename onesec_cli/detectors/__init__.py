"""One file per behaviour. A detector runs because it stands in `DETECTORS`; nothing is found by magic."""

from __future__ import annotations

from typing import Any

from onesec_cli.detectors.credential_binding_change import CredentialBindingChange
from onesec_cli.detectors.delegation_chain import DelegationChain
from onesec_cli.detectors.refresh_token_reuse import RefreshTokenReuse
from onesec_cli.detectors.session_impersonation import SessionImpersonation
from onesec_cli.model.detector import Detector

DETECTORS: tuple[type[Detector[Any]], ...] = (
    CredentialBindingChange,
    DelegationChain,
    RefreshTokenReuse,
    SessionImpersonation,
)
