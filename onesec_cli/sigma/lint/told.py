"""One document of a rule file, as the checks see it, and how they say what they find."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from onesec_cli.model.remark import Remark
from onesec_cli.sigma.lint.codes import CODES
from onesec_cli.sigma.marks import Marks, Path
from onesec_cli.sigma.rule import Correlation, EventRule


class Written(Struct, frozen=True, kw_only=True):
    """A document, where its parts stand, and what it was loaded as."""

    file: str
    marks: Marks
    data: dict[str, Any]
    member: EventRule | Correlation | None = None
    """None where it could not be loaded."""
    quiet: bool = False
    """Whether it raises no alerts of its own: only correlations look at what it matches."""

    @property
    def name(self) -> str:
        """What remarks call the rule."""
        told = self.data.get("id") or self.data.get("name") or self.data.get("title")
        return str(told or f"line {self.marks.line()}")

    @property
    def product(self) -> str:
        """Whose events the rule looks at."""
        source = self.data.get("logsource")
        return str(source.get("product", "")).lower() if isinstance(source, dict) else ""

    def remark(self, code: str, path: Path, sentence: str) -> Remark:
        """A remark at the place of a key."""
        return Remark(
            file=self.file,
            line=self.marks.line(*path),
            code=code,
            rule=self.name,
            severity=CODES[code][0],
            sentence=sentence,
        )


def listed(words: Iterable[str], most: int = 4) -> str:
    """Names in a sentence: a few, and how many more."""
    names = sorted(words)
    more = len(names) - most
    told = ", ".join(names[:most])
    return f"{told} and {more:,} more" if more > 0 else told


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` where a known word is close."""
    close = difflib.get_close_matches(word, sorted(known), 1, 0.75)
    return f"; did you mean {close[0]}?" if close else ""
