"""PowerShell and cmd, by tokens: words, pipes and separators; `-EncodedCommand` opened; the commands that matter named."""

from __future__ import annotations

import re
from typing import Final

from onesec_cli.model.level import Level
from onesec_cli.state.shell.acts import MAX_ACTS, bare
from onesec_cli.state.shell.effects import Effect
from onesec_cli.state.shell.expand import MAX_TEXT
from onesec_cli.state.shell.fetch import decode_base64, source_level
from onesec_cli.state.shell.paths import HOME, OUTSIDE, ROOT, SYSTEM, place_of
from onesec_cli.state.text.hosts import host_of, urls_in

MAX_DEPTH: Final = 4

_TOKEN: Final = re.compile(
    r"\"(?P<double>[^\"]*)\"?|'(?P<single>[^']*)'?|(?P<op>\|\||&&|[|;&\n(){}])|(?P<word>[^\s\"'|;&(){}]+)|\s+"
)
_FETCH: Final = re.compile(
    r"(?i)downloadstring|downloaddata|downloadfile|invoke-webrequest|invoke-restmethod|\biwr\b|\birm\b|\bcurl\b|\bwget\b|net\.webclient"
)
_RUN: Final = re.compile(r"(?i)\biex\b|invoke-expression|\.invoke\(|scriptblock\]?::create")
_DECODE: Final = re.compile(r"(?i)frombase64string")
_DELETERS: Final = frozenset({"remove-item", "ri", "rm", "del", "erase", "rd", "rmdir"})
_DEFENDER: Final = re.compile(
    r"(?i)set-mppreference\s.*-disable\w+\s+(?:\$true|1)|add-mppreference\s.*-exclusion|netsh\s+(?:adv)?firewall\s.*(?:state\s+off|disable)|set-netfirewallprofile\s.*-enabled\s+(?:\$?false)"
)
_SHADOWS: Final = re.compile(
    r"(?i)vssadmin(?:\.exe)?\s+delete\s+shadows|wbadmin\s+delete|bcdedit\s.*recoveryenabled\s+no|shadowcopy\s+delete"
)
_REMOTE_RUN: Final = re.compile(
    r"(?i)^(?:mshta(?:\.exe)?\s+https?:|regsvr32(?:\.exe)?\s.*/i:https?:|rundll32(?:\.exe)?\s.*https?:)"
)


def windows_commands(text: str) -> list[list[str]]:
    """The commands of a PowerShell or cmd text as lists of words. Carets and backticks, which hide words, are taken out."""
    commands: list[list[str]] = [[]]
    for found in _TOKEN.finditer(text[:MAX_TEXT].replace("`\n", " ").replace("^\n", " ")):
        if found["op"]:
            if found["op"] not in "(){}":
                commands.append([])
        elif found["word"] is not None:
            commands[-1].append(found["word"].replace("^", "").replace("`", ""))
        elif found["double"] is not None or found["single"] is not None:
            commands[-1].append(found["double"] if found["double"] is not None else found["single"])
        if len(commands) > MAX_ACTS:
            break
    return [words for words in commands if words]


def windows_effects(text: str, tree: str = "", trusted: tuple[str, ...] = (), depth: int = 0) -> list[Effect]:
    """What a PowerShell or cmd text would do."""
    plain = text[:MAX_TEXT].replace("`", "").replace("^", "")
    found: list[Effect] = []
    if _RUN.search(plain) and _FETCH.search(plain):
        url = next(iter(urls_in(plain, 1)), "")
        found.append(_run(url, trusted))
    elif _RUN.search(plain) and _DECODE.search(plain):
        found.append(Effect("encoded-command", Level.high, "runs text that it first decodes", ("base64", "encoded")))
    for words in windows_commands(text):
        found += _command(words, tree, trusted, depth)
    return found


def _run(url: str, trusted: tuple[str, ...]) -> Effect:
    host = host_of(url) or "elsewhere"
    return Effect(
        "download-run", source_level(url, trusted), f"runs what it downloads from {host}", (url.lower(), host), host
    )


def _command(words: list[str], tree: str, trusted: tuple[str, ...], depth: int) -> list[Effect]:
    name, args = bare(words[0]), words[1:]
    low = [arg.lower() for arg in args]
    line = " ".join([name, *args])
    if name in ("powershell", "pwsh", "cmd") and depth < MAX_DEPTH:
        return _inner(args, low, tree, trusted, depth)
    if name in _DELETERS:
        return _deletion(name, args, low, tree)
    if name in ("format", "format-volume", "clear-disk", "diskpart") and (
        any(re.fullmatch(r"[a-z]:", arg) for arg in low) or name in ("format-volume", "clear-disk")
    ):
        return [Effect("destructive", Level.critical, f"formats a drive ({line[:60]})", ("format",), name)]
    if _SHADOWS.search(line):
        return [Effect("destructive", Level.critical, "deletes the backups of the system", ("shadow",), name)]
    if _DEFENDER.search(line):
        return [
            Effect(
                "defence-off", Level.high, f"turns off a protection of Windows ({name})", ("defender", "firewall"), name
            )
        ]
    if _REMOTE_RUN.search(line):
        return [_run(next(iter(urls_in(line, 1)), ""), trusted)]
    if (name == "schtasks" and "/create" in low) or name in ("register-scheduledtask", "new-service"):
        return [
            Effect(
                "persistence",
                Level.medium,
                f"schedules a task or installs a service ({name})",
                ("task", "schedule", "service"),
                name,
            )
        ]
    if name in ("reg", "set-itemproperty", "new-itemproperty") and re.search(r"(?i)currentversion\\run", line):
        return [
            Effect(
                "persistence",
                Level.high,
                "starts a program at every login (registry)",
                ("registry", "startup"),
                "registry",
            )
        ]
    return []


def _inner(args: list[str], low: list[str], tree: str, trusted: tuple[str, ...], depth: int) -> list[Effect]:
    for at, arg in enumerate(low):
        if re.fullmatch(r"[-/](?:e|ec|en|enc|enco\w*)", arg) and at + 1 < len(args):
            text = decode_base64(args[at + 1], "utf-16-le") or decode_base64(args[at + 1])
            encoded = Effect(
                "encoded-command", Level.high, "runs a command that is encoded", ("base64", "encoded"), "powershell"
            )
            return [encoded, *windows_effects(text, tree, trusted, depth + 1)]
        if arg in ("-command", "-c", "/c", "/k", "-commandwithargs"):
            return windows_effects(" ".join(args[at + 1 :]), tree, trusted, depth + 1)
    return []


def _deletion(name: str, args: list[str], low: list[str], tree: str) -> list[Effect]:
    if not ("/s" in low or any(arg.startswith("-r") and "-recurse".startswith(arg) for arg in low) or "-rf" in low):
        return []
    levels = {ROOT: Level.critical, SYSTEM: Level.medium, HOME: Level.medium, OUTSIDE: Level.medium}
    for path in args:
        if path[:1] not in "-/" or path.startswith("/") is False:
            place = place_of(path.rstrip("\\*") + ("/" if path[1:3] == ":\\" and len(path) < 5 else ""), tree)
            if place in levels and path[:1] != "-":
                low_path = path.lower()
                return [
                    Effect(
                        "destructive",
                        levels[place],
                        f"deletes {path} recursively",
                        (low_path, low_path.rsplit("\\", 1)[-1]),
                        path,
                    )
                ]
    return []
