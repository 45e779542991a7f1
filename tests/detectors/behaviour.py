"""Writes the lines of behaviour stories: calls with their results, one after another on a clock."""

from __future__ import annotations

import json
from typing import Any


def clock(second: float) -> str:
    """A time of day."""
    whole = int(second)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


class Teller:
    """Tells a session; every call gets an id of its own."""

    def __init__(self, start: float = 9 * 3600, step: float = 4, **said: str) -> None:
        self.now, self.step, self.said, self.calls = start, step, said, 0
        self.lines: list[str] = []

    def tell(self, kind: str, mark: str = "", **said: Any) -> Teller:
        """One event; `mark` is what it must raise."""
        words = [f"{name}={self._quoted(value)}" for name, value in {**self.said, **said}.items()]
        self.lines.append(f"{clock(self.now)} {kind} {' '.join(words)}" + (f"  # {mark}" if mark else ""))
        self.now += self.step / 2
        return self

    def call(self, tool: str, result: str = "ok", mark: str = "", after: str = "", **more: Any) -> Teller:
        """A call and its result; `mark` is what the call must raise, `after` what the result must."""
        self.calls += 1
        args = {name: value for name, value in more.items() if name not in ("error", "agent", "server", "session")}
        who = {name: more[name] for name in ("agent", "session") if name in more}
        extra = {"server": more["server"]} if "server" in more else {}
        failed = {"error": "true"} if more.get("error") else {}
        name = f"c{self.calls}"
        self.tell("tool.call", mark, tool=tool, call=name, args=json.dumps(args), **who, **extra)
        return self.tell("tool.result", after, tool=tool, call=name, text=result, **who, **failed)

    def wait(self, seconds: float) -> Teller:
        """Nothing happens for a while."""
        self.now += seconds
        return self

    @staticmethod
    def _quoted(value: Any) -> str:
        text = str(value)
        assert "\n" not in text
        quote = "'" if "'" not in text else '"'
        assert quote not in text, text
        return f"{quote}{text}{quote}"

    def __str__(self) -> str:
        return "\n".join(self.lines)
