"""The groups of all correlations of one tenant: bounded, and let go as event time moves on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.sigma.windows import Group

MOST: Final = 1_000_000
"""Groups and events of windows, together, that are kept for one tenant over all correlations."""


class Panes(Struct):
    """The groups of one correlation, in two layers: used in the running span of time, and in the one before it.

    A group moves to the end of the upper one when an event enters it. When the span is over, what is left below was not used for a whole
    timespan: its windows are empty, and the layer goes without being looked through.
    """

    tells: ClassVar[Tells] = (
        Tell("entered", "events that entered its windows so far: {value}"),
        Tell("young.*", "a window is open for the group {0}"),
        *quiet("old", "turned", "weight"),
    )

    young: dict[str, Group] = field(default_factory=dict)
    old: dict[str, Group] = field(default_factory=dict)
    turned: int = 0
    """When the running span began."""
    weight: int = 0
    """Groups and events kept in the younger layer."""
    old_weight: int = 0
    entered: int = 0
    """Events that entered a window, once for each group."""
    unroutable: int = 0
    """Events that lacked a value to group by."""
    lacking: int = 0
    """Events that lacked a value to count, sum or rank."""
    refused: int = 0
    """Events whose value should be a number and is none."""
    untimed: int = 0
    """Events with no time of their own."""
    crowded: int = 0
    """Events with so many values to group by or to count that not all were judged."""
    forgotten: int = 0
    """Groups that were let go early to keep memory bounded."""
    lost: int = 0
    """Numbers that were let go early."""


class Windows(Struct):
    """The state of all correlations for one tenant."""

    tells: ClassVar[Tells] = (
        Tell("panes.*.entered", "correlation {0}: events that entered its windows so far: {value}"),
        Tell("panes.*.young.*", "correlation {0}: a window is open for the group {1}"),
        *quiet("panes.*.*", "weight"),
    )

    panes: dict[str, Panes] = field(default_factory=dict)
    """By the key of the correlation."""
    weight: int = 0
    """Groups and events kept in all of them."""

    def group(self, panes: Panes, key: str, fresh: Callable[[], Group], since: int, now: int) -> Group:
        """The group of a key, kept until it has been unused for longer than from `since` to `now`."""
        if panes.turned < since:
            self._turn(panes, now)
        group = panes.young.pop(key, None)
        if group is None:
            group = panes.old.pop(key, None)
            if group is None:
                if self.weight >= MOST:
                    self._relieve()
                group = fresh()
                self.weight += 1
                panes.weight += 1
            else:
                size = 1 + group.size()
                panes.weight += size
                panes.old_weight -= size
        panes.young[key] = group  # the one used last stands last
        return group

    def grow(self, panes: Panes, grown: int) -> None:
        """Note that a group of the younger layer has grown."""
        panes.weight += grown
        self.weight += grown
        if grown > 0 and self.weight >= MOST:
            self._relieve()

    def _turn(self, panes: Panes, now: int) -> None:
        self.weight -= panes.old_weight
        panes.old, panes.young = panes.young, {}
        panes.old_weight, panes.weight = panes.weight, 0
        panes.turned = now

    def _relieve(self) -> None:
        """Let go of a tenth of the groups of the correlation that keeps most, the longest unused first."""
        panes = max(self.panes.values(), key=lambda panes: panes.weight + panes.old_weight)
        many = max(1, (len(panes.old) + len(panes.young)) // 10)
        for key in list(islice(panes.old, many)):
            size = 1 + panes.old.pop(key).size()
            panes.old_weight -= size
            self.weight -= size
            panes.forgotten += 1
            many -= 1
        for key in list(islice(panes.young, many)):
            size = 1 + panes.young.pop(key).size()
            panes.weight -= size
            self.weight -= size
            panes.forgotten += 1
