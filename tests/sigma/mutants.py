"""Rules with random damage: whatever a file holds, it is loaded or it is skipped with a reason, and nothing else happens.

python -m tests.sigma.mutants --count 20000
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import time
from collections import Counter
from typing import Any

from ruamel.yaml.error import YAMLError

from onesec_cli.model.event import Event, Origin, Record
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay
from onesec_cli.sigma.detector import SigmaRules
from onesec_cli.sigma.documents import read_text
from onesec_cli.sigma.load import book_of
from tests.sigma.generate import Maker
from tests.sigma.reference import read_documents
from tests.sigma.rule_folder import ODD, ordinary
from tests.sigma.tables import cases, sequences

BITS = (
    "|", ":", "- ", "  ", "\n", "'", '"', "{", "}", "[", "]", "*", "\\", "%", "&a ", "*a", "!x ", "? ", "#", "---\n", "null",
    "true", "5", "-1", "1e999", ".nan", "\x00", "\ufeff", "\u2028", "𝔘", "(", ")", "|all", "|re", "|cidr", "|exists", "|contains",
    "|base64offset", "|windash", "|expand", "|fieldref", "|gt", "|neq", "|hour", " and ", " or not ", "1 of ", "them",
    "correlation:", "rules:", "timespan:", "condition:", "detection:", "logsource:", "filter:", "action: global",
)  # fmt: skip


def stock() -> list[str]:
    """Texts to damage: everything that the other tests have, unless it is long."""
    odd = [text for text in ODD.values() if isinstance(text, str) and len(text) < 3_000]
    texts = [text.replace("%s", "11111111-1111-4111-8111-111111111111") for text in odd]
    texts += [case.rule(number) for number, case in enumerate(cases())]
    texts += [text for sequence in sequences() for text in sequence.files.values()]
    dice = random.Random(0)
    return texts + [ordinary(dice, number) for number in range(20)]


def damaged(text: str, dice: random.Random) -> str:
    """A text with a few things cut, doubled, moved or put in."""
    for _ in range(dice.randrange(1, 5)):
        start = dice.randrange(len(text) + 1)
        end = min(len(text), start + dice.choice((0, 0, 1, 1, 3, 20)))
        piece = dice.choice((dice.choice(BITS), text[start : start + 30], "", ""))
        if dice.random() < 0.2:
            lines = text.split("\n")
            dice.shuffle(lines)
            text = "\n".join(lines)
        else:
            text = text[:start] + piece + text[end:]
    return text


VALUES: tuple[Any, ...] = (
    None, True, False, 0, 5, -1, 1.5, 10**30, 1e300, "", "x", "*", "?", "\\", "%name%", "%nobody%", "{name}", "10.0.0.0/8", "(a|b)+$",
    "(?!a)b", "[", "1 of them", "all of s*", "not a", "a and b", "sel", "5m", "99y", [], {}, ["a"], [None], [[]], [5, "x"],
    {"a": "b"}, {"gte": 2}, {"gte": "x"}, {"lt": -1, "gte": 2.5}, {"field": "ip", "gte": 2}, {"field": ["a", "b"], "eq": 1},
    "event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_percentile", "base", "fail", "any",
)  # fmt: skip
MODIFIERS = (
    "all", "contains", "startswith", "endswith", "re", "i", "m", "s", "cidr", "base64", "base64offset", "wide", "utf16le",
    "utf16be", "utf16", "windash", "exists", "cased", "lt", "gte", "neq", "fieldref", "expand", "hour", "week", "nonsense", "",
)  # fmt: skip


def parsed_of(text: str) -> list[Any]:
    """The documents of a text that hold a rule, if the text can be read."""
    try:
        return [document for document in read_documents(text) if isinstance(document, dict)]
    except YAMLError:
        return []


def twisted(document: Any, dice: random.Random) -> str:
    """A document in which a few values are others, and a few keys have more modifiers or are gone."""
    document = json.loads(json.dumps(document))
    for _ in range(dice.randrange(1, 4)):
        node = document
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = dice.choice(keys)
            if isinstance(node[key], dict | list) and dice.random() < 0.8:
                node = node[key]
                continue
            if isinstance(node, dict) and dice.random() < 0.4:
                node["|".join([key, *dice.sample(MODIFIERS, dice.randrange(1, 3))])] = node.pop(key)
            elif isinstance(node, dict) and dice.random() < 0.1:
                del node[key]
            else:
                node[key] = copy.deepcopy(dice.choice(VALUES))
            break
    return json.dumps(document)


def events(seed: int, count: int) -> list[Event]:
    maker = Maker(seed)
    made = []
    for number in range(count):
        record = maker.record(number)
        raw = json.dumps(record).encode()
        origin = Origin("log", number + 1, 0, len(raw))
        event = Event(
            time=1_800_000_000_000_000 + number, kind="session.login", origin=origin, source="auth0", id=f"e{number}"
        )
        event.code, event.user, event.record = str(record["type"]), str(record["user_id"]), Record(raw)
        made.append(event)
    return made


def round_of(seed: int, count: int) -> Counter[str]:
    """What became of `count` damaged files, each with its rules and correlations run on a few events."""
    dice, texts, shown = random.Random(seed), stock(), events(seed, 12)
    # what aliases repeat would be written out
    files = [parsed for text in texts if "&" not in text and (parsed := parsed_of(text))]
    told: Counter[str] = Counter()
    for _ in range(count):
        if dice.random() < 0.4:
            text = damaged(dice.choice(texts), dice)
        else:
            parsed = dice.choice(files)
            worst = dice.randrange(len(parsed))
            text = "\n---\n".join(
                twisted(one, dice) if place == worst or dice.random() < 0.2 else json.dumps(one)
                for place, one in enumerate(parsed)
            )
        documents, notes = read_text("mutant.yml", text)
        book = book_of(documents, {"name": ("x",)}, notes)
        replay = Replay([SigmaRules(Policy(), book)])
        findings = [*replay.feed(shown), *replay.finish()]
        told.update(files=1, loaded=len(book.members), skipped=len(book.skipped), findings=len(findings))
        assert all(note.reason and "\n" not in note.reason for note in book.skipped), book.skipped
    return told


def main() -> None:
    asked = argparse.ArgumentParser(description="Load damaged rules and run what is left of them.")
    asked.add_argument("--count", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    began = time.perf_counter()
    told = round_of(options.seed, options.count)
    print(", ".join(f"{what} {many:,}" for what, many in told.items()), f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
