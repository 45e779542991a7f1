"""Commands as acts: wrappers (`sudo`, `env`, `xargs`, `bash -c`, `find -exec`, `ssh` ...) taken off, inner scripts read too."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from msgspec import Struct, field

from onesec_cli.state.shell.expand import MAX_TEXT
from onesec_cli.state.shell.paths import resolve
from onesec_cli.state.shell.words import Command, Redirect, parse

MAX_DEPTH: Final = 6
"""Scripts inside scripts that are read."""
MAX_ACTS: Final = 2_000
MAX_UPSTREAM: Final = 32

SHELLS: Final = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "rbash", "mksh"})
INTERPRETERS: Final = frozenset(
    {"python", "python2", "python3", "node", "nodejs", "perl", "ruby", "php", "lua", "deno", "bun"}
)
WINDOWS_SHELLS: Final = frozenset({"powershell", "pwsh", "cmd"})

_VALUED: Final[dict[str, frozenset[str]]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R", "--user", "--group", "--host", "--chdir"}),
    "doas": frozenset({"-u", "-C"}),
    "env": frozenset({"-u", "--unset", "-C", "--chdir"}),
    "nice": frozenset({"-n", "--adjustment"}),
    "ionice": frozenset({"-c", "-n", "-p", "--class", "--classdata"}),
    "timeout": frozenset({"-k", "-s", "--kill-after", "--signal"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "xargs": frozenset({"-I", "-n", "-L", "-P", "-d", "-E", "-s", "-a", "--max-args", "--max-procs", "--delimiter", "--replace"}),
    "parallel": frozenset({"-j", "--jobs", "-a", "--colsep", "--delay"}),
    "watch": frozenset({"-n", "--interval"}),
    "chroot": frozenset({"--userspec", "--groups"}),
    "unshare": frozenset({"--setuid", "--setgid"}),
    "nsenter": frozenset({"-t", "--target"}),
    "flock": frozenset({"-w", "-E", "--timeout"}),
    "taskset": frozenset({"-c", "-p"}),
    "nohup": frozenset(), "time": frozenset(), "command": frozenset(), "builtin": frozenset(), "exec": frozenset({"-a"}),
    "setsid": frozenset(), "busybox": frozenset(), "toybox": frozenset(), "caffeinate": frozenset({"-t", "-w"}),
    "strace": frozenset({"-e", "-o", "-p", "-s"}), "ltrace": frozenset({"-e", "-o"}), "proxychains": frozenset({"-f"}),
    "proxychains4": frozenset({"-f"}), "torsocks": frozenset(), "unbuffer": frozenset(), "arch": frozenset(), "fakeroot": frozenset(),
}  # fmt: skip
"""Programs that run the command that follows, and which of their options take a value."""
_OPERANDS: Final = {"timeout": 1, "chroot": 1, "flock": 1, "taskset": 1}
"""Operands of their own before that command."""
_FIND_TESTS: Final = (
    "-name",
    "-iname",
    "-path",
    "-regex",
    "-mtime",
    "-mmin",
    "-newer",
    "-size",
    "-empty",
    "-perm",
    "-user",
)
_SSH_VALUED: Final = frozenset("BbcDEeFIiJLlmOopQRSWw")
_CONTAINER_VALUED: Final = frozenset(
    {"-e", "-u", "-w", "-v", "-p", "-n", "-c", "--env", "--user", "--workdir", "--name", "--volume", "--network", "--mount",
     "--entrypoint", "--publish", "--namespace", "--container", "--platform", "--env-file", "-l", "--label", "--cpus", "-m", "--memory"}
)  # fmt: skip


class Act(Struct):
    """One command that would run: the program's bare name and its arguments."""

    name: str
    args: list[str] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)
    stdin: str | None = None
    feeds: list[Act] = field(default_factory=list)
    """What it reads through a pipe or an input redirection."""
    inner: list[Act] = field(default_factory=list)
    """What runs to make its arguments."""
    place: str = ""
    """`remote`, `container` or empty: this machine."""
    cwd: str = ""
    """Working folder where it is known."""
    path: str = ""
    """The program as it was written."""
    script: str | None = None
    """The text it is told to run (`-c`, `eval`, a here-document)."""
    assigns: list[tuple[str, str]] = field(default_factory=list)
    by_list: bool = False
    """Arguments come from a list that the text does not show (`xargs`)."""

    def flag(self, letters: str, *words: str) -> bool:
        """Whether one of the short options or one of the long ones is given."""
        for arg in self.args:
            if arg == "--":
                return False
            if arg.split("=", 1)[0] in words:
                return True
            if len(arg) > 1 and arg[0] == "-" and arg[1] != "-" and any(letter in arg[1:] for letter in letters):
                return True
        return False

    def operands(self, valued: str = "") -> list[str]:
        """Arguments that are no options; `valued` names the short options that take the next word."""
        found: list[str] = []
        skip = only = False
        for arg in self.args:
            if skip:
                skip = False
            elif only or arg[:1] != "-" or arg == "-":
                found.append(arg)
            elif arg == "--":
                only = True
            elif len(arg) > 1 and arg[1] != "-":
                skip = arg[-1] in valued
        return found

    def upstream(self) -> list[Act]:
        """Everything whose output reaches it, nearest first."""
        found = list(self.feeds[:MAX_UPSTREAM])
        for act in found:
            if len(found) < MAX_UPSTREAM:
                found.extend(one for one in (*act.feeds, *act.inner) if not _among(one, found))
        return found[:MAX_UPSTREAM]


