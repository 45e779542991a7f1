"""Nights judged one after another tell what the whole trail tells at once."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from onesec_cli.carry.file import MAGIC, Kept, read, write
from onesec_cli.carry.memory import Held, Memory, hold
from onesec_cli.manifest import detectors_digest
from onesec_cli.model.clock import HOUR, parse_time
from onesec_cli.model.errors import InputError
from onesec_cli.model.finding import Alert
from onesec_cli.model.report import Report
from onesec_cli.nights import analyze_night
from onesec_cli.pipeline import Options, Panel, analyze, open_case
from tests.run import ROOT, onesec

SAMPLES = ROOT / "sample_logs"


def moment(line: str) -> int | None:
    """When a line of a tenant log or of canonical JSON Lines happened."""
    record: dict[str, Any] = json.loads(line)
    told = record.get("time") if "onesec" in record else record.get("data", {}).get("date")
    return parse_time(told) if isinstance(told, str) else None


def dated(path: Path) -> list[tuple[int, str]]:
    """The lines of a file with their times; empty where it is something else than such lines."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        when = moment(line) if line.startswith(('{"log_id"', '{"onesec"')) else None
        if when is None:
            return []
        found.append((when, line))
    return found


TRAILS = [path for path in sorted(SAMPLES.glob("*/attack.jsonl")) if dated(path)]


def judged(nights: list[Path], tmp_path: Path, lateness: int) -> list[Report]:
    """Each night, after those before it, its state through a file."""
    reports, state = [], None
    for number, night in enumerate(nights):
        report, kept = analyze_night([str(night)], Options(), state, lateness)
        state = str(tmp_path / f"{number}.state")
        write(state, kept)
        reports.append(report)
    return reports


def told(alerts: list[Alert]) -> dict[str, tuple[object, ...]]:
    """What is compared: an alert as it was told last."""
    return {
        one.id: (one.rule, one.level, one.verdict, one.message, one.count, one.first_seen, one.last_seen, one.entities)
        for one in alerts
    }


def halves(lines: list[tuple[int, str]], rng: random.Random, late: int) -> list[list[str]]:
    """Lines in three nights by the time at which they arrive, up to `late` after they happened; a tenth arrives twice."""
    arrivals = sorted((when + rng.randrange(late), number) for number, (when, _) in enumerate(lines))
    first, last = arrivals[0][0], arrivals[-1][0]
    ends = sorted(rng.uniform(first, last) for _ in range(2))
    nights: list[list[str]] = [[], [], []]
    for arrived, number in arrivals:
        night = sum(arrived > end for end in ends)
        nights[night].append(lines[number][1])
        if rng.random() < 0.1:
            nights[min(2, night + 1)].append(lines[number][1])
    return nights


@pytest.mark.parametrize("path", TRAILS, ids=lambda path: path.parent.name)
def test_nights_tell_what_the_whole_trail_tells(path: Path, tmp_path: Path) -> None:
    rng = random.Random(path.parent.name)
    lines = dated(path)
    nights = []
    for number, night in enumerate(halves(lines, rng, late=2 * HOUR)):
        if night:
            nights.append(tmp_path / f"night{number}.jsonl")
            nights[-1].write_text("\n".join(night) + "\n", encoding="utf-8")
    whole = told(list(analyze([str(path)]).alerts))
    reports = judged(nights, tmp_path, lateness=2 * HOUR)
    union: dict[str, tuple[object, ...]] = {}
    for report in reports:
        union.update(told(list(report.alerts)))
    if (
        path.parent.name == "evidence-integrity"
    ):  # an id that comes again with other contents on another night: docs/nights.md
        whole = {id: one for id, one in whole.items() if one[2] != "id-reused"}
    assert whole or path.parent.name == "evidence-integrity"
    assert whole.items() <= union.items()
    assert len({id for report in reports for id in told([one for one in report.alerts if not one.known])}) >= len(whole)


LINES = dated(SAMPLES / "scope-escalation" / "attack.jsonl")


def two_nights(tmp_path: Path, first: list[str], second: list[str]) -> tuple[Path, Path]:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    one.write_text("\n".join(first) + "\n", encoding="utf-8")
    two.write_text("\n".join(second) + "\n", encoding="utf-8")
    return one, two


