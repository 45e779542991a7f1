"""Writes the pages and schemas that come from the code: `python -m docs.generate`; `--check` fails if one has drifted."""

from __future__ import annotations

import ast
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import msgspec

from onesec_cli.detectors import DETECTORS
from onesec_cli.knowledge import chains, lexicons, scopes
from onesec_cli.model import kinds, thresholds
from onesec_cli.model.detector import SECTIONS, page
from onesec_cli.model.mapping import ATTRIBUTES, Mapping
from onesec_cli.model.policy import Policy
from onesec_cli.model.taxonomy import ASI, ATTACK
from onesec_cli.reports import csv_report, timesketch
from onesec_cli.reports.formats import PURPOSE
from onesec_cli.sigma.cases import Suite
from onesec_cli.sigma.lint.codes import CODES
from onesec_cli.sigma.load import load
from onesec_cli.sigma.rule import Card, Correlation
from onesec_cli.sources.agents.adapter import ARGUMENTS, GOALS, RESULTS, TIMES
from onesec_cli.sources.agents.logs import ADAPTERS, AGENT_SHAPES
from onesec_cli.sources.auth0_types import TYPES
from onesec_cli.sources.shapes import NOT_A_TRAIL, SHAPES

DOCS = Path(__file__).parent
CARRIED = (GOALS, ARGUMENTS, RESULTS, TIMES)


def detectors() -> str:
    """One section per detector, from its docstring."""
    out = ["# Detectors", "", "Generated from the code by `python -m docs.generate`.", ""]
    out += [f"- [{one.rule.id}](#{one.rule.id}): {one.rule.title}" for one in DETECTORS]
    for one in DETECTORS:
        text = page(one)
        asi = ", ".join(f"{code} {ASI[code]}" for code in one.rule.asi)
        attack = ", ".join(f"{code} {ATTACK.get(code, '')}".strip() for code in one.rule.attack)
        out += [
            "",
            f"## {one.rule.id}",
            "",
            f"**{one.rule.title}**, usually {one.rule.level.name}",
            "",
            text["summary"],
            "",
        ]
        out += [f"- OWASP Agentic: {asi}", f"- MITRE: {attack or 'none'}"]
        out += [f"- reads: {', '.join(f'`{kind}`' for kind in sorted(one.reads))}"]
        out += [f"- history of: {', '.join(one.key)}"]
        for section in SECTIONS:
            out += ["", f"### {section}", "", text[section]]
    return "\n".join(out) + "\n"


