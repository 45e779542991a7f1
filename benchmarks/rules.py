"""A folder of Sigma rules for measuring: of the forms and fields that published Auth0 rules have, all different."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

CODES: Final = ("sapi", "s", "fp", "seta", "seacft", "sertft", "seccft", "feta", "gd_auth_succeed", "slo", "ss", "fcoa")
"""Log types the rules ask for in turn: those of the made trail, and a few that it lacks."""

HEAD: Final = """title: Benchmark rule {number}
id: 00000000-0000-4000-8000-{number:012d}
status: test
level: low
logsource:
    product: auth0
"""

Form = Callable[[int, str], str]


def _equal(number: int, code: str) -> str:
    return f"""detection:
    selection:
        data.type: {code}
        data.details.request.body.name: value-{number}
    condition: selection
"""


def _lists(number: int, code: str) -> str:
    return f"""detection:
    selection:
        data.type: [{code}, fu]
        data.client_id: [trusted-{number}, client{number:026d}]
    filter:
        data.ip|startswith: ['10.{number % 250}.', '192.0.{number % 250}.']
    condition: selection and not filter
"""


def _parts(number: int, code: str) -> str:
    return f"""detection:
    selection:
        data.type: {code}
        data.user_agent|contains: ['tool-{number}/', 'Bot {number}']
    mail:
        data.user_name|endswith: '@mail{number}.example'
    condition: selection or mail
"""


def _pattern(number: int, code: str) -> str:
    return f"""detection:
    selection:
        data.type: {code}
        data.user_name|re: '^user{number}[0-9]{{2}}@example\\.(org|net)$'
    condition: selection
"""


def _setting(number: int, code: str) -> str:
    return f"""detection:
    selection:
        data.type: sapi
        data.description: Change setting {number}
        data.details.response.statusCode: 200
    off:
        data.details.request.body.enabled: false
    empty:
        data.details.request.body.shields{{}}: [block-{number}]
    condition: selection and (off or not empty)
"""


def _network(number: int, code: str) -> str:
    return f"""detection:
    selection:
        data.type: {code}
        data.ip|cidr: 203.0.{number % 250}.0/24
        data.security_context.ja3|exists: true
    condition: selection
"""


FORMS: Final[tuple[Form, ...]] = (_equal, _setting, _lists, _equal, _setting, _parts, _pattern, _network)


def write(folder: Path, count: int) -> None:
    """Write `count` rules, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        code = CODES[number % len(CODES)]
        body = FORMS[number % len(FORMS)](number, code)
        (folder / f"rule-{number:04d}.yml").write_text(HEAD.format(number=number) + body, encoding="ascii")
