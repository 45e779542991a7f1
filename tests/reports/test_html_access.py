"""The HTML report for everybody: used by keyboard alone, on paper and in a narrow window."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.pipeline import Options, analyze
from onesec_cli.reports.formats import Format, pieces_of
from tests.reports.made import poisoned
from tests.reports.test_html_browser import ACTS, Keys, assert_silent, browser, visit, wait, written
from tests.reports.test_html_browser import pytestmark as needs_a_browser
from tests.run import SAMPLES

By: Any = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed").By
WebDriverWait: Any = pytest.importorskip(
    "selenium.webdriver.support.ui", reason="selenium is not installed"
).WebDriverWait
__all__ = ["browser"]
pytestmark = needs_a_browser
UNFOLD = """
    for (const box of document.querySelectorAll("details")) box.open = true;
    for (const button of [...document.querySelectorAll("#rows button.opens")].slice(0, 10)) button.click();"""


@pytest.fixture(scope="module")
def story_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("page") / "story.html"
    report = analyze([str(SAMPLES / "both_trails"), str(SAMPLES / "delegation-chain")], Options(access=True))
    with path.open("w", encoding="utf-8") as file:
        file.writelines(pieces_of(Format.html)(report))
    yield path


def test_headings_go_down_one_step_at_a_time(browser: Any, story_page: Path) -> None:
    visit(browser, story_page)
    browser.execute_script(UNFOLD)
    steps = browser.execute_script("""
        return [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.offsetParent).map((one) => Number(one.tagName[1]))""")
    assert steps[0] == 1 and steps.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(steps))


def test_the_first_thing_told_is_what_hit_and_what_to_take_away(browser: Any, story_page: Path) -> None:
    visit(browser, story_page)
    now = browser.find_element(By.ID, "now")
    assert now.location["y"] < 300
    assert "Hijacked goal, then privilege" in now.text and "Take away now" in now.text
    for action in ("unlink-account", "rotate-client-secret", "block-destination"):
        assert action in now.text
    now.find_element(By.XPATH, ".//dt[. = 'by text']/following-sibling::dd[1]//button").send_keys(Keys.ENTER)
    assert browser.find_elements(By.CSS_SELECTOR, "tr.detail")


def test_escape_closes_what_is_open_and_gives_the_focus_back(browser: Any, story_page: Path) -> None:
    visit(browser, story_page)
    button = browser.find_element(By.CSS_SELECTOR, "#rows button.opens")
    button.send_keys(Keys.ENTER)
    record = browser.find_element(By.CSS_SELECTOR, "tr.detail pre")
    record.send_keys(Keys.ESCAPE)
    assert not browser.find_elements(By.CSS_SELECTOR, "tr.detail")
    assert browser.switch_to.active_element == button
    summary = browser.find_element(By.CSS_SELECTOR, "#incident-list summary")
    summary.send_keys(Keys.ENTER)
    assert browser.execute_script("return arguments[0].parentElement.open", summary)
    summary.send_keys(Keys.ESCAPE)
    assert not browser.execute_script("return arguments[0].parentElement.open", summary)


def test_what_has_the_focus_can_be_seen(browser: Any, story_page: Path) -> None:
    visit(browser, story_page)
    body = browser.find_element(By.TAG_NAME, "body")
    for _ in range(25):
        body.send_keys(Keys.TAB)
        one = browser.switch_to.active_element
        assert float(one.value_of_css_property("outline-width").removesuffix("px")) >= 2, one.get_attribute("outerHTML")


def test_paper_is_light_and_unfolded_and_the_screen_is_as_before(browser: Any, story_page: Path) -> None:
    visit(browser, story_page)
    browser.find_element(By.ID, "theme").click()
    before = browser.execute_script("return document.querySelectorAll('details[open], tr.detail').length")
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    state = browser.execute_script("""return [document.documentElement.dataset.theme,
        document.querySelectorAll('#incident-list details:not([open], .repeated)').length, document.querySelectorAll('tr.detail').length,
        Math.max(...[...document.querySelectorAll('canvas')].map((one) => one.getBoundingClientRect().width))]""")
    assert state[:2] == ["light", 0] and state[2] > 0 and state[3] <= 720
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    after = browser.execute_script(
        "return [document.documentElement.dataset.theme, document.querySelectorAll('details[open], tr.detail').length]"
    )
    assert after == ["dark", before]
    assert_silent(browser, story_page)


def test_a_narrow_window_scrolls_down_only(browser: Any, story_page: Path) -> None:
    size = {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        visit(browser, story_page)
        browser.execute_script(UNFOLD)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 400
        row = browser.find_element(By.CSS_SELECTOR, "#rows > tr")
        words = row.find_element(By.CSS_SELECTOR, "td:nth-child(4)")
        assert words.size["width"] > 300 and row.aria_role == "row" and words.aria_role in ("cell", "gridcell")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_pictures_of_the_run_say_the_same_as_their_tables(browser: Any, story_page: Path) -> None:
    visit(browser, story_page)
    told = browser.execute_script("""
        const data = JSON.parse(document.getElementById("data").textContent).pictures;
        for (const box of document.querySelectorAll("#network details")) box.open = true;
        return [data.authority.edges.length + data.authority.more.length, data.flow.edges.length + data.flow.more.length]""")
    assert min(told) > 3
    counted = """return [...document.querySelectorAll("#network table")].map((one) => one.tBodies[0].rows.length)"""
    WebDriverWait(browser, 60).until(lambda _: browser.execute_script(counted) == told)
    assert len(browser.find_elements(By.CSS_SELECTOR, "#network .flow canvas")) == 2
    names = [one.get_attribute("aria-label") for one in browser.find_elements(By.CSS_SELECTOR, "#network .flow")]
    assert all("table that follows tells the same" in name for name in names)


def test_hostile_names_in_pictures_and_matrix_do_nothing(browser: Any, tmp_path: Path) -> None:
    report = poisoned(analyze([str(SAMPLES / "delegation-chain")], Options(access=True)), ACTS)
    path = written(report, tmp_path / "hostile.html")
    visit(browser, path)
    browser.execute_script(UNFOLD)
    wait(browser, " alerts")
    assert ACTS[:20] in browser.find_element(By.ID, "access-rows").text
    assert browser.execute_script("return document.querySelectorAll('img, svg, iframe, [onerror]').length") == 0
    assert browser.execute_script("return typeof pwned") == "undefined"
    assert_silent(browser, path)
