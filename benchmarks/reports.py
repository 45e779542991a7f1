"""How large a report of many alerts is in each format, and how long it takes to write."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from benchmarks.measure import ROOT
from onesec_cli.model.event import Evidence, Origin
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Grade, Incident, Join, Step
from onesec_cli.model.report import Quote, Report
from onesec_cli.pipeline import Options, analyze
from onesec_cli.reports import console
from onesec_cli.reports.formats import Format, pieces_of

EVIDENCE: Final = 3
"""Records per alert: what the shipped trails have in the middle."""
STEPS: Final = 4
_READY: Final = """
const done = arguments[0], look = () => {
  const { domComplete } = performance.getEntriesByType("navigation")[0];
  if (domComplete && document.querySelector("#rows tr")) done(domComplete); else setTimeout(look, 20);
};
look();"""
_FILTER: Final = """
const done = arguments[0], search = document.getElementById("search"), told = document.getElementById("shown"), times = [];
function ask(text) {
  const start = performance.now();
  new MutationObserver((_, watch) => {
    watch.disconnect();
    times.push(performance.now() - start - 120);
    if (times.length < 2) ask("user-0042"); else done(times);
  }).observe(told, { childList: true, characterData: true, subtree: true });
  search.value = text;
  search.dispatchEvent(new Event("input"));
}
ask("user-0007");"""
"""Two searches, the pause that the page waits for further keys left out: the first one reads every text."""
QUOTE: Final = 1000


def made(count: int) -> Report:
    """The report of the shipped story with its alerts told again and again, each with records of its own."""
    told = analyze([str(ROOT / "sample_logs" / "full_story")], Options(access=True))
    quotes: dict[str, Quote] = {}
    alerts = [_alert(told.alerts[number % len(told.alerts)], number, quotes) for number in range(count)]
    alerts.sort(key=lambda one: (-one.level, one.first_seen, one.rule, one.id))
    return replace(
        told,
        alerts=tuple(alerts),
        incidents=tuple(_incident(alerts[at : at + STEPS]) for at in range(0, count // 10, STEPS)),
        quotes=quotes,
    )


def _alert(like: Alert, number: int, quotes: dict[str, Quote]) -> Alert:
    name, shift = f"auth0|user-{number % 5000:04d}", number * 1_000_000
    evidence = []
    for nth in range(EVIDENCE):
        origin = Origin(
            like.evidence[0].origin.file, number * EVIDENCE + nth + 1, number * 3000 + nth * 1000, 1000, "0" * 64
        )
        record = f'{{"log_id":"{number:056d}","user_id":"{name}","note":"' + "x" * (QUOTE - 130) + '"}'
        quotes[f"{origin.file}:{origin.offset}"] = Quote(text=record, intact=True)
        evidence.append(Evidence(origin, like.first_seen + shift + nth, like.evidence[0].role))
    return replace(
        like,
        id=f"{number:016x}",
        entities=(f"user:{name}", *like.entities[:4]),
        first_seen=like.first_seen + shift,
        last_seen=like.last_seen + shift,
        evidence=tuple(evidence),
        evidence_total=EVIDENCE,
    )


def _incident(alerts: list[Alert]) -> Incident:
    alerts = sorted(alerts, key=lambda one: one.first_seen)
    steps = [
        Step(alert=one.id, rule=one.rule, level=one.level, title=one.title, asi=one.asi[0], time=one.first_seen)
        for one in alerts
    ]
    joins = [
        Join(earlier=before.id, later=after.id, on=after.entities[:1], grade=Grade.fair, seconds=60)
        for before, after in pairwise(alerts)
    ]
    return Incident(
        id=f"incident-{alerts[0].id}",
        chain="story",
        title="A hijack that went on in the identity trail",
        level=max(one.level for one in alerts),
        message=alerts[0].message,
        path=" -> ".join(step.asi for step in steps),
        grade=Grade.fair,
        tenant=alerts[0].tenant,
        first_seen=alerts[0].first_seen,
        last_seen=alerts[-1].last_seen,
        entities=alerts[0].entities,
        steps=tuple(steps),
        joins=tuple(joins),
    )


def row(name: str, count: int) -> None:
    """Write one format in this process and print its row: size, seconds, memory above that of the report itself."""
    report = made(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, start = time.perf_counter(), time.process_time()
    size = sum(len(piece.encode("utf-8", "backslashreplace")) for piece in _pieces(report, Format(name)))
    spent, waited = time.process_time() - start, time.perf_counter() - began
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / (1 if sys.platform == "darwin" else 1024)
    print(f"| {name} | {size / 1e6:,.1f} | {spent:.1f} | {waited:.1f} | {more:,.0f} |", flush=True)


def _pieces(report: Report, format: Format) -> Iterable[str]:
    return [console.render(report)] if format is Format.console else pieces_of(format)(report)


def shown(count: int) -> None:
    """Write the page, open it in headless chromium and print how long it takes till its table stands, and till a filter has answered."""
    from selenium import webdriver  # only where a browser is asked for
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    report = made(count)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        with page.open("w", encoding="utf-8") as file:
            file.writelines(pieces_of(Format.html)(report))
        del report
        browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            browser.set_script_timeout(300)
            browser.get(page.as_uri())
            ready = browser.execute_async_script(_READY)
            first, again = browser.execute_async_script(_FILTER)
            size = page.stat().st_size / 1e6
            print(
                f"| {count:,} | {size:,.1f} | {ready / 1000:.1f} | {first / 1000:.1f} | {again / 1000:.1f} |",
                flush=True,
            )
        finally:
            browser.quit()


def table(count: int) -> None:
    """A row per format, each made in a process of its own."""
    print(f"| {count:,} alerts | MB | CPU s | wall s | more MB of memory |\n|---|---:|---:|---:|---:|", flush=True)
    for one in Format:
        command = [sys.executable, "-m", "benchmarks", "reports", "--alerts", str(count), "--format", one.value]
        subprocess.run(command, check=True, cwd=ROOT)
