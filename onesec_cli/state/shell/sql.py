"""SQL by tokens: statements, their verb, their table, and whether a `WHERE` bounds them. Comments and strings are not words."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from onesec_cli.model.level import Level
from onesec_cli.state.shell.effects import Effect

MAX_TEXT: Final = 131_072
MAX_STATEMENTS: Final = 2_000

_TOKEN: Final = re.compile(
    r"(?P<skip>\s+|--[^\n]*|\#(?![A-Za-z_])[^\n]*|/\*(?!!)(?:[^*]|\*(?!/))*(?:\*/)?|/\*!\d*|\*/)"
    r"|(?P<text>'(?:[^'\\]|''|\\.)*'?|\$(?P<tag>\w*)\$)"
    r"|(?P<name>\"(?:[^\"]|\"\")*\"?|`[^`]*`?|\[[^\]\[]*\])"
    r"|(?P<word>[@#]{0,2}[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?P<number>\d[\w.]*)|(?P<op><>|!=|<=|>=|\|\||.)",
    re.DOTALL,
)
_STARTS_TEXT: Final = (
    "select insert update delete drop truncate alter create grant revoke with copy load merge replace call exec execute begin start commit rollback set use show"
    " explain describe pragma vacuum analyze attach detach backup restore kill shutdown flush rename do lock end savepoint release comment"
)
_STARTS: Final = frozenset(_STARTS_TEXT.split())
_TEST: Final = re.compile(
    r"(?i)(?:^|[^a-z])(?:test|tests|testing|dev|development|local|localhost|sandbox|scratch|tmp|temp|ci|staging|mock|demo|sample|127\.0\.0\.1)(?:[^a-z]|$)|:memory:"
)
_PROGRAMS: Final = frozenset(
    {
        "psql",
        "mysql",
        "mariadb",
        "sqlite3",
        "sqlcmd",
        "clickhouse-client",
        "clickhouse",
        "duckdb",
        "snowsql",
        "bq",
        "cockroach",
        "trino",
        "presto",
        "usql",
        "mycli",
        "pgcli",
        "isql",
        "sqlplus",
        "bteq",
        "spark-sql",
        "hive",
        "beeline",
        "cqlsh",
    }
)
_TEXT_OPTIONS: Final = frozenset({"-c", "--command", "-e", "--execute", "-Q", "-q", "--query", "-x", "-f-"})


class Statement(Struct):
    """One statement: lower-case words and names, strings as `'`, and its verb."""

    tokens: list[str]
    verb: str


def statements(text: str) -> list[Statement]:
    """The statements of an SQL text. An unfinished last one counts."""
    found: list[list[str]] = [[]]
    at, text = 0, text[:MAX_TEXT]
    while at < len(text) and len(found) <= MAX_STATEMENTS:
        token = _TOKEN.match(text, at)
        if token is None:
            break
        at = token.end()
        if token["skip"]:
            continue
        if token["tag"] is not None:  # a dollar-quoted string ends at its own tag
            end = text.find(f"${token['tag']}$", at)
            at = len(text) if end < 0 else end + len(token["tag"]) + 2
            found[-1].append("'")
        elif token["text"]:
            found[-1].append("'" + token["text"][1:40].rstrip("'").lower())
        elif token["op"] == ";":
            found.append([])
        else:
            found[-1].append(token[0].strip('"`[]').lower())
    return [Statement(words, _verb(words)) for words in found if words]


def _verb(words: list[str]) -> str:
    """The verb that changes something: behind `WITH ... AS (...)` the main one, behind `EXPLAIN` none."""
    if words[0] == "explain":
        at = words.index("analyze") + 1 if "analyze" in words[:4] else len(words)
        words = words[at:] or words[:1]
    first = next((word for word in words[:40] if word != "("), "")
    if first != "with":
        return first
    depth = 0
    for word in words[1:]:
        depth += (word == "(") - (word == ")")
        if word in ("delete", "update") or (depth == 0 and word in ("select", "insert", "merge")):
            return word
    return first


def looks_like_sql(text: str) -> bool:
    """Whether the first word of a text begins a statement."""
    first = re.match(r"(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/|\()*([A-Za-z]+)", text[:4_096])
    return first is not None and first[1].lower() in _STARTS


def sql_effects(text: str, where: str = "") -> list[Effect]:
    """What an SQL text destroys or opens. `where` is what names the database: a connection, a file, options."""
    told = statements(text)
    if _undone(told):
        return []
    made = {_after(one.tokens, "table") for one in told if one.verb == "create"}
    test = _TEST.search(where) is not None
    found = []
    for one in told:
        effect = _effect(one, made)
        if effect is not None:
            easier = -3 if test or _TEST.search(effect.target) else 0
            level = effect.level.raised(easier) if effect.verdict == "destructive-sql" else effect.level
            found.append(Effect(effect.verdict, level, effect.what, effect.names, effect.target))
    return found


def _undone(told: list[Statement]) -> bool:
    """Whether all that is changed is rolled back at the end."""
    verbs = [one.verb for one in told]
    return (
        bool(verbs)
        and verbs[-1] == "rollback"
        and verbs[0] in ("begin", "start")
        and "commit" not in verbs
        and len(told[-1].tokens) < 3
    )


def _effect(one: Statement, made: set[str]) -> Effect | None:
    words = one.tokens
    if one.verb == "drop" and len(words) > 1:
        return _drop(words, made)
    if one.verb == "truncate":
        return _destroys(f"empties the table {_name(words, 1)}", _name(words, 1), Level.high, "truncate", made)
    if one.verb == "delete" and not _bounded(words):
        table = _after(words, "from") or _after(words, "delete")
        return _destroys(f"deletes every row of {table}", table, Level.high, "delete", made)
    if one.verb == "update" and not _bounded(words):
        table = _after(words, "update")
        return _destroys(f"changes every row of {table}", table, Level.high, "update", made)
    if any(word.startswith(("xp_cmdshell", "sp_oacreate")) for word in words) or (
        one.verb == "copy" and "program" in words
    ):
        return Effect(
            "sql-command",
            Level.high,
            "runs a command of the operating system from SQL",
            ("xp_cmdshell", "copy program"),
            "shell",
        )
    if "outfile" in words or "dumpfile" in words:
        return Effect("sql-command", Level.medium, "writes a file of the database server", ("outfile",), "file")
    if one.verb == "grant" and "all" in words and ({"public", "'%"} & set(words)):
        return Effect("sql-command", Level.high, "grants everything to everybody", ("grant all",), "grant")
    return None


def _drop(words: list[str], made: set[str]) -> Effect | None:
    kind = (
        words[1] if words[1] not in ("external", "foreign", "temporary", "temp") else words[2] if len(words) > 2 else ""
    )
    target = _after(words, kind)
    if words[1] in ("temporary", "temp"):
        return None
    if kind in ("database", "schema", "keyspace", "tablespace"):
        return _destroys(f"drops the {kind} {target}", target, Level.high, "drop", made)
    if kind == "table":
        return _destroys(f"drops the table {target}", target, Level.high, "drop", made)
    return None


def _destroys(what: str, table: str, level: Level, verb: str, made: set[str]) -> Effect | None:
    """None for what the same text made, or makes anew: that is a migration or a dump."""
    if table in made or table[:1] in ("#", "@"):
        return None
    last = table.rsplit(".", 1)[-1]
    return Effect("destructive-sql", level, what, (last, last.replace("_", " "), verb + " " + last), table)


def _bounded(words: list[str]) -> bool:
    """Whether a `WHERE` that is not always true, or a `LIMIT`, bounds it."""
    if "limit" in words or "join" in words or "using" in words:
        return True
    if "where" not in words:
        return False
    condition = words[len(words) - 1 - words[::-1].index("where") + 1 :]
    if "returning" in condition:
        condition = condition[: condition.index("returning")]
    always = (
        condition in (["true"], ["1"], ["'1"])
        or (len(condition) == 3 and condition[1] in ("=", "like") and condition[0] == condition[2])
        or ("or" in condition and _tautology(condition[condition.index("or") + 1 :]))
    )
    return not always


def _tautology(words: list[str]) -> bool:
    return words[:1] == ["true"] or (
        len(words) >= 3 and words[1] == "=" and words[0] == words[2] and (words[0][:1] in "'" or words[0].isdigit())
    )


def _after(words: list[str], mark: str) -> str:
    """The name that follows a word, past `IF [NOT] EXISTS`, `ONLY` and the like."""
    if mark not in words:
        return ""
    return _name(words, words.index(mark) + 1)


def _name(words: list[str], at: int) -> str:
    while at < len(words) and words[at] in (
        "table",
        "if",
        "exists",
        "not",
        "only",
        "low_priority",
        "ignore",
        "quick",
        "temporary",
        "concurrently",
        "top",
    ):
        at += 1
    name = words[at] if at < len(words) else "?"
    while at + 2 < len(words) and words[at + 1] == ".":
        at += 2
        name += "." + words[at]
    return name


def sql_of(name: str, args: list[str], stdin: str | None) -> tuple[str, str]:
    """The SQL that a client program of a database would run, and what names the database."""
    if name not in _PROGRAMS:
        return "", ""
    texts = [stdin or ""]
    rest = []
    skip = False
    for at, arg in enumerate(args):
        following = args[at + 1] if at + 1 < len(args) else ""
        if skip:
            skip = False
        elif arg in _TEXT_OPTIONS or (re.fullmatch(r"-[A-Za-z]*[ce]", arg) and name in ("psql", "mysql", "mariadb")):
            texts.append(following)
            skip = True
        elif arg.startswith(("--command=", "--execute=", "--query=")):
            texts.append(arg.split("=", 1)[1])
        elif name in ("sqlite3", "duckdb", "bq", "cqlsh") and " " in arg and looks_like_sql(arg):
            texts.append(arg)
        else:
            rest.append(arg)
    return ";\n".join(text for text in texts if text), " ".join(rest)
