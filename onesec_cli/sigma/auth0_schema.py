"""What fields each Auth0 log type has, as far as it is published: what a rule that asks for another one is told.

Real events break their schemas, so nothing here decides what matches.
"""

from __future__ import annotations

import difflib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

_TABLE: Final = Path(__file__).with_name("auth0_fields.json")
_OPEN: Final = frozenset({"details.request.body", "details.response.body", "location_info"})
"""What holds more than its schema says."""
_BESIDE: Final = frozenset(
    {"_id", "id", "log_id", "isMobile", "is_mobile", "date", "type", "tenant_name", "user_agent", "location_info"}
)
"""Fields that the writers of logs add to every type."""
_ALSO: Final = (
    ("sapi", "details.request.auth.credentials.scopes"),
    ("mgmt_api_read", "details.request.auth.credentials.scopes"),
    ("s", "details.riskAssessment.assessments.PhoneNumber"),
    ("s", "details.prompts"),
)
"""Fields that real events have and schemas lack."""
UNPUBLISHED: Final = frozenset(
    {
        *(
            "admin_update_launch",
            "coff",
            "con",
            "du",
            "fapi",
            "fc",
            "gd_auth_fail_email_verification",
            "gd_module_switch",
        ),
        *("gd_recovery_rate_limit_exceed", "gd_send_email_verification_failure", "gd_user_delete", "scph"),
        *("signup_pwd_leak", "sys_os_update_end", "sys_os_update_start", "sys_update_end", "sys_update_start"),
        *("token_quota_consumption_warning", "too_many_records"),
    }
)
"""Log types that are documented or seen without a published schema: nothing is known of their fields."""
_SUFFIX: Final = re.compile(r"(\{\}|\[\]|\[\*\])")
ANY: Final = "x"
"""The letter of a place where anything may stand."""


class Seen(Struct, frozen=True):
    """A field of a log type: the letters of its JSON types (s n b o a, x: anything), and its values if they are closed."""

    letters: str
    values: tuple[Any, ...] = ()


def bare(field: str) -> str:
    """A field as the schemas spell it: without `data.` in front and without the marks of arrays."""
    return _SUFFIX.sub("", field).removeprefix("data.")


class Schema:
    """The published fields of all log types."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.source: str = table["source"]
        fields = [(row[0], Seen(row[1], tuple(row[2]) if len(row) > 2 else ())) for row in table["fields"]]
        self.types: dict[str, dict[str, Seen]] = {}
        """Log type code to its fields."""
        for code, numbers in table["types"].items():
            self.types[code] = dict(fields[number] for number in numbers)
        for code, path in _ALSO:
            self.types[code].setdefault(path, Seen(ANY))
        self.paths = sorted({path for found in self.types.values() for path in found})

    def find(self, code: str, field: str) -> Seen | None:
        """What a log type has at a field; None if nothing published says that it has it."""
        path = bare(field)
        found = self.types[code].get(path)
        if found is not None:
            return found
        if path.partition(".")[0] in _BESIDE:
            return Seen(ANY)
        above = path
        while "." in above:
            above = above.rpartition(".")[0]
            holder = self.types[code].get(above)
            if holder is not None:
                return Seen(ANY) if ANY in holder.letters or above in _OPEN else None
        return None

    def vouches(self, code: str, field: str) -> bool:
        """Whether something published names this very field of a log type; else whatever is above it may hold anything."""
        path = bare(field)
        return path in self.types[code] or path.partition(".")[0] in _BESIDE

    def having(self, field: str) -> tuple[str, ...]:
        """The log types that have a field."""
        return tuple(code for code in self.types if self.find(code, field) is not None)

    def near(self, field: str) -> str:
        """A published field that looks like this one, or empty. Another spelling of the case is the nearest."""
        path = bare(field)
        for known in self.paths:
            if known.lower() == path.lower():
                return known
        if self.having(f"details.{path}"):
            return f"details.{path}"
        close = difflib.get_close_matches(path, self.paths, 1, 0.8)
        last = path.rpartition(".")[2]
        ends = [known for known in self.paths if known.rpartition(".")[2] == last] if last else []
        return close[0] if close else ends[0] if len(ends) == 1 else ""


@cache
def schema() -> Schema:
    """The table that comes with onesec."""
    return Schema(json.loads(_TABLE.read_text(encoding="utf-8")))
