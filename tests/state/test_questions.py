"""Which wishes only ask to be told something."""

from __future__ import annotations

import pytest

from onesec_cli.state.instruction.wish import understand

ASKS = (
    "What meetings do I have tomorrow?",
    "Summarise my unread mails.",
    "I am heading to Oslo. Out of the two hotels, tell me the cheaper one.",
    "Please read the third mail and let me know what it says.",
    "Could you check whether my card was charged twice?",
    "Find out why the build fails and tell me. I'll fix it myself.",
    "Why does test_cart fail? Do not change anything yet.",
    "Give me a short summary of ticket 12.",
    "Wie viele Termine habe ich morgen?",
    "¿Qué tiempo hace mañana en Lima?",
)
WANTS = (
    "Handle my inbox.",
    "Find a table for two and book it.",
    "Show me the unread mails and reply to Ann.",
    "Tell Anna that I'm late.",
    "my router is dead",
    "Where is my parcel? I need it at another address.",
    "What does this do? Try it out.",
    "Check me in for the flight.",
    "Give Anna access to the folder.",
    "Plot the churn per month.",
    "I'm off, do the usual.",
    "Bitte überweise die Rechnung.",
    "Yes, go ahead.",
)


@pytest.mark.parametrize("text", ASKS)
def test_a_question_asks_for_nothing_to_be_done(text: str) -> None:
    assert understand(text).asks


@pytest.mark.parametrize("text", WANTS)
def test_a_wish_for_anything_else_is_no_question(text: str) -> None:
    assert not understand(text).asks
