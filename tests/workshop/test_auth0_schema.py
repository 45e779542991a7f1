"""The table of Auth0's fields says what the published schemas say."""

from __future__ import annotations

import pytest

from onesec_cli.sigma.auth0_schema import UNPUBLISHED, bare, schema
from onesec_cli.sources.auth0_types import TYPES
from tests.run import DATA
from tools.auth0_fields import TARGET, written

SCHEMAS = DATA / "auth0-log-schemas" / "log-types"


def test_the_table_is_what_the_script_makes_of_the_schemas() -> None:
    if not SCHEMAS.is_dir():
        pytest.skip(f"Auth0's log schemas are not here ({SCHEMAS})")
    assert TARGET.read_text(encoding="utf-8") == written(SCHEMAS)


def test_the_log_types_are_those_that_onesec_reads() -> None:
    assert set(schema().types) | UNPUBLISHED == set(TYPES)


def test_fields_are_found_with_and_without_data_and_marks_of_arrays() -> None:
    assert schema().find("ferrt", "data.details.familyId") == schema().find("ferrt", "details.familyId")
    assert schema().find("s", "details.prompts{}.name") is not None
    assert schema().find("seta", "details.scope") is not None
    assert bare("data.details.scope{}") == "details.scope"


def test_what_no_schema_has_is_not_found_and_the_nearest_spelling_is_named() -> None:
    for wrong, near in (
        ("data.details.familyID", "details.familyId"),
        ("data.request.body.allowlist", "details.request.body.allowlist"),
        ("data.user_idd", "user_id"),
    ):
        assert schema().having(wrong) == ()
        assert schema().near(wrong) == near
    assert schema().near("zzzzzzzzzzz") == ""


def test_bodies_are_open_only_where_there_is_a_body() -> None:
    assert schema().find("sapi", "details.request.body.shields{}") is not None
    assert schema().find("ferrt", "details.request.channel") is None
    assert schema().find("ferrt", "location_info.country_code") is not None


def test_a_field_has_its_types_and_its_closed_values() -> None:
    found = schema().find("seta", "details.is_privileged_worker")
    assert found is not None
    assert found.letters == "b"
    closed = [seen for types in schema().types.values() for seen in types.values() if seen.values]
    assert closed
