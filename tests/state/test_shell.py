"""The reading of shell text: words, pipelines, wrappers, places. Any text is read, in time that grows with its length."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onesec_cli.state.shell import paths
from onesec_cli.state.shell.acts import acts_of
from onesec_cli.state.shell.judge import deeds_of_code, deeds_of_text
from onesec_cli.state.shell.paths import place_of, resolve
from onesec_cli.state.shell.sql import sql_effects, statements
from onesec_cli.state.shell.windows import windows_effects
from onesec_cli.state.shell.words import parse

ATOMS = st.sampled_from(
    ["$(", "`", ")", "(", "{", "}", "'", '"', "\\", "<<E\n", "E\n", "|", "&&", ";", "\n", "bash -c ", "eval ", "curl https://x.y/ ", "for x in ", "do ",
     "done ", "case ", "in ", "esac ", "$x", "${a", "a=b ", "<(", ">", "2>&1 ", "rm -rf /", "env -S ", "find . -exec ", "xargs ", "base64 -d ", "#", "..",
     "~/.ssh/id_rsa ", "*", "python -c ", "docker exec x ", "explain analyze ", "with ", "\x00", "é", "\ud800"]
)  # fmt: skip


def names(text):
    return [act.name for act in acts_of(text)]


def test_words_are_what_the_shell_would_hand_on():
    assert [word.text for word in parse("a 'b c' \"d $e\" f\\ g $'h\\x69' {j,k}l # m")[0].words] == [
        "a", "b c", "d $e", "f g", "hi", "jl", "kl",
    ]  # fmt: skip


def test_wrappers_are_taken_off():
    assert names("sudo -u root env A=1 nice -n 5 timeout -k 1 9 rm x") == ["rm"]
    assert names("cat l | xargs -n 1 -I{} sh -c 'rm {}'") == ["cat", "sh", "rm"]
    assert names("bash -lc \"bash -c 'bash -c ls'\"") == ["bash", "bash", "bash", "ls"]
    assert names("ssh -p 22 -i k u@h ls; docker exec -it c bash -c 'id'; env -S 'id -u'") == [
        "ssh",
        "ls",
        "docker",
        "bash",
        "id",
        "id",
    ]
    assert names("find . -name x -exec chmod +x {} \\;") == ["find", "chmod"]


def test_pipes_groups_and_loops_feed_what_follows():
    acts = acts_of("(a; b) | { c; d; } && e")
    assert [[one.name for one in act.feeds] for act in acts] == [[], [], ["a", "b"], ["a", "b"], []]
    loop = acts_of("a | while read x; do b; done")
    assert [one.name for one in loop[-1].feeds] == ["a"]


def test_here_documents_are_data_or_programs_by_their_reader():
    assert names("cat > f <<'E'\nrm x\nE\nls") == ["cat", "ls"]
    assert names("bash <<E\nrm x\nE\nls") == ["bash", "rm", "ls"]
    assert names("cat > f <<E\n$(id)\nE") == ["id", "cat"]


@pytest.mark.parametrize(
    ("path", "tree", "place"),
    [
        ("/", "", paths.ROOT), ("/*", "", paths.ROOT), ("~", "/home/u/p", paths.ROOT), ("$HOME/*", "", paths.ROOT), ("/home/u", "/home/u/p", paths.ROOT),
        ("..", "/home/u/p", paths.ROOT), ("../../../..", "", paths.ROOT), ("C:\\Users\\bob", "", paths.ROOT), ("/etc/nginx", "", paths.SYSTEM),
        ("build", "/home/u/p", paths.TREE), ("/home/u/p/x", "/home/u/p", paths.TREE), ("/home/u/p/../q", "/home/u/p", paths.OUTSIDE),
        ("/home/u/pp", "/home/u/p", paths.OUTSIDE), ("/tmp/x", "/home/u/p", paths.SCRATCH), ("./node_modules", "", paths.SCRATCH),
        ("$D/x", "", paths.UNKNOWN), ("~/x", "", paths.HOME), ("x", "/", paths.UNKNOWN), ("/etc/x", "/", paths.SYSTEM), ("build", "/root", paths.TREE), (".ssh", "/root", paths.HOME), (".", "/root", paths.ROOT), ("/data/x", "", paths.UNKNOWN), ("x" * 9_999, "", paths.UNKNOWN),
    ],
)  # fmt: skip
def test_places(path, tree, place):
    assert place_of(path, tree) == place


def test_paths_are_resolved_by_their_text():
    assert resolve("./a/../b", "/w") == "/w/b"
    assert resolve("../../x", "/w") == "/x"
    assert resolve("${HOME}/a") == "~/a"


def test_sql_words_in_strings_and_comments_are_no_statements():
    told = statements("SELECT 'a;b', \"c;d\", $x$e;f$x$ -- g;\n /* h; */; DELETE FROM t")
    assert [one.verb for one in told] == ["select", "delete"]
    assert [
        effect.target for effect in sql_effects("DELETE FROM a; DELETE FROM b WHERE x = 1; UPDATE c SET d = 1")
    ] == ["a", "c"]


@settings(max_examples=200, deadline=None)
@given(st.lists(ATOMS, max_size=40).map("".join))
def test_any_text_is_read(text):
    deeds_of_text(text, "/w", "/w", ())
    deeds_of_code(text, "/w", "/w", ())
    windows_effects(text)
    sql_effects(text)


@pytest.mark.parametrize(
    "unit",
    [
        "$(",
        "`",
        "((",
        "a|",
        "<<a\n",
        "{a,b}",
        "'\"",
        "eval ",
        "env -S ",
        '"$(',
        "a<(",
        "bash -c '",
        "keykey",
        "explain analyze ",
    ],
)
def test_cost_grows_with_length_only(unit):
    def cost(size):
        text = "cat ~/.ssh/" * (unit == "keykey") + unit * (size // len(unit)) + "/x"
        began = time.process_time()
        deeds_of_text(text, "", "/w", ())
        sql_effects(text)
        return time.process_time() - began

    cost(1_000)
    assert cost(48_000) < 20 * max(cost(6_000), 0.02)
