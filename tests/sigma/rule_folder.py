"""A folder of thousands of rule files, such as people really have: mostly good, some odd, some hostile.

python -m tests.sigma.rule_folder --count 4000        load such a folder and say what became of each file
python -m tests.sigma.rule_folder --folder PATH       the same for a folder of your own
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

SOURCES = (
    "category: process_creation\n    product: windows",
    "product: auth0",
    "product: auth0\n    service: tenant-logs",
    "product: agent",
    "product: linux\n    service: sshd",
    "category: proxy",
    "product: aws\n    service: cloudtrail",
)
FIELDS = (
    "Image|endswith", "CommandLine|contains|all", "data.details.request.path|startswith", "data.type", "EventID",
    "ParentImage|contains", "data.details.shields{}|contains", "tool|contains", "c-uri|re", "data.ip|cidr",
    "CommandLine|windash|contains", "data.user_agent|base64offset|contains", "TargetFilename|endswith",
)  # fmt: skip
TAGS = ("attack.execution", "attack.t1059.001", "attack.defense-evasion", "car.2013-05-004", "cve.2021-44228", "asi.01")


def ordinary(dice: random.Random, number: int) -> str:
    """A rule as the big public collections have them."""
    lines = [
        f"title: Suspicious thing number {number}",
        f"id: {number:08x}-0000-4000-8000-{number:012x}",
        f"status: {dice.choice(('stable', 'test', 'experimental', 'deprecated'))}",
        "description: |\n    Detects a thing.\n    It is 'suspicious': nobody knows why.",
        "references:\n    - https://example.com/a?b=c#d",
        "author: 'A. Person (Company), B. Person'\ndate: 2023-07-01\nmodified: 2025/10/11",
        "tags:\n" + "".join(f"    - {tag}\n" for tag in dice.sample(TAGS, 3)).rstrip(),
        f"logsource:\n    {dice.choice(SOURCES)}",
        "detection:",
    ]
    names = ["selection", *(f"filter_main_{index}" for index in range(dice.randrange(3)))]
    for name in names:
        lines.append(f"    {name}:")
        for field in dice.sample(FIELDS, dice.randrange(1, 4)):
            lines.append(f"        {field}:")
            values = {
                "c-uri|re": "'/[a-z]{3,8}\\.php\\?id=\\d+'",
                "data.ip|cidr": "10.0.0.0/8",
                "EventID": str(dice.randrange(9000)),
            }
            for part in range(dice.randrange(2, 9)):
                value = values.get(field, rf"'-value {part} \{dice.randrange(99)}.exe'")
                lines.append(f"            - {value}")
    condition = "selection" + (" and not 1 of filter_main_*" if len(names) > 1 else "")
    lines += [f"    condition: {condition}", "falsepositives:\n    - Unknown", f"level: {dice.choice(('low', 'high'))}"]
    return "\n".join(lines) + "\n"


HEAD = "title: Odd\nid: %s\nlogsource:\n    product: auth0\n"
FINE = "detection:\n    sel:\n        data.type: fp\n    condition: sel\nlevel: low\n"
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


def bare(detection: str) -> str:
    return HEAD + "detection:\n" + "".join(f"    {line}\n" for line in detection.splitlines())


CORRELATION = "title: C\ncorrelation:\n    type: %s\n    rules: %s\n    group-by: [data.ip]\n    timespan: %s\n    condition: %s\n"
BASE = HEAD + "name: base\n" + FINE + "---\n"

ODD: dict[str, str | bytes] = {
    "crlf": (HEAD + FINE).replace("\n", "\r\n"),
    "bom": "\ufeff" + HEAD + FINE,
    "utf16": (HEAD + FINE).encode("utf-16"),
    "latin1": (HEAD + "description: caf\u00e9\n" + FINE).encode("latin-1"),
    "tabs": HEAD + FINE.replace("    ", "\t"),
    "unclosed": HEAD + "description: 'never ends\n" + FINE,
    "indent": HEAD + "detection:\n    sel:\n      a: b\n     c: d\n    condition: sel\n",
    "twice": HEAD + "title: Again\n" + FINE,
    "twice_deep": bare("sel:\n    a: b\n    a: c\ncondition: sel"),
    "anchors": bare("sel: &one\n    a: &v [x, y]\n    b: *v\nmore: *one\ncondition: sel or more"),
    "merge": bare("sel: &one {a: x}\nmore:\n    <<: *one\n    c: d\ncondition: sel or more"),
    "bomb": BOMB + HEAD + FINE,
    "bomb_values": bare("sel:\n    a: *a39\ncondition: sel").replace("detection:", BOMB + "detection:"),
    "endless_alias": HEAD + "detection: &d\n    sel: *d\n    condition: sel\n",
    "unknown_alias": bare("sel:\n    a: *nobody\ncondition: sel"),
    "deep_flow": HEAD + "x: " + "[" * 20_000 + "]" * 20_000 + "\n" + FINE,
    "deep_map": HEAD + "".join(" " * n + f"k{n}:\n" for n in range(1, 900)) + FINE,
    "deep_brackets": bare("sel: {a: b}\ncondition: " + "(" * 3000 + "sel" + ")" * 3000),
    "many_nots": bare("sel: {a: b}\ncondition: " + "not " * 3000 + "sel"),
    "long_condition": bare("sel: {a: b}\ncondition: " + " or ".join(["sel"] * 5000)),
    "huge_value": bare(f"sel:\n    a: '{'x' * 3_000_000}'\ncondition: sel"),
    "huge_list": bare("sel:\n    a:\n" + "".join(f"        - v{n}\n" for n in range(60_000)) + "condition: sel"),
    "binary": bytes(range(256)) * 40,
    "nul": HEAD + "description: a\0b\n" + FINE,
    "bad_utf8": (HEAD + FINE).encode() + b"falsepositives: ['\xff\xfe\xc3']\n",
    "surrogate": HEAD + 'description: "\\ud83d"\n' + FINE,
    "empty": b"",
    "blank": "\n\n  \n",
    "comment": "# nothing to see\n",
    "markers": "---\n---\n...\n",
    "list": "- title: x\n- title: y\n",
    "scalar": "just a sentence\n",
    "number": "42\n",
    "other_yaml": "services:\n  web:\n    image: nginx\n",
    "python_tag": "!!python/object/apply:os.system ['echo pwned > /tmp/pwned']\n",
    "python_value": bare("sel:\n    a: !!python/name:os.system\ncondition: sel"),
    "own_tag": bare("sel:\n    a: !mine x\ncondition: sel"),
    "no_detection": HEAD,
    "no_condition": bare("sel: {a: b}"),
    "no_logsource": "title: x\n" + FINE,
    "empty_logsource": "title: x\nlogsource: {}\n" + FINE,
    "logsource_text": "title: x\nlogsource: auth0\n" + FINE,
    "no_title": "logsource: {product: auth0}\n" + FINE,
    "title_number": "title: 5\nid: x\nlogsource: {product: auth0}\n" + FINE,
    "long_title": "title: " + "x" * 5000 + "\nlogsource: {product: auth0}\n" + FINE,
    "detection_list": HEAD + "detection:\n    - a\n    - b\n",
    "detection_null": HEAD + "detection:\n",
    "condition_number": bare("sel: {a: b}\ncondition: 5"),
    "condition_empty": bare("sel: {a: b}\ncondition: ''"),
    "condition_map": bare("sel: {a: b}\ncondition: {sel: 1}"),
    "condition_unknown": bare("sel: {a: b}\ncondition: sel and nobody"),
    "condition_pattern": bare("sel: {a: b}\ncondition: 1 of nobody*"),
    "condition_broken": bare("sel: {a: b}\ncondition: sel and (or"),
    "selection_empty": bare("sel: {}\ncondition: sel"),
    "selection_null": bare("sel:\ncondition: sel"),
    "selection_number": bare("5: {a: b}\ncondition: 5"),
    "selection_nested": bare("sel:\n    a:\n        b:\n            c: d\ncondition: sel"),
    "list_of_lists": bare("sel:\n    - [a, b]\n    - [c]\ncondition: sel"),
    "value_empty_list": bare("sel: {a: []}\ncondition: sel"),
    "value_nulls": bare("sel: {a: [null, '', x]}\ncondition: sel"),
    "value_braces": bare("sel:\n    data.client_id: {global_client_id}\ncondition: sel"),
    "value_infinite": bare("sel: {a: .inf, b: .nan, c: 1e400}\ncondition: sel"),
    "value_huge_number": bare("sel: {a: " + "9" * 10_000 + "}\ncondition: sel"),
    "field_number": bare("sel: {5: b, true: c, null: d}\ncondition: sel"),
    "field_empty": bare("sel: {'': b, '|contains': c}\ncondition: sel"),
    "modifier_unknown": bare("sel: {a|sparkles: b}\ncondition: sel"),
    "modifier_order": bare("sel: {a|contains|re: b}\ncondition: sel"),
    "modifier_twice": bare("sel: {a|contains|contains: b}\ncondition: sel"),
    "modifier_type": bare("sel: {a|contains: 5, b|gt: x, c|exists: maybe, d|cidr: 5}\ncondition: sel"),
    "modifier_pipes": bare("sel: {'a||': b}\ncondition: sel"),
    "cidr_bad": bare("sel: {a|cidr: 300.1.2.3/99}\ncondition: sel"),
    "base64_wild": bare("sel: {a|base64: 'x*'}\ncondition: sel"),
    "windash_many": bare("sel:\n    a|windash: '" + "-a " * 40 + "'\ncondition: sel"),
    "wildcards_many": bare("sel:\n    a: '" + "*a?" * 2000 + "'\ncondition: sel"),
    "re_broken": bare("sel: {a|re: '(['}\ncondition: sel"),
    "re_ahead": bare("sel: {a|re: '^(?!x).*y$'}\ncondition: sel"),
    "re_back": bare("sel: {'a|re': '(a)\\1'}\ncondition: sel"),
    "re_slow": bare("sel: {a|re: '(a+)+(b+)+c$'}\ncondition: sel"),
    "re_repeat": bare("sel: {'a|re': '((a{100}){100}){100}'}\ncondition: sel"),
    "re_deep": bare("sel: {a|re: '" + "(" * 2000 + "a" + ")" * 2000 + "'}\ncondition: sel"),
    "re_flags": bare("sel: {'a|re|i|m|s': '^x.$'}\ncondition: sel"),
    "placeholder": bare("sel: {'a|expand': '%nobody%'}\ncondition: sel"),
    "placeholder_many": bare("sel: {'a|expand': '" + "%nobody%" * 500 + "'}\ncondition: sel"),
    "level_unknown": HEAD + FINE.replace("low", "apocalyptic"),
    "level_list": HEAD + FINE.replace("level: low", "level: [low, high]"),
    "tags_text": HEAD + "tags: attack.t1000\n" + FINE,
    "tags_odd": HEAD + "tags: [5, null, {a: b}, 'x y', ATTACK.T1]\n" + FINE,
    "date_odd": HEAD + "date: 2026-13-45\n" + FINE,
    "unknown_keys": HEAD + "splunk: index=x\nexplanation: >\n    many words\n" + FINE,
    "good_and_bad": HEAD + FINE + "---\n" + HEAD + "---\n" + bare("sel: {b: c}\ncondition: sel"),
    "good_then_broken": HEAD + FINE + "---\ntitle: [unclosed\n",
    "global_v1": "action: global\ntitle: Old\nlogsource: {product: auth0}\n---\n"
    + FINE
    + "---\n"
    + FINE.replace("fp", "f"),
    "reset_v1": "action: reset\n---\n" + HEAD + FINE,
    "repeat_v1": HEAD + FINE + "---\naction: repeat\ntitle: Again\n",
    "near_v1": bare("a: {x: y}\nb: {z: w}\ntimeframe: 5m\ncondition: a | near b"),
    "count_v1": bare("a: {x: y}\ntimeframe: 5m\ncondition: a | count() by ip > 5"),
    "count_field_v1": bare("a: {x: y}\ntimeframe: 5m\ncondition: a | count(user) by ip >= 5"),
    "correlation_fine": BASE + CORRELATION % ("event_count", "[base]", "5m", "{gte: 5}"),
    "correlation_alone": CORRELATION % ("event_count", "[nobody]", "5m", "{gte: 5}"),
    "correlation_no_rules": CORRELATION % ("event_count", "[]", "5m", "{gte: 5}"),
    "correlation_type": BASE + CORRELATION % ("sorcery", "[base]", "5m", "{gte: 5}"),
    "correlation_timespan": BASE + CORRELATION % ("event_count", "[base]", "soon", "{gte: 5}"),
    "correlation_zero": BASE + CORRELATION % ("event_count", "[base]", "0s", "{gte: 5}"),
    "correlation_ages": BASE + CORRELATION % ("event_count", "[base]", "9" * 30 + "d", "{gte: 5}"),
    "correlation_condition": BASE + CORRELATION % ("event_count", "[base]", "5m", "{gte: many}"),
    "correlation_two": BASE + CORRELATION % ("event_count", "[base]", "5m", "{gte: 5, lt: 9}"),
    "correlation_field": BASE + CORRELATION % ("value_count", "[base]", "5m", "{gte: 5}"),
    "correlation_text": BASE + CORRELATION % ("temporal", "[base]", "5m", "base and not nobody"),
    "correlation_self": (CORRELATION % ("temporal", "[me]", "5m", "{gte: 1}")).replace(
        "title: C", "title: C\nname: me"
    ),
    "correlation_ring": "---\n".join(
        (CORRELATION % ("temporal", f"[{other}]", "5m", "{gte: 1}")).replace("title: C", f"title: C\nname: {me}")
        for me, other in (("one", "two"), ("two", "one"))
    ),
    "correlation_map": "title: x\ncorrelation: 5\n",
    "correlation_aliases": BASE
    + (CORRELATION % ("temporal", "[base]", "5m", "{gte: 1}")).rstrip()
    + "\n    aliases:\n        who: {nobody: a.b}\n",
    "filter_fine": BASE
    + "title: F\nlogsource: {product: auth0}\nfilter:\n    rules: [base]\n    s: {a: b}\n    condition: not s\n",
    "filter_alone": "title: F\nlogsource: {product: auth0}\nfilter:\n    rules: [nobody]\n    s: {a: b}\n    condition: not s\n",
    "filter_broken": "title: F\nlogsource: {product: auth0}\nfilter: 5\n",
    "related_odd": HEAD + "related: [5, {id: x}, {type: derived}]\n" + FINE,
    "id_odd": "title: x\nid: {a: b}\nlogsource: {product: auth0}\n" + FINE,
    "same_id": "title: x\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: auth0}\n" + FINE,
    "same_id_too": "title: y\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: auth0}\n" + FINE,
}
"""Text or bytes of a file, by what is odd about it. `%s` becomes an id of its own."""


def put(path: Path, content: str | bytes, number: int) -> None:
    """Write one odd file."""
    if isinstance(content, str):
        pieces = content.split("%s")
        told = "".join(
            f"{number:08x}-{place:04}-4000-9000-{number:012x}{piece}" for place, piece in enumerate(pieces[1:])
        )
        content = (pieces[0] + told).encode("utf-8", "surrogatepass")
    path.write_bytes(content)


def odd_paths(folder: Path) -> None:
    """What is odd about a place in the file system, not about a text."""
    (folder / "folder.yml").mkdir()
    (folder / "dangling.yml").symlink_to(folder / "nobody.yml")
    (folder / "again.yml").symlink_to(folder / "odd_crlf.yml")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.yml")
    (folder / "UPPER.YML").write_text(HEAD % "x" + FINE)
    (folder / "other.yaml").write_text(HEAD % "y" + FINE)
    (folder / "notes.md").write_text("# not a rule\n")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.yml")).write_text(HEAD % "z" + FINE)
    (folder / "line\nbreak.yml").write_text(HEAD % "w" + FINE)


def make(folder: Path, count: int, seed: int = 1) -> None:
    """Fill a folder: `count` ordinary rules in subfolders, and every oddity once."""
    dice = random.Random(seed)
    for number in range(count):
        below = folder / f"group_{number % 40:02}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"rule_{number:05}.yml").write_text(ordinary(dice, number))
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, content) in enumerate(ODD.items()):
        put(folder / f"odd_{name}.yml", content, number)
    odd_paths(folder)


def files(folder: Path) -> Iterator[Path]:
    """Every regular rule file below, once, however many links lead to it."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".yml", ".yaml") and path.is_file() and not path.is_symlink():
            yield path