def policy() -> str:
    """The policy file and every threshold, from the source of `thresholds.py`."""
    out = [
        "# Policy file",
        "",
        "Generated from the code by `python -m docs.generate`. `onesec.yaml` is found in the working folder or above it, or given",
        "by `--policy`. YAML 1.2; an unknown key, an anchor or a wrong type is an error with line and column, exit code 2. The",
        "JSON Schema is [policy.schema.json](policy.schema.json).",
        "",
        "```yaml",
        "version: 1",
        "allowed-agents:            # when given, an exchange that no line covers is unauthorised",
        "  - agent: calendar-bot    # agent id, external agent id or client id",
        "    users: ['auth0|alice'] # default: all",
        "    connections: [google-oauth2]",
        "    scopes: [calendar.readonly]",
        "    expires: 2026-12-31T00:00:00Z",
        "agent-clients: {calendar-bot: client-id}",
        "approvals:                 # tool calls that need a person's approval",
        "  - tools: [send_money, 'delete_*']",
        "    by: ['auth0|alice']    # default: anybody who is a person",
        "tool-pins:                 # tools that must be offered exactly as approved",
        "  - tool: convert_currency",
        "    server: fx-rates       # default: any",
        "    sha256: [5c6f...]      # the digest that tool-integrity shows, in full",
        "delegation:",
        "  max-depth: 3",
        "  approved-chains: [[calendar-bot, summary-worker]]  # from the originating application to the last actor",
        "  known-actors: [legacy-bot]",
        "  attestation-keys: {k1: 00112233445566778899aabbccddeeff}  # key id to secret; docs/formats.md has the construction",
        "agents:",
        "  trusted-destinations: [example.com, 's3://acme-builds', 'git@github.com:acme/shop.git']",
        "  trusted-tools: [get_my_profile]",
        "  trust-operator: true     # whether values in the operator's prompt count as given; false where others can write to it",
        "rules:                     # Sigma rules: what their placeholders stand for (docs/sigma.md)",
        "  placeholders: {admins: ['auth0|alice'], global_client_id: [client-id]}",
        "suppressions:              # alerts that somebody answers for: listed apart, and no reason to fail",
        "  - rule: agent-novelty    # id of a detector or a Sigma rule; an unknown one is an error",
        "    entities: ['agent:build-*', 'user:auth0|ci']  # all of them must be in the alert; default: any alert of the rule",
        "    verdict: first-use     # default: any",
        "    tenant: acme           # default: any",
        "    reason: new build agents are registered every week",
        "    owner: dora@example.com",
        "    expires: 2026-09-01T00:00:00Z",
        "severities:                # the first line that speaks of an alert sets its level",
        "  - rule: behaviour-novelty",
        "    level: low",
        "    reason: our agents change their tools daily",
        "thresholds:",
        "  rapid-exchange: {max-exchanges: 20, window-minutes: 5}",
        "```",
        "",
        "A suppression silences alerts whose last event came before `expires`: the alert's own time decides, never the clock and never the",
        "events of anybody else, so that no record that says it is of another year ends or revives one. What comes later, and an alert that no",
        "log gives a time, is told, and the report says that the suppression did not hold. Suppressed alerts are in no incident and fail nothing; JSON lists them under `suppressed`, SARIF as `suppressions`, and",
        "the verdict counts them. Entities are written as alerts name them; `*`, `?` and `[...]` are patterns. A level that the policy",
        "sets counts everywhere: for the order, `--min-level`, `--fail-on` and incidents; `judged_level` keeps the rule's own.",
        "",
        "## Thresholds",
        "",
        "| key | default | meaning |",
        "|---|---|---|",
    ]
    tree = ast.parse(Path(thresholds.__file__).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name not in ("_Settings", "Thresholds"):
            out += _rows(node)
    return "\n".join(out) + "\n"


def _rows(node: ast.ClassDef) -> list[str]:
    name = "".join(f"-{char.lower()}" if char.isupper() else char for char in node.name).lstrip("-")
    rows = []
    for field, text in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and field.value is not None:
            key = ast.unparse(field.target).replace("_", "-")
            said = text.value.value if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) else ""
            rows.append(f"| `{name}.{key}` | {ast.unparse(field.value)} | {' '.join(str(said).split())} |")
    return rows


def formats() -> str:
    """Shapes, kinds and the field map."""
    out = [
        "# Formats",
        "",
        "Generated from the code by `python -m docs.generate`. Recognised by content, mixed freely.",
        "",
    ]
    out += ["| shape | what | known from |", "|---|---|---|"]
    out += [f"| {one.name} | {one.description} | {one.evidence} |" for one in (*SHAPES, *AGENT_SHAPES, *NOT_A_TRAIL)]
    out += [
        "",
        "`onesec formats` prints a sample of each.",
        "",
        "## What agent log formats can hold",
        "",
        "What a log really holds is counted, conversation by conversation; the report says what could not be assessed.",
        "",
        f"| format | {' | '.join(CARRIED)} |",
        f"|---|{'---|' * len(CARRIED)}",
        *(
            f"| {one.name} | {' | '.join('yes' if what in one.carries else 'no' for what in CARRIED)} |"
            for one in ADAPTERS
        ),
        "",
        "## Kinds",
        "",
        "| kind | meaning | Auth0 types |",
        "|---|---|---|",
    ]
    for kind, meaning in kinds.KINDS.items():
        codes = ", ".join(f"`{code}`" for code, (one, _, _) in sorted(TYPES.items()) if one == kind)
        out.append(f"| `{kind}` | {meaning} | {codes} |")
    out += ["", f"The other types of the {len(TYPES)} known ones count as coverage under `<family>.<outcome>`.", ""]
    out += (DOCS / "fields.part.md").read_text(encoding="utf-8").splitlines()
    return "\n".join(out) + "\n"


