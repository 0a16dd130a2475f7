"""The changelog: what is released has a date and says what it does to stored state."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from streams.changelog.records import SCHEMA

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CHANGELOG.md").read_text("utf-8")
HEADINGS = re.findall(r"(?m)^## \[(.+?)\](?: - (\S+))?$", TEXT)
SECTIONS = dict(zip((name for name, _ in HEADINGS), re.split(r"(?m)^## .+$", TEXT)[1:], strict=True))
RELEASED = dict(HEADINGS[1:])
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def test_the_newest_release_is_the_version_of_the_project() -> None:
    assert HEADINGS[0] == ("Unreleased", "")
    assert next(iter(RELEASED)) == VERSION
    assert f"-t account-vitals:{VERSION} " in (ROOT / "deploy" / "Dockerfile").read_text("utf-8")


@pytest.mark.parametrize("version", RELEASED)
def test_a_release_has_a_date_and_says_first_what_it_does_to_stored_state(version: str) -> None:
    assert date.fromisoformat(RELEASED[version])
    assert re.findall(r"(?m)^### (.+)$", SECTIONS[version])[0] == "State"


def test_the_schema_of_records_is_the_one_that_was_last_written_about() -> None:
    """Where this fails: say under «State» of the section above which schema records have now, and what to rebuild."""
    (_, newest, *_) = re.split(r"(?m)^### State$", TEXT)
    assert f"schema {SCHEMA}." in newest.partition("\n#")[0]
