"""JSON text that every parser takes and every pipe carries, whatever a log held."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

_NOT_ASCII: Final = re.compile(r"[^\n\x20-\x7e]")


def encode(value: Any, indent: int | None = None) -> str:
    """ASCII only. A lone surrogate, which no UTF-8 can hold and strict parsers refuse, is told as the text `\\udc80`."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False, default=sorted)
    except ValueError:  # a number that JSON has no word for
        text = json.dumps(_finite(value), ensure_ascii=False, indent=indent, allow_nan=False)
    return text if text.isascii() and "\x7f" not in text else _NOT_ASCII.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xD800 <= code < 0xE000:
        return f"\\\\u{code:04x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _finite(value: Any) -> Any:
    """The value with infinities and not-a-number as null, sets as sorted lists."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return [_finite(one) for one in sorted(value)] if isinstance(value, (set, frozenset)) else value
