"""The timeline of the HTML report in a real browser: lanes, zoom, hover, a click and the keyboard each lead where they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reports.made import story
from tests.reports.test_html_browser import Keys, assert_silent, browser, open_alert, visit, written
from tests.reports.test_html_browser import pytestmark as needs_a_browser

By: Any = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed").By
ActionChains: Any = pytest.importorskip("selenium.webdriver", reason="selenium is not installed").ActionChains
__all__ = ["browser"]
pytestmark = needs_a_browser
CHART = (
    """const chart = echarts.getInstanceByDom(document.getElementById("chart")), series = chart.getOption().series;"""
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield written(story(), tmp_path_factory.mktemp("timeline") / "story.html")


@pytest.fixture
def chart(browser: Any, page: Path) -> Any:
    visit(browser, page)
    browser.execute_script('document.getElementById("chart").scrollIntoView({ block: "center" })')
    return browser.find_element(By.ID, "chart")


def window(browser: Any) -> tuple[float, float]:
    first, last = browser.execute_script(
        CHART + "const zoom = chart.getOption().dataZoom[0]; return [zoom.startValue, zoom.endValue]"
    )
    return float(first), float(last)


def point(browser: Any, chart: Any, name: str) -> tuple[Any, dict[str, Any]]:
    """A move of the pointer to the first point of a series that is in sight, and that point."""
    x, y, found, width, height = browser.execute_script(
        CHART
        + """
        const index = series.findIndex((one) => one.name === arguments[0]), zoom = chart.getOption().dataZoom[0];
        const point = series[index].data.find((one) => one.value[0] >= zoom.startValue && one.value[0] <= zoom.endValue);
        return [...chart.convertToPixel({ seriesIndex: index }, point.value), point, chart.getWidth(), chart.getHeight()]""",
        name,
    )
    return ActionChains(browser).move_to_element_with_offset(chart, x - width / 2, y - height / 2).pause(0.3), found


def written_on(browser: Any) -> str:
    """All words on the canvas, those of a tip too."""
    words = "chart.getZr().storage.getDisplayList(true).map((one) => (one.style && one.style.text) || '')"
    return str(browser.execute_script(f"{CHART} return {words}.join(' ')"))


def button(browser: Any, title: str) -> Any:
    return browser.find_element(By.XPATH, f"//*[@id='moves']/button[. = '{title}']")


def test_each_entity_of_the_incident_has_a_lane_and_its_points_stand_on_it(browser: Any, chart: Any) -> None:
    lanes, points = browser.execute_script(
        CHART
        + "return [chart.getOption().yAxis[0].data, series.flatMap((one) => one.type === 'scatter' ? one.data : [])]"
    )
    (incident,) = story().incidents
    alerts = {one.id: one for one in story().alerts if one.id in {step.alert for step in incident.steps}}
    assert set(lanes[:-1]) == {name for one in alerts.values() for name in one.entities} and lanes[-1] == "evidence"
    drawn = {(one["id"], lanes[one["value"][1]]) for one in points if "where" not in one}
    assert drawn == {(one.id, name) for one in alerts.values() for name in one.entities}


def test_a_point_under_the_pointer_tells_what_it_is_and_a_click_opens_it(browser: Any, chart: Any, page: Path) -> None:
    move, found = point(browser, chart, "critical")
    move.perform()
    (alert,) = [one for one in story().alerts if one.id == found["id"]]
    assert alert.message[:40] in written_on(browser)
    ActionChains(browser).click().perform()
    assert alert.id in open_alert(browser).text
    assert_silent(browser, page)


def test_a_point_of_older_evidence_leads_to_the_record_itself(browser: Any, chart: Any) -> None:
    move, found = point(browser, chart, "evidence")
    move.click().perform()
    open_alert(browser)
    record = browser.switch_to.active_element
    assert record.get_attribute("data-place") == found["where"]
    assert found["where"] in record.text and record.find_elements(By.TAG_NAME, "pre")


def test_buttons_zoom_and_move_and_show_all(browser: Any, chart: Any) -> None:
    first, last = window(browser)
    button(browser, "Zoom in").click()
    near = window(browser)
    assert near[1] - near[0] == pytest.approx((last - first) / 2, rel=0.01) and first < near[0] < near[1] < last
    button(browser, "Later").click()
    later = window(browser)
    assert later[0] > near[0] and later[1] - later[0] == pytest.approx(near[1] - near[0], rel=0.01)
    button(browser, "Earlier").click()
    assert window(browser) == pytest.approx(near, abs=1000)
    button(browser, "All of it").click()
    whole = window(browser)
    assert whole[0] < first and whole[1] >= last
    button(browser, "Zoom out").click()
    assert window(browser) == pytest.approx(whole, abs=1000)


def test_the_pointer_drags_what_is_shown_and_only_ctrl_and_the_wheel_zoom(browser: Any, chart: Any) -> None:
    before = window(browser)
    x, y = chart.size["width"] // 4, chart.size["height"] // 4
    ActionChains(browser).move_to_element_with_offset(chart, x, y).click_and_hold().move_by_offset(-200, 0).pause(
        0.3
    ).release().perform()
    dragged = window(browser)
    assert dragged[0] > before[0]
    wheel = {"type": "mouseWheel", "deltaX": 0, "deltaY": -240}
    spot = browser.execute_script(
        "const box = arguments[0].getBoundingClientRect(); return [box.x + box.width * 0.6, box.y + box.height * 0.6]",
        chart,
    )
    at = {"x": spot[0], "y": spot[1]}
    browser.execute_cdp_cmd("Input.dispatchMouseEvent", {**wheel, **at})
    assert window(browser) == dragged
    browser.execute_cdp_cmd("Input.dispatchMouseEvent", {**wheel, **at, "modifiers": 2})
    near = window(browser)
    assert near[1] - near[0] < dragged[1] - dragged[0]


def test_the_keyboard_goes_from_point_to_point_and_opens_the_evidence(browser: Any, chart: Any, page: Path) -> None:
    said = browser.find_element(By.ID, "point")
    assert said.get_attribute("aria-live") == "polite"
    chart.send_keys(Keys.END)
    total = int(said.text.split(" ")[0])
    assert said.text.startswith(f"{total} of {total}: ")
    chart.send_keys(Keys.ARROW_LEFT)
    assert said.text.startswith(f"{total - 1} of {total}: ")
    chart.send_keys(Keys.HOME)
    first, last = window(browser)
    assert said.text.startswith(f"1 of {total}: ")
    times = []
    for _ in range(total):
        times.append(said.text.split(": ")[1].split(" ")[0])
        chart.send_keys(Keys.ARROW_RIGHT)
    assert times == sorted(times) and len(times) == total
    chart.send_keys("+")
    near = window(browser)
    (alert,) = [one for one in story().alerts if one.message in said.text]
    assert near[1] - near[0] < last - first and alert.message[:40] in written_on(browser)
    chart.send_keys("0")
    chart.send_keys(Keys.ENTER)
    assert alert.id in open_alert(browser).text
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not browser.find_elements(By.CSS_SELECTOR, "tr.detail")
    assert_silent(browser, page)


def test_the_choice_of_what_is_shown_draws_the_whole_run(browser: Any, chart: Any) -> None:
    incident = browser.execute_script(CHART + "return series.filter((one) => one.type === 'line').length")
    browser.execute_script("""
        const scope = document.getElementById("scope");
        scope.value = "";
        scope.dispatchEvent(new Event("change"))""")
    ids = browser.execute_script(CHART + "return series.flatMap((one) => one.data.map((each) => each.id))")
    assert set(ids) == {one.id for one in story().alerts} and incident
    assert browser.find_element(By.ID, "lanes").text.startswith("Shown: all alerts.")


def test_an_arrow_of_a_graph_opens_the_alert_that_cites_it(browser: Any, page: Path) -> None:
    visit(browser, page)
    x, y, alert, width, height = browser.execute_script("""
        const box = document.querySelectorAll("#network .flow")[1], graph = echarts.getInstanceByDom(box);
        box.scrollIntoView({ block: "center" });
        const series = graph.getOption().series, index = series.findIndex((one) => one.data[1].edge && one.data[1].edge.level);
        const head = series[index].data[1];
        return [...graph.convertToPixel({ seriesIndex: index }, head.value), head.edge.alert, graph.getWidth(), graph.getHeight()]""")
    graph = browser.find_elements(By.CSS_SELECTOR, "#network .flow")[1]
    ActionChains(browser).move_to_element_with_offset(graph, x - width / 2, y - height / 2).pause(0.3).click().perform()
    assert alert in open_alert(browser).text
    assert_silent(browser, page)
