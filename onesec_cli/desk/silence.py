"""What harmless thing an alert may be, and the lines of a policy file that would have kept it away."""

from __future__ import annotations

import glob
import json
from typing import Any, Final

import msgspec

from onesec_cli.model.clock import show_time
from onesec_cli.model.explanation import Setting, Silencer
from onesec_cli.model.finding import Alert
from onesec_cli.model.policy import Policy
from onesec_cli.model.report import RuleCard

MONTH: Final = 30 * 86_400 * 1_000_000
LATEST: Final = 253_000_000_000_000_000
"""Within the year 9987: no later moment can be written in a policy file."""
_DESTINATION: Final = frozenset({"exfiltration", "goal-hijack", "memory-poisoning", "behaviour-novelty", "tool-misuse"})


def benign(card: RuleCard | None) -> str:
    """The nearest harmless explanation of a claim, in the words of the rule's author."""
    told = card.harmless if card else ""
    return told or "Its author names none: whatever the rule matches is told, whoever did it."


def settings(alert: Alert, policy: Policy) -> tuple[Setting, ...]:
    """Every threshold of the alert's rule as the policy file names it, with the value that counted."""
    limits = msgspec.to_builtins(policy.thresholds).get(alert.rule, {})
    return tuple(Setting(key=f"thresholds.{alert.rule}.{name}", value=value) for name, value in limits.items())


def silencers(alert: Alert, policy: Policy) -> tuple[Silencer, ...]:
    """What would have kept it away, best first; the last always does, and says who answers for it."""
    found = []
    if alert.rule == "unauthorized-agent":
        found += _allowed(alert, policy)
    if alert.rule in _DESTINATION:
        found += _trusted(alert)
    found += _raised(alert)
    return (*found, _suppressed(alert))


def _allowed(alert: Alert, policy: Policy) -> list[Silencer]:
    named = _named(alert.subject or alert.entities)
    everything = _named((*alert.subject, *alert.entities))
    agents, places = named.get("agent") or everything.get("agent", []), everything.get("connection", [])
    if not agents or not places:
        return []
    line = {"agent": agents[0], "users": everything.get("user") or ["*"], "connections": places[:1]}
    first = "" if policy.allowed_agents is not None else "; from then on every agent that no line names is told"
    return [
        Silencer(
            how=f"if it may act for this user, a line in the access list{first}",
            policy=f"allowed-agents:\n  - {_flow(line)}\n",
        )
    ]


def _trusted(alert: Alert) -> list[Silencer]:
    places = [
        one for one in (_text(alert.facts.get("destination")), *_named(alert.subject).get("destination", [])) if one
    ]
    if alert.rule == "goal-hijack" and alert.facts.get("tie") == "value" and "@" in _text(alert.facts.get("value")):
        places.append(_text(alert.facts["value"]))
    return [
        Silencer(
            how="if the place is yours, name it as a trusted destination",
            policy=f"agents:\n  trusted-destinations: {_flow([place])}\n",
        )
        for place in dict.fromkeys(places[:2])
    ]


def _raised(alert: Alert) -> list[Silencer]:
    """The threshold that was passed, set to what was observed, where the rule says both in numbers."""
    observed, threshold = alert.facts.get("observed"), alert.facts.get("threshold")
    key = _COUNTED.get((alert.rule, alert.verdict))
    if key is None or not isinstance(observed, int) or not isinstance(threshold, int):
        return []
    return [
        Silencer(
            how=f"if so much is usual here, a higher threshold than {threshold}",
            policy=f"thresholds:\n  {alert.rule}:\n    {key}: {observed + _COUNTS_AT.get(alert.rule, 0)}\n",
        )
    ]


_COUNTED: Final = {
    ("rapid-exchange", "burst"): "max-exchanges",
    ("rapid-exchange", "harvest"): "max-exchanges",
    ("exchange-failure-burst", "failure-burst"): "min-failures",
    ("session-impersonation", "many-users"): "many-users",
}
"""Rule and claim to the threshold that alone decides it."""
_COUNTS_AT: Final = {"exchange-failure-burst": 1, "session-impersonation": 1}
"""Rules that speak from their threshold on, not only beyond it."""


def _suppressed(alert: Alert) -> Silencer:
    names = dict.fromkeys(name for name in alert.subject if name in alert.entities) or dict.fromkeys(alert.subject)
    line: dict[str, Any] = {"rule": alert.rule}
    if alert.verdict:
        line["verdict"] = glob.escape(alert.verdict)
    if names:
        line["entities"] = [glob.escape(name) for name in names]
    if alert.tenant and not alert.adopted:
        line["tenant"] = glob.escape(alert.tenant)
    expires = show_time(min(max(alert.last_seen, 0) + MONTH, LATEST))
    text = "".join(f"    {name}: {_flow(value)}\n" for name, value in list(line.items())[1:])
    return Silencer(
        how="if somebody has looked at it and answers for it, a suppression for 30 days of event time",
        policy=(
            f"suppressions:\n  - rule: {_flow(alert.rule)}\n{text}"
            f'    reason: "say why it is harmless"\n    owner: "say who answers for it"\n    expires: {expires}\n'
        ),
    )


def _named(entities: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entity in entities:
        kind, _, value = entity.partition(":")
        found.setdefault(kind, [])
        if value not in found[kind]:
            found[kind].append(value)
    return found


def _flow(value: Any) -> str:
    """JSON, which YAML reads too; without the escaped halves of a letter that YAML would not put together."""
    return json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
