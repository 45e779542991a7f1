"""Commands that program text hands to a shell (`os.system`, `subprocess`, `execSync` ...), found by their quotes, not by running it."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from onesec_cli.model.level import Level
from onesec_cli.state.shell.effects import Effect
from onesec_cli.state.shell.paths import ROOT, place_of

MAX_TEXT: Final = 131_072
MAX_CALLS: Final = 100

_CALLS: Final = re.compile(
    r"(?:os\.(?:system|popen)|subprocess\.(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)|commands\.getoutput|"
    r"execSync|exec|spawnSync|spawn|execFileSync|shell_exec|passthru|proc_open|system|popen)\s*\(\s*"
)
_TEXT: Final = re.compile(
    r"[rbfuRBFU]{0,2}(?:\"\"\"((?:[^\\]|\\.)*?)\"\"\"|'''((?:[^\\]|\\.)*?)'''|\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`([^`]*)`)",
    re.DOTALL,
)
_GAP: Final = re.compile(r"\s*,\s*")
_RMTREE: Final = re.compile(r"(?:shutil\.rmtree|fs\.rmSync|fs\.rmdirSync|rimraf(?:\.sync)?)\s*\(\s*")


def _literal(code: str, at: int) -> tuple[str, int] | None:
    found = _TEXT.match(code, at)
    if found is None:
        return None
    text = next(group for group in found.groups() if group is not None)
    return re.sub(r"\\([\"'`])", r"\1", text).replace("\\n", "\n").replace("\\\\", "\\"), found.end()


def commands_in(code: str) -> tuple[list[str], list[list[str]]]:
    """Command lines, and commands as lists of words, that program text would run."""
    lines: list[str] = []
    lists: list[list[str]] = []
    code = code[:MAX_TEXT]
    for call in _CALLS.finditer(code):
        if len(lines) + len(lists) >= MAX_CALLS:
            break
        at = call.end()
        if code[at : at + 1] == "[":
            words: list[str] = []
            place = re.compile(r"\s*").match(code, at + 1)
            at = place.end() if place else at + 1
            while (one := _literal(code, at)) is not None and len(words) < 200:
                words.append(one[0])
                gap = _GAP.match(code, one[1])
                if gap is None:
                    break
                at = gap.end()
            if words:
                lists.append(words)
        elif (one := _literal(code, at)) is not None:
            lines.append(one[0])
    cells = re.findall(r"(?m)^[ \t]*[!%]{1,2}(?:bash\b|sh\b)?[ \t]*(\S[^\n]*)$", code)[:MAX_CALLS]  # of a notebook
    return lines + cells, lists


def tree_effects(code: str, tree: str, cwd: str) -> list[Effect]:
    """Whole trees that program text removes by itself."""
    for call in islice(_RMTREE.finditer(code[:MAX_TEXT]), MAX_CALLS):
        one = _literal(code, call.end())
        if one is not None and place_of(one[0], tree, cwd) == ROOT:
            return [Effect("destructive", Level.critical, f"deletes {one[0]} recursively", (one[0].lower(),), one[0])]
    return []
