"""Rule collections as Sigma 1 wrote them: `action: global`, `reset` and `repeat` between the documents of a file.

Much of what is in use is still written so. `global` says what the rules after it have in common, `reset` ends that, and `repeat` is the
rule before it once more with some of it said anew. What a rule says itself comes before what is said for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from msgspec.structs import replace

from onesec_cli.sigma.documents import Document
from onesec_cli.sigma.errors import RuleError

MAX_SAID: Final = 100_000
"""Values that the rules of one file may take from others, all together: a line that repeats much would else cost much each time."""


def collected(documents: Iterable[Document]) -> Iterator[Document | tuple[Document, RuleError]]:
    """The rules that documents mean, or what is wrong with one; a collection ends with its file."""
    file, common, last, left = "", dict[str, Any](), dict[str, Any](), MAX_SAID
    for document in documents:
        if document.file != file:
            file, common, last, left = document.file, {}, {}, MAX_SAID
        said, action = document.data, document.data.get("action")
        left -= _size(common if action is None else last if action == "repeat" else None)
        if left < 0:
            yield document, RuleError(f"a collection whose rules repeat more than {MAX_SAID:,} values")
        elif action is None:
            if common and "correlation" not in said and "filter" not in said:
                document = replace(document, data=merged(common, said))
            last = document.data
            yield document
        elif action == "global":
            common = last = {key: value for key, value in said.items() if key != "action"}
        elif action == "reset":
            common = {}
        elif action == "repeat":
            last = merged(last, {key: value for key, value in said.items() if key != "action"})
            yield replace(document, data=last)
        else:
            yield document, RuleError(f"action {action!r:.60} is none of global, reset, repeat")


def merged(common: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Both together; where both say something, the second counts. Documents bound their own depth."""
    told = {**common, **said}
    for key in common.keys() & said.keys():
        if isinstance(common[key], dict) and isinstance(said[key], dict):
            told[key] = merged(common[key], said[key])
    return told


def _size(value: Any) -> int:
    """How many values there are in mappings: what it costs to put them together."""
    return 1 + sum(map(_size, value.values())) if isinstance(value, dict) else 1
