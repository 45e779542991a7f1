"""The groups of all correlations of one tenant: bounded, and let go as event time moves on."""

from __future__ import annotations

from collections.abc import Callable
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
    fullest: int = 0
    """How much the fullest of them held."""
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
        """Let go of a tenth of the groups of the correlation that keeps most: those that hold least, and of them the longest unused.

        Whoever floods a trail with groups that he makes up pays for each window that goes with one that holds as much.
        """
        panes = max(self.panes.values(), key=lambda panes: panes.weight + panes.old_weight)
        groups = [(panes.old, key) for key in panes.old] + [(panes.young, key) for key in panes.young]
        groups.sort(key=lambda one: one[0][one[1]].size())
        for layer, key in groups[: max(1, len(groups) // 10)]:
            held = layer.pop(key).size()
            self.weight -= 1 + held
            panes.weight -= 1 + held if layer is panes.young else 0
            panes.old_weight -= 1 + held if layer is panes.old else 0
            panes.forgotten += 1
            panes.fullest = max(panes.fullest, held)
