"""Text that comes from elsewhere and is then run: downloads, decoded strings, and reverse shells."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from onesec_cli.model.level import Level
from onesec_cli.state.shell.acts import INTERPRETERS, SHELLS, WINDOWS_SHELLS, Act, after_c, bare, reads_program
from onesec_cli.state.shell.effects import Effect
from onesec_cli.state.shell.paths import resolve
from onesec_cli.state.text.hosts import host_of, is_address, is_drop, is_local, urls_in, within
from onesec_cli.state.wordlists import words

_FETCHERS: Final = frozenset({"curl", "wget", "aria2c", "http", "https", "xh", "fetch", "lwp-download", "lynx", "axel", "iwr", "irm", "invoke-webrequest",
                              "invoke-restmethod", "certutil", "bitsadmin", "start-bitstransfer", "gsutil", "s3cmd"})  # fmt: skip
_DECODERS: Final = frozenset({"base64", "base32", "xxd", "openssl", "uudecode", "rev", "basenc"})
_PACKAGE_RUNS: Final = frozenset({"dpkg", "rpm", "installer", "msiexec"})
_TCP: Final = re.compile(r"/dev/(?:tcp|udp)/([^/\s]+)/")
_INLINE_SHELL: Final = re.compile(
    r"(?i)\b(?:pty\.spawn|dup2|subprocess|/bin/(?:ba|z|da)?sh|proc_open|cmd\.exe|powershell|child_process|exec\s*\()"
)
_INLINE_SOCKET: Final = re.compile(
    r"(?i)socket\.socket|socket\.create_connection|fsockopen|TCPSocket|IO::Socket|net\.(?:Socket|connect|createConnection)|use Socket"
)
_INLINE_CODE: Final = re.compile(
    r"(?i)\b(?:exec|eval)\s*\(.{0,200}?(?:b64decode|base64_decode|fromhex|atob|decompress|unhexlify)", re.DOTALL
)
_INLINE_FETCH: Final = re.compile(
    r"(?i)\b(?:exec|eval)\s*\(.{0,200}?(?:urlopen|requests\.get|urllib|file_get_contents|fetch)\s*\(", re.DOTALL
)


def source_level(url: str, trusted: tuple[str, ...]) -> Level:
    """How bad it is to run what a URL serves where nobody asked for it."""
    host = host_of(url)
    low = url.lower()
    if host and (within(host, trusted) or is_local(host)):
        return Level.informational
    if within(host, words("hosts.installers")) or (
        host == "raw.githubusercontent.com" and any(path in low for path in words("hosts.installer-paths"))
    ):
        return Level.low
    if is_address(host) or is_drop(host) or low.startswith(("http://", "ftp://")):
        return Level.critical
    return Level.high


def fetched(act: Act) -> str:
    """The URL that an act downloads from, or empty."""
    if act.name not in _FETCHERS:
        return ""
    for arg in act.args:
        found = urls_in(arg, 1)
        if found:
            return found[0]
    return (
        next((arg for arg in act.operands("oOHdXuAeFTbKxmrUPeat") if host_of(arg)), "")
        if act.name in ("curl", "wget")
        else ""
    )


def written(act: Act) -> str:
    """The file a download is written to; empty where it goes to its output."""
    url = fetched(act)
    if not url:
        return ""
    for redirect in act.redirects:
        if redirect.op in (">", ">>", ">|", "&>"):
            return resolve(redirect.target.text, act.cwd)
    last = re.split(r"[?#]", url, maxsplit=1)[0].rstrip("/").rsplit("/", 1)[-1]
    for at, arg in enumerate(act.args):
        following = act.args[at + 1] if at + 1 < len(act.args) else ""
        if arg in ("-o", "--output", "-O", "--output-document", "-OutFile", "-outfile", "-Destination") and not (
            act.name == "curl" and arg == "-O"
        ):
            return "" if following in ("-", "/dev/stdout") else resolve(following, act.cwd)
        if arg.startswith(("--output=", "--output-document=")):
            return resolve(arg.split("=", 1)[1], act.cwd)
        if act.name == "curl" and re.fullmatch(r"-[A-Za-z#]*o", arg):
            return resolve(following, act.cwd)
        if act.name == "curl" and (arg == "--remote-name" or re.fullmatch(r"-[A-Za-z#]*O[A-Za-z#]*", arg)):
            return resolve(last, act.cwd)
        if act.name == "wget" and re.fullmatch(r"-[A-Za-z]*O-?", arg):
            return "" if arg.endswith("-") or following == "-" else resolve(following, act.cwd)
    if act.name in ("certutil", "bitsadmin"):
        return resolve(act.args[-1], act.cwd)
    return resolve(last, act.cwd) if act.name in ("wget", "aria2c", "axel") and last else ""


def runs_input(act: Act) -> bool:
    """Whether an act runs, as a program, what it reads or what its arguments are made of."""
    if act.name in SHELLS or act.name in INTERPRETERS:
        return reads_program(act) or any(arg == "<()" for arg in act.args) or act.by_list
    return act.name in ("source", ".") and act.args[:1] in (["/dev/stdin"], ["<()"])


def ran_files(act: Act) -> list[str]:
    """Files that an act runs as programs."""
    files: list[str] = []
    if "/" in act.path and act.name not in SHELLS:
        files.append(act.path)
    if act.name in SHELLS and after_c(act.args) is None:
        files += act.operands("oO")[:1]
    elif act.name in INTERPRETERS and not any(arg[:2] in ("-c", "-e", "-m") for arg in act.args):
        files += act.operands("WX")[:1]
    elif act.name in ("source", "."):
        files += act.args[:1]
    elif act.name in _PACKAGE_RUNS:
        files += act.operands()
    elif act.name in ("start-process", "start", "open", "&", "invoke-expression"):
        files += act.operands()[:1]
    return [resolve(one, act.cwd) for one in files if one and one != "<()"]


def fetch_effects(act: Act, trusted: tuple[str, ...]) -> list[Effect]:
    """Running what was downloaded or decoded inside one command line, and reverse shells."""
    found = _reverse(act)
    made = _sources(act)
    url = next((fetched(one) for one in made if fetched(one)), "")
    if url:
        names = (url.lower(), host_of(url))
        found.append(
            Effect(
                "download-run",
                source_level(url, trusted),
                f"runs what it downloads from {host_of(url)}",
                names,
                host_of(url),
            )
        )
    elif made and (decoder := next((one for one in made if decodes(one)), None)):
        found.append(
            Effect(
                "encoded-command",
                Level.high,
                f"runs text that it first decodes with {decoder.name}",
                ("base64", "encoded", "decode"),
                decoder.name,
            )
        )
    return found + _inline(act)


def _sources(act: Act) -> list[Act]:
    """What makes the text that an act runs, if it runs any."""
    if runs_input(act):
        return [*act.upstream(), *act.inner]
    if act.name == "eval" and act.feeds and any("$" in arg for arg in act.args):  # `| while read line; do eval "$line"`
        return act.upstream()
    if act.name == "eval" or (act.script is not None and "$()" in act.script):
        return act.inner + [one for inner in act.inner for one in inner.upstream()]
    if act.path == "$()":
        return act.inner + [one for inner in act.inner for one in inner.upstream()]
    return []


def decodes(act: Act) -> bool:
    """Whether an act turns an encoded text back."""
    if act.name in ("base64", "base32", "basenc"):
        return act.flag("dD", "--decode")
    if act.name == "openssl":
        return "-d" in act.args
    return (act.name == "xxd" and act.flag("r")) or act.name in ("uudecode", "rev")


def decoded_text(act: Act) -> str:
    """The text that `echo ... | base64 -d` would give to the program that runs it, where it stands in the command."""
    if act.name not in ("base64", "xxd", "openssl"):
        return ""
    source = next((one for one in act.upstream() if one.name in ("echo", "printf")), None)
    text = "".join(arg for arg in source.args if arg[:1] != "-") if source else (act.stdin or "")
    return decode_base64(text) if act.name != "xxd" else _unhex(text)


def decode_base64(text: str, encoding: str = "utf-8") -> str:
    """The text of a base64 string, or empty where it is none."""
    packed = re.sub(r"\s+", "", text)[:65_536].replace("-", "+").replace("_", "/").rstrip("=")
    if len(packed) < 8 or not re.fullmatch(r"[A-Za-z0-9+/]+", packed):
        return ""
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4)).decode(encoding)
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _unhex(text: str) -> str:
    packed = re.sub(r"[^0-9A-Fa-f]", "", text)[:65_536]
    return bytes.fromhex(packed[: len(packed) // 2 * 2]).decode(errors="replace")


def _reverse(act: Act) -> list[Effect]:
    """A shell whose input and output are a connection to somewhere else."""
    to = ""
    sockets = [found[1] for redirect in act.redirects if (found := _TCP.match(redirect.target.text))]
    if (
        sockets
        and act.name in SHELLS
        and (act.flag("i") or any(one.op in ("<&", "<", ">&", "<>") for one in act.redirects))
    ) or (sockets and act.name in ("", "exec") and any(one.op == "<>" for one in act.redirects)):
        to = sockets[0]
    elif act.name in ("nc", "ncat", "netcat", "nc.traditional", "nc.openbsd", "socat", "telnet"):
        to = _netcat(act)
    elif act.name in SHELLS and runs_input(act):
        net = next((one for one in act.upstream() if one.name in ("nc", "ncat", "netcat", "telnet", "socat")), None)
        to = next(iter(net.operands("pws")), "its input") if net and not net.flag("l") else ""
    elif act.name in INTERPRETERS:
        code = inline_code(act)
        if _INLINE_SOCKET.search(code) and _INLINE_SHELL.search(code):
            to = "a socket"
    if not to or (" " not in to and is_local(to)):
        return []
    return [Effect("reverse-shell", Level.critical, f"gives a shell to {to}", (to, "reverse shell"), to)]


def _netcat(act: Act) -> str:
    operands = act.operands("pwsecgiIqmTX")
    to = operands[0] if operands else ""
    if act.name == "socat":
        text = " ".join(act.args).lower()
        remote = re.search(r"(?:tcp4?|tcp6|openssl|udp)(?:-connect)?:([^:,\s]+)", text)
        return remote[1] if remote and ("exec:" in text or "system:" in text) else ""
    for at, arg in enumerate(act.args[:-1]):
        if (arg in ("-e", "-c", "--exec", "--sh-exec", "-lvpe") or re.fullmatch(r"-[a-z]*[ec]", arg)) and bare(
            act.args[at + 1].split()[0] if act.args[at + 1].split() else ""
        ) in SHELLS | WINDOWS_SHELLS:
            return to or "whoever connects"
    return to if any(one.name in SHELLS and one.flag("i") for one in act.upstream()) else ""


def inline_code(act: Act) -> str:
    """Inline code of an interpreter: after `-c` or `-e`, or its here-document."""
    for at, arg in enumerate(act.args[:-1]):
        if arg[:1] == "-" and arg[1:2] != "-" and arg[-1:] in "cer":
            return act.args[at + 1]
    return (act.stdin or "") if reads_program(act) else ""


def _inline(act: Act) -> list[Effect]:
    """Inline code that runs what it decodes or downloads."""
    if act.name not in INTERPRETERS:
        return []
    code = inline_code(act)
    if _INLINE_FETCH.search(code):
        url = next(iter(urls_in(code, 1)), "")
        return [
            Effect(
                "download-run",
                source_level(url, ()),
                f"runs, in {act.name}, what it downloads from {host_of(url) or 'elsewhere'}",
                (url, host_of(url)),
                host_of(url),
            )
        ]
    if _INLINE_CODE.search(code):
        return [
            Effect(
                "encoded-command",
                Level.high,
                f"runs, in {act.name}, text that it first decodes",
                ("base64", "encoded", "decode"),
                act.name,
            )
        ]
    return []