def _among(act: Act, others: list[Act]) -> bool:
    return any(act is other for other in others)


class _Unwrapping:
    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.budget = 6 * MAX_TEXT
        """Characters that may still be read, inner scripts counted again."""

    def script(self, text: str, cwd: str, place: str, depth: int) -> list[Act]:
        """The acts of a script, inner ones included; its own ones are returned."""
        own: list[list[Act]] = []
        self.budget -= len(text) + 16
        for command in parse(text) if depth <= MAX_DEPTH and self.budget > 0 else ():
            if len(self.acts) >= MAX_ACTS:
                break
            acts = self.command(command, cwd, place, depth)
            for act in acts:
                act.feeds = [*act.feeds, *(one for at in command.fed_by if at < len(own) for one in own[at][-1:])]
            own.append(acts)
            if acts and acts[-1].name in ("cd", "pushd") and (to := acts[-1].operands()):
                cwd = resolve(to[0], cwd)
        return [act for acts in own for act in acts]

    def command(self, command: Command, cwd: str, place: str, depth: int) -> list[Act]:
        """The acts of one command: itself, or what it wraps."""
        inner = [
            act
            for word in (*command.words, *(value for _, value in command.assigns))
            for text in word.inner
            for act in self.script(text, cwd, place, depth + 1)
        ]
        inner += [act for text in command.heredoc_inner for act in self.script(text, cwd, place, depth + 1)]
        outer = Act("", redirects=command.redirects, stdin=command.stdin, inner=inner, place=place, cwd=cwd)
        outer.assigns = [(name, value.text) for name, value in command.assigns]
        for redirect in command.redirects:
            if redirect.target.inner:
                outer.feeds += [
                    act for text in redirect.target.inner for act in self.script(text, cwd, place, depth + 1)
                ]
        return self.unwrap([word.text for word in command.words], outer, depth)

    def unwrap(self, words: list[str], outer: Act, depth: int) -> list[Act]:
        """Take wrappers off from the left until a program stands there."""
        by_list = False
        for _ in range(16):
            if not words:
                break
            name = bare(words[0])
            if name not in _VALUED:
                break
            by_list = by_list or name in ("xargs", "parallel")
            rest = _after_options(words[1:], _VALUED[name], _OPERANDS.get(name, 0), outer)
            if not rest and name in ("sudo", "doas", "chroot", "nsenter", "unshare") and {"-i", "-s"} & set(words[1:]):
                rest = ["sh"]
            if name == "env" and (joined := _env_split(words[1:])) is not None:
                return self._text(joined, outer, depth) or [self._keep(outer, words, False)]
            if not rest:
                break
            words = rest
        act = self._keep(outer, words, by_list)
        return [act, *self._inside(act, depth)]

    def _keep(self, outer: Act, words: list[str], by_list: bool) -> Act:
        outer.path = words[0] if words else ""
        outer.name, outer.args, outer.by_list = bare(outer.path), words[1:], by_list
        self.acts.append(outer)
        return outer

    def _text(self, text: str | None, act: Act, depth: int, place: str = "") -> list[Act]:
        """The acts of a script that `act` runs; they read what it reads."""
        if not text:
            return []
        found = self.script(text[:MAX_TEXT], act.cwd, place or act.place, depth + 1)
        for one in found:
            one.feeds = [*one.feeds, *(feed for feed in act.feeds if not _among(feed, one.feeds))]
        return found

    def _inside(self, act: Act, depth: int) -> list[Act]:
        """What runs because `act` is a program that runs text or another command."""
        name = act.name
        if name in SHELLS or name in ("su", "runuser", "script"):
            act.script = after_c(act.args) if name != "script" else None
            if act.script is None and name in SHELLS and reads_program(act):
                act.script = act.stdin
            return self._text(act.script, act, depth)
        if name == "eval":
            act.script = " ".join(act.args)
            return self._text(act.script, act, depth)
        if name in ("trap", "watch") and act.args:
            return self._text(act.args[0] if name == "trap" else " ".join(act.operands("n")), act, depth)
        if name == "find":
            return self._find(act, depth)
        if name == "ssh":
            rest = _after_ssh(act.args)
            return self._text(" ".join(rest) or act.stdin, act, depth, "remote")
        if name in ("docker", "podman", "kubectl", "nerdctl", "docker-compose", "lxc", "devcontainer"):
            rest = _in_container(act.args)
            if rest:
                inner = Act("", stdin=act.stdin, inner=act.inner, place="container", feeds=act.feeds)
                return self.unwrap(rest, inner, depth + 1) if depth < MAX_DEPTH else []
        return []

    def _find(self, act: Act, depth: int) -> list[Act]:
        for option in ("-exec", "-execdir", "-ok"):
            if option in act.args and depth < MAX_DEPTH:
                words = act.args[act.args.index(option) + 1 :]
                end = next((at for at, word in enumerate(words) if word in (";", "+", "\\;")), len(words))
                starts = [arg for arg in act.operands()[:1] if not arg.startswith("-")] or ["."]
                chosen = any(test in act.args for test in _FIND_TESTS)  # then what it finds is not the start itself
                found = f"{starts[0].rstrip('/')}/{{}}" if chosen else starts[0]
                named = [found if word == "{}" else word for word in words[:end]]
                return self.unwrap(named, Act("", cwd=act.cwd, place=act.place, inner=[act]), depth + 1)
        return []


