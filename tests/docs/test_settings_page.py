"""The pages on settings and security: they have every variable, and none that does not exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from dashboard.doors.seal import KEY, OLD_KEY
from streams.deployment.settings import known_variables

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (DOCS / "settings.md").read_text("utf-8") + (DOCS / "security.md").read_text("utf-8")
OF_ONE_COMMAND = {"VITALS_KERNEL", "VITALS_LOG_LEVEL", "VITALS_PID_FILE", "VITALS_SECRET_LINKS", KEY, OLD_KEY}
"""Read where they are used."""


def test_every_setting_is_on_a_page() -> None:
    named = [name for name in known_variables() if not name.endswith("_FILE")]
    assert [name for name in named if f"`{name}`" not in PAGES] == []


def test_no_variable_has_two_rows() -> None:
    page = (DOCS / "settings.md").read_text("utf-8")
    rows = re.findall(r"^\| (`VITALS_[A-Z_]*[A-Z]`)", page, re.MULTILINE)
    assert [name for name, times in Counter(rows).items() if times > 1] == []


def test_every_variable_on_the_pages_is_a_setting() -> None:
    named = set(re.findall(r"`(VITALS_[A-Z_]*[A-Z])`", PAGES))
    assert named - set(known_variables()) == OF_ONE_COMMAND
