"""What lint takes canonical events to hold is what the pages say they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from onesec_cli.model import kinds
from onesec_cli.model.kinds import KINDS
from onesec_cli.sigma.event_schema import BY_KIND, COMMON
from tests.run import ROOT

PAGE = (ROOT / "docs" / "fields.part.md").read_text(encoding="utf-8")
PROSE = {
    "management calls": (kinds.ADMIN_CHANGE, kinds.ADMIN_CHANGE_FAILED, kinds.ADMIN_READ),
    "refreshes": (kinds.TOKEN_REFRESH, kinds.TOKEN_REFRESH_FAILED, kinds.TOKEN_REUSE),
    "consents": (kinds.GRANT_CONSENT,),
    "delegations (canonical only)": (kinds.DELEGATION_ISSUE, kinds.DELEGATION_REVOKE),
}


def _names(text: str) -> set[str]:
    """Fields of a list such as `a` (why), `b`; `c`: its meaning, `value`."""
    bare = re.sub(r"\([^()]*\)", "", text)
    return {name for part in bare.split(";") for name in re.findall(r"`([^`]+)`", part.partition(":")[0])}


def _told() -> Iterator[tuple[str, set[str]]]:
    table = PAGE.partition("| kind | fields |")[2].partition("\n\n")[0]
    for row in table.splitlines()[2:]:
        _, told, fields, _ = row.split("|")
        for kind in re.findall(r"`([^`]+)`", told):
            yield kind, _names(fields)
    prose = " ".join(PAGE.partition("`fields` of ")[2].partition("\n\n")[0].split())
    for about, of_kinds in PROSE.items():
        found = re.search(rf"{re.escape(about)}: ((?:[^.`]|`[^`]*`)+)\.", prose)
        assert found, about
        for kind in of_kinds:
            yield kind, _names(found[1])


def test_fields_of_kinds_are_those_of_the_page() -> None:
    told = dict(_told())
    assert {kind: sorted(names) for kind, names in told.items()} == {
        kind: sorted(names) for kind, names in BY_KIND.items()
    }
    assert set(told) <= set(KINDS)


def test_fields_of_every_event_are_those_of_the_page_on_rules() -> None:
    page = (ROOT / "docs" / "sigma.md").read_text(encoding="utf-8")
    told = page.partition("### Fields of canonical events\n")[2].partition("Any other name")[0]
    assert set(re.findall(r"`([a-z_]+)`", told)) == COMMON