@lru_cache(maxsize=64)
def acts_of(text: str, cwd: str = "") -> list[Act]:
    """Every command that would run if a POSIX shell were given `text`, wrapped and inner ones too. Not to be changed."""
    unwrapping = _Unwrapping()
    unwrapping.script(text, cwd, "", 0)
    return unwrapping.acts


def acts_of_words(words: list[str], cwd: str = "") -> list[Act]:
    """The same for a command that is a list of words, as `execve` takes it."""
    unwrapping = _Unwrapping()
    unwrapping.unwrap(list(words), Act("", cwd=cwd), 0)
    return unwrapping.acts


def bare(program: str) -> str:
    """The name of a program without its folder and `.exe`."""
    name = program.replace("\\", "/").rsplit("/", 1)[-1].lower()
    return name[:-4] if name.endswith(".exe") else name


def reads_program(act: Act) -> bool:
    """Whether an interpreter takes its program from its input rather than from a file or an option."""
    for at, arg in enumerate(act.args):
        if arg in ("-", "/dev/stdin", "-s", "/proc/self/fd/0", "/dev/fd/0") or (act.name in SHELLS and arg == "-s"):
            return True
        if arg[:1] == "-" or arg[:1] == "+":
            if act.name not in SHELLS and arg[1:2] in "cemr":
                return False
            if act.name in SHELLS and arg[1:2] != "-" and "c" in arg[1:]:
                return False
            continue
        if at and act.args[at - 1] in ("-o", "+o", "--rcfile", "--init-file", "-O", "-W", "-X"):
            continue
        return False
    return True


def after_c(args: list[str]) -> str | None:
    """The script given with `-c`, alone or in a bundle such as `-lc`."""
    for at, arg in enumerate(args[:-1]):
        if arg == "--command" or (arg[:1] == "-" and arg[1:2] != "-" and arg[-1:] == "c"):
            return next((word for word in args[at + 1 :] if word != "--"), None)
        if arg[:10] == "--command=":
            return arg[10:]
    return None


def _after_options(words: list[str], valued: frozenset[str], operands: int, outer: Act) -> list[str]:
    """What follows a wrapper's options, assignments and own operands."""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "--":
            at += 1
            break
        if word[:1] == "-" and len(word) > 1:
            at += 2 if word in valued else 1
        elif "=" in word and word.split("=", 1)[0].isidentifier():
            name, _, value = word.partition("=")
            outer.assigns.append((name, value))
            at += 1
        elif operands:
            operands -= 1
            at += 1
        else:
            break
    return words[at:]


def _env_split(words: list[str]) -> str | None:
    """The text after `env -S`."""
    for at, word in enumerate(words):
        if word in ("-S", "--split-string"):
            return " ".join(words[at + 1 :])
        if word.startswith("--split-string="):
            return " ".join([word[15:], *words[at + 1 :]])
        if word[:1] != "-":
            return None
    return None


def _after_ssh(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) and words[at][:1] == "-":
        at += 2 if len(words[at]) == 2 and words[at][1] in _SSH_VALUED else 1
    return words[at + 1 :]


def _in_container(words: list[str]) -> list[str]:
    """The command that `docker exec`, `docker run`, `kubectl exec` and the like run inside."""
    at = next((at for at, word in enumerate(words[:12]) if word in ("exec", "run")), -1)
    if at < 0:
        return []
    at += 1
    while at < len(words) and words[at][:1] == "-" and words[at] != "--":
        at += 2 if words[at] in _CONTAINER_VALUED else 1
    rest = words[at + 1 :]
    if "--" in rest[:8]:
        rest = rest[rest.index("--") + 1 :]
    return rest
