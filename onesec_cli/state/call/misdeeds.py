"""Everything one tool call would do, by the roles of its arguments."""

from __future__ import annotations

from typing import Final

from onesec_cli.state.call.roles import Call
from onesec_cli.state.shell.effects import Effect
from onesec_cli.state.shell.fetch import source_level
from onesec_cli.state.shell.judge import Deeds, deeds_of_code, deeds_of_text, deeds_of_words
from onesec_cli.state.shell.paths import resolve
from onesec_cli.state.shell.reach import credential_kind, metadata_effect, path_names, written_effects
from onesec_cli.state.shell.sql import looks_like_sql, sql_effects
from onesec_cli.state.shell.windows import windows_effects
from onesec_cli.state.text.hosts import host_of, urls_in
from onesec_cli.state.wordlists import word_set

_DATABASE_KEYS: Final = word_set("arguments.databases")


def deeds_of_call(call: Call, cwd: str, tree: str, trusted: tuple[str, ...]) -> Deeds:
    """The effects of a call, and the files it downloads or runs."""
    deeds = Deeds()
    for text in call.commands:
        if call.windows:
            deeds.effects += windows_effects(text, tree, trusted)
        else:
            deeds.join(deeds_of_text(text, cwd, tree, trusted))
    for words in call.argv:
        deeds.join(deeds_of_words(words, cwd, tree, trusted))
    for code in call.code:
        deeds.join(deeds_of_code(code, cwd, tree, trusted))
    where = " ".join(text for key, text in call.leaves if key in _DATABASE_KEYS and len(text) < 500)
    for text in call.sql:
        if looks_like_sql(text):
            deeds.effects += sql_effects(text, where)
    for path, text in call.writes:
        deeds.effects += written_effects(path, text, tree, cwd)
    for path in call.reads:
        kind = credential_kind(path, cwd)
        if kind is not None:
            deeds.effects.append(
                Effect("credential-read", kind[0], f"reads {kind[1]} ({path})", path_names(path), path)
            )
    for url in call.urls:
        effect = metadata_effect(url)
        if effect is not None:
            deeds.effects.append(effect)
    if call.words & {"download", "fetch"} and call.urls and (urls := urls_in(call.urls[0], 1)):
        deeds.steps += [(resolve(path, cwd), urls[0]) for path, _ in call.writes]
        deeds.steps += [(resolve(path, cwd), urls[0]) for path in call.reads if "://" not in path]
    return deeds


def run_of_download(path: str, url: str, trusted: tuple[str, ...]) -> Effect:
    """The effect of running a file that an earlier call downloaded."""
    host = host_of(url) or "elsewhere"
    name = path.rsplit("/", 1)[-1].lower()
    return Effect(
        "download-run",
        source_level(url, trusted),
        f"runs {path}, which it had downloaded from {host}",
        (url.lower(), host, name),
        host,
    )
