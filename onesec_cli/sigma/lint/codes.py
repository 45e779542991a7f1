"""Every remark there is: how grave it is and what it means."""

from __future__ import annotations

from typing import Final

from onesec_cli.model.remark import Severity

CODES: Final[dict[str, tuple[Severity, str]]] = {
    "not-loaded": ("error", "The rule cannot be loaded and judges nothing."),
    "never-true": ("error", "The condition, or the whole of what a correlation counts, can never be true."),
    "always-true": ("error", "The rule matches every event it is shown."),
    "duplicate-id": (
        "error",
        "Another rule has the same id: alerts, `related` and correlations cannot tell them apart.",
    ),
    "bad-id": ("error", "The id is no UUID."),
    "bad-level": ("error", "The level is none of informational, low, medium, high, critical."),
    "bad-knowledge": (
        "error",
        "A file of chains, scopes or words that cannot be used, or a word that would never be found.",
    ),
    "broken-cases": ("error", "The test cases cannot be used."),
    "duplicate-name": ("warning", "Two rules of one file have the same name."),
    "unknown-key": ("warning", "A key that looks like one of Sigma's, misspelt."),
    "missing-id": ("warning", "Without an id, alerts cannot be told apart across versions of the rule."),
    "missing-level": ("warning", "Without a level, the rule counts as medium."),
    "unknown-log-type": ("warning", "No Auth0 log type has this code."),
    "unknown-field": ("warning", "No published Auth0 log type, or no canonical event, has this field."),
    "field-not-in-type": ("warning", "None of the log types that the rule asks for has this field."),
    "value-cannot-match": (
        "warning",
        "The field never holds a value like this one: other type, or not in its closed set.",
    ),
    "unchecked-field": (
        "info",
        "Nothing published says what stands below here, and no test case shows that the field is spelt as it is logged.",
    ),
    "unknown-rule": (
        "warning",
        "A chain names a rule that is neither a detector nor loaded: that step is never found.",
    ),
    "unused-selection": ("warning", "The condition does not name this selection."),
    "dead-part": ("warning", "A part of the condition can never be true, so it changes nothing."),
    "dead-filter": ("warning", "What the filter would leave out is ruled out already, so it changes nothing."),
    "filter-kept": ("warning", "A selection that is called a filter stands beside `or`, so whatever it names matches."),
    "filter-selects": (
        "warning",
        "The condition of the filter has no `not`: its rules go on matching only what it selects, not all else.",
    ),
    "negative-only": ("warning", "The rule says only what an event must not hold, so it matches all the rest."),
    "degenerate-threshold": ("warning", "The threshold is met by the first event, or can never be met."),
    "never-grouped": ("warning", "A member never has the field that events are grouped by or that is counted."),
    "partly-grouped": (
        "info",
        "Some log types of a member lack the field that events are grouped by or that is counted.",
    ),
    "empty-placeholder": ("warning", "A placeholder has no values, so nothing matches it."),
    "look-around": ("warning", "The regular expression looks around and runs in the slower, bounded matcher."),
    "reads-everything": ("warning", "No log type is necessary, so onesec must decode every event for this rule."),
    "tenant-specific": ("info", "A value looks like an example that a site must replace."),
    "keywords": ("info", "Keywords are looked for in every value of an event; a field would be cheaper and exact."),
    "leading-wildcard": ("info", "A text that begins with a wildcard is looked for in the whole value."),
    "drifting-text": ("info", "`description` is free text that Auth0 rewords; type and request path are stable."),
    "missing-falsepositives": ("info", "Nothing says which honest work also matches."),
    "missing-tags": ("info", "No ASI, ATT&CK or ATLAS tag: the coverage matrix cannot show the rule."),
    "unknown-tag": ("info", "A tag that is no code of ATT&CK, ATLAS or OWASP Agentic."),
    "missing-cases": ("info", "No test case shows that the rule fires, or none that it stays silent."),
}
"""Code to (severity, meaning)."""
