"""Everything that can fire, in one list: rules, correlations, and the detectors that are built in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from onesec_cli.detectors import DETECTORS
from onesec_cli.model.catalogue import Detail, Entry
from onesec_cli.model.detector import SECTIONS, page
from onesec_cli.model.errors import InputError
from onesec_cli.model.kinds import BEHAVIOUR
from onesec_cli.model.report import RuleNote
from onesec_cli.sigma.documents import files_of
from onesec_cli.sigma.rule import Correlation, EventRule, RuleBook, quiet_of
from onesec_cli.sigma.suites import sidecars_of, suites_of
from onesec_cli.sigma.words import condition_in_words, correlation_in_words
from onesec_cli.workshop.choice import Choice


class Catalogue(Struct, frozen=True, kw_only=True):
    """What can fire, and the rules that cannot because they were not loaded."""

    entries: tuple[Entry, ...]
    skipped: tuple[RuleNote, ...]


def rule_files(paths: Sequence[str]) -> list[str]:
    """The files of rules that paths name, and the files of cases beside them. Raises InputError for a path that does not exist."""
    found = files_of(paths) if paths else []
    return [*found, *(beside for name in found for beside in sidecars_of(name))]


def catalogue(book: RuleBook, shipped: Sequence[str] = ()) -> Catalogue:
    """Rules in order of file and line, then detectors by id."""
    return Catalogue(entries=entries_of(book, shipped), skipped=book.skipped)


def entries_of(book: RuleBook, shipped: Sequence[str] = ()) -> tuple[Entry, ...]:
    """A line per rule, in order of file and line, and per detector, by id."""
    own, quiet = set(rule_files(shipped)), quiet_of(book)
    rules = [_entry(rule, book, index not in quiet, rule.card.file in own) for index, rule in enumerate(book.members)]
    return (*sorted(rules, key=lambda one: (one.file, one.line)), *_detectors())


def _entry(rule: EventRule | Correlation, book: RuleBook, raises: bool, shipped: bool) -> Entry:
    card = rule.card
    if isinstance(rule, Correlation):
        members = ", ".join(book.members[number].card.title for number in rule.members)
        source = f"{rule.type} of {members}"
    else:
        kinds = ", ".join(sorted(rule.kinds))
        source = " ".join(word for word in (rule.product, rule.service, kinds) if word)
    return Entry(
        kind="correlation" if isinstance(rule, Correlation) else "rule",
        id=card.id,
        title=card.title,
        level=card.level,
        source=source,
        file=card.file,
        line=card.line,
        raises=raises,
        asi=card.asi,
        attack=card.attack,
        tags=card.tags,
        products=_products(rule, book),
        status=card.status,
        description=card.description,
        shipped=shipped,
    )


def _products(rule: EventRule | Correlation, book: RuleBook) -> tuple[str, ...]:
    """Whose events a rule is shown; of a correlation, those of all it watches."""
    found: dict[str, None] = {}
    todo, seen = [rule], {rule.card.id}
    while todo:
        one = todo.pop()
        if isinstance(one, EventRule):
            found[one.product] = None
            continue
        for member in (book.members[at] for at in one.members):
            if member.card.id not in seen:
                seen.add(member.card.id)
                todo.append(member)
    return tuple(sorted(found))


def _detectors() -> Iterator[Entry]:
    for one in sorted(DETECTORS, key=lambda detector: detector.rule.id):
        rule = one.rule
        yield Entry(
            kind="detector",
            id=rule.id,
            title=rule.title,
            level=rule.level,
            source=", ".join(sorted(one.reads)),
            asi=rule.asi,
            attack=rule.attack,
            products=tuple(
                product
                for product, shown in (("auth0", one.reads - BEHAVIOUR), ("agent", one.reads & BEHAVIOUR))
                if shown
            ),
            description=page(one)["summary"],
            shipped=True,
        )


def details(names: Sequence[str], choice: Choice, book: RuleBook, shipped: Sequence[str] = ()) -> list[Detail]:
    """What names mean and, where there are none or a choice is made, all that is chosen; each in full, and once.

    Raises InputError for a name that means nothing, or several.
    """
    told = [detail(name, book, shipped) for name in names]
    if not names:
        entries = [entry for entry in entries_of(book, shipped) if choice.takes(entry)]
        return [detail(entry.id, book, shipped) for entry in entries]
    return [one for one in {one.entry.id: one for one in told}.values() if choice.takes(one.entry)]


def detail(name: str, book: RuleBook, shipped: Sequence[str] = ()) -> Detail:
    """A rule (by id, name or title) or a detector in full. Raises InputError where there is none, or several."""
    rules = [book.members[at] for at in named(book, name)]
    detectors = [one for one in DETECTORS if one.rule.id == name]
    rules = [] if detectors else rules
    if len(rules) > 1:
        places = ", ".join(f"{rule.card.id} ({rule.card.file}:{rule.card.line})" for rule in rules)
        raise InputError(f"{name} names several rules: {places}; give the id")
    if detectors:
        return _detector(name)
    if not rules:
        note = next((note for note in book.skipped if note.id == name), None)
        reason = (
            f"{note.file}:{note.line} was not loaded: {note.reason}"
            if note
            else "`onesec rules list` lists all there are"
        )
        raise InputError(f"no rule or detector is named {name}; {reason}")
    entry = next(one for one in entries_of(book, shipped) if one.id == rules[0].card.id)
    return _rule(rules[0], book, entry)


def named(book: RuleBook, name: str) -> list[int]:
    """The rules that have this id or, where none has, this name or title or, where none has, those that raise alerts in a file of this name."""
    for called in (lambda card: (card.id,), lambda card: (card.name, card.title)):
        found = [at for at, one in enumerate(book.members) if name in called(one.card)]
        if found:
            return found
    quiet = quiet_of(book)
    return [at for at, one in enumerate(book.members) if Path(one.card.file).stem == name and at not in quiet]


def _rule(rule: EventRule | Correlation, book: RuleBook, entry: Entry) -> Detail:
    card = rule.card
    if isinstance(rule, Correlation):
        names = {number: book.members[number].card.title for number in rule.members}
        looks: tuple[str, ...] = (correlation_in_words(rule, names),)
        for number in rule.members:
            member = book.members[number]
            if isinstance(member, EventRule):
                looks += (f"{member.card.title}:", *(f"  {line}" for line in _lines(member)))
        fields = (*rule.group_by, *rule.field)
    else:
        looks, fields = _lines(rule), rule.fields
    return Detail(
        entry=entry,
        looks_for=looks,
        fields=fields,
        falsepositives=card.falsepositives,
        references=card.references,
        cases=tuple(_cases(rule)),
    )


def _lines(rule: EventRule) -> tuple[str, ...]:
    return tuple("  " * line.depth + line.text for line in condition_in_words(rule.condition))


def _cases(rule: EventRule | Correlation) -> Iterator[str]:
    """The cases that may speak of a rule: those that name it, and those that name none."""
    card = rule.card
    for found in suites_of(card.file).suites:
        for index, case in enumerate(found.suite.cases):
            meant = [one for one in case.expected if one.rule in (None, card.id, card.name, card.title)]
            if meant and found.owner in (0, card.line):
                expected = "; ".join(one.told() for one in meant)
                yield f"{found.file}:{found.line('cases', index)} {case.name}: {expected}"


def _detector(name: str) -> Detail:
    kind = next(one for one in DETECTORS if one.rule.id == name)
    text = page(kind)
    entry = next(one for one in _detectors() if one.id == name)
    return Detail(
        entry=entry,
        looks_for=(),
        fields=tuple(sorted(kind.reads)),
        sections=tuple((section, text[section]) for section in SECTIONS if text.get(section)),
    )
