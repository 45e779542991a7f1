"""The HTML report in a real browser: it loads in silence, its filter and links work, and what a log says stays text."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from onesec_cli.model.report import Report
from onesec_cli.reports.formats import Format, pieces_of
from tests.reports.made import everything, gated, poisoned
from tests.reports.test_hostile_reports import HOSTILE
from tests.run import SAMPLES, onesec, scan

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
from selenium import webdriver  # noqa: E402  # after the skip
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

CHROME, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROME and DRIVER), reason="no chromium with chromedriver on this machine")
ACTS = '<img src=x onerror="pwned=1"><svg onload=pwned=1></script><script>pwned=1</script>javascript:pwned=1\'"${pwned=1}{{pwned=1}}'
SHOWN = {**HOSTILE, "long": "x" * 3000}
"""What is shown of forty alerts at once: longer texts in every field are a test of the machine's memory."""
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1300,1400")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROME or ""
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


def written(report: Report, path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(pieces_of(Format.html)(report))
    return path


def visit(browser: Any, path: Path, fragment: str = "") -> None:
    """The page in a fresh tab state, the logs of earlier pages read away."""
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(path.as_uri() + fragment)


def assert_silent(browser: Any, path: Path) -> None:
    """No word on the console (where a breach of the policy would stand too), and no request but for the page itself."""
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
    assert [url.split("#")[0] for url in asked] == [path.as_uri()]


def shown(browser: Any) -> str:
    return str(browser.find_element(By.ID, "shown").text)


def wait(browser: Any, text: str) -> None:
    WebDriverWait(browser, 60).until(lambda _: text in shown(browser), f"{text!r} is not {shown(browser)!r}")


def open_alert(browser: Any) -> Any:
    def only(_: Any) -> Any:
        found = browser.find_elements(By.CSS_SELECTOR, "tr.detail")
        return found[0] if len(found) == 1 else False

    return WebDriverWait(browser, 60).until(only, "not one alert is open")


def test_the_story_over_both_trails_opens_and_leads_to_its_evidence(browser: Any, tmp_path: Path) -> None:
    path, report = tmp_path / "story.html", scan(SAMPLES / "both_trails")
    assert onesec("scan", SAMPLES / "both_trails", "-f", "html", "-o", path)[0] == 0
    visit(browser, path)
    assert browser.find_element(By.ID, "verdict").text == report["verdict"]["sentence"]
    (incident,) = report["incidents"]
    steps = browser.find_elements(By.CSS_SELECTOR, f"#incident-{incident['id']} ol li")
    assert [incident["steps"][n]["time"] in step.text for n, step in enumerate(steps)] == [True] * len(
        incident["steps"]
    )
    steps[0].find_element(By.TAG_NAME, "button").click()
    alert = next(one for one in report["alerts"] if one["id"] == incident["steps"][0]["alert"])
    text = open_alert(browser).text
    for proof in alert["evidence"]:
        assert f"{proof['file']}:{proof['line']}" in text and proof["sha256"] in text and proof["quote"][:80] in text
    assert browser.switch_to.active_element.get_attribute("aria-expanded") == "true"
    assert_silent(browser, path)


def test_an_incident_tells_what_was_held_what_to_take_away_and_draws_who_handed_what_on(
    browser: Any, tmp_path: Path
) -> None:
    path, report = tmp_path / "story.html", scan(SAMPLES / "both_trails")
    assert onesec("scan", SAMPLES / "both_trails", "-f", "html", "-o", path)[0] == 0
    visit(browser, path)
    (incident,) = report["incidents"]
    box = browser.find_element(By.ID, f"incident-{incident['id']}")
    assert f"Risk {incident['risk_score']} of 100" in box.text
    now = browser.find_element(By.ID, "now").text
    for measure in incident["containment"]:
        assert not measure["open"] or (measure["action"] in now and measure["reason"] in now)
    for summary in box.find_elements(By.CSS_SELECTOR, "summary"):
        summary.send_keys(Keys.ENTER)
    rows = [row.text for row in box.find_elements(By.CSS_SELECTOR, "tbody tr")]
    for held in incident["blast_radius"]["held"]:
        assert any(held["agent"] in row and held["place"] in row and held["since"] in row for row in rows)
    drawn = WebDriverWait(browser, 60).until(lambda _: box.find_elements(By.CSS_SELECTOR, ".flow canvas"))
    assert drawn[0].size["width"] > 300
    link = box.find_element(By.XPATH, ".//td//button[starts-with(., 'alert ')]")
    link.click()
    assert link.text.removeprefix("alert ") in open_alert(browser).text
    assert_silent(browser, path)


def test_the_access_matrix_narrows(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "story.html"
    assert onesec("scan", SAMPLES / "full_story", "-f", "html", "-o", path)[0] == 0
    visit(browser, path)
    total = len(browser.find_elements(By.CSS_SELECTOR, "#access-rows tr"))
    assert browser.find_element(By.ID, "access-shown").text == f"{total} of {total} accesses"
    Select(browser.find_element(By.ID, "access-status")).select_by_value("ended")
    WebDriverWait(browser, 60).until(lambda _: len(browser.find_elements(By.CSS_SELECTOR, "#access-rows tr")) < total)
    left = browser.find_elements(By.CSS_SELECTOR, "#access-rows tr")
    assert 0 < len(left) < total and all("ended " in row.text for row in left)
    browser.find_element(By.ID, "access-search").send_keys("nobody-has-this-name")
    WebDriverWait(browser, 60).until(lambda _: not browser.find_elements(By.CSS_SELECTOR, "#access-rows tr"))
    assert_silent(browser, path)


def test_filters_narrow_the_table_and_clear_again(browser: Any, tmp_path: Path) -> None:
    report = everything()
    path = written(report, tmp_path / "all.html")
    visit(browser, path)
    total = len(report.alerts)
    wait(browser, f"{total} of {total} alerts")
    Select(browser.find_element(By.ID, "level")).select_by_value("critical")
    critical = [one for one in report.alerts if one.level.name == "critical"]
    wait(browser, f"{len(critical)} of {total} alerts")
    rows = browser.find_elements(By.CSS_SELECTOR, "#rows tr")
    assert [row.get_attribute("id") for row in rows] == [f"alert-{one.id}" for one in critical]
    browser.find_element(By.CSS_SELECTOR, "#filters [type=reset]").click()
    wait(browser, f"{total} of {total} alerts")
    browser.find_element(By.ID, "search").send_keys("CONVERT_CURRENCY tool-integrity")
    WebDriverWait(browser, 60).until(lambda _: not shown(browser).startswith(f"{total} of"))
    found = browser.find_elements(By.CSS_SELECTOR, "#rows tr")
    assert found and all("tool-integrity" in row.text for row in found)
    assert_silent(browser, path)


def test_everything_can_be_done_by_keyboard_and_has_a_name(browser: Any, tmp_path: Path) -> None:
    path = written(gated(everything()), tmp_path / "all.html")
    visit(browser, path)
    button = browser.find_element(By.CSS_SELECTOR, "#rows button")
    button.send_keys(Keys.ENTER)
    assert open_alert(browser).text
    for control in browser.find_elements(By.CSS_SELECTOR, "button, input, select, summary, a, #chart, pre")[:400]:
        if control.is_displayed():
            assert control.accessible_name, control.get_attribute("outerHTML")
    visit(browser, path)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("class") == "skip"
    page = browser.find_element(By.TAG_NAME, "body")
    light = page.value_of_css_property("background-color")
    browser.find_element(By.ID, "theme").send_keys(Keys.SPACE)
    assert page.value_of_css_property("background-color") != light
    assert browser.find_element(By.ID, "theme").get_attribute("aria-pressed") == "true"
    assert_silent(browser, path)


def test_an_address_with_an_alert_opens_it(browser: Any, tmp_path: Path) -> None:
    report = everything()
    path = written(report, tmp_path / "all.html")
    visit(browser, path, f"#alert-{report.alerts[-1].id}")
    assert report.alerts[-1].id in open_alert(browser).text


@pytest.mark.parametrize("text", [ACTS, *SHOWN.values()], ids=["acts", *SHOWN])
def test_hostile_text_in_every_field_is_shown_and_does_nothing(browser: Any, tmp_path: Path, text: str) -> None:
    report = poisoned(gated(everything()), text)
    report = replace(report, alerts=report.alerts[:40])
    path = written(report, tmp_path / "hostile.html")
    visit(browser, path)
    wait(browser, " of 40 alerts")
    count = browser.execute_script("""
        for (const box of document.querySelectorAll("details")) box.open = true;
        for (const button of document.querySelectorAll("#rows button.opens")) button.click();
        return document.querySelectorAll("img, svg, iframe, b[onmouseover], a:not([href^='#']), [onerror], [onload]").length""")
    assert count == 0
    assert len(browser.find_elements(By.TAG_NAME, "script")) == 3
    assert len(browser.find_elements(By.CSS_SELECTOR, "tr.detail")) == 40
    assert browser.execute_script("return typeof pwned") == "undefined"
    assert browser.title == "onesec report"
    assert_silent(browser, path)


def test_ten_thousand_alerts_load_filter_and_scroll(browser: Any, tmp_path: Path) -> None:
    report = everything()
    many = tuple(
        replace(
            report.alerts[n % len(report.alerts)],
            id=f"{n:016x}",
            first_seen=report.alerts[0].first_seen + n * 7_000_000,
        )
        for n in range(10_000)
    )
    path = written(replace(report, alerts=many), tmp_path / "many.html")
    assert path.stat().st_size < 80_000_000
    visit(browser, path)
    wait(browser, "10,000 of 10,000 alerts")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#rows tr")) <= 300
    browser.find_element(By.ID, "search").send_keys("convert_currency")
    WebDriverWait(browser, 60).until(lambda _: not shown(browser).startswith("10,000 of"))
    browser.execute_script("location.hash = '#alert-' + (9999).toString(16).padStart(16, '0')")
    WebDriverWait(browser, 60).until(lambda _: browser.find_elements(By.CSS_SELECTOR, "tr.detail"))
    assert "000000000000270f" in open_alert(browser).text
    assert_silent(browser, path)
