"""What a document says of itself, read with patience: a wrong date or tag does not cost the rule."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

import orjson

from onesec_cli.model.level import Level
from onesec_cli.model.taxonomy import ASI
from onesec_cli.sigma.documents import Document
from onesec_cli.sigma.errors import RuleError
from onesec_cli.sigma.rule import Card

MAX_TEXT: Final = 10_000
MAX_LIST: Final = 200
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
_TECHNIQUE = re.compile(r"(?:attack\.)?(t\d{4}(?:\.\d{3})?)\Z", re.IGNORECASE)
_ATLAS = re.compile(r"(?:atlas\.|attack\.)?(aml\.t\d{4}(?:\.\d{3})?)\Z", re.IGNORECASE)
_ASI = re.compile(r"(?:owasp\.)?(?:agentic\.)?(asi\d\d)\Z", re.IGNORECASE)


def card_of(document: Document) -> Card:
    """The card of a rule. Raises RuleError where it has no title or a level that Sigma does not know."""
    data = document.data
    title = text(data.get("title"))
    if not title:
        raise RuleError("a rule without a title")
    level = data.get("level")
    if level is not None and (not isinstance(level, str) or level.lower() not in Level.__members__):
        raise RuleError(f"level {_shown(level)} is none of {', '.join(Level.__members__)}")
    tags = texts(data.get("tags"))
    return Card(
        file=document.file,
        line=document.line,
        id=text(data.get("id")) or digest(data),
        name=text(data.get("name")),
        title=title,
        level=Level[level.lower()] if isinstance(level, str) else Level.medium,
        status=text(data.get("status")),
        description=text(data.get("description")),
        asi=_codes(tags, _ASI, ASI),
        attack=(*_codes(tags, _TECHNIQUE), *_codes(tags, _ATLAS)),
        tags=tags,
        references=texts(data.get("references")),
        falsepositives=texts(data.get("falsepositives")) or texts(data.get("false_positive")),
        author=text(data.get("author")),
    )


def digest(data: dict[str, Any]) -> str:
    """An id for a rule that has none: the digest of all it says."""
    try:
        told = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    except (TypeError, orjson.JSONEncodeError):  # an integer that JSON cannot hold
        told = repr(sorted(data.items(), key=repr)).encode("utf-8", "replace")
    return hashlib.sha256(told).hexdigest()[:32]


def text(value: Any) -> str:
    """A text, cut where it is very long; empty for what is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)[:100] if not isinstance(value, int) or abs(value) < 10**300 else ""
    return value.strip()[:MAX_TEXT] if isinstance(value, str) else ""


def folded(id: str) -> str:
    """An id as ids are compared: the letters of a UUID are one, small or large."""
    return id.lower() if _UUID.match(id) else id


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts; a single text is a list of one."""
    values = value if isinstance(value, list) else [value]
    return tuple(found for one in values[:MAX_LIST] if (found := text(one)))


def _codes(tags: tuple[str, ...], shape: re.Pattern[str], known: dict[str, str] | None = None) -> tuple[str, ...]:
    found = (match[1].upper() for tag in tags if (match := shape.match(tag)))
    return tuple(sorted({code for code in found if known is None or code in known}))


def _shown(value: Any) -> str:
    return repr(value)[:60]
