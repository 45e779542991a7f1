"""Someone entered the session of another user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, HOUR
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.bounds import shed

MAX_ACTORS: Final = 2_000
"""Actors remembered of a tenant; the least recently active are forgotten first."""
MAX_USERS: Final = 500
"""Users remembered of one actor; a count that reaches it is that many or more."""
MAX_DENIED: Final = 20
MAX_PROOFS: Final = 50
"""Earlier entries cited with one claim, the latest."""

TITLES: Final = {
    "many-users": "One actor entered many users' sessions",
    "entered-by-agent": "An agent entered a user's session",
    "denied-then-entered": "Session entered after refusals",
    "new-actor": "Session entered by a new actor",
    "unnamed-actor": "Session entered by nobody named",
    "self-entered": "User delegated a session to themselves",
    "entered": "Session of another user entered",
}


class Actor(Struct):
    """What one actor has done."""

    entered: dict[str, tuple[int, Evidence]] = field(default_factory=dict)
    """User to the latest entry, least recent first."""
    denied: list[tuple[int, Evidence]] = field(default_factory=list)
    day: int = 0
    today: set[str] = field(default_factory=set)
    habit: int = 0
    """Most users entered in one earlier day that raised nothing above informational."""
    spoilt: bool = False
    """Whether today already raised something, so that it teaches nothing."""


class Desk(Struct):
    """Who enters sessions in a tenant."""

    tells: ClassVar[Tells] = (
        Tell("known", "{value} is known to enter sessions of users"),
        Tell("learned", "entries of the tenant that were learned: {value}"),
        Tell("actors.*.entered.*", "{0} entered the session of user {1}"),
        Tell("actors.*.denied", "{0} was refused a session"),
        Tell("actors.*.today", "{0} entered today: the session of {value}"),
        Tell("actors.*.habit", "sessions that {0} enters on a usual day: {value}"),
        Tell("actors.*.*", ""),
    )

    actors: dict[str, Actor] = field(default_factory=dict)
    """Least recently active first."""
    known: set[str] = field(default_factory=set)
    learned: int = 0


class SessionImpersonation(Detector[Desk]):
    """Finds sessions of one user that were entered by another party (delegated login, impersonation).

    Every entry is told, for the timeline. It weighs more where the actor is new to a tenant that has a history of
    such entries, enters many users (high within the hour, low over a day), is an agent or a client rather than a
    person, gets in after several refusals, is not named, or is the user themselves.

    ## Why it matters
    Whoever is inside a user's session can connect accounts, consent to applications and start agents in the user's
    name, and what follows looks like the user's own work.

    ## Judged on
    Delegated logins and delegated code exchanges, by the actor they name. The first entries of a tenant are learned
    as its support desk; how many users an actor may enter grows with what it did on earlier quiet days.

    ## What it misses
    Whether the user asked for help is not in the log. An actor that is active from the start of the trail is taken
    as known. Actions inside the entered session carry only the user's name. Custom token exchanges whose Action sets
    an actor are judged as delegation chains, not here. A desk that enters many users within the hour as a routine is
    told each time, until the policy raises the threshold. An agent is told from a person only by the shape of its name
    or by the agent id of the record.

    ## What else it may be
    Support staff entered the sessions of users who had asked for help.

    ## What to do
    Ask the actor for the ticket behind each entry. Without one, end the entered sessions, revoke grants, refresh
    tokens and connected accounts made during them, take the right to delegate sessions from the actor, and rotate
    the credentials of the client that was used.
    """

    rule = Rule(
        id="session-impersonation",
        title="Session of another user entered",
        level=Level.medium,
        asi=("ASI03",),
        attack=("T1134", "T1078.004"),
    )
    reads = frozenset({kinds.SESSION_DELEGATE, kinds.SESSION_DELEGATE_FAILED})
    key = ("tenant",)
    state = Desk

    def observe(self, state: Desk, event: Event) -> Iterator[Finding]:
        name = event.actors[0] if event.actors else ""
        actor = state.actors.pop(name, None) or Actor()
        state.actors[name] = actor
        shed(state.actors, MAX_ACTORS)
        actor.denied = [(time, proof) for time, proof in actor.denied if event.time - time <= HOUR]
        if event.kind == kinds.SESSION_DELEGATE_FAILED:
            actor.denied = [*actor.denied[-MAX_DENIED + 1 :], (event.time, event.cite("a refused entry"))]
            return
        self._turn(actor, event)
        verdicts = sorted(self._judge(state, actor, name, event), key=lambda claim: -claim[1])
        verdict, level, why, proof = verdicts[0]
        also = [other[0] for other in verdicts[1:] if other[0] != "entered"]
        yield self._finding(event, verdict, level, why, proof, also)
        actor.denied = []
        if level == Level.informational:
            state.learned += 1
            if len(state.known) < MAX_ACTORS:
                state.known.add(name)
        elif level >= Level.medium:
            actor.spoilt = True

    def _turn(self, actor: Actor, event: Event) -> None:
        """Count the entry; a day that ended quietly becomes habit."""
        window = self.policy.thresholds.session_impersonation.window_hours * HOUR
        day = event.time // DAY
        if day != actor.day:
            if not actor.spoilt:
                actor.habit = max(actor.habit, len(actor.today))
            actor.day, actor.today, actor.spoilt = day, set(), False
        if len(actor.today) < MAX_USERS:
            actor.today.add(event.user)
        actor.entered.pop(event.user, None)
        actor.entered[event.user] = (event.time, event.cite("an entry by the same actor"))
        for user, (time, _) in list(actor.entered.items()):
            if event.time - time < window and len(actor.entered) <= MAX_USERS:
                break
            del actor.entered[user]

    def _judge(
        self, state: Desk, actor: Actor, name: str, event: Event
    ) -> Iterator[tuple[str, Level, str, list[Evidence]]]:
        """Every claim on one entry, the worst first."""
        limits = self.policy.thresholds.session_impersonation
        who, user = name or "An unnamed actor", event.user or "a user"
        others = [(at, proof) for at, (_, proof) in actor.entered.items() if at != event.user]
        if len(others) + 1 >= max(limits.many_users, 2 * actor.habit):
            bulk = sum(event.time - proof.time <= HOUR for _, proof in others) + 1 >= limits.many_users
            said = f"{who} entered the sessions of {len(others) + 1} users within {limits.window_hours} h, last {user}."
            yield "many-users", Level.high if bulk else Level.low, said, [proof for _, proof in others]
        if name and (name.endswith("@clients") or name in (event.client, event.agent_id, event.external_agent_id)):
            yield "entered-by-agent", Level.high, f"The client or agent {who} entered the session of {user}.", []
        elif event.agent_id or event.external_agent_id:
            said = f"The agent {event.agent_id or event.external_agent_id} entered the session of {user} as {who}."
            yield "entered-by-agent", Level.high, said, []
        if len(actor.denied) >= limits.denied_attempts:
            said = f"{who} entered the session of {user} after {len(actor.denied)} refusals within the hour."
            yield "denied-then-entered", Level.high, said, [proof for _, proof in actor.denied]
        if state.learned >= limits.learn_entries and name not in state.known:
            said = f"{who}, none of the actors the tenant is used to, entered the session of {user}."
            yield "new-actor", Level.medium, said, []
        if not name:
            said = f"The session of {user} was entered, and the record does not say by whom."
            yield "unnamed-actor", Level.low, said, []
        if name and name == event.user:
            yield "self-entered", Level.low, f"{who} entered their own session by delegation.", []
        yield "entered", Level.informational, f"{who} entered the session of {user}.", []

    def _finding(
        self, event: Event, verdict: str, level: Level, said: str, proof: list[Evidence], also: list[str]
    ) -> Finding:
        limits = self.policy.thresholds.session_impersonation
        actor = (f"user:{event.actors[0]}",) if event.actors and event.actors[0] else ()
        observed = {"many-users": len(proof) + 1, "denied-then-entered": len(proof)}.get(verdict)
        threshold = {"many-users": limits.many_users, "denied-then-entered": limits.denied_attempts}.get(verdict)
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            title=TITLES[verdict],
            message=said,
            subject=actor or event.entities()[:1],
            entities=tuple(dict.fromkeys((*event.entities(), *actor))),
            evidence=(event.cite("the entry"), *proof[-MAX_PROOFS:]),
            judged_on="delegated logins of the tenant so far; the log does not say who asked for them",
            facts={"flow": event.flow, "observed": observed, "threshold": threshold, "also": also},
        )
