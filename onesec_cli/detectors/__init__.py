"""One file per behaviour. A detector runs because it stands in `DETECTORS`; nothing is found by magic."""

from __future__ import annotations

from typing import Any

from onesec_cli.detectors.account_swap import AccountSwap
from onesec_cli.detectors.agent_novelty import AgentNovelty
from onesec_cli.detectors.approval_bypass import ApprovalBypass
from onesec_cli.detectors.behaviour_novelty import BehaviourNovelty
from onesec_cli.detectors.cascading_failure import CascadingFailure
from onesec_cli.detectors.consent_phishing import ConsentPhishing
from onesec_cli.detectors.credential_binding_change import CredentialBindingChange
from onesec_cli.detectors.delegation_chain import DelegationChain
from onesec_cli.detectors.denied_scope_request import DeniedScopeRequest
from onesec_cli.detectors.evidence_integrity import EvidenceIntegrity
from onesec_cli.detectors.exchange_failure_burst import ExchangeFailureBurst
from onesec_cli.detectors.exfiltration import Exfiltration
from onesec_cli.detectors.goal_hijack import GoalHijack
from onesec_cli.detectors.injection_exposure import InjectionExposure
from onesec_cli.detectors.log_tampering import LogTampering
from onesec_cli.detectors.memory_poisoning import MemoryPoisoning
from onesec_cli.detectors.privileged_grant_change import PrivilegedGrantChange
from onesec_cli.detectors.rapid_exchange import RapidExchange
from onesec_cli.detectors.refresh_token_reuse import RefreshTokenReuse
from onesec_cli.detectors.residual_token import ResidualToken
from onesec_cli.detectors.rogue_agent import RogueAgent
from onesec_cli.detectors.runaway_agent import RunawayAgent
from onesec_cli.detectors.scope_escalation import ScopeEscalation
from onesec_cli.detectors.session_impersonation import SessionImpersonation
from onesec_cli.detectors.tool_integrity import ToolIntegrity
from onesec_cli.detectors.tool_misuse import ToolMisuse
from onesec_cli.detectors.unauthorized_agent import UnauthorizedAgent
from onesec_cli.detectors.unlink_cascade import UnlinkCascade
from onesec_cli.detectors.use_after_unlink import UseAfterUnlink
from onesec_cli.model.detector import Detector

DETECTORS: tuple[type[Detector[Any]], ...] = (
    AccountSwap,
    AgentNovelty,
    ApprovalBypass,
    BehaviourNovelty,
    CascadingFailure,
    ConsentPhishing,
    CredentialBindingChange,
    DelegationChain,
    DeniedScopeRequest,
    EvidenceIntegrity,
    ExchangeFailureBurst,
    GoalHijack,
    InjectionExposure,
    Exfiltration,
    LogTampering,
    MemoryPoisoning,
    PrivilegedGrantChange,
    RapidExchange,
    RefreshTokenReuse,
    ResidualToken,
    RogueAgent,
    RunawayAgent,
    ScopeEscalation,
    SessionImpersonation,
    ToolIntegrity,
    ToolMisuse,
    UnauthorizedAgent,
    UnlinkCascade,
    UseAfterUnlink,
)
