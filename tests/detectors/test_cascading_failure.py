from __future__ import annotations

import pytest

from onesec_cli.detectors.cascading_failure import CascadingFailure
from tests.story import check


def held(story: str):
    return check(CascadingFailure, story)


TREE = """
09:00 tool.call session=s agent=boss tool=delegate call=k1 args='{"task": "prices"}'
09:00 agent.spawn session=s agent=boss child=lead call=k1
09:01 tool.call session=s agent=lead tool=delegate call=k2
09:01 agent.spawn session=s agent=lead child=worker call=k2
"""


def test_errors_that_come_back_up_the_tree_are_a_cascade():
    (finding,) = held(
        f"""{TREE}
09:02 tool.call session=s agent=worker tool=get_price call=c1
09:02 tool.result session=s agent=worker tool=get_price call=c1 error=true text="no such table"
09:03 tool.result session=s agent=lead tool=delegate call=k2 error=true text="the sub-agent failed"
09:04 tool.result session=s agent=boss tool=delegate call=k1 error=true text="the sub-agent failed"
end  # cascading-failure medium cascade
"""
    )
    assert finding.facts["path"] == ["worker", "lead", "boss"]
    assert "worker -> lead -> boss" in finding.message
    assert len(finding.evidence) == 3


def test_a_sub_agent_that_fails_without_a_word_is_known_by_its_caller():
    held(
        f"""{TREE}
09:03 tool.result session=s agent=lead tool=delegate call=k2 error=true text="timed out"
09:04 tool.result session=s agent=boss tool=delegate call=k1 error=true text="timed out"
end  # cascading-failure medium cascade
"""
    )


def test_four_agents_are_high_and_told_when_the_window_is_over():
    held(
        f"""{TREE}
09:01 tool.call session=s agent=worker tool=delegate call=k3
09:01 agent.spawn session=s agent=worker child=leaf call=k3
09:02 agent.end session=s agent=leaf error=true text="out of memory"
09:02 tool.result session=s agent=worker tool=delegate call=k3 error=true text="failed"
09:03 tool.result session=s agent=lead tool=delegate call=k2 error=true text="failed"
09:04 tool.result session=s agent=boss tool=delegate call=k1 error=true text="failed"
09:30 tool.call session=s agent=boss tool=read_log call=c9  # cascading-failure high cascade
"""
    )


def test_failures_handed_on_are_a_cascade():
    held(
        """
09:00 tool.call session=s agent=plan tool=load call=c1
09:00 tool.result session=s agent=plan tool=load call=c1 error=true text="bad schema"
09:01 agent.handoff session=s agent=plan child=build
09:02 tool.call session=s agent=build tool=compile call=c2
09:02 tool.result session=s agent=build tool=compile call=c2 error=true text="no plan"
09:03 agent.handoff session=s agent=build child=ship
09:04 tool.call session=s agent=ship tool=publish call=c3
09:04 tool.result session=s agent=ship tool=publish call=c3 error=true text="nothing to publish"
end  # cascading-failure medium cascade
"""
    )


def test_an_agent_that_recovered_before_it_handed_over_passes_nothing_on():
    held(
        """
09:00 tool.call session=s agent=plan tool=load call=c1
09:00 tool.result session=s agent=plan tool=load call=c1 error=true text="bad schema"
09:00 tool.call session=s agent=plan tool=load call=c0
09:00 tool.result session=s agent=plan tool=load call=c0 text="ok"
09:01 agent.handoff session=s agent=plan child=build
09:02 tool.call session=s agent=build tool=compile call=c2
09:02 tool.result session=s agent=build tool=compile call=c2 error=true text="no such file"
09:03 agent.handoff session=s agent=build child=ship
09:04 tool.call session=s agent=ship tool=publish call=c3
09:04 tool.result session=s agent=ship tool=publish call=c3 error=true text="nothing"
"""
    )


