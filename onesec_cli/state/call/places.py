"""Where a tool call reaches: tool, MCP server, hosts, recipients, places of the file system. One call, few names."""

from __future__ import annotations

import re
from typing import Final

from onesec_cli.model.event import Event
from onesec_cli.state.call.calls import given_of, server_of, split_tool
from onesec_cli.state.text.hosts import host_of, is_local, urls_in
from onesec_cli.state.text.tools import words_of
from onesec_cli.state.wordlists import remembered, word_set, words

TOOL, SERVER, HOST, RECIPIENT, ROOT = "tool", "server", "host", "recipient domain", "path root"

MAX_LEAVES: Final = 48
MAX_LEAF: Final = 2_000
MAX_NAMES: Final = 12
"""Names of one class that one call may bring."""

_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,6}[a-z]{2,24})\b", re.IGNORECASE)
_PATH: Final = re.compile(r"(?<![\w.:/@~-])(~|/)(?:/?([\w.@+-]{1,64}))(?:/([\w.@+-]{1,64}))?")
_WORDY: Final = word_set("arguments.writing")
"""Arguments that carry writing, in which places are spoken of and not gone to."""
_VERSION: Final = re.compile(r"v?\d+")
_SHARED: Final = frozenset(["co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go"])
_SENSITIVE: Final = re.compile(
    r"^(?:~/\.(?:ssh|aws|gnupg|kube|docker|config|netrc|npmrc|azure|password-store)\b|/(?:etc|root|boot|sys|proc|dev|private/etc|var/run)\b|/(?:home|Users)/\.|~/Library)"
)


def places_of(event: Event) -> dict[str, tuple[str, ...]]:
    """By class, the names a call reaches, in a fixed order."""
    found: dict[str, dict[str, bool]] = {TOOL: {bare_tool(event.tool): True}}
    server = server_of(event)
    if server:
        found[SERVER] = {server.lower(): True}
    for key, text in given_of(event)[:MAX_LEAVES]:
        if key.lower() not in _WORDY and len(text) <= MAX_LEAF:
            _read(text, key, found)
    return {name: tuple(list(names)[:MAX_NAMES]) for name, names in found.items()}


def _read(text: str, key: str, found: dict[str, dict[str, bool]]) -> None:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            found.setdefault(RECIPIENT, {})[site_of(match[1].lower())] = True
    if "://" in text or (
        " " not in text and key.lower() in ("url", "host", "hostname", "domain", "endpoint", "server")
    ):
        for url in urls_in(text, MAX_NAMES) or [text]:
            host = host_of(url)
            if host and not is_local(host):
                found.setdefault(HOST, {})[site_of(host)] = True
    if "/" in text:
        for match in _PATH.finditer(text):
            root = _root(match)
            if root:
                found.setdefault(ROOT, {})[root] = True


def _root(match: re.Match[str]) -> str:
    start, first, second = match[1], match[2] or "", match[3] or ""
    if start == "~":
        return f"~/{first}" if first.startswith(".") else "~"
    if first in ("home", "Users"):
        return f"/{first}/{second}" if second else f"/{first}"
    return (
        f"/{first}/{second}" if first in ("etc", "var", "private", "mnt", "Volumes", "opt") and second else f"/{first}"
    )


@remembered(16_384)
def site_of(host: str) -> str:
    """Who a host belongs to: its registrable domain, as far as can be told without a list."""
    labels = host.split(".")
    if labels[-1].isdigit() or ":" in host:
        return host
    shared = words("hosts.shared")
    for size in (2, 3, 4):
        if ".".join(labels[-size:]) in shared:
            return ".".join(labels[-size - 1 :])
    size = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED else 2
    return ".".join(labels[-size:])


@remembered(16_384)
def bare_tool(tool: str) -> str:
    """A tool's name without server and version, so that `search_v2` is `search`."""
    words = list(words_of(split_tool(tool)[1]))
    while len(words) > 1 and (_VERSION.fullmatch(words[-1]) or words[-1] in ("v", "beta", "preview", "latest", "new")):
        words.pop()
    return "_".join(words) or tool


def is_sensitive_root(root: str) -> bool:
    """Whether a place holds keys or belongs to the system."""
    return bool(_SENSITIVE.search(root))
