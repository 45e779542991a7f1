"""The whole error tree. Every error of ours says where it happened, in one line."""

from __future__ import annotations


class OnesecError(Exception):
    """Something the user can mend; the message is the whole story."""


class InputError(OnesecError):
    """A path or option that cannot be used. Exit code 2."""


class SettingsError(OnesecError):
    """A file of settings that cannot be used; names the file, the line and the column. Exit code 2."""

    def __init__(self, path: str, reason: str, line: int | None = None, column: int | None = None) -> None:
        where = path if line is None else f"{path}:{line}" if column is None else f"{path}:{line}:{column}"
        super().__init__(f"{where}: {reason}")
        self.path, self.reason, self.line = path, reason, line


class PolicyError(SettingsError):
    """A policy file that cannot be used."""


class MapError(SettingsError):
    """A mapping file that cannot be used."""


class OutputError(OnesecError):
    """A report that cannot be written. Exit code 2."""


class KnowledgeError(SettingsError):
    """A file of chains, scopes or words that cannot be used."""
