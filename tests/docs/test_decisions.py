"""The decision records, and the index of all pages."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
INDEX = (DOCS / "README.md").read_text("utf-8")
RECORDS = sorted((DOCS / "decisions").glob("*.md"))
HEAD = re.compile(r"# (\d{4}): (.+)\n\nDate: (\S+)\. Status: (accepted|replaced by \[\d{4}\]\(.+\))\.")
HEADINGS = ["Context", "Alternatives", "Decision", "Consequences"]


def test_records_are_numbered_without_a_gap() -> None:
    assert len(RECORDS) >= 8
    assert [record.name[:5] for record in RECORDS] == [f"{number:04}-" for number in range(1, len(RECORDS) + 1)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_its_parts_and_stands_in_the_index(record: Path) -> None:
    text = record.read_text("utf-8")
    head = HEAD.match(text)
    assert head is not None
    number, title, day, _ = head.groups()
    assert record.name.startswith(number)
    assert date.fromisoformat(day)
    assert re.findall(r"(?m)^## (.+)$", text) == HEADINGS
    assert f"| {number} | [{title}](decisions/{record.name}) | {day} |" in INDEX


def test_every_page_is_in_the_index() -> None:
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"README.md"}
    assert pages - set(re.findall(r"\]\(([^)#]+)", INDEX)) == set()
