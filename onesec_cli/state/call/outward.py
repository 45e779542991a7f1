"""Where a call sends something, and what it sends: mail, posts, requests, uploads, pushes, look-ups."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, unquote_plus

from msgspec import Struct, field

from onesec_cli.model.event import Event
from onesec_cli.state.call.remembered import per_call
from onesec_cli.state.call.roles import call_of
from onesec_cli.state.shell.acts import Act, acts_of, acts_of_words
from onesec_cli.state.text.hosts import host_of, is_local, plain_host, urls_in
from onesec_cli.state.text.tools import act_of, words_of
from onesec_cli.state.text.values import canonical, find_values, kind_of
from onesec_cli.state.text.verbs import BOOK, CHANGE, CREATE, GRANT, OPEN, OTHER, PAY, READ, SEND
from onesec_cli.state.wordlists import word_set

MAX_SINKS: Final = 40
MAX_TEXT: Final = 32_768

_TO: Final = word_set("arguments.receivers")
_SHARES: Final = word_set("arguments.shares")
_TYPED: Final = frozenset({"email", "url", "host", "iban", "phone", "ip"})
_SENDERS: Final = frozenset({SEND, PAY, GRANT})
_MAKERS: Final = frozenset({CREATE, CHANGE, BOOK, OTHER})
_POSTS: Final = (
    "--data", "--data-binary", "--data-raw", "--data-urlencode", "--form", "--upload-file", "--post-data", "--post-file", "--json",
)  # fmt: skip
_COPIES: Final = frozenset({"cp", "sync", "mv", "put", "rsync"})
_REQUESTS: Final = re.compile(
    r"\b(?:requests|httpx|urllib|aiohttp|http\.client|axios|fetch|smtplib|ftplib|socket|boto3|XMLHttpRequest)\b"
)
_LINK: Final = re.compile(
    r"(!?)\[[^\]\n]{0,500}\]\(\s{0,3}<?(https?://[^\s)>]{1,4000})|<(?:img|a|iframe|script|link|audio|video|source)\b[^>]{0,1000}?(?:src|href)\s?=\s?[\"']?(https?://[^\s\"'>]{1,4000})",
    re.IGNORECASE,
)
_REMOTE_PATH: Final = re.compile(r"(?:[\w.-]{1,100}@)?([\w.-]{1,253}):(?!//)\S*")


class Sink(Struct):
    """One place that something goes to."""

    to: str
    """Mail address, host, account or name, as compared."""
    how: str
    """A verb for the sentence: `sent`, `posted`, `uploaded`; `showed` for a link."""
    texts: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """Paths whose content goes there."""
    address: str = ""
    """The whole URL or remote, where it is one."""
    image: bool = False


def url_texts(url: str) -> list[str]:
    """What a URL carries beside the name of its host: labels, path, query, fragment; decoded once, and in one piece."""
    rest = re.split(r"[/?#]", url.split("://", 1)[-1], maxsplit=1)
    tail = url.split("://", 1)[-1][len(rest[0]) :]
    host = rest[0].rsplit("@", 1)[-1]
    labels = host.split(":")[0].split(".")[:-2]
    carried = unquote_plus(tail) if "+" in tail.split("?", 1)[-1] else unquote(tail)
    texts = [carried, " ".join(labels)] if labels else [carried]
    return [text for text in texts if len(text) >= 6]


def sinks_of(event: Event, cwd: str) -> list[Sink]:
    """Every place outside that a call sends to; `cwd` is where it runs. Nobody changes a sink."""
    call = call_of(event)
    if not (call.commands or call.argv or call.code):
        return _of_tool(event)
    found: list[Sink] = []
    for text in call.commands:
        if not call.windows:
            found += _of_acts(acts_of(text, cwd), text)
        else:
            found += [_of_url(url, "sent", [text]) for url in urls_in(text, 8)]
    for words in call.argv:
        found += _of_acts(acts_of_words(words, cwd), " ".join(words))
    for code in call.code:
        if _REQUESTS.search(code):
            found += [_of_url(url, "sent", [code]) for url in urls_in(code, 8)]
    return _outside(found)


def _outside(found: list[Sink]) -> list[Sink]:
    return [sink for sink in found[:MAX_SINKS] if sink.to and not (sink.address and is_local(sink.to))]


@per_call
def _of_tool(event: Event) -> list[Sink]:
    call, act = call_of(event), act_of(event.tool)
    texts: list[str] = []
    to: list[tuple[str, str, str]] = []
    for key, text in call.leaves:
        kind = kind_of(text) if len(text) <= 2_000 else ""
        words = set(words_of(key))
        if kind == "phone" and not (text.strip()[:1] == "+" or words & _TO):
            kind = ""  # a date, an amount
        if kind in _TYPED and (act in _SENDERS or kind in ("url", "host") or words & _SHARES):
            to.append((kind, text, key))
        elif words & _TO and act in _SENDERS and len(text) <= 300 and "\n" not in text:
            several = [value.text for value in find_values(text) if value.kind in ("email", "phone")]
            to += [("email", one, key) for one in several] or [("name", text, key)]
        elif words & _SHARES and act in _MAKERS and len(text) <= 300:
            to += [("email", value.text, key) for value in find_values(text) if value.kind == "email"]
        else:
            texts.append(text[:MAX_TEXT])
    found = []
    for kind, text, _ in to:
        if kind in ("url", "host", "ip"):
            if act in (READ, OPEN, OTHER, SEND, CREATE, CHANGE) or kind == "url":
                found.append(_of_url(text, "posted" if act in _SENDERS else "sent", texts))
        else:
            found.append(Sink(canonical(text), "paid" if act == PAY else "sent", list(texts)))
    return _outside(found)


def _of_url(url: str, how: str, texts: list[str]) -> Sink:
    return Sink(host_of(url), how, [*url_texts(url), *texts], address=url)


def _of_acts(acts: list[Act], line: str) -> list[Sink]:
    found: list[Sink] = []
    for act in acts:
        if act.place != "container":
            found += _of_act(act)
    return found


def _of_act(act: Act) -> list[Sink]:
    """What one command sends; what its pipe, its files and its substitutions hand to it goes along."""
    name, operands = act.name, act.operands()
    files, texts = _handed(act)
    if name in ("curl", "wget", "http", "https", "xh", "aria2c"):
        return _of_request(act, operands, files, texts)
    if name in ("nc", "ncat", "netcat", "telnet", "socat") and (files or texts):
        to = next((arg for arg in operands if host_of(arg)), "")
        return [Sink(host_of(to), "sent", texts, files)] if to else []
    if name in ("dig", "nslookup", "host", "ping", "drill", "ping6"):
        return [
            _with(_of_url(arg.lstrip("@"), "sent", texts), files if "$" in arg else [])
            for arg in operands
            if "." in arg
        ][:4]
    if name == "ssh" and (files or texts) and operands:
        return [Sink(plain_host(operands[0].rsplit("@", 1)[-1]), "sent", texts, files)]
    if name in ("mail", "mailx", "sendmail", "mutt", "msmtp"):
        return [Sink(canonical(one), "sent", texts + act.args, files) for one in operands if "@" in one]
    return _of_copy(act, operands) + _of_git(act, operands)


def _of_request(act: Act, operands: list[str], files: list[str], texts: list[str]) -> list[Sink]:
    urls = [url for arg in act.args for url in urls_in(arg, 4)] or [arg for arg in operands if host_of(arg)]
    posts = bool(files) or act.flag("dFT", *_POSTS)
    rest = [arg for arg in act.args if arg not in urls]
    return [_with(_of_url(url, "posted" if posts else "sent", rest + texts), files) for url in urls[:4]]


def _of_copy(act: Act, operands: list[str]) -> list[Sink]:
    """Files copied to another machine or a bucket."""
    if act.name in ("scp", "rsync", "sftp", "rclone") and len(operands) > 1:
        remote = _REMOTE_PATH.fullmatch(operands[-1])
        return [Sink(plain_host(remote[1]), "copied", [], operands[:-1], address=operands[-1])] if remote else []
    if act.name in ("aws", "gsutil", "gcloud", "s3cmd", "azcopy", "mc") and not _COPIES.isdisjoint(act.args):
        to = operands[-1] if operands and "://" in operands[-1] else ""
        local = [arg for arg in operands if "://" not in arg and arg not in _COPIES | {"s3", "storage"}]
        return [Sink(canonical(to).split("/")[0], "uploaded", [], local, address=to)] if to and local else []
    return []


def _of_git(act: Act, operands: list[str]) -> list[Sink]:
    if act.name == "git" and "push" in operands:
        remote = next(
            (arg for arg in operands[operands.index("push") + 1 :] if "://" in arg or _REMOTE_PATH.fullmatch(arg)), ""
        )
        return [_of_remote(remote)] if remote else []
    if act.name == "git" and "remote" in operands and {"add", "set-url"} & set(operands):
        remote = operands[-1]
        return [_of_remote(remote)] if "://" in remote or _REMOTE_PATH.fullmatch(remote) else []
    return []


def _of_remote(remote: str) -> Sink:
    scp = _REMOTE_PATH.fullmatch(remote)
    host = plain_host(scp[1]) if scp and "://" not in remote else host_of(remote)
    return Sink(host, "pushed", [], ["."], address=remote)


def _with(sink: Sink, files: list[str]) -> Sink:
    sink.files = [*sink.files, *files]
    return sink


def _handed(act: Act) -> tuple[list[str], list[str]]:
    """Files and texts that reach a command: `@file`, input redirections, what is piped in, what its arguments are made of."""
    files = [one.target.text for one in act.redirects if one.op == "<"]
    texts = [act.stdin] if act.stdin else []
    for arg in act.args:
        at = re.match(
            r"(?:[\w.-]{1,60}=)?[@<](.{1,1000})|--(?:upload-file|post-file|body-file)=(.{1,1000})", arg, re.DOTALL
        )
        if at and (at[1] or at[2]) != "-" and "://" not in arg and act.name not in ("dig", "nslookup"):
            files.append((at[1] or at[2]).split(";")[0])
    for option in ("-T", "--upload-file", "--post-file"):
        if option in act.args[:-1] and act.args[act.args.index(option) + 1] != "-":
            files.append(act.args[act.args.index(option) + 1])
    for one in (*act.upstream(), *act.inner, *(more for inner in act.inner for more in inner.upstream())):
        if one.name in (
            "cat",
            "tar",
            "zip",
            "gzip",
            "base64",
            "xxd",
            "head",
            "tail",
            "grep",
            "jq",
            "sed",
            "awk",
            "openssl",
            "less",
            "strings",
        ):
            files += [path for path in one.operands() if "/" in path or "." in path]
            files += [redirect.target.text for redirect in one.redirects if redirect.op == "<"]
        elif one.name in ("echo", "printf"):
            texts.append(" ".join(one.args))
        elif one.name in ("env", "printenv", "set", "export"):
            files.append("$ENVIRONMENT")
    return list(dict.fromkeys(files))[:20], texts


def links_in(text: str) -> list[Sink]:
    """Links and images of a message that carry something in their address."""
    found: dict[str, Sink] = {}
    if "://" not in text:
        return []
    for match in _LINK.finditer(text[:200_000]):
        url = match[2] or match[3]
        image = bool(match[1]) or match[0][:4].lower() == "<img"
        found.setdefault(url, Sink(host_of(url), "showed", url_texts(url), address=url, image=image))
    for url in urls_in(text):
        found.setdefault(url, Sink(host_of(url), "showed", url_texts(url), address=url))
    return [sink for sink in list(found.values())[:MAX_SINKS] if sink.to and not is_local(sink.to)]