def test_a_broken_file_that_goes_from_hand_to_hand_is_a_cascade():
    held(
        """
09:00 tool.call session=s agent=one tool=write_file call=a1 args='{"path": "out/rates.json"}'
09:00 tool.result session=s agent=one tool=write_file call=a1 text=ok
09:01 tool.call session=s agent=one tool=check call=a2
09:01 tool.result session=s agent=one tool=check call=a2 error=true text="rates are empty"
09:02 tool.call session=s agent=two tool=read_file call=b1 args='{"path": "out/rates.json"}'
09:02 tool.result session=s agent=two tool=read_file call=b1 error=true text="not JSON"
09:03 tool.call session=s agent=two tool=write_file call=b2 args='{"path": "out/report.md"}'
09:03 tool.result session=s agent=two tool=write_file call=b2 text=ok
09:04 tool.call session=s agent=three tool=publish call=d1 args='{"path": "out/report.md"}'
09:04 tool.result session=s agent=three tool=publish call=d1 error=true text="empty report"
end  # cascading-failure medium cascade
"""
    )


def test_errors_that_name_the_agent_they_come_from_are_edges():
    held(
        """
09:00 tool.call session=s agent=pricing tool=query call=c1
09:00 tool.result session=s agent=pricing tool=query call=c1 error=true text="connection lost"
09:01 tool.call session=s agent=basket tool=total call=c2
09:01 tool.result session=s agent=basket tool=total call=c2 error=true text="upstream pricing unavailable"
09:02 tool.call session=s agent=checkout tool=confirm call=c3
09:02 tool.result session=s agent=checkout tool=confirm call=c3 error=true text="basket did not answer"
end  # cascading-failure medium cascade
"""
    )


def test_agents_used_as_tools_are_edges_too():
    held(
        """
09:00 agent.start session=s agent=search
09:00 agent.start session=s agent=writer
09:00 tool.call session=s agent=boss tool=ask_writer call=k1
09:01 tool.call session=s agent=writer tool=message_agent call=k2 args='{"recipient": "search"}'
09:02 tool.call session=s agent=search tool=web call=c1
09:02 tool.result session=s agent=search tool=web call=c1 error=true text="blocked by quota"
09:03 tool.result session=s agent=writer tool=message_agent call=k2 error=true text="no answer"
09:04 tool.result session=s agent=boss tool=ask_writer call=k1 error=true text="no text"
end  # cascading-failure medium cascade
"""
    )


def test_one_flaky_tool_that_many_agents_meet_is_no_cascade():
    lines = [f"09:00 agent.spawn session=s child=w{n}" for n in range(5)]
    for n in range(5):
        lines.append(f"09:0{n + 1} tool.call session=s agent=w{n} tool=fetch call=c{n}")
        lines.append(f'09:0{n + 1} tool.result session=s agent=w{n} tool=fetch call=c{n} error=true text="HTTP 503"')
    held("\n".join(lines))


def test_one_agent_that_reports_many_failing_helpers_is_no_cascade():
    lines = []
    for n in range(6):
        lines.append(f"09:0{n} tool.call session=s tool=Task call=k{n}")
        lines.append(f"09:0{n} agent.spawn session=s child=w{n} call=k{n}")
        lines.append(f"09:0{n} tool.call session=s agent=w{n} tool=fetch call=c{n}")
        lines.append(f'09:0{n} tool.result session=s agent=w{n} tool=fetch call=c{n} error=true text="HTTP 503"')
        lines.append(f'09:0{n} tool.result session=s tool=Task call=k{n} error=true text="overloaded"')
        lines.append(f"09:0{n} tool.call session=s tool=Read call=r{n}")
        lines.append(f'09:0{n} tool.result session=s tool=Read call=r{n} text="fine"')
    held("\n".join(lines))


def test_failing_commands_of_busy_helpers_are_work():
    lines = [f"09:00 agent.spawn session=s child=w{n} call=k{n}" for n in range(4)]
    for step in range(8):
        for n in range(4):
            lines.append(
                f'09:{step + 1:02} tool.call session=s agent=w{n} tool=Bash call=c{step}{n} args=\'{{"command": "pytest"}}\''
            )
            failing = 'error=true text="exit code 1"' if (step + n) % 2 else 'text="passed"'
            lines.append(f"09:{step + 1:02} tool.result session=s agent=w{n} tool=Bash call=c{step}{n} {failing}")
    held("\n".join(lines))


