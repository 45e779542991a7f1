from __future__ import annotations

import pytest

from onesec_cli.detectors.runaway_agent import RunawayAgent
from onesec_cli.model.policy import Policy
from onesec_cli.model.thresholds import RunawayAgent as Limits
from onesec_cli.model.thresholds import Thresholds
from tests.detectors.behaviour import Teller
from tests.story import check


def told(**said: str) -> Teller:
    return Teller(**{"session": "s1", **said})


def held(teller: Teller, *ends: str, policy: Policy | None = None):
    return check(RunawayAgent, "\n".join([str(teller), *(["end  # " + ", ".join(ends)] if ends else [])]), policy)


def test_the_same_call_with_the_same_answer_is_a_loop_told_when_it_is_over():
    story = told()
    for _ in range(9):
        story.call("search_notes", "3 notes found", query="budget")
    story.call("read_note", "text", after="runaway-agent medium loop", id=4)
    (finding,) = held(story)
    assert finding.facts["steps"] == 9
    assert finding.facts["start"] == "2026-03-01T09:00:00.000Z"
    assert finding.facts["end"] == "2026-03-01T09:00:32.000Z"
    assert "9 times" in finding.message


def test_seven_equal_calls_are_no_loop():
    story = told()
    for _ in range(7):
        story.call("search_notes", "3 notes found", query="budget")
    held(story.call("read_note", "x", id=1))


@pytest.mark.parametrize("cycle", [("a", "b"), ("a", "b", "c"), ("a", "a", "b"), ("a", "b", "c", "d", "e", "f")])
def test_alternating_cycles_are_loops(cycle):
    story = told(agent="bot")
    for _ in range(6):
        for name in cycle:
            story.call("lookup", f"record {name}", name=name)
    (finding,) = held(story, "runaway-agent loop")
    assert finding.facts["period"] == len(cycle)
    assert finding.facts["steps"] == 6 * len(cycle)


def test_a_loop_without_a_fixed_period_is_found():
    story = told()
    for name in "aabbabaabbbabababbaabaabababbbaa":
        story.call("lookup", f"record {name}", name=name)
    held(story, "runaway-agent medium loop")


def test_times_request_ids_and_attempts_do_not_make_a_call_another():
    story = told()
    for n in range(8):
        story.call(
            "lookup",
            f"none found (2026-03-01T09:00:{n:02}Z)",
            request_id=f"r-{n}",
            attempt=n,
            trace=f"0f8fad5b-d9cb-469f-a165-7086{n:08}",
        )
    held(story, "runaway-agent medium loop")


def test_a_loop_that_sends_is_worse():
    story = told()
    for _ in range(8):
        story.call("send_email", "sent", to="a@example.com", body="hi")
    held(story, "runaway-agent high loop")


def test_a_loop_of_a_hundred_steps_is_high():
    story = told()
    for _ in range(100):
        story.call("lookup", "same", name="x")
    held(story, "runaway-agent high loop")


def test_a_loop_goes_on_over_the_night_in_one_alert():
    story = told(agent="bot")
    for _ in range(40):
        story.call("lookup", "same", name="x")
    assert len(held(story, "runaway-agent loop")) == 1


def test_two_agents_of_one_session_do_not_make_one_loop():
    story = told()
    for _ in range(7):
        story.call("lookup", "same", agent="a", name="x").call("lookup", "same", agent="b", name="x")
    held(story)


def test_a_retry_storm_is_told_once():
    story = told()
    for n in range(12):
        story.call("deploy", f"Error: quota exceeded, request {n * 7919} refused", error=True, target="prod")
    story.call("read_file", "text", path="a", after="runaway-agent medium retry-storm")
    (finding,) = held(story)
    assert finding.facts["times"] == 12


def test_a_retry_storm_between_repeated_looks_is_a_storm():
    story = told()
    for _ in range(10):
        story.call("deploy", "Error: quota", target="prod").call("get_status", "idle")
    held(story, "runaway-agent medium retry-storm")


def test_a_long_retry_storm_is_high():
    story = told()
    for _ in range(40):
        story.call("deploy", "Traceback (most recent call last): boom", target="prod")
    held(story, "runaway-agent high retry-storm")


def test_many_failures_of_one_tool_with_other_arguments_are_low():
    story = told()
    for n in range(30):
        story.call("fetch", "HTTP 404 not found", url=f"https://example.com/{n}")
    held(story, "runaway-agent low retry-storm")


def test_tests_that_fail_between_edits_are_work():
    story = told()
    for n in range(60):
        story.call("Edit", "The file has been updated.", file_path="src/app.py", old=f"x{n}", new=f"y{n}")
        story.call("Bash", "exit code 1: 3 failed", error=True, command="pytest -q")
    held(story)


def test_a_refactoring_session_of_500_calls_is_silent():
    story = told(agent="coder")
    for n in range(125):
        story.call("Grep", f"src/m{n}.py:3", pattern=f"old_name_{n}")
        story.call("Read", f"def old_name_{n}(): ...", file_path=f"src/m{n}.py")
        story.call("Edit", "The file has been updated.", file_path=f"src/m{n}.py", old="old_name", new="new_name")
        story.call("Bash", "2 passed in 0.31s", command="pytest -q")
    held(story)


