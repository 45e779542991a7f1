"""How much an approval mode lets through, and calls that make an agent's own approval settings wider."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import Final

from onesec_cli.model.event import Event
from onesec_cli.state.call.calls import EXEC, WRITE, effect_of, split_tool
from onesec_cli.state.pathlists import Paths
from onesec_cli.state.text.plain import dumps, leaves
from onesec_cli.state.text.tools import words_of
from onesec_cli.state.wordlists import word_set

STRICT, ASK, EDITS, ALL, PLAN = "strict", "ask", "edits", "all", "plan"
"""Every action is asked for; what matters is; all but edits; nothing is; nothing may be changed at all."""

_MODES: Final = {
    ALL: word_set("programs.asks-nobody"),
    EDITS: word_set("programs.asks-but-edits"),
    PLAN: word_set("programs.changes-nothing"),
    STRICT: word_set("programs.asks-always"),
}
_AGENTS: Final = word_set("programs.agents")
_SETTINGS: Final = Paths("files.settings")
_OFF: Final = re.compile(
    r"auto[-_ .]?(?:approv|accept|run|confirm)\w{0,20}\"?'?\s{0,3}[:=,]\s{0,3}[\"']?(?:true|always|all|on|yes|1\b|\*|\[)"
    r"|bypass[-_ ]?permissions?|dangerously\w{0,4}[-_]?(?:skip|allow|bypass|disable)"
    r"|(?:approval|permission)s?[-_ ]?(?:policy|mode)\"?'?\s{0,3}[:=,]\s{0,3}[\"']?(?:never|yolo|auto|full|off|none|always)"
    r"|(?:require|ask|confirm)\w{0,3}[-_ ]?(?:for[-_ ]?)?(?:approval|permission|confirmation)s?\"?'?\s{0,3}[:=,]\s{0,3}[\"']?(?:false|never|off|no\b|0\b)"
    r"|skip[-_ ]?(?:permission|approval|confirm)\w{0,8}\"?'?\s{0,3}[:=,]\s{0,3}[\"']?(?:true|always|yes|1\b)",
    re.IGNORECASE,
)
_WIDE: Final = re.compile(
    r'"allow(?:ed_?tools)?"\s{0,3}:\s{0,3}\[[^\]]{0,2000}"(?:\*|Bash|Bash\((?:\*|:\*)\)|shell|mcp__\*|Write|Edit)"',
    re.IGNORECASE,
)
_FLAG: Final = re.compile(
    r"--?(?:dangerously-[\w-]{1,40}|yolo|full-auto|auto-approve[\w-]{0,20}|allow-all[\w-]{0,20}|trust-all[\w-]{0,20}|yes-always|skip-permissions[\w-]{0,20})(?:=|$)"
    r"|--(?:permission-mode|approval-mode|ask-for-approval|approval-policy)=(?:bypassPermissions|yolo|auto\w{0,10}|never)$",
    re.IGNORECASE,
)
_HINTS: Final = (
    "appro",
    "permission",
    "confirm",
    "dangerously",
    "accept",
    "auto",
    "yolo",
    "allow",
    "trust",
    "yes-always",
    "never",
    "bypass",
)
"""One of these stands in everything that loosens approvals: the cheap question first."""
_VALUED: Final = frozenset({"--permission-mode", "--approval-mode", "--ask-for-approval", "--approval-policy", "-a"})


def mode_of(text: str) -> str:
    """How much an approval mode, in the words of whatever harness, lets through."""
    word = "".join(words_of(text))
    return next((mode for mode, words in _MODES.items() if word in words), ASK) if text else ""


def loosens(event: Event) -> str:
    """What a tool call does to an agent's approval settings, in words; empty where it does nothing to them.

    Text that speaks of such settings is no change of them: the call must write to a settings file of an agent, or start an
    agent with its approvals off.
    """
    effect = effect_of(event.tool)
    if effect not in (WRITE, EXEC):
        return ""
    args = event.fields.get("args")
    body = (args if isinstance(args, str) else dumps(args))[:20_000].lower()
    if not any(word in body for word in _HINTS):
        return ""
    told = leaves(args)[:64]
    if effect == EXEC:
        return next((said for _, text in told if (said := _command(text[:4_096]))), "")
    path = next((text for _, text in told if len(text) < 500 and _is_settings(text)), "")
    if not path:
        return ""
    texts = [text[:20_000] for name, text in told if text != path and "old" not in words_of(name)]
    if any(_OFF.search(text) for text in texts):
        return f"turned approvals off in {path}"
    if any(_WIDE.search(text) for text in texts):
        return f"allowed a whole tool without approval in {path}"
    return ""


def _is_settings(text: str) -> bool:
    """Whether a text ends with, or speaks of something below, a place where settings of agents lie."""
    return _SETTINGS.name(text.lower().replace("\\", "/").replace("\n", " "))


def _command(text: str) -> str:
    """What a shell command does to approval settings."""
    if not (_OFF.search(text) or "--" in text or " -a " in text):
        return ""
    lexer = shlex.shlex(text.replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        for word in lexer:
            if set(word) <= set(";&|()"):
                if said := _simple(words):
                    return said
                words = []
            else:
                words.append(word)
    except ValueError:  # an open quote: what came before was judged
        return ""
    return _simple(words)


def _simple(words: list[str]) -> str:
    """What one simple command does to approval settings."""
    at = next(
        (
            n
            for n, word in enumerate(words)
            if "=" not in word and word not in ("sudo", "env", "npx", "nohup", "exec", "time")
        ),
        None,
    )
    if at is None:
        return ""
    program = words[at].rpartition("/")[2]
    rest = words[at + 1 :]
    if program in _AGENTS:
        pairs = [f"{flag}={value}" for flag, value in pairwise(rest) if flag in _VALUED]
        flag = next((word for word in [*rest, *pairs] if _FLAG.match(word.replace("-a=", "--approval-mode="))), "")
        if flag:
            return f"started {program} with {flag}"
        if len(rest) > 2 and rest[0] == "config" and _OFF.search("=".join(rest[-2:])):
            return f"set {rest[-2]} of {program} to {rest[-1]}"
        return ""
    target = next((word for word in rest if _is_settings(word.lstrip(">"))), "")
    writes = program in ("tee", "sed", "jq", "perl", "python", "python3", "node") or any(
        word.startswith(">") for word in rest
    )
    if target and writes and _OFF.search(" ".join(words)):
        return f"turned approvals off in {target.lstrip('>')}"
    return ""


def tool_names(tool: str) -> tuple[str, ...]:
    """The names a policy may call a tool by."""
    bare = split_tool(tool)[1]
    return (tool,) if bare == tool else (tool, bare)
