"""Which event families the trail shows, and which detectors could therefore have spoken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector
from onesec_cli.model.mask import mask_name
from onesec_cli.model.report import Coverage, Family, Judge
from onesec_cli.sources.auth0_types import TYPES
from onesec_cli.sources.reader import Reader

_DERIVED = {kinds.TRAIL_ACTIVITY, kinds.TRAIL_ANOMALY}

MANY: Final = 10
"""Tenants of one event each; nobody collects so many by chance."""

_ABSENT = (
    (
        ("token_vault",),
        "No Token Vault exchange (seta, feta) in the trail. A log stream filtered by category leaves them out; "
        "their absence here does not show that none happened.",
    ),
    (
        ("connected_accounts",),
        "No connected-account link or unlink in the trail: who was authorised is unknown unless a policy says so.",
    ),
)

_VAULT_NOTE = (
    "A Token Vault exchange logs the scope granted, never the scope asked for; vault escalation is judged on the "
    "granted scope."
)


def coverage(
    reader: Reader,
    seen: Sequence[tuple[Detector[Any], int, int]],
    forgotten: int = 0,
    lost: Sequence[tuple[str, int, int]] = (),
) -> Coverage:
    """What was read, told by family, and what each detector was shown of it; `forgotten` histories were ended early, and
    `lost` are texts that rules gave up."""
    families: dict[str, dict[str, int]] = {family: {} for _, family, _ in TYPES.values()}
    for code, count in reader.ledger.codes.items():
        if count > 0:
            other = "behaviour" if code in kinds.BEHAVIOUR else "canonical" if "." in code else "other"
            _, family, _ = TYPES.get(code, ("", other, ""))
            codes = families.setdefault(family, {})
            codes[mask_name(code)] = codes.get(mask_name(code), 0) + count
    reach = reader.ledger.reach()
    return Coverage(
        first_event=reach[0] if reach else None,
        last_event=reach[1] if reach else None,
        tenants=tuple(sorted(mask_name(tenant) for tenant in reader.ledger.tenants if tenant)),
        families=tuple(
            Family(family=name, events=sum(codes.values()), codes=dict(sorted(codes.items())))
            for name, codes in sorted(families.items())
        ),
        detectors=tuple(_judge(detector, shown, unroutable) for detector, shown, unroutable in seen),
        notes=(
            *_notes(families, reader, forgotten),
            *_faceless(seen),
            *map(_lost, lost),
            *reader.carried.notes([detector for detector, _, _ in seen]),
        ),
    )


def _judge(detector: Detector[Any], shown: int, unroutable: int) -> Judge:
    return Judge(
        rule=detector.rule.id,
        status="judged" if shown else "blind",
        reads=tuple(sorted(detector.reads)),
        shown=shown,
        unroutable=unroutable,
    )


def _notes(families: dict[str, dict[str, int]], reader: Reader, forgotten: int) -> tuple[str, ...]:
    canonical = bool(families.get("canonical"))
    tenant = any(codes for name, codes in families.items() if name != "behaviour")
    silent = canonical or not tenant  # a trail of agents alone says nothing of a tenant, and need not say that
    notes = [text for names, text in _ABSENT if not silent and not any(families[name] for name in names)]
    if families["token_vault"]:
        notes.append(_VAULT_NOTE)
    if "" in reader.ledger.tenants and len(reader.ledger.tenants) > 2:
        notes.append(
            "Some records name no tenant although several tenants are here; they are judged apart, conversations excepted "
            "whose users or agents one tenant knows."
        )
    if reader.ledger.lone() >= MANY:
        notes.append(
            f"{reader.ledger.lone():,} tenants have one event each. Tenants are judged apart; if their names were made up record by "
            "record, nothing that belongs together was judged together."
        )
    if reader.gaps_total:
        notes.append("Records that could not be read may hold what would have raised an alert.")
    unknown = [code for code in families["other"] if code not in TYPES]
    if unknown:
        count = sum(families["other"][code] for code in unknown)
        more = f" and {len(unknown) - 3:,} more" if len(unknown) > 3 else ""
        notes.append(
            f"{count:,} records are of log types that onesec does not know ({', '.join(sorted(unknown)[:3])}{more}); no detector reads them."
        )
    if forgotten:
        notes.append(
            f"{forgotten:,} histories (of users, agents, sessions ...) were ended early to keep memory bounded; what "
            "they would have shown later is not judged."
        )
    return tuple(notes)


def _lost(one: tuple[str, int, int]) -> str:
    rule, texts, histories = one
    return (
        f"{rule}: of {texts:,} text{'' if texts == 1 else 's'} in {histories:,} histor{'y' if histories == 1 else 'ies'} there was "
        "too much to remember all; acts after them are not held against what was forgotten."
    )


def faceless(seen: Sequence[tuple[Detector[Any], int, int]]) -> tuple[int, int]:
    """Looks of detectors at events of the identity trail that lacked whose history they judge, and those that did not."""
    keyed = [one for one in seen if _asks_who(one[0])]
    return sum(lacking for _, _, lacking in keyed), sum(shown for _, shown, _ in keyed)


def scattered(reader: Reader) -> int:
    """How many tenants have one event each, where that is most of the trail; else none."""
    lone = reader.ledger.lone()
    return lone if lone >= MANY and 2 * lone > sum(reader.ledger.codes.values()) else 0


def _asks_who(detector: Detector[Any]) -> bool:
    """Whether every event it reads has a history to belong to. Agent logs need not say who works; a conversation is enough."""
    return len(detector.key) > 1 and not detector.elective and not detector.reads <= kinds.BEHAVIOUR


def _faceless(seen: Sequence[tuple[Detector[Any], int, int]]) -> Iterator[str]:
    lacking, _ = faceless(seen)
    if lacking:
        named = (f"{one.rule.id} {count:,}" for one, _, count in seen if count and _asks_who(one))
        yield (
            f"{lacking:,} looks of detectors were at events that lack the user, agent, client or connection whose history they "
            f"judge, and came to nothing ({', '.join(named)})."
        )


def judged_kinds(seen: Sequence[tuple[Detector[Any], int, int]], reader: Reader) -> int:
    """How many detectors were shown at least one event that a record of the trail tells.

    One that reads what the trail as a whole tells was shown that of any trail: it counts where a record has a kind it reads.
    """
    told = {TYPES[code][0] if code in TYPES else code for code, count in reader.ledger.codes.items() if count > 0}
    return sum(
        1
        for detector, shown, _ in seen
        if shown and (not detector.reads & _DERIVED or not told.isdisjoint(detector.reads - _DERIVED))
    )
