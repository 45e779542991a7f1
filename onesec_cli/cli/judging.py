"""What trails are judged by: the options that name policy, rules and mappings, and what they stand for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onesec_cli.cli.options import Group, Map, NoDefault, Rules
from onesec_cli.cli.options import Policy as PolicyFile
from onesec_cli.model.errors import InputError
from onesec_cli.model.mapping import Mapping
from onesec_cli.model.policy import Policy
from onesec_cli.model.report import PolicyUse

if TYPE_CHECKING:
    from onesec_cli.pipeline import Knowledge, RuleBook


@dataclass(frozen=True, kw_only=True)
class Ruled(Group):
    """Which rules there are, and the policy that fills their placeholders."""

    rules: Rules = None
    no_default_rules: NoDefault = False
    policy: PolicyFile = None

    @property
    def given(self) -> list[str]:
        """What the user named."""
        return self.rules or []

    @property
    def own(self) -> list[str]:
        """The folder of the rules that come with onesec, unless they are not wanted."""
        return [] if self.no_default_rules else shipped("rules")

    def site(self) -> Policy:
        """The policy."""
        return policy_of(self.policy)[0]

    def book(self, site: Policy) -> RuleBook:
        """The rules, loaded."""
        return rules_of(self.given, self.own, site)


@dataclass(frozen=True, kw_only=True)
class Judging(Ruled):
    """All that bears on what is told of the trails: two commands that take it judge them alike."""

    map: Map = None

    def judged(self) -> Judged:
        """What the options name, loaded. Raises OnesecError for what cannot be used."""
        from onesec_cli.pipeline import load_knowledge  # keeps --help fast

        policy, used = policy_of(self.policy)
        return Judged(policy, used, self.book(policy), load_knowledge(self.given), mappings_of(self.map or []))


@dataclass(frozen=True)
class Judged:
    """What trails are judged by."""

    policy: Policy
    used: PolicyUse | None
    """Where the policy was found."""
    rules: RuleBook
    knowledge: Knowledge
    mappings: tuple[Mapping, ...]

    def named(self) -> dict[str, Any]:
        """The same as options of a run."""
        return {"policy": self.policy, "rules": self.rules, "knowledge": self.knowledge, "mappings": self.mappings}


def policy_of(path: str | None) -> tuple[Policy, PolicyUse | None]:
    """The policy of a run, and where it was found."""
    from onesec_cli.pipeline import find_policy, load_policy  # keeps --help fast

    if path is None:
        try:
            found = find_policy(Path.cwd())
        except OSError:  # the folder we stand in is gone
            found = None
        if found is None:
            return Policy(), None
        path = str(found)
    return load_policy(path), PolicyUse(path=path, sha256=digest_of(path))


def rules_of(paths: list[str], own: list[str], policy: Policy) -> RuleBook:
    """The user's rules, then our own: of two with one id the user's counts."""
    from onesec_cli.pipeline import RuleBook, load_rules  # keeps --help fast

    return load_rules([*paths, *own], policy) if paths or own else RuleBook()


def mappings_of(paths: list[str]) -> tuple[Mapping, ...]:
    """The mappings of some files, of which one alone may be for what is left."""
    from onesec_cli.pipeline import load_map  # keeps --help fast

    found = tuple(load_map(path) for path in paths)
    rest = [path for path, mapping in zip(paths, found, strict=True) if not mapping.match]
    if len(rest) > 1:
        raise InputError(f"--map: {rest[0]} and {rest[1]} have no match; only one mapping can be given what is left")
    return found


def shipped(name: str) -> list[str]:
    """A folder that ships with onesec: inside the wheel, or beside the package where it runs from its sources."""
    package = Path(__file__).parents[1]
    found = (place for place in (package / name, package.parent / name) if place.is_dir())
    return [str(place) for place in found][:1]


def digest_of(path: str) -> str:
    """The SHA-256 of a file that an option names."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
