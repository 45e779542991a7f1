"""What a tool call is, by the roles of its arguments: a command, SQL, a file written or read, a request. A text about a command is none."""

from __future__ import annotations

import re
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model.event import Event
from onesec_cli.state.call.calls import given_of
from onesec_cli.state.call.remembered import per_call
from onesec_cli.state.text.tools import words_of
from onesec_cli.state.wordlists import word_set

_EXEC: Final = word_set("tools.run-tools")
_NO_EXEC: Final = word_set("tools.not-run-tools")
_COMMANDS: Final = word_set("arguments.commands")
_SCRIPTS: Final = word_set("arguments.scripts")
_SQL_TOOL: Final = word_set("tools.sql-tools")
_SQL_KEYS: Final = word_set("arguments.queries")
_PATHS: Final = word_set("arguments.paths")
_WRITES: Final = word_set("tools.writing-tools")
_TEXTS: Final = word_set("arguments.texts")
_URLS: Final = word_set("arguments.urls")


class Call(Struct):
    """The roles of a call's arguments."""

    words: frozenset[str]
    """The words of the tool's name, lower case."""
    leaves: list[tuple[str, str]] = field(default_factory=list)
    """Every text of the arguments with the name it stands under, lower case."""
    commands: list[str] = field(default_factory=list)
    """Texts that a shell would run."""
    argv: list[list[str]] = field(default_factory=list)
    """Commands that are lists of words."""
    code: list[str] = field(default_factory=list)
    """Program text that an interpreter would run."""
    sql: list[str] = field(default_factory=list)
    writes: list[tuple[str, str]] = field(default_factory=list)
    """Path and text of files it writes."""
    reads: list[str] = field(default_factory=list)
    """Paths of files it reads."""
    urls: list[str] = field(default_factory=list)
    cwd: str = ""
    windows: bool = False


@per_call
def call_of(event: Event) -> Call:
    """The roles of the arguments of a `tool.call`."""
    args = event.fields.get("args")
    call = Call(
        words=frozenset(words_of(event.tool)), leaves=[(key.lower(), text) for key, text in given_of(event) if text]
    )
    runs = bool(call.words & _EXEC) and not call.words & _NO_EXEC
    call.windows = re.search(r"powershell|pwsh|\bcmd\Z", event.tool[:200].lower()) is not None
    given = args if isinstance(args, dict) else {"command": args} if isinstance(args, (str, list)) else {}
    call.cwd = next(
        (
            str(given[name])
            for name in ("workdir", "cwd", "working_directory", "workingDirectory", "working_dir")
            if isinstance(given.get(name), str)
        ),
        "",
    )
    _commands(call, given, runs)
    _files(call, given)
    if call.words & _SQL_TOOL:
        call.sql += [text for key, text in call.leaves if key in _SQL_KEYS]
    call.urls += [text for key, text in call.leaves if key in _URLS]
    return call


def _commands(call: Call, args: dict[str, Any], runs: bool) -> None:
    for name, value in args.items():
        key = str(name).lower()
        strong = key in _COMMANDS and (runs or not call.words & (_WRITES | _NO_EXEC))
        if not (strong or (runs and key in _SCRIPTS) or (runs and len(args) == 1)):
            continue
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            if key == "commands" or any(" " in one for one in value[:1]):
                call.commands += value
            else:
                call.argv.append(value)
        elif (
            isinstance(value, str)
            and key in _SCRIPTS
            and call.words & {"python", "node", "javascript", "js", "code", "jupyter", "ipython", "notebook", "repl"}
        ):
            call.code.append(value)
        elif isinstance(value, str):
            rest = args.get("args")
            if (
                key in ("command", "cmd")
                and isinstance(rest, list)
                and " " not in value
                and all(isinstance(one, str) for one in rest)
            ):
                call.argv.append([value, *rest])
            else:
                call.commands.append(value)
    if call.words & {"python", "ipython", "jupyter", "interpreter", "repl"} and not call.code:
        call.code += [text for key, text in call.leaves if key in ("code", "script", "source", "input")]


def _files(call: Call, args: dict[str, Any]) -> None:
    paths = [text for key, text in call.leaves if key in _PATHS and "\n" not in text and len(text) < 4_096]
    if not paths:
        paths = _patched(call)
    command = args.get("command")
    editing = command if isinstance(command, str) and command in ("create", "str_replace", "insert", "view") else ""
    writes = (bool(call.words & _WRITES) and editing != "view") or editing in ("create", "str_replace", "insert")
    text = "\n".join(text for key, text in call.leaves if key in _TEXTS)
    if editing:
        call.commands.clear()
    if writes:
        call.writes += [(path, text) for path in paths]
    elif call.words & {"read", "view", "open", "cat", "get", "load", "file", "files", "fetch", "attach", "upload"}:
        call.reads += paths


def _patched(call: Call) -> list[str]:
    """Paths that a patch names."""
    found: list[str] = []
    for _, text in call.leaves:
        if text.startswith(("*** Begin Patch", "--- ", "diff --git")):
            found += re.findall(r"(?m)^(?:\*\*\* (?:Add|Update|Delete) File: |\+\+\+ b/)([^\n]{1,1000})$", text)[:50]
    return found
