"""A Sigma rule as onesec judges it: plain data, whatever parsed it."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.model.level import Level
from onesec_cli.model.report import RuleNote
from onesec_cli.sigma.correlation_types import KINDS, CorrelationType, Kind
from onesec_cli.sigma.values import Test

Operator = Literal["lt", "lte", "gt", "gte", "eq", "neq"]
Product = Literal["auth0", "agent", "onesec"]

PRODUCTS: Final[tuple[Product, ...]] = ("auth0", "agent", "onesec")
"""Values of `logsource.product` that onesec has events for."""

KEYWORDS: Final = ""
"""The field of an atom that looks into every value of the record."""


class Card(Struct, frozen=True, kw_only=True):
    """What a rule says of itself, and where it stands."""

    file: str
    line: int
    """1-based, of the document's first key."""
    id: str
    """The rule's own id; a rule without one has the digest of its document."""
    name: str = ""
    """Name that correlations of the same file refer to."""
    title: str
    level: Level = Level.medium
    status: str = ""
    description: str = ""
    asi: tuple[str, ...] = ()
    attack: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    author: str = ""


class Bound(Struct, frozen=True, array_like=True):
    """One comparison of a correlation's condition, e.g. `gte: 10`."""

    operator: Operator
    value: float


class Alternative(Struct, frozen=True, array_like=True):
    """Rules that must, and rules that must not, have matched in the window; places in `Correlation.members`."""

    present: tuple[int, ...]
    absent: tuple[int, ...] = ()


class Correlation(Struct, frozen=True, kw_only=True):
    """A Sigma correlation; members are named by their index in the rule book (see `load.py`)."""

    card: Card
    type: CorrelationType
    members: tuple[int, ...]
    """Indices of the event rules and correlations it watches, in the order the rule names them."""
    group_by: tuple[str, ...] = ()
    """Fields or aliases whose equal values put events into one group."""
    aliases: dict[str, dict[int, str]] = {}
    """Alias to the field that stands for it, by member."""
    timespan: int
    """Microseconds."""
    operator: Operator = "gte"
    threshold: float = 1
    also: tuple[Bound, ...] = ()
    """The rest of a range, e.g. `lte: 20` beside `gte: 10`: all of them must hold."""
    alternatives: tuple[Alternative, ...] = ()
    """A condition that is an expression over rule names, as the ways in which it can hold; it then replaces the threshold."""
    expression: str = ""
    """That expression as the rule writes it."""
    field: tuple[str, ...] = ()
    """What value_* types count, sum or rank."""
    percentile: int = 50
    generate: bool = False
    """Whether the members' own alerts are told as well; the specification's default is that they are not."""
    told: bool = True
    """False where only other correlations look at its firings (their `generate` is false)."""

    @property
    def kind(self) -> Kind:
        """What is particular to its type."""
        return KINDS[self.type]


class Atom(Struct, frozen=True, tag=True):
    """One test of one field."""

    field: str
    """As the rule spells it; `KEYWORDS` for every value of the record."""
    test: Test


class Unfilled(Struct, frozen=True, tag=True):
    """A test that waits for the values of placeholders. It never helps a rule to match: false, or true below a `not`."""

    field: str
    placeholders: tuple[str, ...]
    holds: bool = False


class All(Struct, frozen=True, tag=True):
    """Every part holds."""

    of: tuple[Node, ...]
    name: str = ""
    """The selection (or filter) that stands here, if one does."""


class Some(Struct, frozen=True, tag=True):
    """At least one part holds."""

    of: tuple[Node, ...]
    name: str = ""


class Not(Struct, frozen=True, tag=True):
    """The part does not hold."""

    of: Node
    name: str = ""


Node = Atom | Unfilled | All | Some | Not
"""A part of a condition. Each answers alone (`match.holds`)."""


class EventRule(Struct, frozen=True, kw_only=True):
    """A Sigma rule on single events."""

    card: Card
    product: Product
    """Which events it is shown, and how it reads them."""
    service: str = ""
    """The name of the log format whose events alone it is shown; empty: any."""
    kinds: frozenset[str] = frozenset()
    """The kinds of events (`logsource.category`) it is shown; empty: any."""
    condition: Node
    fields: tuple[str, ...] = ()
    """The fields it names, in order; `KEYWORDS` left out."""
    around: tuple[str, ...] = ()
    """Its regular expressions that look around, which RE2 does not know; `around.py` matches them."""
    unfilled: tuple[str, ...] = ()
    """Placeholders that the policy gives no values for."""
    told: bool = True
    """False where only correlations look at its matches (their `generate` is false)."""
    related: tuple[tuple[str, str], ...] = ()
    """Type and id of the rules that it names as its kin."""
    filters: tuple[str, ...] = ()
    """File and line of the filters that narrow it: each is the last part of one more `All` around its own condition."""

    def unfiltered(self) -> EventRule:
        """The rule as its author wrote it."""
        condition = self.condition
        for _ in self.filters:
            condition = condition.of[0] if isinstance(condition, All) else condition
        return replace(self, condition=condition, filters=())


class RuleBook(Struct, frozen=True, kw_only=True):
    """The rules of a run."""

    members: tuple[EventRule | Correlation, ...] = ()
    """Correlations name their members by index."""
    skipped: tuple[RuleNote, ...] = ()
    """Documents that could not be loaded, and why."""


def quiet_of(book: RuleBook) -> frozenset[int]:
    """Indices of the members that raise no alerts of their own: correlations watch them, and none of those generates them."""
    watched: set[int] = set()
    told: set[int] = set()
    for member in book.members:
        if isinstance(member, Correlation):
            (told if member.generate else watched).update(member.members)
    return frozenset(watched - told)
