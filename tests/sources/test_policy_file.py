"""Policy files: what is wrong is said with line and column, and nothing else can happen."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model.errors import PolicyError
from onesec_cli.model.policy import Policy
from onesec_cli.sources.policy_file import find_policy, load_policy
from tests.run import SAMPLES, onesec, scan


def load(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "onesec.yaml"
    path.write_text(text)
    return load_policy(str(path))


def test_a_whole_policy_is_read(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        """
        version: 1
        allowed-agents:
          - agent: bot
            users: ['auth0|ada']
            scopes: [calendar]
            expires: 2026-12-31T00:00:00Z
        thresholds:
          rapid-exchange: {max-exchanges: 5}
        """,
    )
    assert policy.thresholds.rapid_exchange.max_exchanges == 5
    assert policy.allowed_agents is not None
    assert policy.allowed_agents[0].expires_at() == 1_798_675_200_000_000
    assert load(tmp_path, "") == Policy()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("thresholds:\n  rapid-exchange:\n    max-exchnges: 5\n", 3, "did you mean 'max-exchanges'"),
        ("thresholds:\n  rapid-exchange:\n    max-exchanges: many\n", 3, "Expected `int`"),
        ("allowed-agents:\n  - agent: 5\n", 2, "Expected `str`"),
        ("allowed-agents:\n  - agent: b\n    expires: soon\n", 3, "datetime"),
        ("allowed-agents:\n  - agent: b\n    expires: 2026-13-01\n", 3, "2026-12-31T00:00:00Z"),
        ("allowed-agents:\n  - agent: b\n    expires: 2026-12-01T00:00:00\n", 3, "with a zone"),
        ("version: 1\n# \x1b[31m\n", 2, "U+001B"),
        ("version: 1\n\na: " + "[" * 300 + "]" * 300, 3, "nested too deeply"),
        ("a: " + "{a: " * 9000, 1, "nested too deeply"),
        ("agent-clients:\n  a: b\n  c: [d]\n", 3, "Expected `str`, got `array`"),
        ("a: [1\nb: }", 2, "not YAML"),
        ("version: 1\nversion: 1\n", 2, "duplicate"),
        ("version: &x 1\n", 1, "anchors"),
        ("x: !!python/object:os.system {}\n", 1, "tag"),
        ("version: 2\n", 1, "<= 1"),
        ("- a\n", 1, "Expected `object`"),
    ],
)
def test_an_error_names_the_line_and_what_was_expected(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    assert f"onesec.yaml:{line}" in message
    assert words in message
    assert "\n" not in message


@given(st.one_of(st.text(max_size=80), st.text(alphabet="ab:-[]{}&*!#|>'\" \n\t0", max_size=60)))
def test_any_text_is_a_policy_or_a_policy_error(text: str) -> None:
    path = Path("policy-under-test.yaml")
    folder = Path(__file__).parent / "__pycache__"
    folder.mkdir(exist_ok=True)
    path = folder / path
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        assert isinstance(load_policy(str(path)), Policy)
    except PolicyError as error:
        assert "\n" not in str(error)


def test_a_policy_is_found_above_and_used(tmp_path: Path) -> None:
    (tmp_path / "onesec.yaml").write_text("thresholds: {rapid-exchange: {max-exchanges: 100000}}\n")
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_policy(tmp_path / "a" / "b") == tmp_path / "onesec.yaml"
    attack = SAMPLES / "rapid-exchange" / "attack.jsonl"
    assert scan(attack)["alerts"]
    assert not scan(attack, options=("--policy", str(tmp_path / "onesec.yaml")))["alerts"]


def test_a_wrong_policy_is_exit_code_2_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("thresholds: {rapid: 1}\n")
    code, out, err = onesec("scan", SAMPLES, "--policy", tmp_path / "p.yaml")
    assert (code, out) == (2, "")
    assert "p.yaml:1:14: unknown key 'rapid'" in err
