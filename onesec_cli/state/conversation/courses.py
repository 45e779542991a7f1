"""The course of one conversation, step by step: does it get anywhere, or does it go round?

A step is a call together with its answer. A step that was seen before is no progress; cycles and storms are runs of such
steps, each told once, when it is over.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final, NamedTuple

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.call.calls import MAX_TEXT, digest, failed, pending, settled, waits
from onesec_cli.state.call.remembered import per_call
from onesec_cli.state.text.plain import dumps, text_of
from onesec_cli.state.wordlists import remembered

PERIODS: Final = 6
"""The longest cycle that is looked for."""
SPREAD: Final = 24
"""Steps among which at most `FEW` different ones are a loop without a fixed period."""
FEW: Final = 3
MAX_RECENT: Final = 64
MAX_WAITING: Final = 128
"""Calls that wait for their result; with more, the oldest counts as unanswered."""
MAX_SEEN: Final = 1_024
MAX_FAILING: Final = 64
UNANSWERED: Final = "?"
NO_DIGITS: Final = dict.fromkeys(map(ord, "0123456789"))

_REPEAT: Final = re.compile(
    r"\b\d{1,6} ?(?:times|x|iterations|runs|rounds)\b|\b(?:until|repeat(?:edly)?|again and again|poll|monitor|watch|in a loop|"
    r"keep (?:on )?\w{1,20}ing|every (?:\d{1,4} )?(?:second|minute|hour|few|half)\w{0,3})\b",
    re.IGNORECASE,
)


class Step(Struct, frozen=True, gc=False, array_like=True):
    """A call with its answer."""

    token: str
    """What was asked and answered. The first of a kind is known by its `kin` alone: most steps never come back."""
    kin: str
    """The same without digits: equal for steps that may be equal."""
    call: str
    call_kin: str
    tool: str
    time: int
    origin: Origin
    event_id: str
    failed: bool = False
    waits: bool = False
    answered: bool = True
    timed: bool = True

    def same(self, later: Step) -> bool:
        """Whether a later step is this one again."""
        return self.token == later.token or (self.token == self.kin and self.kin == later.kin)

    def cite(self, role: str) -> Evidence:
        """The call as evidence, playing `role`."""
        return Evidence(self.origin, self.time, role)


class Round(Struct):
    """A run of steps that are going round, or of calls that keep failing."""

    kind: str
    """`loop` or `storm`."""
    first: Step
    last: Step
    crossed: Step | None = None
    total: int = 0
    period: int = 1
    regular: bool = True
    """Of a loop: whether it has a fixed period."""
    waits: int = 0
    answered: bool = True
    tools: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """Of a storm: failures by call, and by tool."""
    same: int = 0
    """Of a storm: how often the same call failed; of a loop: how often it went round."""
    alike: int = 0
    """Of a storm: how often the same tool failed, whatever it was asked."""

    def take(self, step: Step) -> None:
        """Count one more step."""
        self.last = step
        self.total += 1
        self.waits += step.waits
        self.answered = self.answered and step.answered
        if step.tool in self.tools or len(self.tools) < PERIODS:
            self.tools[step.tool] = self.tools.get(step.tool, 0) + 1

    def gap(self) -> int:
        """Microseconds between two steps on average; 0 where the trail has no clock."""
        if not (self.first.timed and self.last.timed) or self.total < 2:
            return 0
        return (self.last.time - self.first.time) // (self.total - 1)


class Asking(NamedTuple):
    """What a call asks, as far as repetition goes."""

    kin: str
    waits: bool


@per_call
def _asked(event: Event) -> Asking:
    body = _body(event)
    kin = digest(event.tool, body[:MAX_TEXT].translate(NO_DIGITS), str(len(body) // MAX_TEXT))
    return Asking(kin, waits(event.tool, body))


@per_call
def _exactly(event: Event) -> str:
    """What a call asks, digits and all."""
    return digest(event.tool, settled(_body(event)))


def _body(event: Event) -> str:
    args = event.fields.get("args")
    return (args if isinstance(args, str) else dumps(args)).lower()


@remembered(1_024)
def _alike(head: str) -> str:
    """Equal for beginnings of answers that differ in case and digits alone."""
    return digest(head.lower()[:MAX_TEXT].translate(NO_DIGITS))


class Limits(Struct, frozen=True):
    """From which number on repetition is told."""

    loop: int
    cycle: int
    retries: int


class Course(Struct):
    """What one conversation of an agent did so far, as far as repetition goes."""

    tells: ClassVar[Tells] = (
        Tell("waiting.*", "the call {0} has no answer yet"),
        Tell("loop", "the same steps come again"),
        Tell("loop.total", "steps of the loop so far: {value}"),
        Tell("storm", "the same call fails again"),
        Tell("storm.total", "failed calls of the storm so far: {value}"),
        Tell("asked", "a person asked for the repetition"),
        *quiet("loop.*", "storm.*", "recent", "runs", "seen"),
    )

    waiting: dict[str, Step] = field(default_factory=dict)
    """Calls without a result yet, by id."""
    recent: list[Step] = field(default_factory=list)
    runs: list[int] = field(default_factory=lambda: [0] * PERIODS)
    """By period: how many steps on end equal the one a period before."""
    seen: dict[str, bool] = field(default_factory=dict)
    """Steps that were seen, and kinds of calls and steps; the last ones."""
    loop: Round | None = None
    storm: Round | None = None
    asked: bool = False
    """Whether the last thing the person said asks for repetition."""

    def take(self, event: Event, limits: Limits) -> list[Round]:
        """Take in an event; the rounds that are over."""
        if event.kind == kinds.GOAL_SET:
            over = self.close()
            self.asked = bool(_REPEAT.search(text_of(event)[:4_000]))
            return over
        call = text_of(event, "call")
        if event.kind == kinds.TOOL_CALL:
            return self._called(event, call, limits)
        asked = self.waiting.pop(call, None)
        return [] if asked is None else self._step(self._answered(asked, event), limits)

    def flush(self, limits: Limits) -> list[Round]:
        """What only the end shows: calls without an answer, and rounds still running."""
        over = []
        for key in list(self.waiting):
            over += self._step(self.waiting.pop(key), limits)
        return over + self.close()

    def close(self) -> list[Round]:
        """The rounds still running, which end here."""
        over = [one for one in (self.loop, self.storm) if one is not None and one.crossed is not None]
        self.loop = self.storm = None
        self.runs = [0] * PERIODS
        self.recent = []
        return over

    def _called(self, event: Event, call: str, limits: Limits) -> list[Round]:
        asked = _asked(event)
        what = _exactly(event) if self._met(asked.kin) else asked.kin
        step = Step(
            what + UNANSWERED, asked.kin + UNANSWERED, what, asked.kin, event.tool, event.time, event.origin, event.id,
            waits=asked.waits, answered=False, timed=event.timed,
        )  # fmt: skip
        over = []
        if not call:
            return self._step(step, limits)
        old = self.waiting.pop(call, None)
        if old is None and len(self.waiting) >= MAX_WAITING:
            old = self.waiting.pop(next(iter(self.waiting)))
        if old is not None:
            over = self._step(old, limits)
        self.waiting[call] = step
        return over

    def _answered(self, asked: Step, event: Event) -> Step:
        said = text_of(event)
        kin = asked.call_kin + _alike(said[: 2 * MAX_TEXT])
        met = self._met(kin)
        text = said.lower() if met else ""
        token = digest(asked.call, settled(text)) if met else kin
        return Step(
            token, kin, asked.call, asked.call_kin, asked.tool, asked.time, asked.origin, asked.event_id,
            failed=failed(event), waits=asked.waits or (met and pending(text)), timed=asked.timed and event.timed,
        )  # fmt: skip

    def _met(self, kin: str) -> bool:
        """Whether a kind was seen before; it then has been."""
        if kin in self.seen:
            return True
        self._see(kin)
        return False

    def _new(self, step: Step) -> bool:
        """Whether a step was never made before: the first of its kind, or not like any other of it."""
        return step.token == step.kin or step.token not in self.seen

    def _see(self, token: str) -> None:
        if len(self.seen) >= MAX_SEEN:
            self.seen = dict.fromkeys(list(self.seen)[MAX_SEEN // 2 :], True)
        self.seen[token] = True

    def _step(self, step: Step, limits: Limits) -> list[Round]:
        over = self._failing(step, limits) + self._round(step, limits)
        self._see(step.token)
        return over

    def _failing(self, step: Step, limits: Limits) -> list[Round]:
        storm = self.storm
        if not step.failed:
            if storm is None:
                return []
            if not self._new(step) and storm.last.call != step.call:
                storm.waits += step.waits
                return []
            self.storm = None
            return [storm] if storm.crossed is not None else []
        if storm is None:
            storm = self.storm = Round("storm", step, step)
        storm.take(step)
        for key in (step.call, f"tool {step.tool}"):
            if key in storm.counts or len(storm.counts) < MAX_FAILING:
                storm.counts[key] = storm.counts.get(key, 0) + 1
        first = storm.counts.get(step.call_kin, 0) if step.call != step.call_kin else 0
        storm.same = max(storm.same, storm.counts.get(step.call, 0) + first)
        storm.alike = max(storm.alike, storm.counts.get(f"tool {step.tool}", 0))
        if storm.crossed is None and (storm.same >= limits.retries or storm.alike >= 3 * limits.retries):
            storm.crossed = step
        return []

    def _round(self, step: Step, limits: Limits) -> list[Round]:
        recent = self.recent
        if step.failed or step.token == step.kin:  # the first of its kind equals none before it
            self.runs = [0] * PERIODS
        else:
            for period in range(1, PERIODS + 1):
                same = len(recent) >= period and recent[-period].same(step)
                self.runs[period - 1] = self.runs[period - 1] + 1 if same else 0
        recent.append(step)
        if len(recent) > MAX_RECENT + MAX_RECENT // 2:
            del recent[:-MAX_RECENT]
        loop = self.loop
        if loop is not None:
            if self._goes_on(loop, step):
                loop.take(step)
                loop.same = max(loop.same, loop.total // loop.period)
                return []
            self.loop = None
            self.recent = [step]
            self.runs = [0] * PERIODS
            return [loop]
        found = self._going_round(step, limits)
        if found is None:
            return []
        period, length, regular = found
        steps = recent[-length:]
        self.loop = loop = Round("loop", steps[0], step, crossed=step, period=period, regular=regular)
        for one in steps:
            loop.take(one)
        loop.same = loop.total // period
        return []

    def _goes_on(self, loop: Round, step: Step) -> bool:
        """Whether the step is one more of the loop."""
        if loop.regular:
            return self.runs[loop.period - 1] > 0
        return not step.failed and any(one.same(step) for one in self.recent[-SPREAD - 1 : -1])

    def _going_round(self, step: Step, limits: Limits) -> tuple[int, int, bool] | None:
        """Period and number of steps of the cycle that this step is part of, and whether it is a regular one."""
        if self._new(step) and not any(self.runs):
            return None
        factor = 1 if step.answered else 2
        for period in range(1, PERIODS + 1):
            run = self.runs[period - 1]
            need = (limits.loop if period == 1 else limits.cycle) * factor
            if run >= period * (need - 1):
                return period, min(run + period, len(self.recent)), True
        spread = self.recent[-SPREAD * factor :]
        if len(spread) == SPREAD * factor and not any(one.failed for one in spread):
            known = {one.kin for one in spread if one.token != one.kin}
            different = len({one.token for one in spread if one.token != one.kin or one.kin not in known})
            if different <= FEW:
                return different, len(spread), False
        return None
