"""Text and places for SARIF: nothing of a log is taken for a link, a placeholder or another file."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

from onesec_cli.model.event import Origin
from onesec_cli.reports.neutralise import neutralise

_MARKS: Final = re.compile(r"[\\\[\]]")
_BRACES: Final = re.compile(r"[{}]")


def message(text: str) -> dict[str, str]:
    """A message object: square brackets make links in it, braces placeholders, so both are escaped (SARIF 3.11.5, 3.11.6)."""
    return {"text": _BRACES.sub(r"\g<0>\g<0>", _MARKS.sub(r"\\\g<0>", neutralise(text)))}


def uri(path: str) -> str:
    """A path as a relative or `file:` reference; bytes that are no UTF-8 keep their value."""
    told = quote(
        path, safe="/", encoding="utf-8", errors="surrogateescape" if _from_bytes(path) else "backslashreplace"
    )
    return f"file://{told}" if path.startswith("/") and not path.startswith("//") else told


def _from_bytes(path: str) -> bool:
    """Whether every lone surrogate stands for a byte of a file name."""
    return all(0xDC80 <= ord(char) <= 0xDCFF for char in path if "\ud800" <= char <= "\udfff")


def place(origin: Origin, index: dict[str, int]) -> dict[str, Any]:
    """A record: its file, its line, its bytes after decompression."""
    artifact: dict[str, Any] = {"uri": uri(origin.file)}
    if origin.file in index:
        artifact["index"] = index[origin.file]
    return {
        "artifactLocation": artifact,
        "region": {"startLine": max(1, origin.line), "byteOffset": origin.offset, "byteLength": origin.length},
    }