def reports() -> str:
    """The page of report formats: the words of `reports.part.md`, with formats and columns from the code."""
    page = (DOCS / "reports.part.md").read_text(encoding="utf-8")
    tables = {
        "formats": ("format", {name.value: purpose for name, purpose in PURPOSE.items()}),
        "csv": ("column", csv_report.COLUMNS),
        "timesketch": ("column", timesketch.COLUMNS),
    }
    for name, (first, rows) in tables.items():
        table = [f"| {first} | what |", "|---|---|", *(f"| `{key}` | {said} |" for key, said in rows.items())]
        page = page.replace(f"<{name}>\n", "\n".join(table) + "\n")
    return page


def schema() -> str:
    """JSON Schema of the policy file."""
    return json.dumps(msgspec.json.schema(Policy), indent=2, sort_keys=True) + "\n"


def mapping() -> str:
    """The page of mapping files: the words of `map.part.md`, with the worked sample and the attributes from the code."""
    page = (DOCS / "map.part.md").read_text(encoding="utf-8")
    for name in ("acme.yaml", "acme.jsonl"):
        page = page.replace(f"<{name}>", (DOCS / "map" / name).read_text(encoding="utf-8").rstrip())
    named = ", ".join(f"`{name.replace('_', '-')}`" for name in ATTRIBUTES)
    return page.replace("<attributes>", "\n".join(textwrap.wrap(named, 118, break_on_hyphens=False)))


def map_schema() -> str:
    """JSON Schema of a mapping file."""
    return json.dumps(msgspec.json.schema(Mapping), indent=2, sort_keys=True) + "\n"


def rules() -> str:
    """The page of those who write rules: the words of `rules.part.md`, with the remarks of lint from the code."""
    page = (DOCS / "rules.part.md").read_text(encoding="utf-8")
    rows = [f"| `{code}` | {severity} | {meaning} |" for code, (severity, meaning) in CODES.items()]
    return page.replace("<codes>", "\n".join(["| code | severity | meaning |", "|---|---|---|", *rows]))


def rule_tests_schema() -> str:
    """JSON Schema of the test cases of a rule."""
    return json.dumps(msgspec.json.schema(Suite), indent=2, sort_keys=True) + "\n"


def rules_pack() -> str:
    """The page of our own rules: the words of `rules-pack.part.md`, with a section per folder and rule."""
    page = (DOCS / "rules-pack.part.md").read_text(encoding="utf-8")
    folder = DOCS.parent / "rules"
    members = load([str(folder)], {}).members
    watched = {index for one in members if isinstance(one, Correlation) for index in one.members}
    cards = [one.card for index, one in enumerate(members) if index not in watched]
    told: dict[str, list[Card]] = {}
    for card in cards:
        told.setdefault(Path(card.file).relative_to(folder).parts[0], []).append(card)
    counted = ", ".join(
        f"{sum(one.level.name == level for one in cards)} {level}" for level in ("high", "medium", "low")
    )
    page = page.replace("<summary>", f"{len(cards)} rules that raise alerts: {counted}.")
    out = []
    for name, some in sorted(told.items()):
        out += [f"## {name}", "", "| rule | level | tags |", "|---|---|---|"]
        out += [
            f"| [{one.title}](#{_anchor(one.title)}) | {one.level.name} | {', '.join((*one.asi, *one.attack))} |"
            for one in some
        ]
        for one in some:
            file = Path(one.file).relative_to(folder).as_posix()
            codes = ", ".join(f"{code} {ASI[code]}" for code in one.asi) + "; "
            codes += ", ".join(f"{code} {ATTACK[code]}" for code in one.attack)
            out += ["", f"### {one.title}", "", one.description.strip(), ""]
            out += [f"`rules/{file}`, {one.level.name}. {codes}.", ""]
            out += ["What else looks like it:", *(f"- {text}" for text in one.falsepositives)]
        out.append("")
    return page.replace("<rules>", "\n".join(out).rstrip())


