"""The HTML report for eyes, ears and hands of every kind: contrast, names, headers, forced colours, and what axe-core finds."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from onesec_cli.pipeline import Options, analyze
from tests.reports.made import gated, story
from tests.reports.test_html_browser import Keys, assert_silent, browser, visit, wait, written
from tests.reports.test_html_browser import pytestmark as needs_a_browser
from tests.run import SAMPLES

By: Any = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed").By
__all__ = ["browser"]
pytestmark = needs_a_browser
BUNDLE = "axe_playwright_python"
"""A package that carries axe-core; nothing but the script in it is used."""
UNFOLD = """
    for (const box of document.querySelectorAll("details")) box.open = true;
    for (const button of [...document.querySelectorAll("#rows button.opens[aria-expanded=false]")].slice(0, 3)) button.click();"""
FAINT = """
    const parse = (text) => text.match(/[\\d.]+/g).map(Number);
    const bright = (rgb) => rgb.slice(0, 3).map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
        .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (one) => { const ground = parse(getComputedStyle(one).backgroundColor); return ground.length === 4 && ground[3] === 0 && one.parentElement ? behind(one.parentElement) : ground; };
    const found = new Set();
    for (const one of document.querySelectorAll("body *:not(script):not(canvas)")) {
        if (!one.checkVisibility() || ![...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
        const [light, dark] = [bright(parse(getComputedStyle(one).color)), bright(behind(one))].sort((a, b) => b - a);
        if ((light + 0.05) / (dark + 0.05) < 4.5) found.add(one.outerHTML.slice(0, 120));
    }
    return [...found]"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small page with all that a page can have: incident, baseline, suppressions, a gap."""
    report = gated(analyze([str(SAMPLES / "both_trails"), str(SAMPLES / "delegation-chain")], Options(access=True)))
    report = replace(report, alerts=report.alerts[:12], access=report.access[:12])
    yield written(report, tmp_path_factory.mktemp("everybody") / "all.html")


def dark(browser: Any) -> None:
    browser.find_element(By.ID, "theme").click()


@pytest.mark.skipif(not find_spec(BUNDLE), reason="axe-playwright-python, which carries axe-core, is not installed")
def test_axe_finds_nothing_to_mend_light_or_dark(browser: Any, page: Path) -> None:
    browser.set_script_timeout(180)
    visit(browser, page)
    browser.execute_script(files(BUNDLE).joinpath("axe.min.js").read_text(encoding="utf-8"))
    for turn in (lambda _: None, dark):
        turn(browser)
        browser.execute_script(UNFOLD)
        found = browser.execute_async_script("""
            const done = arguments[0];
            requestAnimationFrame(() => axe.run(document, { resultTypes: ["violations"] }).then((told) =>
                done(told.violations.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160))]))))""")
        assert found == []


def test_every_text_can_be_read_light_and_dark(browser: Any, page: Path) -> None:
    visit(browser, page)
    browser.execute_script(UNFOLD)
    assert browser.execute_script(FAINT) == []
    dark(browser)
    assert browser.execute_script(FAINT) == []
    assert browser.execute_script(FAINT.replace("< 4.5", "< 21.5")) != []


def test_every_table_has_a_caption_and_headers_and_every_picture_its_words(browser: Any, page: Path) -> None:
    visit(browser, page)
    browser.execute_script(UNFOLD)
    bare = browser.execute_async_script("""
        const done = arguments[0];
        setTimeout(() => done([...document.querySelectorAll("table")].filter((one) => !one.caption || !one.caption.textContent
            || ![...one.tHead.rows[0].cells].every((cell) => cell.tagName === "TH" && cell.scope === "col" && cell.textContent)
        ).map((one) => one.outerHTML.slice(0, 200))), 200)""")
    assert bare == []
    pictures = browser.find_elements(By.CSS_SELECTOR, "#chart, .flow")
    assert len(pictures) >= 3
    assert all(
        "tell the same" in (name := str(one.get_attribute("aria-label"))) or "tells the same" in name
        for one in pictures
    )
    landmarks = [one.aria_role for one in browser.find_elements(By.CSS_SELECTOR, "header, nav, main, form")]
    assert landmarks == ["banner", "navigation", "main", "search", "search"]
    for name in ("shown", "access-shown", "point"):
        assert browser.find_element(By.ID, name).get_attribute("aria-live") == "polite"


def test_parts_of_the_page_are_where_the_navigation_says_in_that_order(browser: Any, page: Path) -> None:
    visit(browser, page)
    named = [one.get_attribute("href").split("#")[1] for one in browser.find_elements(By.CSS_SELECTOR, "nav a")]
    parts = browser.execute_script(
        "return [...document.querySelectorAll('main > section:not([hidden])')].map((one) => one.id)"
    )
    assert ["now", *named] == parts


def emulated(browser: Any, name: str, value: str) -> None:
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": name, "value": value}]})


def test_forced_colours_reach_the_canvas_too(browser: Any, page: Path) -> None:
    try:
        emulated(browser, "forced-colors", "active")
        visit(browser, page)
        ink, text, card = browser.execute_script("""
            const chart = echarts.getInstanceByDom(document.getElementById("chart")), box = document.getElementById("chart");
            return [chart.getOption().textStyle.color, getComputedStyle(document.body).color, getComputedStyle(box).backgroundColor]""")
        assert ink == text != card
        assert_silent(browser, page)
    finally:
        emulated(browser, "forced-colors", "")


def test_nothing_moves_by_itself(browser: Any, page: Path) -> None:
    visit(browser, page)
    moving = browser.execute_script("""
        const slow = (one) => ["transitionDuration", "animationDuration"].some((key) => parseFloat(getComputedStyle(one)[key]) > 0);
        return [[...document.querySelectorAll("*")].filter(slow).length, [...document.querySelectorAll("#chart, .flow")]
            .map((one) => echarts.getInstanceByDom(one)).filter((one) => one && one.getOption().animation !== false).length]""")
    assert moving == [0, 0]


def test_a_name_written_from_right_to_left_turns_nothing_else_round(browser: Any, tmp_path: Path) -> None:
    report = story()
    (alert, *others) = report.alerts
    proof = alert.evidence[0]
    odd = replace(proof, origin=replace(proof.origin, file="\u05e7\u05d5\u05d1\u05e5"))
    visit(browser, written(replace(report, alerts=(replace(alert, evidence=(odd,)), *others)), tmp_path / "rtl.html"))
    browser.execute_script(UNFOLD)
    left, right = browser.execute_script("""
        const place = document.querySelector("[data-place] b"), range = document.createRange();
        range.selectNodeContents(place.lastChild);
        return [place.querySelector("bdi").getBoundingClientRect().right, range.getBoundingClientRect().left]""")
    assert left <= right + 1


@pytest.mark.parametrize(
    "name", ["with space", "a#b", "50%25", "\u00e9\u65e5\u672c \u05d0"], ids=["space", "hash", "percent", "letters"]
)
def test_a_page_works_from_any_place(browser: Any, page: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    path = folder / f"{name}.html"
    path.write_bytes(page.read_bytes())
    visit(browser, path)
    browser.find_element(By.CSS_SELECTOR, "nav a[href='#alerts']").click()
    assert browser.execute_script("return Math.abs(document.getElementById('alerts').getBoundingClientRect().top) < 80")
    link = browser.find_element(By.CSS_SELECTOR, "#now .measures .link")
    place = link.text
    link.send_keys(Keys.ENTER)
    record = browser.switch_to.active_element
    assert record.get_attribute("data-place") == place and record.find_elements(By.TAG_NAME, "pre")
    assert_silent(browser, path)


def test_a_page_without_alerts_says_so_in_silence(browser: Any, tmp_path: Path) -> None:
    report = analyze([str(SAMPLES / "delegation-chain" / "benign.jsonl")], Options(access=True))
    path = written(report, tmp_path / "clean.html")
    visit(browser, path)
    wait(browser, "No alerts")
    for name in ("incidents", "timeline", "now", "filters", "table", "more"):
        assert not browser.find_element(By.ID, name).is_displayed(), name
    assert browser.find_elements(By.CSS_SELECTOR, "#access-rows tr")
    assert_silent(browser, path)


def test_a_page_of_a_run_that_could_not_judge_begins_with_what_it_lacked(browser: Any, tmp_path: Path) -> None:
    trail = tmp_path / "bad.jsonl"
    trail.write_text("no record\n")
    path = written(analyze([str(trail)], Options(access=True)), tmp_path / "inconclusive.html")
    visit(browser, path)
    wait(browser, "No alerts")
    first = browser.execute_script(
        "return [...document.querySelectorAll('main > section')].find((one) => one.checkVisibility())"
    )
    assert first.get_attribute("id") == "coverage" and f"{trail}:1 " in first.text
    assert_silent(browser, path)


def test_a_page_with_all_at_once_stays_silent(browser: Any, page: Path) -> None:
    """Everything opened, drawn, zoomed, filtered, turned dark, printed: no word on the console, no request."""
    visit(browser, page)
    browser.execute_script(UNFOLD)
    dark(browser)
    browser.execute_async_script("""
        const done = arguments[0];
        for (const select of document.querySelectorAll("select")) for (const option of select.options) {
            select.value = option.value;
            select.dispatchEvent(new Event("change"));
        }
        document.getElementById("filters").reset();
        for (const button of document.querySelectorAll("#moves button, .chip, .link:not(.opens)")) button.click();
        dispatchEvent(new Event("beforeprint"));
        dispatchEvent(new Event("afterprint"));
        dispatchEvent(new Event("resize"));
        setTimeout(done, 300)""")
    assert len(browser.find_elements(By.CSS_SELECTOR, "canvas")) >= 4
    assert browser.find_elements(By.CSS_SELECTOR, "#rows > tr")
    assert_silent(browser, page)
