"""The one report document. Every renderer reads this; none of them decides what is true."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model.access import AccessRow
from onesec_cli.model.event import Gap
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.level import Level
from onesec_cli.model.ties import Ties

SCHEMA_VERSION = "1.0"


class InputFile(Struct, frozen=True, kw_only=True):
    """What became of one file (or archive member): `records = events + duplicates + ignored + gaps`."""

    path: str
    sha256: str
    """Of the bytes as given (compressed if they are); empty where they could not be read to the end."""
    bytes: int
    format: str
    """Shapes recognised in it, comma-separated, in a fixed order."""
    records: int
    events: int
    duplicates: int
    ignored: int
    gaps: int
    ignored_reasons: dict[str, int]


class Family(Struct, frozen=True, kw_only=True):
    """How much of one event family the trail shows; zero means unknown, not absent."""

    family: str
    events: int
    codes: dict[str, int]


class Judge(Struct, frozen=True, kw_only=True):
    """What one detector was shown. `status` is `judged`, or `blind` where it was shown nothing it reads."""

    rule: str
    status: str
    reads: tuple[str, ...]
    shown: int
    unroutable: int
    """Events of kinds it reads that lacked the entity it keys on."""


class Coverage(Struct, frozen=True, kw_only=True):
    """What was seen, and therefore which detectors could have spoken."""

    first_event: int | None
    last_event: int | None
    tenants: tuple[str, ...]
    families: tuple[Family, ...]
    detectors: tuple[Judge, ...]
    notes: tuple[str, ...]
    """Limits of this trail that a reader of the verdict must know."""


class Quote(Struct, frozen=True, kw_only=True):
    """A record read again from the evidence, secrets masked, cut where it is long."""

    text: str
    """Empty where the record is not intact."""
    intact: bool
    """False where the file changed after it was judged, or could not be read again."""
    caveats: tuple[str, ...] = ()
    """What makes the record itself doubtful, e.g. a key that stands in it twice."""


class Verdict(Struct, frozen=True, kw_only=True):
    """`status` is clean, alerts or inconclusive; `sentence` is the last line of every report."""

    status: str
    sentence: str
    reasons: tuple[str, ...]


class PolicyUse(Struct, frozen=True, kw_only=True):
    """The policy file a run was judged by."""

    path: str
    sha256: str


class BaselineUse(Struct, frozen=True, kw_only=True):
    """The earlier report whose alerts no longer count for `--fail-on`."""

    path: str
    sha256: str
    alerts: int
    """How many alerts it tells."""


class Suppressed(Struct, frozen=True, kw_only=True):
    """An alert that the policy silences, who answers for it and until when."""

    alert: Alert
    reason: str
    owner: str
    expires: int


class SuppressionUse(Struct, frozen=True, kw_only=True):
    """What became of one suppression of the policy."""

    rule: str
    reason: str
    owner: str
    expires: int
    status: str
    """`applied`, `unused` (no such alert), `expired` (such alerts came later), or `undated` (no log gives them a time)."""
    alerts: int
    """How many alerts it silenced, or would have silenced if it still held."""


class RuleFile(Struct, frozen=True, kw_only=True):
    """A file of rules or of knowledge that the user gave."""

    path: str
    sha256: str
    """Empty where it was gone before the report was made."""


class Manifest(Struct, frozen=True, kw_only=True):
    """What a report was made by: with the inputs and the policy it tells whoever runs it again whether all is as it was."""

    detectors_sha256: str = ""
    """Of the code of the detectors and of what they remember."""
    rules_sha256: str = ""
    """Of the Sigma rules that took part; empty where there were none."""
    own_rules_sha256: str = ""
    """Of the Sigma rules that come with onesec; empty where they took no part."""
    given_rules: tuple[RuleFile, ...] = ()
    """The user's files of rules and knowledge that took part."""
    options: dict[str, Any] = field(default_factory=dict)
    """Options that bear on what is told, as they were given."""


class RuleCard(Struct, frozen=True, kw_only=True):
    """What a renderer needs to know of a rule that fired."""

    id: str
    title: str
    summary: str
    why: str
    misses: str
    next_steps: str
    harmless: str = ""
    """The nearest harmless explanation of what it tells; empty where its author names none."""
    level: Level | None = None
    """The level of its usual finding; None where the rule does not say."""


