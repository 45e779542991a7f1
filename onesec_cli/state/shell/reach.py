"""Commands that reach for what is not theirs: credentials, a place to stay, the defences of the machine."""

from __future__ import annotations

import re
from typing import Final

from onesec_cli.model.level import Level
from onesec_cli.state.pathlists import Paths
from onesec_cli.state.shell.acts import Act
from onesec_cli.state.shell.defences import defences
from onesec_cli.state.shell.effects import Effect
from onesec_cli.state.shell.paths import HOME, MAX_PATH, OUTSIDE, SYSTEM, place_of, resolve
from onesec_cli.state.text.hosts import host_of, is_metadata, urls_in

_CREDENTIALS: Final[tuple[tuple[str, Level, str], ...]] = (
    ("files.ssh-keys", Level.high, "a private SSH key"),
    ("files.ssh-folders", Level.high, "the private SSH keys"),
    ("files.system-passwords", Level.high, "the password store of the system"),
    ("files.aws", Level.high, "AWS credentials"),
    ("files.google-cloud", Level.high, "Google Cloud credentials"),
    ("files.azure", Level.high, "Azure credentials"),
    ("files.clusters", Level.medium, "cluster credentials"),
    ("files.registries", Level.medium, "registry credentials"),
    ("files.logins", Level.high, "stored passwords or tokens"),
    ("files.github", Level.high, "a GitHub token"),
    ("files.packages", Level.medium, "registry tokens"),
    ("files.gnupg", Level.high, "private GnuPG keys"),
    ("files.browsers", Level.high, "passwords of a browser"),
    ("files.keychains", Level.high, "a keychain"),
    ("files.environments", Level.medium, "the environment of a process"),
    ("files.mounted-secrets", Level.medium, "mounted secrets"),
    ("files.wallets", Level.high, "a wallet"),
    ("files.histories", Level.low, "what people typed before"),
)
"""List of paths, how bad it is to read one that nobody spoke of, and what is in it. The first list that names a path counts."""
_CREDENTIAL_PATHS: Final = Paths(*(name for name, _, _ in _CREDENTIALS))
_NO_CREDENTIALS: Final = Paths("files.no-credentials")
_READERS_TEXT: Final = (
    "cat less more head tail bat nl tac strings xxd od hexdump base64 base32 gzip zip tar cp mv scp rsync awk gawk sed grep rg egrep cut sort"
    " jq yq openssl curl wget http nc ncat dd tee python python3 perl ruby node type get-content gc more vim nano code pbcopy xclip mail sendmail"
)
_READERS: Final = frozenset(_READERS_TEXT.split())
_SENDERS_TEXT: Final = "curl wget http https nc ncat netcat socat telnet mail sendmail scp sftp ftp rsync aws gsutil dig nslookup host ping"
_SENDERS: Final = frozenset(_SENDERS_TEXT.split())
_TOKENS: Final = (
    (("security", "find-generic-password"), Level.high, "a password of the keychain"),
    (("security", "find-internet-password"), Level.high, "a password of the keychain"),
    (("security", "dump-keychain"), Level.high, "the whole keychain"),
    (("git", "credential", "fill"), Level.medium, "a stored git password"),
    (("aws", "configure", "export-credentials"), Level.medium, "AWS credentials"),
    (("secret-tool", "lookup"), Level.medium, "a password of the keyring"),
    (("cmdkey", "/list"), Level.low, "names of stored credentials"),
    (("mimikatz",), Level.critical, "credentials in memory"),
    (("laZagne",), Level.critical, "stored credentials"),
    (("procdump", "lsass"), Level.critical, "credentials in memory"),
)
_PERSIST: Final[tuple[tuple[str, Level, str, tuple[str, ...]], ...]] = (
    ("files.login-keys", Level.high, "lets another key log in", ("authorized_keys", "authorized keys", "ssh key", "public key")),
    ("files.schedules", Level.medium, "schedules a job", ("cron", "schedule")),
    ("files.preloads", Level.critical, "loads a library into every program", ("ld.so.preload",)),
    ("files.roots", Level.high, "changes who may act as root", ("sudoers", "sudo", "passwordless")),
    ("files.accounts", Level.high, "changes the accounts of the system", ("/etc/passwd", "account")),
    ("files.services", Level.medium, "installs a service", ("systemd", "service", "daemon")),
    ("files.launch-agents", Level.medium, "installs a launch agent", ("launchagent", "launch agent", "launchd", "plist")),
    ("files.startup", Level.medium, "starts a program at every login or boot", ("autostart", "startup", "boot", "login")),
    ("files.shell-starts", Level.low, "changes what every new shell runs", ("bashrc", "zshrc", "profile", "shell config", "path", "alias")),
    ("files.hooks", Level.low, "installs a hook that git runs", ("hook",)),
    ("files.start-menus", Level.medium, "starts a program at every login", ("startup",)),
    ("files.agent-settings", Level.low, "changes what an agent or editor runs or may do", ("settings", "permission", "config", "mcp", "tasks")),
)  # fmt: skip
"""List of paths, how bad it is to write one, what that does, and what a person who wants it would say."""
_PERSIST_PATHS: Final = Paths(*(name for name, *_ in _PERSIST))
_RUNS_NOTHING: Final = Paths("files.runs-nothing")
_OWN_FOLDERS: Final = Paths("files.own-folders")


_PLAIN_RC: Final = re.compile(
    r"\s*(?:#.*|(?:export )?(?:PATH|EDITOR|LANG|[A-Z_]{2,40}_(?:HOME|DIR|PATH|ROOT))=[^;|&`(]*|"
    r"eval \"?\$\([\w./-]{1,60} (?:init|hook|env|shellenv)\b[^;|&]*|(?:source|\.) [~$\"][^;|&]*|)\s*\Z"
)
"""A line of a shell's start file that sets a path or loads a known tool."""


