"""The HTML report: everything of the run is in it, in bytes that are the same each time, and nothing in it can act."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from msgspec.structs import replace

from onesec_cli.pipeline import Options, analyze
from onesec_cli.reports import html
from onesec_cli.reports.formats import Format, render
from tests.reports.made import everything, gated, story
from tests.reports.readers import read_html
from tests.run import ROOT, SAMPLES, onesec, scan

ECHARTS = ROOT / "onesec_cli" / "reports" / "assets" / "echarts"


def test_the_page_tells_what_the_json_report_tells(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    code, out, _ = onesec("scan", SAMPLES / "both_trails", "-f", "html", "-o", path)
    assert (code, out) == (0, "")
    page, report = read_html(path.read_text()), scan(SAMPLES / "both_trails")
    assert page.heading.strip() == report["verdict"]["sentence"]
    for name in ("verdict", "counts", "inputs", "coverage", "rules", "incidents", "gaps", "gaps_total"):
        assert page.data[name] == report[name], name
    for told, alert in zip(page.data["alerts"], report["alerts"], strict=True):
        assert {key: told[key] for key in told if key != "evidence"} == {
            key: alert[key] for key in told if key != "evidence"
        }
        assert [proof["sha256"] for proof in told["evidence"]] == [proof["sha256"] for proof in alert["evidence"]][:10]
        card = page.data["cards"][alert["rule"]]
        assert card["next"] == " ".join(alert["next_steps"].split())


def test_one_run_writes_it_beside_other_formats(tmp_path: Path) -> None:
    page, other = tmp_path / "a.html", tmp_path / "a.json"
    assert onesec("scan", SAMPLES / "full_story", "--report", f"html:{page}", "--report", f"json:{other}")[0] == 0
    told = read_html(page.read_text()).data
    assert [one["id"] for one in told["alerts"]] == [one["id"] for one in json.loads(other.read_text())["alerts"]]


def test_the_same_run_gives_the_same_bytes() -> None:
    assert render(gated(everything()), Format.html) == render(gated(everything()), Format.html)


def test_suppressed_and_known_alerts_are_told_as_such() -> None:
    told = read_html(render(gated(story()), Format.html)).data
    assert told["alerts"][0]["known"] and told["alerts"][0]["judged_level"] == "low"
    assert told["suppressed"][0]["suppression"]["owner"] == "dora@example.com"
    assert [one["status"] for one in told["suppressions"]] == ["applied", "expired", "unused", "undated"]


def test_beyond_what_a_page_holds_alerts_are_rows_and_then_counted(monkeypatch) -> None:  # type: ignore[no-untyped-def]  # a fixture
    monkeypatch.setattr(html, "FULL_ALERTS", 2)
    monkeypatch.setattr(html, "ROW_ALERTS", 3)
    report = story()
    told = read_html(render(report, Format.html)).data
    assert len(told["alerts"]) == 5 and told["left_total"] == len(report.alerts) - 5 and told["left"]
    assert sum(1 for one in told["alerts"] if one["evidence"]) == 2
    assert all(one["evidence_total"] for one in told["alerts"])


def test_a_run_that_judged_nothing_says_so_on_the_page(tmp_path: Path) -> None:
    empty, page = tmp_path / "empty.jsonl", tmp_path / "a.html"
    empty.write_text("")
    assert onesec("scan", empty, "-f", "html", "-o", page)[0] == 3
    assert read_html(page.read_text()).heading.startswith("INCONCLUSIVE")


def test_no_text_can_end_the_element_that_holds_the_data() -> None:
    text = "</script><!--<script>\u2028]]>&amp;"
    report = replace(story(), verdict=replace(story().verdict, sentence=text, reasons=(text,)))
    page = render(report, Format.html)
    body = page.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    assert not re.search("[<>&\u2028\u2029]", body) and body.isascii()
    told = read_html(page)
    assert told.data["verdict"]["reasons"] == ["</script><!--<script>\\u2028]]>&amp;"]
    assert told.heading == "</script><!--<script>\\u2028]]>&amp;"


def test_the_chart_library_is_the_one_that_its_note_names() -> None:
    code, note = (ECHARTS / "echarts.common.min.js").read_bytes(), (ECHARTS / "README.md").read_text()
    assert hashlib.sha256(code).hexdigest() in note
    version = re.search(r"# Apache ECharts (\S+)", note)
    assert version and f'version="{version[1]}"'.encode() in code
    assert len(code) < 1_000_000
    assert "Apache License" in (ECHARTS / "LICENSE").read_text() and (ECHARTS / "NOTICE").exists()


def test_the_script_makes_no_markup_of_text() -> None:
    script = html.script()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|fetch\(|XMLHttp|\.src\b", script
    )


def test_the_access_matrix_is_what_the_access_command_tells(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    assert onesec("scan", SAMPLES / "full_story", "-f", "html", "-o", page)[0] == 0
    told = read_html(page.read_text()).data
    asked = json.loads(onesec("access", SAMPLES / "full_story", "-f", "json")[1])["access"]
    assert told["access"] and told["access"] == asked
    assert told["access_total"] == len(asked)


def test_a_report_that_is_no_page_asks_for_no_access_matrix() -> None:
    assert "access" not in scan(SAMPLES / "both_trails")


def test_beyond_what_a_page_holds_accesses_are_counted(monkeypatch) -> None:  # type: ignore[no-untyped-def]  # a fixture
    monkeypatch.setattr(html, "ACCESS", 2)
    report = analyze([str(SAMPLES / "full_story")], Options(access=True))
    told = read_html(render(report, Format.html)).data
    assert len(told["access"]) == 2 and told["access_total"] == len(report.access) > 2
