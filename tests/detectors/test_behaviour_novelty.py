from __future__ import annotations

import pytest

from onesec_cli.detectors.behaviour_novelty import BehaviourNovelty
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.policy import AgentPolicy, Policy
from onesec_cli.model.thresholds import BehaviourNovelty as Limits
from onesec_cli.model.thresholds import Thresholds
from onesec_cli.state.call.places import bare_tool, is_sensitive_root, site_of
from tests.story import check

QUICK = Policy(thresholds=Thresholds(behaviour_novelty=Limits(learn_calls=12, learn_sessions=2, learn_hours=1)))


def learned(who: str = "agent=bot") -> str:
    """Days of mail, search and reports."""
    lines = []
    for day in range(1, 4):
        lines.append(f"2026-03-0{day}")
        for n in range(5):
            lines += [
                f'09:{n}0 tool.call session=d{day} {who} tool=search_docs call=a{day}{n} args=\'{{"query": "q{n}"}}\'',
                f'09:{n}1 tool.call session=d{day} {who} tool=fetch_page call=b{day}{n} args=\'{{"url": "https://docs.acme.example/{n}"}}\'',
                f'09:{n}2 tool.call session=d{day} {who} tool=write_file call=c{day}{n} args=\'{{"path": "/srv/reports/{n}.md"}}\'',
                f'09:{n}3 tool.call session=d{day} {who} tool=send_email call=e{day}{n} args=\'{{"to": "anna@acme.example"}}\'',
            ]
    return "\n".join(lines)


def held(story: str, policy: Policy = QUICK, who: str = "agent=bot"):
    return check(BehaviourNovelty, f"{learned(who)}\n2026-03-09\n{story}", policy)


def test_the_same_work_on_another_day_is_silent():
    held(
        """
09:00 tool.call session=x agent=bot tool=search_docs_v2 call=c1 args='{"query": "zzz"}'
09:01 tool.call session=x agent=bot tool=fetch_page call=c2 args='{"url": "https://www.acme.example/new/page"}'
09:02 tool.call session=x agent=bot tool=write_file call=c3 args='{"path": "/srv/archive/9.md", "content": "see https://other.example and x@y.example"}'
09:03 tool.call session=x agent=bot tool=send_email call=c4 args='{"to": "bob@acme.example", "body": "ask eve@else.example"}'
"""
    )


def test_one_harmless_novelty_is_informational_and_learned():
    held(
        """
09:00 tool.call session=x agent=bot tool=list_rooms call=c1  # behaviour-novelty informational new-thing
09:01 tool.call session=x agent=bot tool=list_rooms call=c2
"""
    )


@pytest.mark.parametrize(
    "call",
    [
        """tool=delete_page args='{"id": 4}'""",
        """tool=send_email args='{"to": "drop@elsewhere.example"}'""",
        """tool=fetch_page args='{"url": "http://203.0.113.9/x"}'""",
        """tool=write_file args='{"path": "/etc/cron.d/job"}'""",
    ],
)
def test_one_sensitive_novelty_is_low_and_teaches_nothing(call):
    (first, second) = held(
        f"""
09:00 tool.call session=x agent=bot call=c1 {call}  # behaviour-novelty low new-sensitive-thing
09:01 tool.call session=x agent=bot call=c2 {call}
+1d
09:00 tool.call session=y agent=bot call=c3 {call}  # behaviour-novelty low new-sensitive-thing
"""
    )
    assert first.facts["sensitive"] == second.facts["sensitive"]


def test_two_novelties_at_once_are_more():
    held(
        """
09:00 tool.call session=x agent=bot tool=book_room call=c1 args='{"url": "https://rooms.example/1"}'  # behaviour-novelty low new-things-at-once
"""
    )
    held(
        """
09:00 tool.call session=x agent=bot tool=upload_archive call=c1 args='{"to": "drop@elsewhere.example"}'  # behaviour-novelty medium new-things-at-once
"""
    )


def test_keys_and_a_new_destination_within_a_session_are_high():
    (_, finding) = held(
        """
09:00 tool.call session=x agent=bot tool=write_file call=c1 args='{"path": "~/.ssh/config"}'  # behaviour-novelty low new-sensitive-thing
09:05 tool.call session=x agent=bot tool=fetch_page call=c2 args='{"url": "https://drop.elsewhere.example/in"}'  # behaviour-novelty high new-things-at-once
"""
    )
    assert "shortly after path root ~/.ssh" in finding.message
    assert len(finding.evidence) >= 2


def test_but_not_over_two_sessions():
    held(
        """
09:00 tool.call session=x agent=bot tool=write_file call=c1 args='{"path": "~/.ssh/config"}'  # behaviour-novelty low new-sensitive-thing
09:05 tool.call session=y agent=bot tool=fetch_page call=c2 args='{"url": "https://drop.elsewhere.example/in"}'  # behaviour-novelty informational new-thing
"""
    )