def credential_kind(path: str, cwd: str = "") -> tuple[Level, str] | None:
    """How bad it is to read a path nobody spoke of, and what is in it."""
    if len(path) > MAX_PATH:
        return None
    whole = resolve(path, cwd).lower()
    at = _CREDENTIAL_PATHS.first(whole)
    if at < 0 or _NO_CREDENTIALS.name(whole):
        return None
    _, level, what = _CREDENTIALS[at]
    return level, what


def reach_effects(act: Act) -> list[Effect]:
    """Credentials, persistence and defences that an act touches."""
    return [*_credentials(act), *_metadata(act), *persistence(act), *defences(act)]


def _credentials(act: Act) -> list[Effect]:
    if act.name not in _READERS and not any(one.op == "<" for one in act.redirects):
        return _stored(act)
    paths = [one.target.text for one in act.redirects if one.op == "<"]
    if act.name in _READERS:
        paths += [
            part
            for arg in act.args
            for part in (arg, arg.rpartition("=")[2], arg.rpartition("@")[2])
            if "/" in part or "." in part
        ]
    if act.name in ("cp", "mv", "scp", "rsync") and len(paths) > 1:
        paths = paths[:-1]
    for path in paths:
        kind = credential_kind(path, act.cwd)
        if kind is not None:
            level, what = kind
            sends = act.name in _SENDERS
            return [Effect("credential-read", level.raised(1 if sends else 0), f"{'sends' if sends else 'reads'} {what} ({path})",
                           path_names(path), path)]  # fmt: skip
    return []


def path_names(path: str) -> tuple[str, ...]:
    """What a person who means a path would say."""
    parts = [part for part in path.lower().split("/") if part]
    return (path.lower(), *(part for part in parts[-2:] if len(part) > 3 and part != "config"))


def _stored(act: Act) -> list[Effect]:
    words = {act.name, *(arg.lower() for arg in act.args)}
    for needs, level, what in _TOKENS:
        if act.name == needs[0].lower() and {need.lower() for need in needs} <= words:
            return [Effect("credential-read", level, f"reads {what}", needs, what)]
    return []


def _metadata(act: Act) -> list[Effect]:
    if act.name in ("echo", "printf", "grep", "rg", "git", "sed", "awk"):
        return []
    for arg in act.args:
        for url in (*urls_in(arg, 4), arg):
            effect = metadata_effect(url)
            if effect is not None:
                return [effect]
    return []


def metadata_effect(url: str) -> Effect | None:
    """A request to the endpoint that hands out the machine's own credentials."""
    host = host_of(url) if "/" in url or "." in url else ""
    if not is_metadata(host):
        return None
    secret = re.search(r"security-credentials|token|identity|user-?data|secret", url.lower())
    level = Level.high if secret else Level.medium
    return Effect(
        "credential-read",
        level,
        f"asks the cloud metadata endpoint {host} for {'credentials' if secret else 'data'}",
        ("metadata", host),
        host,
    )


def written_effects(path: str, text: str, tree: str, cwd: str) -> list[Effect]:
    """What writing a text to a path means for the machine: persistence, or a place outside the tree."""
    if len(path) > MAX_PATH:
        return []
    whole = resolve(path, cwd or tree)
    low = whole.lower()
    at = _PERSIST_PATHS.first(low)
    if at >= 0 and not _RUNS_NOTHING.name(low):
        _, level, what, names = _PERSIST[at]
        if re.search(r"(?i)\b(?:curl|wget|nc|ncat|base64|bash -i|/dev/tcp|authorized_keys)\b", text):
            level = level.raised(1)
        if level == Level.low and text.strip() and all(_PLAIN_RC.match(line) for line in text.splitlines()):
            level = Level.informational  # what every installer adds
        return [Effect("persistence", level, f"{what} (writes {path})", (*names, low.rsplit("/", 1)[-1]), whole)]
    place = place_of(path, tree, cwd)
    if place == SYSTEM:
        return [Effect("outside-tree", Level.low, f"writes {path}, a system folder", path_names(path), whole)]
    if place in (OUTSIDE, HOME) and tree and not _OWN_FOLDERS.name(low):
        return [Effect("outside-tree", Level.low, f"writes {path}, outside the working tree", path_names(path), whole)]
    return []


def persistence(act: Act) -> list[Effect]:
    """Ways to stay that are commands rather than files."""
    words = [arg.lower() for arg in act.args]
    if act.name == "crontab" and not act.flag("lr") and (act.args or act.feeds or act.stdin):
        return [Effect("persistence", Level.medium, "schedules a job (crontab)", ("cron", "schedule"), "crontab")]
    if act.name in ("schtasks",) and "/create" in words:
        return [Effect("persistence", Level.medium, "schedules a task", ("schtasks", "schedule", "task"), "schtasks")]
    if act.name == "reg" and "add" in words and any(re.search(r"\\currentversion\\run", word) for word in words):
        return [
            Effect(
                "persistence",
                Level.high,
                "starts a program at every login (registry)",
                ("registry", "startup"),
                "registry",
            )
        ]
    if act.name == "launchctl" and {"load", "bootstrap", "submit"} & set(words):
        return [
            Effect(
                "persistence", Level.low, "starts a launch agent", ("launchctl", "launchd", "launch agent"), "launchctl"
            )
        ]
    if act.name in ("useradd", "adduser") or (
        act.name == "usermod" and {"sudo", "wheel", "admin", "root"} & set(words)
    ):
        level = Level.low if act.place == "container" else Level.medium
        return [
            Effect(
                "persistence",
                level,
                f"changes the accounts of the machine ({act.name})",
                ("user", "account", act.name),
                act.name,
            )
        ]
    return []