class RuleNote(Struct, frozen=True, kw_only=True):
    """One Sigma rule or correlation, where it stands, and (unless it is simply loaded) why it is named."""

    file: str
    line: int
    id: str
    reason: str = ""
    shipped: bool = False
    """Whether the rule comes with onesec."""
    title: str = ""
    """Of a rule that is loaded: what a reader knows it by, as an id is often a UUID."""


def told_together(notes: Iterable[RuleNote]) -> tuple[tuple[str, tuple[RuleNote, ...]], ...]:
    """Notes for a reader who cannot look at each: a user's rules one by one, then those that come with onesec by kind of reason.

    Each is told as (reason, the notes it holds for). A trail without agents, say, is no news about every rule on agents.
    """
    own: list[tuple[str, tuple[RuleNote, ...]]] = []
    ours: dict[str, list[RuleNote]] = {}
    for note in notes:
        if note.shipped:
            ours.setdefault(_kind_of(note.reason), []).append(note)
        else:
            own.append((note.reason, (note,)))
    together = ((found[0].reason if len(found) == 1 else why, tuple(found)) for why, found in sorted(ours.items()))
    return (*own, *together)


def _kind_of(reason: str) -> str:
    """What reasons that differ in a name only have in common."""
    for begin, end, told in _ALIKE:
        if reason.startswith(begin) and end in reason:
            return told
    return reason


_ALIKE: Final = (
    ("no event of ", " in the trail", "no event of their types in the trail"),
    ("its rule ", " cannot match", "a rule that they watch cannot match"),
    ("field", " never seen in ", "a field that they need was never seen"),
    (
        "the policy gives no value for ",
        "",
        "the policy gives no value for a placeholder of theirs (rules.placeholders)",
    ),
)


DEGENERATE: Final = "degenerate: "
"""How the reason begins of a rule that matches everything, or that says nothing although it matches."""


class RulesUse(Struct, frozen=True, kw_only=True):
    """What became of the Sigma rules of a run, each list in order of file and line."""

    loaded: tuple[RuleNote, ...] = ()
    """Every rule that took part."""
    skipped: tuple[RuleNote, ...] = ()
    """Rules that could not be loaded."""
    cannot_match: tuple[RuleNote, ...] = ()
    """Loaded rules that could not match anything in this trail, or that match everything."""

    def named(self, rule: str) -> str:
        """The id of a rule with the title beside it, where it is a Sigma rule: an id alone, often a UUID, tells a reader nothing."""
        title = next((note.title for note in self.loaded if note.id == rule), "")
        return f"{rule} ({title})" if title and title != rule else rule


class Report(Struct, frozen=True, kw_only=True):
    """Everything a run found, in a stated order: inputs by path, alerts by level, time and id, gaps by place."""

    verdict: Verdict
    inputs: tuple[InputFile, ...]
    coverage: Coverage
    alerts: tuple[Alert, ...]
    incidents: tuple[Incident, ...]
    gaps: tuple[Gap, ...]
    gaps_total: int
    cards: dict[str, RuleCard]
    """By rule id, of the rules that alerts speak of."""
    quotes: dict[str, Quote]
    """By `file:offset` of the evidence."""
    withheld: int = 0
    """Alerts left out by `--min-level` or `--since`."""
    worst: Level | None = None
    """The highest level found, `--min-level` or not: what `--fail-on` looks at."""
    policy: PolicyUse | None = None
    """None where no policy file was used: defaults and learned baselines judged."""
    rules: RulesUse = RulesUse()
    """The Sigma rules."""
    suppressed: tuple[Suppressed, ...] = ()
    """Alerts that the policy silences: listed and counted, never mixed with the others."""
    suppressions: tuple[SuppressionUse, ...] = ()
    """Every suppression of the policy, in its order."""
    baseline: BaselineUse | None = None
    fail_on: Level | None = None
    """The gate of this run, if it has one."""
    manifest: Manifest = Manifest()
    access: tuple[AccessRow, ...] = ()
    """Who had access at the end of the trail, by tenant, agent, user, place and basis; only where it was asked for."""
    ties: Ties | None = None
    """Who gave what to whom in the whole run; only where access was asked for."""
