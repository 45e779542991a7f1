"""The command line as a shell sees it: streams, exit codes, terminals."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from onesec_cli.cli.output import write
from onesec_cli.model.errors import OutputError
from tests.run import ROOT, SAMPLES, onesec, scan

STORY = SAMPLES / "full_story"
COMMAND = (sys.executable, "-m", "onesec_cli")
CSI = re.compile(r"\x1b\[[0-9;]*m")


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM", "COLUMNS")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def run(*args: object, cwd: Path | None = None, **streams: object) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own."""
    return subprocess.run(
        [*COMMAND, *map(str, args)],
        text=True,
        timeout=60,
        cwd=cwd,
        env=environment(),
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},  # type: ignore[call-overload]  # passed on
    )


def on_terminal(*args: object, columns: int = 80, **environ: str) -> tuple[int, str]:
    """Exit code and everything a command writes to a terminal (stdout and stderr) of some width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment(**{"TERM": "xterm-256color", **environ}),
    )
    os.close(theirs)
    return told_on(ours, process)


def told_on(terminal: int, process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Exit code and all that was written to a terminal."""
    told = b""
    while True:
        try:
            block = os.read(terminal, 65536)
        except OSError:  # how Linux tells the end of a terminal
            break
        if not block:
            break
        told += block
    os.close(terminal)
    return process.wait(60), told.decode()


def test_a_terminal_gets_colour_and_its_own_width() -> None:
    for columns in (60, 80, 132):
        code, told = on_terminal("scan", STORY, columns=columns)
        assert code == 0
        assert "\x1b[" in told
        lines = CSI.sub("", told).replace("\r", "").splitlines()
        assert lines[-1].startswith("ALERTS: ")
        assert columns - 15 < max(len(line) for line in lines[:-1]) <= columns


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_a_dumb_terminal_and_no_color_get_plain_text(environ: dict[str, str]) -> None:
    code, told = on_terminal("scan", STORY, "-q", **environ)
    assert code == 0
    assert "\x1b" not in told


def test_no_color_is_an_option_too_and_a_pipe_is_plain() -> None:
    assert "\x1b" not in on_terminal("scan", STORY, "-q", "--no-color")[1]
    assert "\x1b" not in run("scan", STORY).stdout


@pytest.mark.parametrize("command", ["scan", "timeline", "replay", "explain", "access", "state"])
def test_every_command_that_judges_trails_takes_what_they_are_judged_by(command: str) -> None:
    told = onesec(command, "--help")[1]
    assert not [
        option for option in ("--policy", "--rules", "--no-default-rules", "--map") if f"  {option} " not in told
    ]


def slow_trail(path: Path) -> None:
    """A pipe that delivers a trail over two seconds, as a slow disk would."""

    def feed() -> None:
        text = (STORY / "identity.jsonl").read_bytes()
        with path.open("wb", buffering=0) as stream:
            for _ in range(12):
                stream.write(text)
                threading.Event().wait(0.2)

    threading.Thread(target=feed, daemon=True).start()


def test_progress_is_one_line_that_is_wiped_and_only_on_a_terminal(tmp_path: Path) -> None:
    """Standard input that takes a while is read through a shell, so that stderr is a terminal and stdin a pipe."""
    for options, shown in (((), True), (("-q",), False)):
        fifo = tmp_path / f"trail{len(options)}"
        os.mkfifo(fifo)
        slow_trail(fifo)
        line = " ".join([*COMMAND, "scan", "-", *options, "<", str(fifo), ">", str(tmp_path / "out")])
        code, told = on_shell(line)
        assert code == 0
        assert ("reading standard input" in told) is shown
        assert not shown or told.endswith(" \r")
        assert "\n" not in told and "\x1b" not in told
        assert (tmp_path / "out").read_text().splitlines()[-1].startswith("ALERTS: ")


