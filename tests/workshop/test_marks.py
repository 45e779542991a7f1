"""Every key and item of a rule has its line."""

from __future__ import annotations

from onesec_cli.sigma.marks import marks

TEXT = """# a comment
title: A
detection:
  sel:
    - a: 1
      b:
        - x
        - y
    - c: &q [1, 2]
      d: *q
  condition: sel
? [a, b]
: foo
level: high
---
title: B
---
- 1
- {a: b}
"""


def test_keys_items_and_documents_have_their_line() -> None:
    first, second, third = marks(TEXT).values()
    assert first.line("title") == 2
    assert first.line("detection", "sel", 0, "b", 1) == 8
    assert first.line("detection", "sel", 1, "d") == 10
    assert first.line("level") == 14
    assert second.line("title") == 16
    assert third.line(1, "a") == 19


def test_what_is_not_there_has_the_line_of_what_holds_it() -> None:
    first = marks(TEXT)[2]
    assert first.line("detection", "sel", 1, "nothing", 3) == 9
    assert first.line("nothing") == 2
    assert first.line() == 2


def test_a_validators_complaint_has_the_line_it_speaks_of() -> None:
    first = marks(TEXT)[2]
    assert first.line_of_complaint("Expected `int`, got `str` - at `$.sel[0].b`", "detection") == 6
    assert first.line_of_complaint("no place", "detection") == 3
