"""What a blast radius says was held is what `onesec state --at` says, at the moment that it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model.clock import parse_time, show_time
from onesec_cli.model.event import Event
from onesec_cli.state.accounts.holdings import Holdings
from onesec_cli.state.accounts.within_reach import Named, Question, Watch
from tests.desk.test_steps import ordered
from tests.run import SAMPLES, onesec, scan

FOLDERS = ["both_trails", "full_story"]
SHOWN = ("agent", "client", "user", "place", "basis", "scopes", "since", "tenant")


def told_by(command: str, folder: str, at: str) -> list[dict[str, Any]]:
    code, out, err = onesec(command, "-q", "--at", at, "-f", "json", SAMPLES / folder)
    assert code == 0, err
    rows: list[dict[str, Any]] = json.loads(out)["access"]
    return rows


def radii(folder: str) -> list[dict[str, Any]]:
    """Of each incident, and of each alert."""
    report = scan(SAMPLES / folder)
    told = [one["blast_radius"] for one in report["incidents"]]
    for alert in report["alerts"]:
        _, out, _ = onesec("explain", "-q", "-f", "json", alert["id"], SAMPLES / folder)
        told.append(json.loads(out)["blast_radius"])
    return told


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_was_held_is_what_state_tells_of_that_moment(folder: str) -> None:
    checked = 0
    for radius in radii(folder):
        then, active = (told_by(name, folder, radius["at"]) for name in ("access", "state"))
        for one in radius["held"]:
            (same,) = [row for row in then if all(row[name] == one[name] for name in SHOWN)]
            assert same["status"] == one["status"]
            assert (same in active) == (one["status"] == "active")
            checked += 1
            if one["held_until"] is not None:
                moment = parse_time(one["held_until"])
                assert moment is not None
                before = told_by("access", folder, show_time(moment - 1000))
                after = told_by("access", folder, one["held_until"])
                statuses = [
                    [
                        row["status"]
                        for row in rows
                        if all(row[name] == one[name] for name in ("agent", "user", "place", "basis"))
                    ]
                    for rows in (before, after)
                ]
                assert statuses[0] == ["active"] and statuses[1] != ["active"]
    assert checked >= 3


LINES = [
    "account.link user={u} client={a} connection=google account=cac_{u}",
    "token.exchange user={u} client={a} connection=google flow=vault scope=calendar.read",
    "token.exchange user={u} client={a} connection=google flow=vault scope=mail.send",
    "account.unlink user={u} connection=google account=cac_{u}",
    "grant.consent user={u} client={a} scope=read:mail",
    "delegation.issue id=d{n} user={u} delegator={u} delegate={a} connection=google",
    "user.delete user={u}",
]
ACTS = st.tuples(st.sampled_from(LINES), st.sampled_from(["ada", "bob"]), st.sampled_from(["bot", "elf"]))


def told(acts: list[tuple[str, str, str]]) -> list[Event]:
    lines = [f"09:{at:02} {line.format(u=user, a=agent, n=at)}" for at, (line, user, agent) in enumerate(acts)]
    return ordered("\n".join(lines))


@given(st.lists(ACTS, min_size=1, max_size=14), st.integers(0, 13), st.integers(0, 13), st.sampled_from(["ada", ""]))
def test_every_held_access_is_that_of_a_fresh_run_cut_there(
    acts: list[tuple[str, str, str]], one: int, other: int, user: str
) -> None:
    events = told(acts)
    first, last = sorted((one % len(events), other % len(events)))
    named = Named(events[0].tenant, frozenset({"bot"}), frozenset({user} - {""}))
    watch = Watch([Question(frozenset({named}), events[first].time, events[last].time)])
    for event in events:
        watch.take(event)
    end = events[-1].time
    (answer,) = watch.answers(end)
    at = events[last].time
    then = Holdings().feed(event for event in events if event.time <= at).rows(at)
    whole = Holdings().feed(events).rows(end)
    assert all(each.row in then for each in answer.held)
    active = [row for row in then if row.status == "active" and named.means(row)]
    assert [each.row for each in answer.held if each.row.status == "active"] == active
    for each in answer.held:
        key = (each.row.basis, each.row.agent, each.row.user, each.row.place)
        now = next(row for row in whole if (row.basis, row.agent, row.user, row.place) == key)
        assert each.open == now.open(end)
        if each.until is None:
            assert now.status == "active" and now.since == each.row.since
        elif each.row.status == "active":
            cut = Holdings().feed(event for event in events if event.time <= (each.until or 0)).rows(each.until)
            gone = next(row for row in cut if (row.basis, row.agent, row.user, row.place) == key)
            assert gone.status == "ended" and gone.since == each.row.since


def test_where_the_blast_radius_is_not_whole_every_format_says_so(tmp_path: Path) -> None:
    """The agent of the story had 2,100 more connections for the user than anybody looks at."""
    story, many = SAMPLES / "both_trails", tmp_path / "many.jsonl"
    (one,) = scan(story)["incidents"]
    assert one["blast_radius"]["bounds"] == []
    held = one["blast_radius"]["held"][0]
    line = {
        "onesec": 1,
        "time": "2026-06-09T08:00:00Z",
        "kind": "token.exchange",
        "flow": "vault",
        "scopes": ["a.read"],
    }
    line |= {name: held[name] for name in ("tenant", "user", "client")}
    many.write_text("".join(json.dumps({**line, "connection": f"c{n}", "id": f"e{n}"}) + "\n" for n in range(2_100)))
    outs = {name: tmp_path / f"out.{name}" for name in ("json", "markdown", "sarif", "ocsf", "stix", "junit", "html")}
    reports = [arg for name, path in outs.items() for arg in ("--report", f"{name}:{path}")]
    code, console, err = onesec("scan", story, many, *reports)
    assert code == 0, err
    told = json.loads(outs["json"].read_text())
    (incident,) = [each for each in told["incidents"] if each["chain"] == one["chain"]]
    radius = incident["blast_radius"]
    assert radius["held_total"] > 1_000 and len(radius["bounds"]) == 2
    assert "only 1,000 of 2," in radius["bounds"][0] and "only 2,000 accesses" in radius["bounds"][1]
    for name, path in outs.items():
        assert all(each in path.read_text() for each in radius["bounds"]) or name == "markdown", name
    assert "**left out**" in outs["markdown"].read_text() and "left out" in console
    explained = onesec("explain", "-q", "-f", "json", incident["id"], story, many)[1]
    assert json.loads(explained)["blast_radius"]["bounds"] == radius["bounds"]
