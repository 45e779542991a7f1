"""Commands that turn off what protects or watches a machine."""

from __future__ import annotations

import re
from typing import Final

from onesec_cli.model.level import Level
from onesec_cli.state.pathlists import Paths
from onesec_cli.state.shell.acts import Act
from onesec_cli.state.shell.effects import Effect
from onesec_cli.state.shell.harm import places_written
from onesec_cli.state.wordlists import word_set

_GUARDS: Final = Paths("programs.guards")
_OFF: Final = frozenset({"stop", "disable", "mask", "kill", "unload", "bootout", "delete"})
_UNGUARDED: Final = word_set("programs.unguarded")
_SERVICES: Final = frozenset({"systemctl", "service", "launchctl", "sc", "net", "rc-service", "chkconfig"})
_KILLERS: Final = frozenset({"pkill", "killall", "taskkill"})
_AGENTS: Final = word_set("programs.agents")
_SETUID: Final = re.compile(r"[ug]*\+s|[2467]\d{3}")
_LOGS: Final = re.compile(r"/var/log/(?:auth|secure|audit|syslog|messages|wtmp|btmp|\*)")
_EMPTIERS: Final = frozenset({"truncate", "", "cat", ":", "echo", "true"})
_PLAIN: Final = (
    ("setenforce", ("0",), "turns off SELinux"),
    ("setenforce", ("permissive",), "turns off SELinux"),
    ("ufw", ("disable",), "turns off the firewall"),
    ("auditctl", ("-e", "0"), "turns off auditing"),
    ("auditctl", ("-d",), "turns off auditing"),
    ("spctl", ("--master-disable",), "turns off Gatekeeper"),
    ("csrutil", ("disable",), "turns off the integrity protection"),
    ("wevtutil", ("cl",), "clears an event log"),
    ("wevtutil", ("clear-log",), "clears an event log"),
    ("clear-eventlog", (), "clears an event log"),
)
"""Program, words that must stand among its arguments, and what that does."""


def defences(act: Act) -> list[Effect]:
    """What an act does to the protections of the machine."""
    words = [arg.lower() for arg in act.args]
    what = _guard(act, words) or _log(act)
    what = what or next((told for name, needs, told in _PLAIN if act.name == name and set(needs) <= set(words)), "")
    if what:
        names = tuple(word for word in what.split()[-1:] if len(word) > 2)
        return [Effect("defence-off", Level.high, what, names, act.name)]
    what = _lesser(act, words)
    return [Effect("defence-off", Level.medium, what, (act.name,), act.name)] if what else []


def _guard(act: Act, words: list[str]) -> str:
    """A guard that is stopped or killed, or a program that gets the rights of its owner."""
    if act.name in _KILLERS or (act.name in _SERVICES and _OFF & set(words)):
        guard = next((word for word in words if _GUARDS.name(word.removesuffix(".service"))), "")
        return f"turns off {guard}" if guard else ""
    if (
        act.name == "chmod"
        and any(_SETUID.fullmatch(word) for word in words)
        and any("/bin/" in word for word in words)
    ):
        return "gives a program the rights of its owner (setuid)"
    return ""


def _lesser(act: Act, words: list[str]) -> str:
    if act.name in ("iptables", "ip6tables") and act.flag("F", "--flush"):
        return "flushes the firewall's rules"
    if any(name == "HISTFILE" and value in ("", "/dev/null") for name, value in act.assigns):
        return "hides what the shell ran"
    if (act.name == "history" and act.flag("c")) or (act.name == "unset" and "HISTFILE" in act.args):
        return "hides what the shell ran"
    if act.name == "set" and words[:2] == ["+o", "history"]:
        return "hides what the shell ran"
    return f"starts {act.name} without any approval" if act.name in _AGENTS and _UNGUARDED & set(words) else ""


def _log(act: Act) -> str:
    """A log of the system that is deleted or emptied."""
    if act.name in ("rm", "shred"):
        erased = any(_LOGS.match(arg) for arg in act.args)
    else:
        written = any(path.startswith("/var/log/") for path in places_written(act))
        erased = written and act.name in _EMPTIERS and not any(one.op == ">>" for one in act.redirects)
    return "erases a log of the system" if erased else ""