def _anchor(title: str) -> str:
    """The anchor that a heading gets where Markdown is shown."""
    kept = "".join(char for char in title.lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")


def knowledge() -> str:
    """The page of chains and scopes: the words of `knowledge.part.md`, with the worked samples and the keys from the code."""
    page = (DOCS / "knowledge.part.md").read_text(encoding="utf-8")
    for name in ("chain.yml", "scopes.yml", "lexicon.yml", "files.yml", "arguments.yml", "language.yml"):
        page = page.replace(f"<{name}>", (DOCS / "knowledge" / name).read_text(encoding="utf-8").rstrip())
    page = page.replace("<chains>", "\n".join(_keys(chains.__file__, {"Chain": "", "Act": "start, steps[]"})))
    page = page.replace("<lists>", "\n".join(_lists())).replace("<forms>", "\n".join(_forms()))
    page = page.replace("<lexicon>", "\n".join(_keys(lexicons.__file__, {"LexiconFile": ""})))
    return page.replace("<scopes>", "\n".join(_keys(scopes.__file__, {"ScopeFile": ""})))


def _lists() -> list[str]:
    """A table of every list of every lexicon."""
    out = ["| list | words | looked for as | what its words are |", "|---|---|---|---|"]
    known = lexicons.lexicon_of()
    for name, about in lexicons.told_of(lexicons.shipped_files()).items():
        out.append(f"| `{name}` | {len(known[name])} | {about.form} | {about.says} |")
    return out


def _forms() -> list[str]:
    return [f"- **{form}**: {said}" for form, said in lexicons.FORMS.items()]


def _keys(file: str, places: dict[str, str]) -> list[str]:
    """A table of the keys of some classes, each with where it stands, its default and what its docstring says."""
    out = ["| key | default | meaning |", "|---|---|---|"]
    for node in ast.parse(Path(file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name in places:
            for one, text in zip(node.body, [*node.body[1:], None], strict=True):
                if isinstance(one, ast.AnnAssign):
                    key = ast.unparse(one.target).replace("_", "-")
                    told = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
                    said = " ".join(str(text.value.value).split()) if told else ""  # type: ignore[union-attr]  # just looked at
                    default = ast.unparse(one.value).replace("'", "") if one.value else "(needed)"
                    default = (
                        "none" if default.startswith(("field(", "Classes(", "Words(", "()")) else default.strip("()")
                    )
                    place = f" of `{places[node.name]}`" if places[node.name] else ""
                    out.append(f"| `{key}`{place} | {default} | {said} |")
    return out


def chains_schema() -> str:
    """JSON Schema of a file of chains."""
    return json.dumps(msgspec.json.schema(chains.ChainFile), indent=2, sort_keys=True) + "\n"


def lexicon_schema() -> str:
    """JSON Schema of a file of words, with the lists that each lexicon has."""
    whole = msgspec.json.schema(lexicons.LexiconFile)
    lists: dict[str, dict[str, Any]] = {}
    for name, about in lexicons.told_of(lexicons.shipped_files()).items():
        lexicon, _, name = name.partition(".")
        told = f"{about.says} Each is {lexicons.FORMS[about.form]}."
        lists.setdefault(lexicon, {})[name] = {"description": told}
    whole["$defs"]["LexiconFile"]["properties"]["name"] = {"description": "The lexicon.", "enum": sorted(lists)}
    whole["$defs"]["LexiconFile"]["allOf"] = [
        {
            "if": {"properties": {"name": {"const": name}}},
            "then": {"properties": {"lists": {"additionalProperties": False, "properties": known}}},
        }
        for name, known in lists.items()
    ]
    return json.dumps(whole, indent=2, sort_keys=True) + "\n"


def scopes_schema() -> str:
    """JSON Schema of a file of scopes."""
    return json.dumps(msgspec.json.schema(scopes.ScopeFile), indent=2, sort_keys=True) + "\n"


PAGES = {
    "detectors.md": detectors,
    "policy.md": policy,
    "formats.md": formats,
    "policy.schema.json": schema,
    "map.md": mapping,
    "reports.md": reports,
    "map.schema.json": map_schema,
    "rules-pack.md": rules_pack,
    "knowledge.md": knowledge,
    "chains.schema.json": chains_schema,
    "scopes.schema.json": scopes_schema,
    "lexicon.schema.json": lexicon_schema,
    "../onesec_cli/knowledge/words.json": lexicons.made,
    "rules.md": rules,
    "rule-tests.schema.json": rule_tests_schema,
}


def drifted() -> list[str]:
    """Names of pages that no longer say what the code says."""
    return [
        name
        for name, make in PAGES.items()
        if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != make()
    ]


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(drifted())}" if drifted() else 0)
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
