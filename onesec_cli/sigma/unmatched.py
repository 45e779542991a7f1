"""What became of the rules of a run: which took part, which could not be loaded, which could not match."""

from __future__ import annotations

from collections.abc import Iterable

from onesec_cli.model.report import RuleNote, RulesUse
from onesec_cli.sigma.match import Matcher
from onesec_cli.sigma.rule import Card, EventRule, RuleBook


def rules_used(book: RuleBook, matcher: Matcher | None) -> RulesUse:
    """The rules of a book after a run."""
    return RulesUse(
        loaded=_ordered(_note(member.card) for member in book.members),
        skipped=_ordered(book.skipped),
        cannot_match=_ordered(_unfilled(book)),
    )


def _ordered(notes: Iterable[RuleNote]) -> tuple[RuleNote, ...]:
    return tuple(sorted(notes, key=lambda note: (note.file, note.line, note.id, note.reason)))


def _note(card: Card, reason: str = "") -> RuleNote:
    return RuleNote(file=card.file, line=card.line, id=card.id, reason=reason)


def _unfilled(book: RuleBook) -> Iterable[RuleNote]:
    for member in book.members:
        if isinstance(member, EventRule) and member.unfilled:
            names = ", ".join(member.unfilled)
            yield _note(member.card, f"the policy gives no value for the placeholder {names} (rules.placeholders)")
