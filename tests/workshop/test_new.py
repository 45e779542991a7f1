"""A new rule is valid, gets no remark and passes its cases, whatever it starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run import onesec


@pytest.mark.parametrize("product", ["auth0", "agent"])
@pytest.mark.parametrize("options", [(), ("--correlation",)])
def test_a_new_rule_passes_lint_and_test_at_once(tmp_path: Path, product: str, options: tuple[str, ...]) -> None:
    path = tmp_path / "mine.yml"
    assert onesec("rules", "new", "my_first_rule", "--product", product, *options, "-o", path)[0] == 0
    code, out, _ = onesec("rules", "lint", path, "--strict")
    assert (code, out) == (0, f"LINT: 0 errors, 0 warnings, 0 info in {'2 rules' if options else '1 rule'}\n")
    code, out, _ = onesec("rules", "test", path, "--require-cases")
    assert code == 0, out
    assert onesec("rules", "show", "My first rule", "--rules", path)[0] == 0


def test_it_is_written_here_by_its_name_and_over_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert onesec("rules", "new", "vault_mail")[0] == 0
    first = (tmp_path / "vault_mail.yml").read_text()
    assert onesec("rules", "new", "vault_mail", "--product", "agent")[0] == 2
    assert (tmp_path / "vault_mail.yml").read_text() == first
    assert onesec("rules", "new", "vault_mail", "--product", "agent", "--force")[0] == 0
    assert (tmp_path / "vault_mail.yml").read_text() != first


def test_it_can_go_to_stdout_and_is_the_same_each_time() -> None:
    code, out, _ = onesec("rules", "new", "vault_mail", "-o", "-")
    assert (code, out) == (0, onesec("rules", "new", "vault_mail", "-o", "-")[1])
    assert out.startswith("#")


@pytest.mark.parametrize("name", ["A Rule", "../up", "x", "rule.yml", "a\x1b[31mb", ""])
def test_other_names_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert onesec("rules", "new", name)[0] == 2
    assert not list(tmp_path.iterdir())