def test_a_night_given_twice_is_inconclusive_and_never_clean(tmp_path: Path) -> None:
    every = [line for _, line in LINES]
    _, again = judged(list(two_nights(tmp_path, every, every)), tmp_path, HOUR)
    assert again.verdict.status == "inconclusive"
    assert "earlier night" in again.verdict.sentence
    assert not again.alerts


def test_a_night_that_judged_nothing_hands_on_what_it_was_given(tmp_path: Path) -> None:
    every = [line for _, line in LINES]
    one, two = two_nights(tmp_path, every, every)
    _, kept = analyze_night([str(one)], Options(), None, HOUR)
    write(str(tmp_path / "a"), kept)
    _, same = analyze_night([str(two)], Options(), str(tmp_path / "a"), HOUR)
    write(str(tmp_path / "b"), same)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_same_nights_give_the_same_bytes(tmp_path: Path) -> None:
    every = [line for _, line in LINES]
    one, _ = two_nights(tmp_path, every, every)
    for name in "ab":
        write(str(tmp_path / name), analyze_night([str(one)], Options(), None, HOUR)[1])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_comes_later_than_the_horizon_is_judged_apart_and_counted(tmp_path: Path) -> None:
    half = len(LINES) // 2
    late, on_time = [line for _, line in LINES[:half]], [line for _, line in LINES[half:]]
    first, second = judged(list(two_nights(tmp_path, on_time, late)), tmp_path, 0)
    assert any("came after their time had been judged" in note for note in second.coverage.notes)
    assert second.verdict.status != "inconclusive"
    assert not any("came after their time" in note for note in first.coverage.notes)


def test_an_event_of_the_far_future_does_not_end_the_time_in_which_others_are_taken(tmp_path: Path) -> None:
    half = len(LINES) // 2
    forged = json.loads(LINES[0][1])
    stamp = "2199-01-01T00:00:00.000Z"
    forged["data"].update(date=stamp, log_id="90021990101000000000000000000000000000000000000000000001")
    forged["log_id"] = forged["data"]["log_id"]
    nights = two_nights(
        tmp_path, [*(line for _, line in LINES[:half]), json.dumps(forged)], [line for _, line in LINES[half:]]
    )
    whole = told(list(analyze([str(one) for one in nights]).alerts))
    union: dict[str, tuple[object, ...]] = {}
    for report in judged(list(nights), tmp_path, HOUR):
        union.update(told(list(report.alerts)))
    assert whole.keys() <= union.keys()


def test_evidence_of_an_earlier_night_keeps_its_digest_and_is_not_quoted_from_another_file(tmp_path: Path) -> None:
    half = len(LINES) // 2
    night = tmp_path / "export.jsonl"
    state: str | None = None
    digests: dict[str, str] = {}
    for number, part in enumerate((LINES[:half], LINES[half:])):
        night.write_text("\n".join(line for _, line in part) + "\n", encoding="utf-8")
        digests |= {hashlib.sha256(line.encode()).hexdigest(): line for _, line in part}
        report, kept = analyze_night([str(night)], Options(), state, 0)
        state = str(tmp_path / f"{number}.state")
        write(state, kept)
    proofs = [proof for alert in report.alerts for proof in alert.evidence]
    earlier = [proof for proof in proofs if proof.origin.file.endswith("(an earlier file of this name)")]
    assert earlier
    for proof in proofs:
        line = digests[proof.origin.sha256]
        assert moment(line) == proof.time
        quote = report.quotes.get(f"{proof.origin.file}:{proof.origin.offset}")
        assert (quote is None) == (proof in earlier)


