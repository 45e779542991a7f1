"""`onesec rules list`: everything that can fire."""

from __future__ import annotations

from onesec_cli.cli.options import Told, taking
from onesec_cli.cli.rules.options import Choosing, Judging

HELP = """List everything that can fire: Sigma rules, correlations, and the built-in detectors.

Options that choose may be repeated: values of one option are alternatives, different options must all hold.
Exit code: 0; 2 a wrong option or path.
"""


@taking
def list_(*, choosing: Choosing, judging: Judging, told: Told) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import catalogue as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import catalogue  # keeps --help fast

    told.check(judging.files)
    choice = choosing.choice()
    every = catalogue(judging.book(judging.site()), judging.own)
    entries = [one for one in every.entries if choice.takes(one)]
    left_out = len(every.entries) - len(entries)
    told.tell(
        lambda: report.as_json(entries, every.skipped),
        lambda **looks: report.console(entries, every.skipped, left_out, **looks),
    )
