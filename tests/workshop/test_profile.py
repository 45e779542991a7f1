"""`onesec rules profile` counts and times every rule and every correlation by itself."""

from __future__ import annotations

import json
from pathlib import Path

from tests.run import onesec
from tests.workshop.samples import RULES, event


def test_each_correlation_is_a_row_of_its_own(tmp_path: Path) -> None:
    chained = (
        "---\ntitle: Again\nid: 5f0c8a3e-1111-4222-8333-944445555609\ncorrelation: {type: event_count, "
        "rules: [5f0c8a3e-1111-4222-8333-944445555603], timespan: 1h, condition: {gte: 1}}\n"
        "---\ntitle: Never\nid: 5f0c8a3e-1111-4222-8333-944445555610\ncorrelation: {type: event_count, "
        "rules: [5f0c8a3e-1111-4222-8333-944445555601], timespan: 1h, condition: {gte: 1}}\n"
    )
    (tmp_path / "rules.yml").write_text(RULES + chained)
    lines = [event(minute, "ferrt") for minute in range(4)] + [event(9, "s")]
    (tmp_path / "log.jsonl").write_text("\n".join(lines) + "\n")
    words = ("rules", "profile", tmp_path / "log.jsonl", "--no-default-rules", "--rules", tmp_path / "rules.yml")
    told = json.loads(onesec(*words, "--json")[1])
    rows = {one["title"]: (one["kind"], one["examined"], one["hits"]) for one in told["rules"]}
    assert rows == {
        "One reuse": ("rule", 4, 4),
        "Wide vault scope": ("rule", 0, 0),
        "Agent reads keys": ("rule", 0, 0),
        "Many reuses": ("correlation", 4, 1),
        "Again": ("correlation", 4, 1),
        "Never": ("correlation", 0, 0),
    }
    assert all(one["seconds"] >= 0 for one in told["rules"])
    out = onesec(*words)[1]
    assert "Many reuses (correlation)" in out
    assert out.splitlines()[-1].startswith("PROFILE: 6 rules over 5 events: ")