def unaccounted(all_files: list[Path], loaded: set[str], skipped: list[tuple[str, str]]) -> list[Path]:
    """Files of which neither a rule nor a reason is told; a link tells of what it leads to."""
    named = {Path(name).resolve() for name in loaded | {name for name, _ in skipped}}
    return [path for path in all_files if path.resolve() not in named]


def tell(folder: Path, load: Callable[[Path], tuple[set[str], list[tuple[str, str]], int]]) -> str:
    """What became of a folder, in lines."""
    began, worked = time.perf_counter(), time.process_time()
    loaded, skipped, rules = load(folder)
    took, cpu = time.perf_counter() - began, time.process_time() - worked
    all_files = list(files(folder))
    lost = unaccounted(all_files, loaded, skipped)
    reasons = Counter(reason for _, reason in skipped)
    lines = [
        f"files {len(all_files)}, rules loaded {rules}, documents skipped {len(skipped)}, files without a word {len(lost)}",
        f"{took:.2f} s, {cpu:.2f} s of CPU, {cpu * 1000 / max(rules + len(skipped), 1):.3f} ms of CPU per rule",
        *(f"{many:6}  {reason[:150]}" for reason, many in reasons.most_common()),
        *(f"LOST {name}" for name in lost),
    ]
    return "\n".join(lines)


def load_folder(folder: Path) -> tuple[set[str], list[tuple[str, str]], int]:
    """Files of the rules that onesec loads, files and reasons of what it skips, and how many rules are loaded."""
    from onesec_cli.sigma.load import load

    book = load([str(folder)], {})
    skipped = [(note.file, note.reason) for note in book.skipped]
    return {member.card.file for member in book.members}, skipped, len(book.members)


def main() -> None:
    asked = argparse.ArgumentParser(description="Load a folder of rules and say what became of each file.")
    asked.add_argument("--count", type=int, default=4_000, help="ordinary rules to make")
    asked.add_argument("--folder", type=Path, help="a folder of rules, instead of one that is made")
    options = asked.parse_args()
    if options.folder:
        print(tell(options.folder, load_folder))
        return
    with tempfile.TemporaryDirectory(prefix="onesec-rules-") as name:
        folder = Path(name).resolve()
        make(folder, options.count)
        print(tell(folder, load_folder))


if __name__ == "__main__":
    main()
