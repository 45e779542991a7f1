"""A Sigma rule as onesec judges it: plain data, whatever parsed it."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from onesec_cli.model.level import Level

CorrelationType = Literal[
    "event_count",
    "value_count",
    "value_sum",
    "value_avg",
    "value_median",
    "value_percentile",
    "temporal",
    "temporal_ordered",
]
Operator = Literal["lt", "lte", "gt", "gte", "eq", "neq"]

PRODUCTS: Final = ("auth0", "agent", "onesec")
"""Values of `logsource.product` that onesec has events for."""


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
    field: tuple[str, ...] = ()
    """What value_* types count, sum or rank."""
    percentile: int = 50
    generate: bool = True
    """Whether the members' own alerts are told as well."""