@pytest.mark.parametrize(
    ("bytes_", "said"),
    [
        (b"", "is no state of onesec"),
        (b"{}", "is no state of onesec"),
        (b"onesec state 2\nabc", "another version"),
        (b"onesec state 1\nabc\nxyz", "damaged or cut"),
        (b"onesec state 1\n", "damaged or cut"),
    ],
)
def test_a_hostile_state_is_an_error_of_one_line(tmp_path: Path, bytes_: bytes, said: str) -> None:
    path = tmp_path / "state"
    path.write_bytes(bytes_)
    with pytest.raises(InputError, match=said) as error:
        read(str(path), detectors_digest())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"\x91" * 100_000 + b"\x90",
        msgspec.msgpack.encode({"detectors": 1}),
        msgspec.msgpack.encode({"detectors": detectors_digest(), "rules": "", "memory": {"watermark": "soon"}}),
        msgspec.msgpack.encode({"detectors": detectors_digest(), "rules": "", "memory": {"held": [{"event": {}}]}}),
        msgspec.msgpack.encode({"detectors": detectors_digest(), "rules": "", "memory": {"days": {"x": b""}}}),
    ],
)
def test_a_state_whose_digest_is_right_and_whose_contents_are_not_is_refused(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "state"
    path.write_bytes(MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    with pytest.raises(InputError, match="is no state of onesec"):
        read(str(path), detectors_digest())


@pytest.mark.parametrize(
    "replay",
    [
        b"\xc1",
        b"\x93\x80\x00\x91\x93\xa4nope\x00\x90",
        msgspec.msgpack.encode(({}, 0, [("scope-escalation", 0, [(("a",), 7)])])),
    ],
)
def test_a_state_with_another_replay_is_refused(tmp_path: Path, replay: bytes) -> None:
    path = str(tmp_path / "state")
    write(path, Kept(detectors_digest(), "", Memory(replay=replay)))
    night, _ = two_nights(tmp_path, [line for _, line in LINES], [])
    with pytest.raises(InputError, match="cannot be used"):
        analyze_night([str(night)], Options(), path, HOUR)


def test_every_byte_of_a_state_counts(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write(str(path), Kept(detectors_digest(), "", Memory()))
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(InputError):
            read(str(path), detectors_digest())


def test_a_state_of_other_detectors_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "state")
    write(path, Kept("0" * 64, "", Memory()))
    with pytest.raises(InputError, match="another version of the detectors"):
        read(path, detectors_digest())


def test_what_is_held_back_comes_back_as_it_was() -> None:
    for path in sorted(SAMPLES.rglob("*")):
        if not path.is_file():
            continue
        options = Options()
        panel = Panel(options)
        case = open_case([str(path)], options, panel, lambda what, done: None, whole=True)
        for event in case.unnamed():
            held = msgspec.msgpack.decode(msgspec.msgpack.encode(hold(event)), type=Held).whole()
            assert replace(held, record=None) == replace(event, record=None)


def test_the_command_line_carries_nights_on(tmp_path: Path) -> None:
    half = len(LINES) // 2
    one, two = two_nights(tmp_path, [line for _, line in LINES[:half]], [line for _, line in LINES[half:]])
    state = tmp_path / "last.state"
    code, _, _ = onesec("scan", one, "-q", "--fail-on", "medium", "--save-state", state)
    assert code == 0
    code, _, err = onesec("scan", two, "-q", "--save-state", state)
    assert code == 2 and "exists; --force overwrites it" in err
    code, out, _ = onesec("scan", two, "-q", "--fail-on", "medium", "--state", state, "--save-state", state, "--force")
    assert code == 1 and "Judged after 1 earlier run," in " ".join(out.split())
    code, out, _ = onesec("scan", two, "-q", "--fail-on", "medium", "--state", state)
    assert code == 3 and "every event was judged on an earlier night" in out
    code, _, err = onesec("scan", two, "--state", tmp_path / "none")
    assert code == 2 and err.count("\n") == 1
    code, _, err = onesec("scan", two, "--save-state", tmp_path / "s", "--lateness", "soon")
    assert code == 2 and "no length of time" in err
    code, _, err = onesec("scan", two, "--save-state", tmp_path / "s", "--until", "1h")
    assert code == 2 and "--until" in err
    assert not (tmp_path / "s").exists()


def test_a_state_is_never_written_over_a_trail(tmp_path: Path) -> None:
    night, _ = two_nights(tmp_path, [line for _, line in LINES], [])
    before = night.read_bytes()
    code, _, err = onesec("scan", night, "--save-state", night, "--force", "-q")
    assert code == 2 and "never overwrites evidence" in err
    assert night.read_bytes() == before
