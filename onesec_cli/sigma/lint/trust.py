"""Fields that are taken on trust: nothing published names them, and no test case shows that they are spelt as they are logged."""

from __future__ import annotations

from collections.abc import Iterator

from onesec_cli.model.remark import Remark
from onesec_cli.sigma.auth0_schema import UNPUBLISHED, schema
from onesec_cli.sigma.lint.cost import codes_of
from onesec_cli.sigma.lint.fields import TYPE_FIELDS
from onesec_cli.sigma.lint.items import items
from onesec_cli.sigma.lint.told import Written, listed
from onesec_cli.sigma.marks import Path
from onesec_cli.sigma.rule import EventRule


def unchecked(rule: Written) -> Iterator[Remark]:
    """One remark on all fields below a place where a log type may hold anything, such as the request of `sapi`."""
    if not isinstance(rule.member, EventRule) or rule.product != "auth0":
        return
    codes = codes_of(rule.member.condition)
    known = schema()
    told: dict[str, Path] = {}
    for item in items(rule.data.get("detection")):
        asked = [code for code in item.beside or codes or known.types if code in known.types]
        if not item.field or item.field in TYPE_FIELDS or UNPUBLISHED.intersection(item.beside or codes or ()):
            continue
        having = [code for code in asked if known.find(code, item.field) is not None]
        if having and not any(known.vouches(code, item.field) for code in having):
            told.setdefault(item.field, item.path)
    if told:
        sentence = f"nothing published names {listed(told)}: the spelling is taken on trust until a test case shows it"
        yield rule.remark("unchecked-field", next(iter(told.values())), sentence)
