"""Where a path lies: the working tree, scratch space, caches, home, the system. By its text alone."""

from __future__ import annotations

import re
from typing import Final

TREE: Final = "tree"
"""Inside the working tree, or relative where no tree is known."""
ROOT: Final = "root"
"""The file system itself, a system folder, or somebody's whole home."""
SYSTEM: Final = "system"
HOME: Final = "home"
SCRATCH: Final = "scratch"
"""Temporary folders and caches."""
OUTSIDE: Final = "outside"
"""Another place, where the working tree is known."""
UNKNOWN: Final = "unknown"
"""A path whose start is a variable, or absolute where no tree is known."""

MAX_PATH: Final = 4_096
"""No system takes a longer one."""

_HOME: Final = re.compile(r"(?:~|\$HOME|\$\{HOME\}|\$env:USERPROFILE|%USERPROFILE%)(?=/|$)", re.IGNORECASE)
_DRIVE: Final = re.compile(r"([A-Za-z]):(?:/|$)")
_SYSTEM: Final = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/opt", "/proc", "/sbin", "/srv", "/sys", "/usr", "/var", "/run",
    "/system", "/library", "/applications", "/private/etc", "/private/var", "/windows", "/program files", "/program files (x86)",
    "/programdata",
)  # fmt: skip
_SCRATCH: Final = re.compile(
    r"(?:/private)?/(?:tmp|var/tmp|var/folders|dev/shm|dev/null|dev/std\w+|dev/tty|dev/fd|dev/zero|var/lib/apt/lists|var/cache|var/lib/apt)(?:/|$)"
    r"|\$\{?(?:TMPDIR|TEMP|TMP|RUNNER_TEMP|XDG_CACHE_HOME)\b"
    r"|(?:.*/)?(?:\.cache|\.npm|\.pnpm-store|node_modules|__pycache__|\.pytest_cache|\.mypy_cache|\.gradle/caches"
    r"|\.m2/repository|\.cargo/registry|library/caches|appdata/local/temp|\.terraform|\.tox|\.nox|deriveddata)(?:/|$)"
)
_HOMES: Final = re.compile(r"/(?:home|users)/[^/]+|/root", re.IGNORECASE)


def resolve(path: str, cwd: str = "") -> str:
    """The path without `.` and `..`, absolute where it can be; home is written `~`."""
    path = path.replace("\\", "/") if "\\" in path else path
    drive = _DRIVE.match(path)
    if drive:
        path = "/" + path[3:]
    path = _HOME.sub("~", path, count=1)
    if path[:1] not in ("/", "~", "$", "%"):
        path = f"{cwd.rstrip('/')}/{path}" if cwd else path
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != ".." and parts[-1][:1] not in ("~", "$", "%"):
            parts.pop()
        elif part == "..":
            if path[:1] != "/":
                parts.append(part)
        elif part not in (".", ""):
            parts.append(part)
    return ("/" if path[:1] == "/" else "") + "/".join(parts) or "."


def place_of(path: str, tree: str = "", cwd: str = "") -> str:
    """Which of the places above a path lies in. A trailing `*` speaks of everything in the folder before it."""
    if len(path) > MAX_PATH:
        return UNKNOWN
    whole = resolve(path, cwd or tree)
    folder = re.sub(r"(?:/\.?\*+)+$", "", whole) if whole.endswith("*") else whole
    low = (folder or "/").lower()
    root = resolve(tree).lower() if tree else ""
    if root and not _whole(root) and (low == root or low.startswith(root.rstrip("/") + "/")):
        return TREE
    if _HOMES.fullmatch(root) and low.startswith(root + "/") and low[len(root) + 1] != ".":
        return SCRATCH if _SCRATCH.match(low) else TREE  # an agent that works in a home owns what is not hidden there
    tree = "" if _whole(root) else tree
    if _whole(low):
        return ROOT
    if _SCRATCH.match(low):
        return SCRATCH
    if low.startswith(tuple(one + "/" for one in _SYSTEM)):
        return SYSTEM
    if low.startswith("~/") or _HOMES.match(low):
        return (OUTSIDE if tree else HOME) if not low.startswith("~/") else HOME
    if low[:1] in ("$", "%"):
        return UNKNOWN
    if low[:1] != "/":
        return (
            ROOT
            if low == ".." or (low.startswith("../") and not low.strip("./"))
            else TREE
            if not low.startswith("..")
            else UNKNOWN
        )
    return OUTSIDE if tree else UNKNOWN


def _whole(low: str) -> bool:
    """Whether a path is the file system, a folder of the system, or somebody's whole home."""
    return (
        low in ("/", "~", "/home", "/users", "/root", "/mnt", "/media", "/volumes")
        or low in _SYSTEM
        or bool(_HOMES.fullmatch(low))
    )