def on_shell(line: str) -> tuple[int, str]:
    """Exit code and terminal output of a shell line."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(["sh", "-c", line], stderr=theirs, env=environment(TERM="xterm"))
    os.close(theirs)
    return told_on(ours, process)


def test_a_full_disk_is_an_error_in_one_line() -> None:
    device = Path("/dev/full")
    if not device.exists():
        pytest.skip("this system has no /dev/full")
    with device.open("w") as full:
        told = run("scan", STORY, stdout=full)
    assert (told.returncode, told.stderr) == (2, "onesec: standard output: No space left on device\n")
    told = run("scan", STORY, "-o", "/dev/full")
    assert (told.returncode, told.stderr) == (2, "onesec: /dev/full: No space left on device\n")


def test_whoever_stops_reading_gets_no_complaint_and_the_same_exit_code() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    told = run("scan", SAMPLES, "--fail-on", "high", stdout=theirs)
    os.close(theirs)
    assert (told.returncode, told.stderr) == (1, "")


def test_a_folder_that_is_gone_and_a_closed_input_are_no_crash(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"cd {gone} && rmdir {gone} && {' '.join(COMMAND)} scan {STORY} -m critical"
    told = subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment(), timeout=60)
    assert (told.returncode, told.stderr) == (0, "")
    closed = subprocess.run(
        ["sh", "-c", f"{' '.join(COMMAND)} scan - <&-"], capture_output=True, text=True, env=environment(), timeout=60
    )
    assert closed.returncode == 3
    assert "cannot be opened (standard input is closed)" in closed.stdout
    walked = subprocess.run(
        ["sh", "-c", f"{' '.join(COMMAND)} replay {STORY} <&-"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
    )
    assert (walked.returncode, walked.stderr) == (0, "") and walked.stdout


def test_a_hostile_file_name_reaches_no_terminal_raw(tmp_path: Path) -> None:
    name = "a\x1b[31m\nb.jsonl"
    assert onesec("scan", tmp_path / name)[0] == 2
    told = run("scan", tmp_path / name)
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert "no such file" in told.stderr
    (tmp_path / name).write_bytes((STORY / "identity.jsonl").read_bytes())
    told = run("scan", tmp_path / name, "-v")
    assert "\x1b" not in told.stdout + told.stderr


def test_a_report_never_overwrites_evidence_even_if_forced(tmp_path: Path) -> None:
    trail = tmp_path / "trail.jsonl"
    text = (STORY / "identity.jsonl").read_bytes()
    trail.write_bytes(text)
    (tmp_path / "link.json").symlink_to(trail)
    for where in (trail, tmp_path, tmp_path / "*.jsonl"):
        for out in (trail, tmp_path / "link.json"):
            code, _, err = onesec("scan", where, "-o", out, "--force")
            assert (code, "never overwrites evidence" in err) == (2, True)
    assert trail.read_bytes() == text


@pytest.mark.parametrize("out", ["", ".", "no-such-folder/report.json"])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(out: str) -> None:
    code, _, err = onesec("scan", "no-such-trail", "-o", out)
    assert code == 2
    assert "no-such-trail" not in err


def test_verbose_tells_steps_policy_and_detectors_on_stderr_only(tmp_path: Path) -> None:
    policy = tmp_path / "onesec.yaml"
    policy.write_text("version: 1\n")
    code, out, err = onesec("scan", STORY, "-v", "--policy", policy, "-f", "json")
    assert code == 0
    assert re.search(r"reading .*identity\.jsonl: .* s\n", err)
    assert f"policy: {policy} (sha256 " in err
    assert re.search(r"unauthorized-agent: shown \d+ events; alerts told: 2\n", err)
    assert re.search(r"session-impersonation: shown nothing of .*; alerts told: 0\n", err)
    assert json.loads(out) == json.loads(onesec("scan", STORY, "--policy", policy, "-f", "json")[1])


def test_verbose_tells_more_on_the_console() -> None:
    brief, full = onesec("scan", STORY)[1], onesec("scan", STORY, "-v")[1]
    assert "misses" in full
    assert "misses" not in brief
    assert "sha256" in full


def test_the_policy_that_judged_is_named_in_every_report(tmp_path: Path) -> None:
    (tmp_path / "onesec.yaml").write_text("version: 1\n")
    assert scan(STORY)["policy"] is None
    used = scan(STORY, options=("--policy", str(tmp_path / "onesec.yaml")))["policy"]
    assert used["path"] == str(tmp_path / "onesec.yaml")
    found = run("scan", STORY, cwd=tmp_path)
    assert f"policy     {tmp_path}"[:40] in found.stdout


def test_closed_streams_are_errors_in_one_line_and_never_become_a_file_that_is_open(tmp_path: Path) -> None:
    def shell(line: str) -> subprocess.CompletedProcess[str]:
        whole = f"{' '.join(COMMAND)} {line}"
        return subprocess.run(["sh", "-c", whole], capture_output=True, text=True, env=environment(), timeout=60)

    for command in (f"scan {STORY}", f"timeline {STORY}", "demo", "rules list"):
        told = shell(f"{command} >&-")
        assert (told.returncode, told.stderr) == (2, "onesec: standard output: is closed\n")
    assert shell("formats >&-").returncode == 2
    report = tmp_path / "report.json"
    assert shell(f"scan {STORY} -f json -o {report} <&- >&- 2>&-").returncode == 0
    assert report.read_text() == onesec("scan", STORY, "-f", "json")[1]


@pytest.mark.parametrize("command", ["formats", "--help", "rules --help"])
def test_a_full_disk_is_one_line_of_every_command(command: str) -> None:
    device = Path("/dev/full")
    if not device.exists():
        pytest.skip("this system has no /dev/full")
    with device.open("w") as full:
        told = run(*command.split(), stdout=full)
    assert (told.returncode, told.stderr) == (2, "onesec: No space left on device\n")


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def failing() -> Iterator[str]:
        yield "half"
        raise KeyboardInterrupt

    old, link = tmp_path / "old.json", tmp_path / "link.json"
    old.write_text("old")
    old.chmod(0o640)
    link.symlink_to(old)
    for target, force in ((tmp_path / "new.json", False), (old, True), (link, True)):
        with pytest.raises(KeyboardInterrupt):
            write(failing(), str(target), force)
    assert (old.read_text(), sorted(tmp_path.iterdir())) == ("old", [link, old])
    with pytest.raises(OutputError, match="exists"):
        write(["new"], str(link), False)
    write(["new"], str(link), True)
    assert (old.read_text(), link.is_symlink(), old.stat().st_mode & 0o777) == ("new", True, 0o640)


def test_what_judges_a_scan_is_never_overwritten(tmp_path: Path) -> None:
    rule, policy = tmp_path / "rule.yml", tmp_path / "policy.yaml"
    rule.write_text("title: r\nlogsource: {product: auth0}\ndetection: {s: {type: f}, condition: s}\n")
    policy.write_text("{}\n")
    for out in (rule, policy):
        text = out.read_text()
        told = run("scan", STORY, "--rules", rule, "--policy", policy, "-o", out, "--force")
        assert (told.returncode, "never overwrites" in told.stderr, out.read_text()) == (2, True, text)
