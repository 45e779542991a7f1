"""Seeded rules and records for the differential test: real shapes, and values chosen so that they often nearly match."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from typing import Any

import yaml

WORDS = (
    "alice", "bob", "Bot", "ROBOT", "read:users", "delete:users", "update:clients read:users", "offline_access",
    "curl/8.4.0", "Mozilla/5.0 (X11; Linux)", "Ärger", "ПРИВЕТ", "straße", "日本語", "e\u0301te\u0301", "naïve", "STRASSE", "ΣΊΣΥΦΟΣ", "σίσυφος", "K2", "k2", "İstanbul", "istanbul", "\x00nul", "\ud7ff\ue000", "😀", "z" * 300,
    "a*b", "what?", "C:\\Windows\\cmd.exe", "\\\\server\\share", "100%", "%admins%", "it's", 'say "hi"', "x|y",
    "true", "False", "null", "on", "off", "12", "12.5", "007", "-3", "1e3x", " ", "", "tab\there", "line\nbreak", "cat .env\n",
    "auth0|5f1c", "google-oauth2|1080", "ps -enc /x", "run --force -a", "– dash", "10.1.2.3", "10.9.0.1",
    "2001:db8::7", "192.168.0.300", "2026-05-14T10:07:59.120Z", "2026-01-01T00:00:00Z", "2025-12-29 23:59:59",
)  # fmt: skip
SCALARS: tuple[Any, ...] = (0, 1, -3, 12, 12.5, 404, 200.0, 1e21, 2**53, True, False, None)
LEAVES = ("name", "scope", "path", "method", "ip", "note", "count", "enabled", "list", "when")
PATHS = (
    *LEAVES,
    *(f"details.{leaf}" for leaf in LEAVES),
    *(f"details.request.{leaf}" for leaf in LEAVES),
    *(f"details.prompts.{leaf}" for leaf in LEAVES[:4]),
    "details.request.auth.credentials.scopes",
    "details",
    "details.nothing.here",
)


class _Writer(yaml.SafeDumper):
    """PyYAML writes for readers of YAML 1.1; what YAML 1.2 would take for a number is put in quotes as well."""


def _text(writer: yaml.SafeDumper, text: str) -> yaml.Node:
    looks = text[:1] in "0123456789+-." and text[:1] != ""
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style="'" if looks and "\n" not in text else None)


_Writer.add_representer(str, _text)


class Maker:
    """One stream of random choices: the same seed makes the same rules and records."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.said: list[str] = list(WORDS)
        self.seen: list[tuple[str, Any]] = []
        """Paths of the records and what is there, for rules that aim at something."""
        self.aim: tuple[str, Any] | None = None

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def often(self, chance: float) -> bool:
        return self.random.random() < chance

    # records

    def value(self, depth: int = 0) -> Any:
        dice = self.random.random()
        if dice < 0.62:
            return self.text()
        if dice < 0.82:
            return self.one(*SCALARS)
        if dice < 0.94 or depth > 1:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        return {self.one(*LEAVES): self.value(depth + 1) for _ in range(self.random.randrange(3))}

    def text(self) -> str:
        word = self.one(*self.said)
        dice = self.random.random()
        if dice < 0.55:
            return str(word)
        if dice < 0.7:
            return f"{word}{self.one('', ' ', '-', '.', '/')}{self.one(*self.said)}"
        if dice < 0.8:
            return str(self.one(word.upper(), word.lower(), word.swapcase(), word.title()))
        if dice < 0.9:
            data = word.encode(self.one("utf-8", "utf-16-le", "utf-16-be"))
            return base64.b64encode(b"x" * self.random.randrange(3) + data + b"y").decode()
        return str(word)

    def fields(self, count: int) -> dict[str, Any]:
        return {self.one(*LEAVES): self.value() for _ in range(self.random.randrange(count))}

    def record(self, number: int) -> dict[str, Any]:
        """One Auth0 log record, with what real ones have and what they should not."""
        request = {**self.fields(4), "auth": {"credentials": {"scopes": [self.text() for _ in range(3)]}}}
        details: Any = {**self.fields(5), "request": request, "prompts": [self.fields(3) for _ in range(2)]}
        if self.often(0.1):
            details = self.one(None, [], {}, "text", [details, details])
        return {
            "date": f"2026-05-14T10:{number // 60 % 60:02}:{number % 60:02}.000Z",
            "type": self.one("s", "f", "seacft", "sapi", "seta"),
            "log_id": f"900{20260514100000000 + number}{number:036}",
            "client_id": "c1",
            "user_id": self.one("auth0|5f1c", "google-oauth2|1080", ""),
            **self.fields(7),
            "details": details,
        }

    # rules

    def path(self) -> str:
        path = self.aim[0] if self.aim else str(self.one(*PATHS))
        if self.often(0.2):
            path = path.replace("list", "list{}").replace("prompts", self.one("prompts{}", "prompts[]"))
        return f"data.{path}" if self.often(0.3) else path

    def piece(self) -> str:
        """A word, a part of a word, or a pattern that was made from one."""
        word = str(self.one(*self.said))
        if self.aim and isinstance(self.aim[1], str) and self.often(0.8):
            word = self.aim[1]
        dice = self.random.random()
        if dice < 0.35 or not word:
            return word
        start = self.random.randrange(len(word))
        if dice < 0.6:
            return word[start : start + self.random.randrange(1, 8)]
        if dice < 0.75:
            return word[:start] + self.one("*", "?", "\\*", "\\?", "\\\\", "\\\\*", "\\") + word[start + 1 :]
        if dice < 0.85:
            return str(self.one(word.upper(), word.swapcase()))
        return self.one("*", "") + word[start:] + self.one("*", "")

    def line(self) -> tuple[str, Any]:
        """One `field|modifiers: values`."""
        self.aim = self.one(*self.seen) if self.seen and self.often(0.75) else None
        kind = self.random.choices(
            [
                "plain",
                "part",
                "re",
                "number",
                "scalar",
                "null",
                "exists",
                "cidr",
                "base64",
                "windash",
                "ref",
                "time",
                "expand",
            ],
            [24, 24, 9, 7, 9, 4, 4, 4, 7, 4, 6, 4, 4],
        )[0]
        modifiers, value = getattr(self, f"line_{kind}")()
        if isinstance(value, list) and len(value) > 1 and self.often(0.25):
            modifiers = [*modifiers, "all"]
        if kind not in ("exists", "null") and self.often(0.07):
            modifiers = [*modifiers, "neq"]
        return "|".join([self.path(), *modifiers]), value

    def several(self, make: Any) -> Any:
        return make() if self.often(0.6) else [make() for _ in range(self.random.randrange(2, 4))]

    def line_plain(self) -> tuple[list[str], Any]:
        return (["cased"] if self.often(0.15) else []), self.several(self.piece)

    def line_part(self) -> tuple[list[str], Any]:
        modifiers = [self.one("contains", "startswith", "endswith")]
        if self.often(0.2):
            modifiers.insert(self.random.randrange(2), "cased")
        return modifiers, self.several(self.piece if self.often(0.9) else self.scalar)

    def line_re(self) -> tuple[list[str], Any]:
        def expression() -> str:
            piece = self.piece() if self.often(0.7) else str(self.one(*self.said))
            word = "".join(letter if letter.isalnum() else "." for letter in piece)[:6] or "."
            start = self.one("", "^", "^(a|", "[a-z]+", "\\d{1,3}", ".*")
            return start + word + (")" if "(" in start else "") + self.one("", "$", "+", "?", ".*$", "\\w")

        return ["re", *self.random.sample(["i", "m", "s"], self.random.randrange(3))], self.several(expression)

    def line_number(self) -> tuple[list[str], Any]:
        return [self.one("lt", "lte", "gt", "gte")], self.several(
            lambda: self.one(0, 1, -3, 12, 12.5, 404, 200, 9000000)
        )

    def line_scalar(self) -> tuple[list[str], Any]:
        return [], self.several(lambda: self.scalar())

    def scalar(self) -> Any:
        if self.aim and isinstance(self.aim[1], int | float) and self.often(0.6):
            return self.aim[1]
        return self.one(0, 1, -3, 12, 12.5, 404, 200, True, False)

    def line_null(self) -> tuple[list[str], Any]:
        return [], None

    def line_exists(self) -> tuple[list[str], Any]:
        return ["exists"], self.often(0.5)

    def line_cidr(self) -> tuple[list[str], Any]:
        return ["cidr"], self.several(
            lambda: self.one("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "0.0.0.0/0", "::/0")
        )

    def line_base64(self) -> tuple[list[str], Any]:
        first = [self.one("wide", "utf16le", "utf16be")] if self.often(0.5) else []
        words = [word for word in WORDS if word.isascii() and len(word) > 2 and not set(word) & set("*?\\")]
        return [*first, "base64offset", "contains"], self.several(lambda: self.one(*words))

    def line_windash(self) -> tuple[list[str], Any]:
        return ["windash", self.one("contains", "endswith", "startswith")], self.several(
            lambda: self.one("ps -enc", "-enc", "/x", " -a", "-force", "run", "-dash")
        )

    def line_ref(self) -> tuple[list[str], Any]:
        return ["fieldref", *([self.one("startswith", "endswith", "contains")] if self.often(0.4) else [])], self.path()

    def line_time(self) -> tuple[list[str], Any]:
        part = self.one("minute", "hour", "day", "week", "month", "year")
        return [part], self.several(lambda: self.one(0, 1, 5, 7, 10, 12, 14, 20, 23, 29, 52, 59, 2025, 2026))

    def line_expand(self) -> tuple[list[str], Any]:
        value = self.one("%admins%", "%servers%", "x%admins%", "\\%admins%servers%")
        return ["expand", *([self.one("contains", "startswith")] if self.often(0.5) else [])], value

    def selection(self) -> Any:
        dice = self.random.random()
        if dice < 0.8:
            return dict(self.line() for _ in range(self.one(1, 1, 2, 3)))
        if dice < 0.9:
            return [dict([self.line()]) for _ in range(self.random.randrange(1, 4))]
        words = [piece for piece in (self.piece() for _ in range(3)) if len(piece.strip("*?\\ ")) > 2] or ["needle"]
        return {"|all": words} if self.often(0.3) and len(words) > 1 else words

    def condition(self, names: list[str], depth: int = 0) -> str:
        dice = self.random.random()
        if depth > 3 or dice < 0.35:
            return str(self.one(*names))
        if dice < 0.5:
            return f"{self.one('1', 'all')} of {self.one('them', 'sel*', 'sel_*', '*_a', 's*l_?*'.replace('?', ''))}"
        if dice < 0.62:
            return f"not {self.condition(names, depth + 2)}"
        if dice < 0.72:
            return f"({self.condition(names, depth + 1)})"
        return f"{self.condition(names, depth + 1)} {self.one('and', 'or', 'and')} {self.condition(names, depth + 1)}"

    def rule(self, number: int) -> dict[str, Any]:
        names = self.random.sample(["sel_a", "sel_b", "sel_c_a", "sel_d", "_sel_e"], self.random.randrange(1, 5))
        if all(name.startswith("_") for name in names):
            names.append("sel_a")
        if "sel_a" not in names:
            names.append("sel_a")
        detection = {name: self.selection() for name in names}
        several = self.often(0.07)
        detection["condition"] = [self.condition(names), self.condition(names)] if several else self.condition(names)
        return {
            "title": f"Rule {number}",
            "id": f"00000000-0000-4000-8000-{number:012}",
            "logsource": {"product": "auth0"},
            "detection": detection,
        }

    def written(self, rule: dict[str, Any]) -> str:
        """The rule as a file: mostly as people write YAML, sometimes as JSON, which is YAML as well."""
        if self.often(0.15):
            return json.dumps(rule, ensure_ascii=self.often(0.5))
        return str(yaml.dump(rule, Dumper=_Writer, sort_keys=False, allow_unicode=self.often(0.7)))


PLACEHOLDERS = {"admins": ("alice", "b*b"), "servers": ("10.1.2.3",)}


def places(path: str, node: Any) -> Iterator[tuple[str, Any]]:
    """Every path of a record that leads to a value."""
    if isinstance(node, dict):
        for name, below in node.items():
            yield from places(f"{path}.{name}" if path else name, below)
    elif isinstance(node, list):
        for below in node:
            yield from places(path, below)
    else:
        yield path, node


def made(seed: int, rules: int, records: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Texts of rules, and records."""
    maker = Maker(seed)
    events = [maker.record(number) for number in range(records)]
    maker.seen = sorted((pair for event in events for pair in places("", event)), key=repr)
    return [maker.written(maker.rule(number)) for number in range(rules)], events
