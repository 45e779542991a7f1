"""Pages that come from the code say what the code says."""

from __future__ import annotations

import subprocess
import sys

from onesec_cli.detectors import DETECTORS
from onesec_cli.model.detector import SECTIONS, page
from onesec_cli.model.taxonomy import ASI, ATTACK
from tests.run import ROOT, onesec


def test_generated_pages_have_not_drifted() -> None:
    done = subprocess.run([sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_detector_says_why_on_what_what_it_misses_and_what_to_do() -> None:
    for detector in DETECTORS:
        text = page(detector)
        assert text["summary"]
        for section in SECTIONS:
            assert len(text[section]) > 40, f"{detector.rule.id}: {section}"
        assert set(detector.rule.asi) <= set(ASI)
        assert set(detector.rule.attack) <= set(ATTACK), detector.rule.id
        assert detector.key[0] == "tenant"


def test_file_class_and_id_of_a_detector_share_one_name() -> None:
    for detector in DETECTORS:
        module = detector.__module__.rsplit(".", 1)[1]
        assert module.replace("_", "-") == detector.rule.id
        assert detector.__name__.lower() == module.replace("_", "")


def test_help_names_the_exit_codes_and_every_option_of_the_readme() -> None:
    code, out, _ = onesec("scan", "--help")
    assert code == 0
    for option in ("--format", "--output", "--min-level", "--fail-on", "--since", "--until", "--policy"):
        assert option in out
