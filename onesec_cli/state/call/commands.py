"""What a command line or a statement of SQL does, whatever tool it is given to: `gh api -X PUT`, `kubectl delete`, `TRUNCATE`."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from onesec_cli.state.call.roles import Call
from onesec_cli.state.shell.acts import INTERPRETERS, Act, acts_of, acts_of_words
from onesec_cli.state.shell.sql import statements
from onesec_cli.state.text.tools import act_of, words_of
from onesec_cli.state.text.values import Leaf
from onesec_cli.state.text.verbs import CHANGE, CREATE, DELETE, GRANT, OTHER, READ, RUN, SEND, STATE_CHANGING

MAX_ACTS: Final = 40
"""Commands of one line that are looked at."""
MAX_LINE: Final = 8_000


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SQL: Final = {
    "delete": DELETE, "truncate": DELETE, "drop": DELETE, "update": CHANGE, "alter": CHANGE, "replace": CHANGE, "merge": CHANGE,
    "insert": CREATE, "create": CREATE, "copy": CREATE, "grant": GRANT, "revoke": DELETE,
}  # fmt: skip
_LASTING: Final = _set("temporary temp view index statistics materialized")
"""Things of SQL that hold no data of their own."""
_CLIENTS: Final = _set(
    "kubectl oc helm gh glab aws gcloud az doctl flyctl fly heroku vercel netlify firebase terraform tofu pulumi stripe vault consul nomad cf ibmcloud wrangler supabase "
    "argocd istioctl ansible salt snap systemctl service launchctl gsutil bq s3cmd mc op gam rclone twilio slack"
)
"""Programs whose arguments name an act on something outside this folder."""
_PLAIN: Final[dict[str, str]] = {
    "rm": DELETE, "rmdir": DELETE, "unlink": DELETE, "shred": DELETE, "truncate": DELETE, "mkfs": DELETE, "wipefs": DELETE,
    "mv": CHANGE, "cp": CHANGE, "ln": CHANGE, "tee": CHANGE, "sed": CHANGE, "install": CHANGE, "chattr": CHANGE, "crontab": CHANGE, "at": CHANGE, "visudo": CHANGE,
    "chmod": GRANT, "chown": GRANT, "setfacl": GRANT, "usermod": GRANT, "gpasswd": GRANT, "ssh-copy-id": GRANT, "passwd": CHANGE, "chpasswd": CHANGE,
    "useradd": CREATE, "adduser": CREATE, "userdel": DELETE, "deluser": DELETE, "shutdown": CHANGE, "reboot": CHANGE, "halt": CHANGE,
    "iptables": CHANGE, "ufw": CHANGE, "nft": CHANGE, "setenforce": CHANGE, "mail": SEND, "mailx": SEND, "sendmail": SEND, "mutt": SEND, "msmtp": SEND,
}  # fmt: skip
_ALWAYS_FAR: Final = _set(
    "crontab at visudo usermod gpasswd ssh-copy-id passwd chpasswd useradd adduser userdel deluser shutdown reboot halt iptables ufw nft setenforce mail mailx sendmail mutt "
    "msmtp mkfs wipefs"
)
_FAR_PLACE: Final = re.compile(
    r"(?:~|\$HOME|\$\{HOME\}|/home/[\w.-]{1,64}|/root|/Users/[\w.-]{1,64})(?:/\.|/?$)|/(?:etc|boot|usr|lib|sbin|bin|root|opt|srv)(?:/|$)|/$|/var/(?!tmp|folders)"
)
"""A place outside the folder one works in: the settings of a home, of the machine."""
_REQUESTS: Final = re.compile(
    r"\b(?:requests|httpx|session|client|axios)\s?\.\s?(post|put|patch|delete)\b|\bmethod\s?[=:]\s?[\"'](post|put|patch|delete)[\"']|\b(?:smtplib|sendmail|urlopen\([^()]{0,200}data)",
    re.IGNORECASE,
)
_FETCHERS: Final = frozenset({"curl", "wget", "http", "https", "xh"})
_SENDING: Final = (
    "--data",
    "--data-binary",
    "--data-raw",
    "--data-urlencode",
    "--form",
    "--upload-file",
    "--post-data",
    "--post-file",
    "--json",
    "--body-file",
)
_METHODS: Final = {"post": CREATE, "put": CHANGE, "patch": CHANGE, "delete": DELETE}
_METHOD_FLAGS: Final = frozenset({"-X", "--method", "--request"})
_GRANTING: Final = re.compile(
    r"(?i)collaborators|memberships|invitations|permissions?|rolebinding|iam|deploy[-_]?keys|acl|authorized_keys"
)


class Told(Struct, frozen=True, gc=False):
    """What the words of a command say is done."""

    act: str
    words: tuple[str, ...]
    """Its words, lower case, options too."""
    far: bool
    """Whether it reaches beyond the folder one works in: another machine, an account, the settings of this one."""
    away: bool = False
    """Whether it names a place from the root or the home."""


def told_by(call: Call, tool: str, found: tuple[Leaf, ...]) -> Told | None:
    """What the command line or the SQL of a call does; None where it changes nothing, or where there is none."""
    for text in call.sql:
        for one in statements(text[:MAX_LINE])[:MAX_ACTS]:
            kind = _SQL.get(one.verb)
            if kind and not (one.verb in ("create", "drop", "alter") and not _LASTING.isdisjoint(one.tokens[1:4])):
                return Told(kind, tuple(word for token in one.tokens[:80] for word in words_of(token)), True)
    best: Told | None = None
    for act in _acts(call, tool, found)[:MAX_ACTS]:
        one_told = _of(act)
        if one_told is not None and (best is None or (one_told.far and not best.far)):
            best = one_told
    return best


def _acts(call: Call, tool: str, found: tuple[Leaf, ...]) -> list[Act]:
    acts = [] if call.windows else [act for text in call.commands for act in acts_of(text[:MAX_LINE])]
    acts += [act for words in call.argv for act in acts_of_words(words)]
    if acts:
        return acts
    program = next((word for word in reversed(words_of(tool)) if word in _CLIENTS or word == "git"), "")
    if program:
        line = " ".join(
            leaf.text for leaf in found if leaf.key in ("", "args", "arguments", "argv", "command", "cmd", "cmdline")
        )[:MAX_LINE]
        if line:
            return acts_of(line if line.split()[0] == program else f"{program} {line}")
    return []


def _of(act: Act) -> Told | None:
    name = act.name
    words = tuple(word for arg in act.args[:60] for word in words_of(arg[:300]))
    if name in _CLIENTS:
        kind = _of_client(act)
        return Told(kind, words, True) if kind in STATE_CHANGING else None
    if name == "git":
        return _of_git(act, words)
    if name in INTERPRETERS:
        method = _REQUESTS.search(" ".join(act.args)) if "://" in " ".join(act.args) else None
        return Told(SEND, words, True) if method else None
    if name in _FETCHERS:
        return Told(SEND, words, True) if _sends(act) else None
    places = [arg for arg in act.operands() if _FAR_PLACE.match(arg)]
    for redirect in act.redirects:
        if redirect.op.startswith(">") and _FAR_PLACE.match(redirect.target.text):
            kind = GRANT if "authorized_keys" in redirect.target.text else CHANGE
            return Told(kind, (*words, *words_of(redirect.target.text)), True)
    kind = _PLAIN.get(name, "")
    if not kind or (name == "crontab" and act.flag("l")) or (name == "sed" and not act.flag("i", "--in-place")):
        return None
    return Told(
        kind,
        words,
        name in _ALWAYS_FAR or bool(places),
        any(arg[:1] in "/~" and not arg.startswith(("/tmp", "/var/tmp", "/dev/")) for arg in act.operands()),
    )


def _of_client(act: Act) -> str:
    """The act a client is told to do: `pr merge`, `delete ns`, `put-bucket-policy`, `api -X PUT`."""
    line = " ".join(act.args)
    for at, arg in enumerate(act.args):
        method = (
            act.args[at + 1]
            if arg in _METHOD_FLAGS and at + 1 < len(act.args)
            else arg.partition("=")[2]
            if arg.split("=")[0] in _METHOD_FLAGS
            else arg[2:]
            if arg[:2] == "-X"
            else ""
        )
        if method.lower() in _METHODS:
            kind = _METHODS[method.lower()]
            return GRANT if kind != DELETE and _GRANTING.search(line) else kind
    for operand in act.operands()[:4]:
        if not operand.replace("-", "").replace("_", "").isalpha():
            continue
        kind = act_of(operand)
        if kind not in (OTHER, RUN):
            return GRANT if kind in (CREATE, CHANGE) and _GRANTING.search(line) else kind
    return READ


def _sends(act: Act) -> bool:
    """Whether a request carries something or asks for a change."""
    if act.flag("dFT" if act.name == "curl" else "", *_SENDING):
        return True
    return any(
        arg.upper().removeprefix("-X").removeprefix("--REQUEST=") in ("POST", "PUT", "PATCH", "DELETE")
        for arg in act.args
    )


def _of_git(act: Act, words: tuple[str, ...]) -> Told | None:
    operands = act.operands()
    if "push" in operands[:1] or ("remote" in operands[:1] and {"add", "set-url"} & set(operands[:2])):
        return Told(CHANGE, words, True)
    if "config" in operands[:1] and act.flag("", "--global", "--system"):
        return Told(CHANGE, words, True)
    return None
