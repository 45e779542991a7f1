"""What the terminal can show."""

from __future__ import annotations

import os
import shutil
from typing import TextIO


def looks(stream: TextIO, used: bool, width: int | None, no_color: bool) -> tuple[int, bool]:
    """Columns, and whether to colour: only on a terminal that is not dumb and where nobody asked for none."""
    terminal = used and stream.isatty()
    dumb = os.environ.get("TERM", "") in ("", "dumb")
    color = terminal and not dumb and not no_color and not os.environ.get("NO_COLOR")
    columns = shutil.get_terminal_size((80, 24)).columns if terminal else 80
    return width or max(40, columns), color
