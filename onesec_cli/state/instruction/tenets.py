"""Sentences that would change what an agent is allowed, whom it trusts, whom it tells: worth more in a memory than in a mail.

Judged by families of words near each other and by polarity: "never deploy without approval" protects, "deploys need no approval" does not.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from onesec_cli.model.level import Level
from onesec_cli.state.shell.judge import deeds_of_text
from onesec_cli.state.text.normal import fold, lay_open
from onesec_cli.state.text.split import sentences
from onesec_cli.state.text.values import DESTINATIONS, find_values

MAX_TENETS: Final = 40
MAX_TEXT: Final = 100_000
NEAR: Final = 7
"""Words between two that still belong together."""

_WORD: Final = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_COMMAND: Final = re.compile(
    r"`([^`\n]{6,2000})`|^[ \t>$#*-]{0,8}((?:curl|wget|bash|sh|powershell|eval|sudo|rm|nc|python3?)\s[^\n]{4,2000})",
    re.MULTILINE,
)
_HINT: Final = re.compile(r"\b(?:curl|wget|bash|powershell|eval|rm -|nc |/dev/tcp|base64)\b")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NOT: Final = _set(
    "never not no don't dont don’t doesn't doesn’t isn't isn’t needn't needn’t without skip bypass ignore omit suppress waive waived exempt exempted unnecessary cannot can't nobody neither nor nie nicht kein keine ohne jamais sans nunca sin"
)
_CONSENT: Final = _set(
    "approval approvals approve confirmation confirmations confirm confirming permission permissions consent ask asking sign-off signoff authorization authorisation review bestätigung fragen zustimmung confirmation autorisation confirmación permiso"
)
_GIVEN: Final = _set(
    "pre-approved preapproved auto-approve auto-approved autoapprove auto-approval pre-authorized pre-authorised preauthorized pre-confirmed"
)
_BOUNDS: Final = _set(
    "scope scopes restriction restrictions policy policies guardrail guardrails safeguard safeguards boundaries sandboxing allowlist whitelist"
)
_LIMITED: Final = _set("spending transfer payment access permission authority approval withdrawal budget scope")
_LIFTED: Final = _set(
    "ignore ignored override overrides overridden bypass bypassed exempt exempted exempts lifted waived unlimited unrestricted disabled suspended obsolete void irrelevant"
)
_TRUST: Final = _set(
    "trusted trustworthy verified authorized authorised allowlisted whitelisted approved legitimate safe official"
)
_OUT: Final = _set(
    "send sends forward forwards cc bcc copy copied email mail post upload share transfer pay pays wire route report sync submit exfiltrate deliver publish append attach include includes senden schicke envoyer enviar"
)
_SENT: Final = _set(
    "sent forwarded copied emailed mailed posted uploaded shared transferred paid wired remitted routed addressed reported submitted delivered go goes überwiesen bezahlt gesendet payées envoyés pagadas enviados"
)
_FROM_NOW: Final = _set("now instead henceforth onwards onward future ab künftig désormais")
"""In a sentence that says where things are sent, these say that it was otherwise before: a change, not a description."""
_ALWAYS: Final = _set(
    "always every each whenever all any automatically also additionally from now instead by-default default future going must immer toujours siempre"
)
_SECRETS: Final = _set(
    "password passwords passphrase token tokens secret secrets credential credentials cookie cookies api-key api-keys keys env passcode otp"
)
_TELL: Final = _set("tell mention inform notify reveal disclose show report log record warn alert flag")
_ABOUT: Final = _set(
    "user users user's owner anyone anybody them him her operator team admin administrator customer human people nobody this it"
)
_OFF: Final = _set(
    "disable disables disabled skip skipping bypass turn ignore remove deactivate suppress omit off without"
)
_GUARDS: Final = _set(
    "verification validation signature signatures ssl tls certificate certificates sandbox logging audit auditing monitoring 2fa mfa authentication authorization encryption firewall antivirus security checks"
)

MEANINGS: Final = {
    "approval": "that approval is not needed",
    "bounds": "that limits of scope or policy do not hold",
    "trust": "whom to trust",
    "recipient": "where to send things",
    "credential": "to hand on credentials",
    "concealment": "what not to tell people",
    "safety": "to turn a protection off",
    "command": "to run a harmful command",
}


class Tenet(Struct, frozen=True, gc=False):
    """One such sentence."""

    text: str
    folded: str
    about: str
    """A name of `MEANINGS`."""


def tenets_in(text: str) -> list[Tenet]:
    """The sentences of a text that speak about what an agent may do, whom it trusts, or whom it tells."""
    laid = lay_open(text[:MAX_TEXT])
    found: list[Tenet] = []
    for part in (laid.visible, *(hidden.text for hidden in laid.hidden)):
        for sentence in sentences(part):
            about = about_of(sentence.text)
            if about:
                found.append(Tenet(sentence.text[:600], fold(sentence.text[:600]), about))
            if len(found) >= MAX_TENETS:
                return found
        found += _commands(part)
    return found[:MAX_TENETS]


def about_of(sentence: str) -> str:
    """What a sentence would change, a name of `MEANINGS`; empty for ordinary ones."""
    words = _WORD.findall(sentence[:2_000].lower())
    known = set(words)
    if not known.isdisjoint(_GIVEN) or _denied(words, _CONSENT):
        return "approval"
    if _denied(words, _TELL) and not known.isdisjoint(_ABOUT) and _denied_near(words, _TELL, _ABOUT):
        return "concealment"
    bounds = not known.isdisjoint(_BOUNDS) or (
        not known.isdisjoint({"limit", "limits"}) and not known.isdisjoint(_LIMITED)
    )
    if bounds and (not known.isdisjoint(_LIFTED) or _lapses(words)) and not _doubled(words):
        return "bounds"
    if _near(words, _OFF, _GUARDS) and not _denied(words, _OFF - _NOT - {"off"}) and not _forbids(words):
        return "safety"
    if _near(words, _OUT, _SECRETS) and not _forbids(words):
        return "credential"
    if not known.isdisjoint(_TRUST | _OUT | _SENT) and _aimed(sentence):
        out = not known.isdisjoint(_OUT) and not known.isdisjoint(_ALWAYS)
        if (out or (not known.isdisjoint(_SENT) and not known.isdisjoint(_FROM_NOW))) and not _forbids(words):
            return "recipient"
        if not known.isdisjoint(_TRUST) and not _forbids(words):
            return "trust"
    return ""


def _aimed(sentence: str) -> bool:
    return any(value.kind in DESTINATIONS - {"handle"} for value in find_values(sentence[:2_000]))


def _denied(words: list[str], what: frozenset[str]) -> bool:
    """Whether one of the words is denied an odd number of times: "without asking", "approval is not needed", not "never without asking"."""
    for at, word in enumerate(words):
        if word not in what:
            continue
        before = sum(one in _NOT for one in words[max(0, at - NEAR) : at])
        after = any(
            one in ("not", "isn't", "unnecessary", "waived", "never") for one in words[at + 1 : at + 4]
        ) and any(
            one in ("required", "needed", "necessary", "apply", "unnecessary", "waived", "asked", "given")
            for one in words[at + 1 : at + 6]
        )
        if (before + after) % 2 == 1:
            return True
    return False


def _denied_near(words: list[str], what: frozenset[str], objects: frozenset[str]) -> bool:
    return any(word in what and not objects.isdisjoint(words[at + 1 : at + 5]) for at, word in enumerate(words))


def _lapses(words: list[str]) -> bool:
    """`do not apply`, `no longer hold`, `does not count`."""
    return any(
        word in ("apply", "applies", "hold", "count", "matter", "valid", "effect", "enforced")
        and any(one in ("not", "don't", "doesn't", "no", "never", "longer") for one in words[max(0, at - 4) : at])
        for at, word in enumerate(words)
    )


def _doubled(words: list[str]) -> bool:
    return bool(words) and any(
        word in ("never", "don't", "not", "cannot", "must") and _LIFTED & set(words[at + 1 : at + 3])
        for at, word in enumerate(words)
    )


def _forbids(words: list[str]) -> bool:
    """Whether the sentence forbids what it speaks of."""
    return any(
        word in ("never", "don't", "dont", "not", "cannot", "no", "avoid", "nie", "nicht", "jamais", "nunca")
        for word in words[:12]
    )


def _near(words: list[str], first: frozenset[str], second: frozenset[str]) -> bool:
    return any(word in first and not second.isdisjoint(words[at + 1 : at + 1 + NEAR]) for at, word in enumerate(words))


def _commands(text: str) -> list[Tenet]:
    """Commands in a text that would do harm if the agent ran them."""
    if not _HINT.search(text):
        return []
    found = []
    for match in _COMMAND.finditer(text):
        command = match[1] or match[2]
        if _HINT.search(command) and any(
            effect.level >= Level.high for effect in deeds_of_text(command, "", "", ()).effects
        ):
            found.append(Tenet(command[:600], fold(command[:600]), "command"))
        if len(found) >= MAX_TENETS:
            break
    return found
