"""Incidents with their blast radius and score: what was held is seen only where the trails are gone through once more."""

from __future__ import annotations

from collections.abc import Sequence

from onesec_cli.case import Case
from onesec_cli.correlation.containment import measures
from onesec_cli.correlation.incidents import shipped_chains
from onesec_cli.correlation.score import assessed, by_score
from onesec_cli.knowledge.chains import Chain
from onesec_cli.model.access import AccessRow
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.reachable import Radius
from onesec_cli.state.accounts.access import READS
from onesec_cli.state.accounts.holdings import MOST_LOOKED
from onesec_cli.state.accounts.within_reach import Answer, Watch, question
from onesec_cli.state.scope.scopes import provider_of, worst


def assess(
    case: Case,
    found: Sequence[Incident],
    alerts: Sequence[Alert],
    chains: Sequence[Chain] | None,
    until: int | None,
    end: int,
) -> tuple[Incident, ...]:
    """Incidents, those that matter most first. Where there are none, nothing is gone through."""
    if not found:
        return ()
    by_id = {alert.id: alert for alert in alerts}
    steps = [[by_id[step.alert] for step in one.steps] for one in found]
    watch = Watch(question(mine, one.first_seen, one.last_seen) for mine, one in zip(steps, found, strict=True))
    for event in case.events(until):
        if event.kind in READS:
            watch.take(event)
    return ranked(found, steps, watch.answers(end), end, chains)


def ranked(
    found: Sequence[Incident],
    steps: Sequence[Sequence[Alert]],
    answers: Sequence[Answer],
    end: int,
    chains: Sequence[Chain] | None,
) -> tuple[Incident, ...]:
    """Incidents in their order, each with the answer to what was held; `steps` are their alerts."""
    by_id = {chain.id: chain for chain in (shipped_chains() if chains is None else chains)}
    told = []
    for one, mine, answer in zip(found, steps, answers, strict=True):
        radius = radius_of(mine, one.last_seen, answer, end)
        told.append(assessed(one, by_id.get(one.chain), {alert.id: alert for alert in mine}, radius, _power))
    return tuple(sorted(told, key=by_score))


def radius_of(alerts: Sequence[Alert], at: int, answer: Answer, end: int) -> Radius:
    """The blast radius of some alerts, of which the last spoke of the moment `at`."""
    done = measures(answer.now, alerts, end, answer.other_users)
    return Radius(
        held=answer.held,
        at=at,
        ends=end,
        other_users=answer.other_users,
        held_total=answer.total,
        most_looked=MOST_LOOKED if answer.beyond else 0,
        measures=done,
    )


def _power(row: AccessRow) -> int:
    return worst(frozenset(row.scopes), provider_of(row.place))
