import msgspec

from onesec_cli.model.event import Origin
from onesec_cli.state.rates import windows
from onesec_cli.state.rates.windows import Mark, Names, Window, open_burst, proof


def mark(time, user="u"):
    return Mark(time, user, "google", "", Origin("f", time, time, 1))


def test_a_window_forgets_what_is_a_whole_span_older():
    window = Window()
    assert [window.add(mark(time), 10) for time in (0, 5, 10, 11, 30)] == [1, 2, 2, 3, 1]
    assert [kept.time for kept in window.inside()] == [30]


def test_marks_that_left_the_window_do_not_stay_in_memory():
    window = Window()
    for time in range(10_000):
        window.add(mark(time), 10)
    assert len(window.inside()) == 10
    assert len(window.marks) < 200


def test_a_window_that_is_full_drops_its_oldest():
    window = Window()
    counts = [window.add(mark(1), 10) for _ in range(windows.MAX_MARKS + 2)]
    assert counts[-3:] == [windows.MAX_MARKS] * 3


def test_a_window_survives_being_saved():
    window = Window()
    for time in (1, 2, 3):
        window.add(mark(time), 10)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(window), type=Window)
    assert again == window
    assert again.add(mark(4), 10) == 4


def test_names_are_counted_up_to_a_bound_and_say_so():
    names = Names()
    for number in range(windows.MAX_DISTINCT):
        names.add(f"u{number}")
    names.add("")
    assert names.show() == windows.MAX_DISTINCT
    names.add("one more")
    assert names.show() == f"{windows.MAX_DISTINCT} or more"
    assert names.entities("user", 2) == ("user:u0", "user:u1")


def test_a_burst_holds_all_of_the_window_it_opened_in():
    window = Window()
    for time in (1, 2, 3):
        window.add(mark(time, f"u{time}"), 10)
    burst = open_burst(window, "id")
    assert (burst.first.time, burst.crossed.time, burst.total, burst.peak_count) == (1, 3, 3, 3)
    assert sorted(burst.users.known) == ["u1", "u2", "u3"]


def test_a_record_is_cited_once():
    assert [one.role for one in proof((mark(1), "a"), (mark(1), "b"), (mark(2), "c"))] == ["a", "c"]
