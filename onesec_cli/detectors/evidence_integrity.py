"""A trail that contradicts itself: one log id with several contents, lines dated before the line they follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, convert

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level

ISSUE: Final = "id-reused"
BACKWARDS: Final = "times-back"


class Nothing(Struct):
    """Every id is judged on its own."""


class EvidenceIntegrity(Detector[Nothing]):
    """Finds log ids that carry more than one content, and conversations whose clocks run backwards.

    A log id is given once. Copies of the same record, also in another export format, are duplicates and dropped; two
    records with the same id that say different things are kept, both, and told. Where a line of an agent log names the line it follows, or
    stands in a list, and is dated more than two seconds before that, it is judged in the order of the links, and that is told once a conversation.

    ## Why it matters
    Every other finding rests on the records. If one was edited after it was written, or an export was put together by
    hand, the findings that cite it prove less, and someone may have had a reason to edit it.

    ## Judged on
    The id and the canonical content of each record: order of keys, spelling of scopes and the fields in which export
    formats differ do not count as a difference. Clocks: parent links of Claude Code and OpenClaw, lists of chat messages; level low.

    ## What it misses
    A record that was edited and whose original is not among the files, a record that was removed, and a forged record
    with a new id. It cannot say which of the contents is the true one. A tool that masks or enriches some copies and
    not others causes it as well. Times that were changed without contradicting a link, and formats without links (Codex, MCP,
    spans), whose order is that of their times. A clock that was set back while an agent worked is told too.

    ## What else it may be
    Two exports were joined by hand, or the exporter wrote records twice.

    ## What to do
    Fetch the event again by its id from the Management API or from the log stream's first storage and compare. Find
    out who could write to the files that differ. Until then, treat alerts that cite one of these records as unproven.
    """

    rule = Rule(
        id="evidence-integrity",
        title="Log id with different contents",
        level=Level.medium,
        asi=("ASI10",),
        attack=("T1070",),
    )
    reads = frozenset({kinds.TRAIL_ANOMALY})
    key = ("tenant",)
    state = Nothing

    def observe(self, state: Nothing, event: Event) -> Iterator[Finding]:
        if event.fields.get("issue") == BACKWARDS:
            yield self._backwards(event)
        if event.fields.get("issue") != ISSUE:
            return
        others = [origin for one in _list(event.fields.get("others")) if (origin := _origin(one)) is not None]
        payloads = event.fields.get("payloads")
        count = payloads if isinstance(payloads, int) else 1 + len(others)
        log_id = str(event.fields.get("id") or event.id)
        yield Finding(
            rule=self.rule.id,
            level=self.rule.level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=ISSUE,
            message=f"The log id {log_id} carries {count} different contents.",
            subject=(f"tenant:{event.tenant}",),
            entities=(f"tenant:{event.tenant}", f"log-id:{log_id}"),
            evidence=(
                event.cite("a content of the id"),
                *(Evidence(origin, event.time, "another content of the same id") for origin in others),
            ),
            judged_on="a log id is given once; which content is the true one the files cannot say",
            facts={"observed": count, "threshold": 1, "id": log_id},
        )

    def _backwards(self, event: Event) -> Finding:
        lines, seconds = event.fields.get("lines"), event.fields.get("seconds")
        what = "1 line is" if lines == 1 else f"{lines} lines are"
        return Finding(
            rule=self.rule.id,
            level=Level.low,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=BACKWARDS,
            title="Times run backwards",
            message=f"In session {event.session} {what} dated before the line they follow, by up to {seconds} s; the order of the lines was kept.",
            subject=(f"session:{event.session}",),
            entities=(f"session:{event.session}",),
            evidence=(event.cite("the first line that is dated before the one it follows"),),
            judged_on="links between lines, which say what follows what; which clock was wrong, or who changed it, they do not say",
            facts={"lines": lines, "seconds": seconds},
        )


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _origin(value: object) -> Origin | None:
    """An origin, also in the form of a list that saved state has; None for anything else."""
    if isinstance(value, Origin):
        return value
    if isinstance(value, (list, tuple)) and 4 <= len(value) <= 5:
        places = (isinstance(value[0], str), *(isinstance(part, int) for part in value[1:4]))
        if all(places) and all(isinstance(part, str) for part in value[4:]):
            return convert(list(value), Origin)
    return None