def test_failures_far_apart_are_not_joined():
    held(
        f"""{TREE}
09:02 tool.call session=s agent=worker tool=get_price call=c1
09:02 tool.result session=s agent=worker tool=get_price call=c1 error=true text="no such table"
09:03 tool.result session=s agent=lead tool=delegate call=k2 error=true text="the sub-agent failed"
10:40 tool.result session=s agent=boss tool=delegate call=k1 error=true text="budget used up"
"""
    )


def test_two_agents_are_no_cascade_and_neither_are_two_that_blame_each_other():
    lines = []
    for n in range(6):
        one, other = ("ping", "pong") if n % 2 else ("pong", "ping")
        lines.append(f"09:0{n} tool.call session=s agent={one} tool=x call=c{n}")
        lines.append(f'09:0{n} tool.result session=s agent={one} tool=x call=c{n} error=true text="{other} failed"')
    held("\n".join(lines))


def test_a_refused_call_is_no_failure():
    held(
        f"""{TREE}
09:03 tool.result session=s agent=lead tool=delegate call=k2 error=true text="rejected by the user"
09:04 tool.result session=s agent=boss tool=delegate call=k1 error=true text="The user rejected the tool use"
"""
    )


@pytest.mark.parametrize("depth", [5, 40])
def test_a_long_chain_is_one_alert(depth):
    lines = []
    for n in range(depth):
        lines.append(f"09:00 tool.call session=s agent=a{n} tool=delegate call=k{n} seq={2 * n}")
        lines.append(f"09:00 agent.spawn session=s agent=a{n} child=a{n + 1} call=k{n} seq={2 * n + 1}")
    for n in reversed(range(depth)):
        lines.append(
            f"09:01 tool.result session=s agent=a{n} tool=delegate call=k{n} error=true text=failed seq={depth - n}"
        )
    (finding,) = held("\n".join([*lines, "end  # cascading-failure high cascade"]))
    assert finding.facts["agents"] == depth + 1


SPAWNED = """
09:00 agent.spawn session=s agent=boss child=lead
09:00 agent.spawn session=s agent=lead child=worker
"""


def failing(time: str, agent: str, text: str) -> str:
    return (
        f"{time} tool.call session=s agent={agent} tool=work call={agent}{time}\n"
        f'{time} tool.result session=s agent={agent} tool=work call={agent}{time} error=true text="{text}"\n'
    )


@pytest.mark.parametrize("order", [("boss", "lead", "worker"), ("worker", "lead", "boss")])
def test_the_same_error_that_runs_along_the_tree_is_a_cascade(order):
    lines = "".join(failing(f"09:0{n + 1}", name, "rate table quarter_two is corrupt") for n, name in enumerate(order))
    (finding,) = held(f"{SPAWNED}{lines}end  # cascading-failure medium cascade")
    assert finding.facts["path"] == list(order)


def test_errors_that_speak_of_their_upstream_are_joined_along_the_tree():
    held(
        SPAWNED
        + failing("09:01", "boss", "timeout of pricing service")
        + failing("09:02", "lead", "upstream gave nothing")
        + failing("09:03", "worker", "a dependency is missing")
        + "end  # cascading-failure medium cascade"
    )


def test_other_errors_along_the_tree_are_work():
    held(
        SPAWNED
        + failing("09:01", "boss", "exit code 1: 2 tests failed")
        + failing("09:02", "lead", "exit code 1: 4 tests failed")
        + failing("09:03", "worker", "no such file or directory: a.py")
    )


def test_one_error_that_siblings_share_does_not_run_up_and_down():
    told = "\n".join(f"09:00 agent.spawn session=s agent=boss child=w{n}" for n in range(4)) + "\n"
    told += failing("09:01", "w0", "rate table quarter_two is corrupt")
    told += failing("09:02", "boss", "rate table quarter_two is corrupt")
    told += failing("09:03", "w1", "rate table quarter_two is corrupt")
    told += failing("09:04", "w2", "rate table quarter_two is corrupt")
    held(told)