def test_a_build_polled_every_30_seconds_until_done_is_silent():
    story = told()
    for _ in range(40):
        story.call("get_build", "build 7", id=7).wait(26)
    held(story.call("get_build", "done", id=7))


def test_polling_with_sleep_is_silent():
    story = told()
    for _ in range(30):
        story.call("Bash", "in progress", command="sleep 5 && gh run view 7")
    held(story)


def test_sleep_and_look_in_turns_is_silent():
    story = told()
    for _ in range(30):
        story.call("Bash", "", command="sleep 5").call("get_build", "no artifact", id=7)
    held(story)


def test_an_answer_that_says_it_is_under_way_is_waited_for():
    story = told()
    for _ in range(30):
        story.call("get_build", '{"status": "queued"}', id=7)
    held(story)


def test_polling_without_end_is_told_low():
    story = told()
    for _ in range(300):
        story.call("get_build", "status: running", id=7)
    held(story, "runaway-agent low endless-polling")


def test_a_slow_loop_that_pays_is_no_polling():
    story = told()
    for _ in range(8):
        story.call("send_money", "ok", to="DE00", amount=5).wait(60)
    held(story, "runaway-agent high loop")


def test_pages_are_progress():
    story = told()
    for page in range(80):
        story.call("list_issues", f"issues of page {page}", page=page)
    held(story)


def test_a_batch_over_many_files_is_work():
    story = told()
    for n in range(80):
        story.call("Write", "File created", file_path=f"out/{n}.txt", content="x")
    held(story)


def test_a_growing_answer_to_the_same_call_is_progress():
    story = told()
    for n in range(30):
        story.call("read_log", "line " * n, path="log")
    held(story)


def test_what_the_person_asked_to_repeat_is_informational():
    story = told().tell("goal.set", text="Run the flaky test 20 times and tell me how often it fails")
    for _ in range(20):
        story.call("run_test", "1 passed", name="t")
    held(story, "runaway-agent informational loop")


def test_a_person_who_says_again_each_time_is_in_the_loop():
    story = told()
    for _ in range(12):
        story.tell("goal.set", text="once more please").call("run_test", "1 passed", name="t")
    held(story)


def test_a_log_without_results_is_judged_at_twice_the_threshold():
    story = told()
    for n in range(18):
        story.tell("tool.call", tool="lookup", call=f"c{n}", args='{"x": 1}')
    (finding,) = held(story, "runaway-agent low loop")
    assert "no answers" in finding.judged_on


def test_calls_without_ids_and_results_without_calls_break_nothing():
    story = told()
    for _ in range(10):
        story.tell("tool.call", tool="lookup", args="no json {").tell("tool.result", call="zz", text="x")
    held(story)


def paced(minutes: int, each: int) -> Teller:
    story = Teller(session="s1", agent="bot", start=0, step=60 / each)
    for n in range(minutes * each):
        story.call("lookup", f"r{n}", n=n)
    return story


def test_a_burst_against_the_own_past_is_told_with_start_peak_and_end():
    story = paced(12, 5)
    story.step = 60 / 200
    for n in range(200):
        story.call("update_row", f"q{n}", q=n)
    story.step = 12
    story.wait(60).call("lookup", "z", mark="runaway-agent medium burst", z=1)
    (finding,) = held(story)
    assert finding.facts["usual"] == 5
    assert finding.facts["observed"] > 150
    assert finding.facts["start"] < finding.facts["peak"] <= finding.facts["end"]


def test_a_burst_that_runs_at_the_end_is_told_there():
    story = paced(12, 5)
    story.step = 60 / 300
    for n in range(150):
        story.call("update_row", f"q{n}", q=n)
    held(story, "runaway-agent medium burst")


def test_an_agent_that_is_always_fast_has_no_burst():
    story = Teller(session="s1", agent="bot", start=0, step=0.5)
    for n in range(12 * 120):
        story.call("lookup", f"r{n}", n=n)
    story.step = 60 / 240
    for n in range(240):
        story.call("update_row", f"q{n}", q=n)
    held(story)


def test_an_agent_without_a_past_has_no_burst():
    story = Teller(session="s1", agent="bot", start=0, step=0.2)
    for n in range(300):
        story.call("lookup", f"r{n}", n=n)
    held(story)


def test_thresholds_are_the_policys():
    story = told()
    for _ in range(3):
        story.call("lookup", "same", n=1)
    held(story, "runaway-agent medium loop", policy=Policy(thresholds=Thresholds(runaway_agent=Limits(loop_repeats=3))))


def test_a_flood_of_sessions_ends_the_oldest_course_and_tells_its_loop():
    story = told(agent="bot")
    for _ in range(9):
        story.call("lookup", "same", n=1)
    for n in range(63):
        story.call("lookup", "x", session=f"t{n}", n=n)
    story.call("lookup", "x", mark="runaway-agent medium loop", session="u", n=1)
    held(story)


def test_pages_read_fast_after_a_slow_past_are_informational():
    story = paced(12, 5)
    story.step = 60 / 150
    for n in range(150):
        story.call("list_issues", f"page {n}", page=n)
    held(story, "runaway-agent informational burst")


def test_upper_case_does_not_make_a_call_another():
    story = told()
    for n in range(10):
        story.call("search", "None found", query="Budget" if n % 2 else "budget")
    held(story, "runaway-agent medium loop")