def test_a_new_server_brings_its_tools_in_one_finding():
    held(
        """
09:00 tool.call session=x agent=bot tool=mcp__rooms__list server=rooms call=c1  # behaviour-novelty informational new-thing
09:01 tool.call session=x agent=bot tool=mcp__rooms__find server=rooms call=c2
"""
    )


def test_what_the_person_named_is_not_new():
    held(
        """
09:00 goal.set session=x agent=bot text="Mail the minutes to drop@elsewhere.example and read https://rooms.example"
09:01 tool.call session=x agent=bot tool=send_email call=c1 args='{"to": "drop@elsewhere.example"}'
09:02 tool.call session=x agent=bot tool=fetch_page call=c2 args='{"url": "https://rooms.example/plan"}'
"""
    )


def test_trusted_destinations_are_not_new():
    held(
        """
09:01 tool.call session=x agent=bot tool=send_email call=c1 args='{"to": "a@partner.example"}'
""",
        Policy(thresholds=QUICK.thresholds, agents=AgentPolicy(trusted_destinations=("partner.example",))),
    )


def test_an_agent_that_always_goes_to_new_hosts_is_not_told_each_time():
    lines = [
        f'{9 + n // 60:02}:{n % 60:02} tool.call session=x agent=bot tool=fetch_page call=c{n} args=\'{{"url": "https://site{n}.example/"}}\''
        + ("  # behaviour-novelty informational new-thing" if n < 5 else "")
        for n in range(40)
    ]
    held("\n".join(lines))


def test_a_flood_of_other_identities_does_not_reset_an_agent():
    flood = "\n".join(
        f"10:{n // 60:02}:{n % 60:02} tool.call session=f{n} agent=ghost{n} tool=send_email call=g{n}"
        for n in range(400)
    )
    held(
        f"""{flood}
11:00 tool.call session=x agent=bot tool=delete_page call=c1  # behaviour-novelty low new-sensitive-thing
"""
    )


def test_a_flood_of_own_sessions_and_names_does_not_either():
    flood = "\n".join(
        f"{10 + n // 3600:02}:{n // 60 % 60:02}:{n % 60:02} tool.call session=f{n} agent=bot tool=search_docs call=g{n}"
        for n in range(300)
    )
    held(
        f"""{flood}
11:00 tool.call session=x agent=bot tool=delete_page call=c1  # behaviour-novelty low new-sensitive-thing
"""
    )


def test_a_young_agent_is_not_judged():
    check(
        BehaviourNovelty,
        "\n".join(f"09:{n:02} tool.call session=s{n} agent=new tool=tool{n}x call=c{n}" for n in range(40)),
    )


def test_agents_without_a_name_are_known_by_their_user_or_folder():
    held(
        "09:00 tool.call session=x user=dora tool=delete_page call=c1  # behaviour-novelty low new-sensitive-thing",
        who="user=dora",
    )
    held(
        "09:00 tool.call session=x cwd=/srv/shop tool=delete_page call=c1  # behaviour-novelty low new-sensitive-thing",
        who="cwd=/srv/shop",
    )
    held("09:00 tool.call session=x tool=delete_page call=c1", who="reason=nobody")


def test_the_own_folder_is_no_new_place():
    held(
        """
09:00 tool.call session=x agent=bot tool=write_file call=c1 args='{"path": "reports/new/4.md"}'
09:00 tool.call session=x agent=bot tool=write_file call=c2 args='{"path": "/srv/reports/deep/er/4.md"}'
"""
    )


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("a.b.example.com", "example.com"),
        ("shop.example.co.uk", "example.co.uk"),
        ("mine.github.io", "mine.github.io"),
        ("x.mine.github.io", "mine.github.io"),
        ("203.0.113.7", "203.0.113.7"),
        ("localhost", "localhost"),
    ],
)
def test_a_site_is_who_a_host_belongs_to(host, site):
    assert site_of(host) == site


def test_versions_of_a_tool_are_one_tool():
    assert {
        bare_tool(name) for name in ("search", "search_v2", "search-3", "mcp__srv__search_v10", "searchLatest")
    } == {"search"}
    assert bare_tool("s3") == "s"
    assert bare_tool("---") == "---"


def test_places_of_keys_are_sensitive():
    assert all(is_sensitive_root(root) for root in ("~/.ssh", "/etc/passwd", "~/.aws", "/root"))
    assert not any(is_sensitive_root(root) for root in ("~", "/home/u", "/srv", "/tmp"))


def test_two_programs_in_one_folder_are_two_agents():
    detector = BehaviourNovelty(QUICK)

    def key(source: str, **named: str):
        fields = {"cwd": "/srv/shop"}
        return detector.key_of(
            Event(time=1, kind="tool.call", origin=Origin("t", 1, 0, 1), source=source, fields=fields, **named)
        )

    assert key("claude") != key("codex")
    assert key("claude", user="dora") != key("codex", user="dora")
    assert key("claude", agent="bot") == key("codex", agent="bot")
