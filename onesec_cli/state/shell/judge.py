"""All effects of one command line, argument list or program text."""

from __future__ import annotations

from msgspec import Struct, field

from onesec_cli.state.shell.acts import INTERPRETERS, WINDOWS_SHELLS, Act, acts_of, acts_of_words
from onesec_cli.state.shell.code import commands_in, tree_effects
from onesec_cli.state.shell.effects import Effect
from onesec_cli.state.shell.fetch import (
    decoded_text,
    decodes,
    fetch_effects,
    fetched,
    inline_code,
    ran_files,
    runs_input,
    written,
)
from onesec_cli.state.shell.harm import harm_effects, places_written
from onesec_cli.state.shell.reach import reach_effects, written_effects
from onesec_cli.state.shell.sql import sql_effects, sql_of
from onesec_cli.state.shell.windows import windows_effects


class Deeds(Struct):
    """What a text would do, beside its effects: what it downloads to where, and which files it runs, in order."""

    effects: list[Effect] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    """`(path, url)` for a file that is downloaded, `(path, "")` for one that is run."""

    def join(self, other: Deeds) -> None:
        """Add what another text does."""
        self.effects += other.effects
        self.steps += other.steps


def deeds_of_text(text: str, cwd: str, tree: str, trusted: tuple[str, ...], depth: int = 0) -> Deeds:
    """What a POSIX shell would do with a text."""
    return _judge(acts_of(text, cwd), tree, trusted, depth)


def deeds_of_words(words: list[str], cwd: str, tree: str, trusted: tuple[str, ...]) -> Deeds:
    """What a command given as a list of words would do."""
    return _judge(acts_of_words(words, cwd), tree, trusted, 0)


def deeds_of_code(code: str, cwd: str, tree: str, trusted: tuple[str, ...], depth: int = 0) -> Deeds:
    """What program text would have a shell do."""
    lines, lists = commands_in(code)
    deeds = Deeds(effects=tree_effects(code, tree, cwd) + fetch_effects(Act("python", ["-c", code]), trusted))
    for line in lines:
        deeds.join(deeds_of_text(line, cwd, tree, trusted, depth + 1))
    for words in lists:
        deeds.join(_judge(acts_of_words(words, cwd), tree, trusted, depth + 1))
    return deeds


def _judge(acts: list[Act], tree: str, trusted: tuple[str, ...], depth: int) -> Deeds:
    deeds = Deeds()
    for act in acts:
        deeds.join(_one(act, tree, trusted, depth))
    return deeds


def _one(act: Act, tree: str, trusted: tuple[str, ...], depth: int) -> Deeds:
    deeds = Deeds(effects=[*fetch_effects(act, trusted), *harm_effects(act, tree), *reach_effects(act)])
    if act.place != "container":
        for path in places_written(act):
            deeds.effects += written_effects(path, _text_written(act), "" if act.place else tree, act.cwd)
    if act.name in WINDOWS_SHELLS:
        deeds.effects += windows_effects(" ".join([act.name, *(_quoted(arg) for arg in act.args)]), tree, trusted)
    sql, where = sql_of(act.name, act.args, _text_written(act) if act.feeds else act.stdin)
    if sql:
        deeds.effects += sql_effects(sql, where + " " + act.place)
    deeds.steps += [(path, "") for path in ran_files(act)]
    if fetched(act) and (path := written(act)):
        deeds.steps.append((path, fetched(act)))
    if depth < 2 and act.name in INTERPRETERS and (code := inline_code(act)):
        deeds.join(deeds_of_code(code, act.cwd, tree, trusted, depth + 1))
    if depth < 2:
        for text in _hidden(act):
            deeds.join(deeds_of_text(text, act.cwd, tree, trusted, depth + 1))
    return deeds


def _quoted(arg: str) -> str:
    return f'"{arg}"' if " " in arg and '"' not in arg else arg


def _text_written(act: Act) -> str:
    """The text that reaches an act's output or input, where the command shows it."""
    texts = [act.stdin or ""]
    for one in (act, *act.upstream()):
        if one.name in ("echo", "printf", "cat"):
            texts += [" ".join(arg for arg in one.args if arg[:1] != "-"), one.stdin or ""]
    return "\n".join(text for text in texts if text)


def _hidden(act: Act) -> list[str]:
    """Texts that an act runs and that stand in the command in another form: decoded, or handed over by `echo`."""
    if not (runs_input(act) or act.name in ("eval", "crontab") or act.script is not None):
        return []
    sources = [*act.upstream(), *act.inner, *(one for inner in act.inner for one in inner.upstream())]
    texts = [decoded_text(one) for one in sources if decodes(one)]
    if not any(texts) and act.name != "eval" and act.script is None:
        texts += [
            " ".join(arg for arg in one.args if arg[:1] != "-") for one in act.feeds if one.name in ("echo", "printf")
        ]
    if act.name == "crontab":
        texts = [line.split(None, 5)[-1] for text in texts for line in text.splitlines() if line.strip()]
    return [text for text in texts if text]
