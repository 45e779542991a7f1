"""Paths to rules in, a book of rules out: what can be used is used, and what cannot is listed with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.knowledge.shelf import KINDS as KNOWLEDGE
from onesec_cli.model.report import RuleNote
from onesec_cli.sigma.card import card_of, folded, text
from onesec_cli.sigma.chaining import in_order
from onesec_cli.sigma.collected import collected
from onesec_cli.sigma.correlations import Plan, plan_of
from onesec_cli.sigma.detection import Reading, condition_of
from onesec_cli.sigma.documents import Document, files_of, read_file
from onesec_cli.sigma.errors import RuleError
from onesec_cli.sigma.filters import Filter, applied, filter_of
from onesec_cli.sigma.logsource import source_of
from onesec_cli.sigma.rule import Card, Correlation, EventRule, RuleBook
from onesec_cli.sigma.tree import around_of, fields_of, placeholders_of


class _Draft(Struct):
    """A rule that is read, before the rules it names are found."""

    card: Card
    rule: EventRule | Plan


def load(
    paths: Sequence[str], placeholders: Mapping[str, tuple[str, ...]], taken: frozenset[str] = frozenset()
) -> RuleBook:
    """The rules that paths (files, folders, globs) hold. Raises InputError for a path that does not exist.

    `taken` are ids that no rule may have. Of rules with the same id the first one counts.
    """
    documents: list[Document] = []
    notes: list[RuleNote] = []
    for name in files_of(paths):
        found, wrong = read_file(name)
        documents += found
        notes += wrong
    return book_of(documents, placeholders, notes, taken)


def book_of(
    documents: Iterable[Document],
    placeholders: Mapping[str, tuple[str, ...]],
    notes: Iterable[RuleNote] = (),
    taken: frozenset[str] = frozenset(),
) -> RuleBook:
    """The rules that documents hold; `notes` are on what was no document."""
    skipped = list(notes)
    drafts: list[_Draft] = []
    filters: list[Filter] = []
    places = dict.fromkeys(taken, "a detector of onesec")
    for one in collected(documents):
        if isinstance(one, tuple):
            skipped.append(_note(one[0], str(one[1])))
            continue
        document = one
        if is_knowledge(document):
            continue
        try:
            told = _read(document, placeholders)
        except RuleError as reason:
            skipped.append(_note(document, str(reason)))
            continue
        if isinstance(told, Filter):
            filters.append(told)
            continue
        if folded(told.card.id) in places:
            skipped.append(_note(document, f"the id is that of {places[folded(told.card.id)]}"))
            continue
        places[folded(told.card.id)] = f"{document.file}:{document.line}"
        drafts.append(told)
    skipped += applied(filters, drafts)
    return _bound(drafts, skipped)


def is_knowledge(document: Document) -> bool:
    """Whether a document holds chains, scopes or words, which others read."""
    return document.data.get("kind") in KNOWLEDGE and "detection" not in document.data


def _read(document: Document, placeholders: Mapping[str, tuple[str, ...]]) -> _Draft | Filter:
    """What a document holds. Raises RuleError or PatternError."""
    data = document.data
    if "filter" in data and "detection" not in data:
        return filter_of(document, placeholders)
    card = card_of(document)
    if "correlation" in data:
        return _Draft(card, plan_of(data["correlation"], data.get("generate")))
    source = source_of(data.get("logsource"))
    if "detection" not in data:
        raise RuleError("a rule without a detection")
    condition = condition_of(data["detection"], Reading(placeholders, source.product == "auth0"))
    rule = EventRule(
        card=card,
        product=source.product,
        service=source.service,
        kinds=source.kinds,
        condition=condition,
        fields=fields_of(condition),
        around=around_of(condition),
        unfilled=placeholders_of(condition),
        related=_related(data.get("related")),
    )
    return _Draft(card, rule)


def _related(value: Any) -> tuple[tuple[str, str], ...]:
    told = value if isinstance(value, list) else []
    pairs = ((text(one.get("type")), text(one.get("id"))) for one in told if isinstance(one, dict))
    return tuple(pair for pair in pairs if all(pair))


def _note(document: Document, reason: str) -> RuleNote:
    return RuleNote(file=document.file, line=document.line, id=text(document.data.get("id")), reason=reason)


class _Names:
    """Finds the drafts that names and ids mean: in the same file first, then anywhere."""

    def __init__(self, drafts: Sequence[_Draft]) -> None:
        self._ids: dict[str, int] = {}
        self._names: dict[str, list[int]] = {}
        self._files: dict[tuple[str, str], list[int]] = {}
        for index, draft in enumerate(drafts):
            card = draft.card
            self._ids[folded(card.id)] = index
            if card.name:
                self._names.setdefault(card.name, []).append(index)
                self._files.setdefault((card.file, card.name), []).append(index)

    def find(self, name: str, file: str) -> int:
        """Raises RuleError where a name means nothing, or several rules."""
        here = self._files.get((file, name), [])
        found = here or ([self._ids[folded(name)]] if folded(name) in self._ids else self._names.get(name, []))
        if not found:
            raise RuleError(f"the rule {name} that it names was not loaded")
        if len(found) > 1:
            raise RuleError(f"it names the rule {name}, which stands for {len(found)} rules")
        return found[0]


def _bound(drafts: list[_Draft], skipped: list[RuleNote]) -> RuleBook:
    """The book: correlations bound to their members, those without one skipped, and those that go round in a circle."""
    names = _Names(drafts)
    members: dict[int, tuple[int, ...]] = {}
    lost: dict[int, str] = {}
    for index, draft in enumerate(drafts):
        if isinstance(draft.rule, Plan):
            try:
                members[index] = tuple(names.find(name, draft.card.file) for name in draft.rule.rules)
            except RuleError as reason:
                lost[index] = str(reason)
    _lose(drafts, members, lost)
    kept = [index for index in range(len(drafts)) if index not in lost]
    place = {index: position for position, index in enumerate(kept)}
    quiet = _quiet(drafts, members, lost)
    told: list[EventRule | Correlation] = []
    for index in kept:
        rule = drafts[index].rule
        if isinstance(rule, Plan):
            one = _correlation(drafts[index].card, rule, members[index], place, names)
            told.append(replace(one, told=index not in quiet))
        else:
            told.append(replace(rule, told=index not in quiet))
    for index, why in lost.items():
        card = drafts[index].card
        skipped.append(RuleNote(file=card.file, line=card.line, id=card.id, reason=why))
    return RuleBook(
        members=tuple(told), skipped=tuple(sorted(skipped, key=lambda one: (one.file, one.line, one.reason)))
    )


def _lose(drafts: list[_Draft], members: dict[int, tuple[int, ...]], lost: dict[int, str]) -> None:
    """Skip correlations of which a member is skipped, or which watch themselves by way of others."""
    order, rest = in_order(members)
    for index in order:
        gone = next((one for one in members[index] if one in lost), None)
        if gone is not None:
            lost[index] = f"the rule {drafts[gone].card.name or drafts[gone].card.id} that it names was not loaded"
    for index in sorted(rest):
        lost[index] = "it watches itself by way of other correlations, or one that does"


def _quiet(drafts: list[_Draft], members: dict[int, tuple[int, ...]], lost: dict[int, str]) -> set[int]:
    """Rules whose own matches are not told: a correlation watches them, and none of those asks to `generate` them."""
    watched: set[int] = set()
    told: set[int] = set()
    for index, found in members.items():
        rule = drafts[index].rule
        if index not in lost and isinstance(rule, Plan):
            (told if rule.generate else watched).update(found)
    return watched - told


def _correlation(
    card: Card, plan: Plan, members: tuple[int, ...], place: Mapping[int, int], names: _Names
) -> Correlation:
    aliases: dict[str, dict[int, str]] = {}
    for alias, fields in plan.aliases.items():
        found = aliases[alias] = {}
        for name, field in fields.items():
            try:
                found[place[names.find(name, card.file)]] = field
            except (RuleError, KeyError):
                continue  # an alias for a rule that takes no part
    return Correlation(
        card=card,
        type=plan.type,
        members=tuple(place[index] for index in members),
        group_by=plan.group_by,
        aliases=aliases,
        timespan=plan.timespan,
        operator=plan.bounds[0].operator,
        threshold=plan.bounds[0].value,
        also=plan.bounds[1:],
        alternatives=plan.alternatives,
        expression=plan.expression,
        field=plan.field,
        percentile=plan.percentile,
        generate=plan.generate,
    )
