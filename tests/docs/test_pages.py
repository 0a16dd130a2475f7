"""Every page: its links lead somewhere, and the files and `make` targets that it names are there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(page.relative_to(ROOT).as_posix() for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TOP = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
TARGETS = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text("utf-8")))
MADE = ("build/", "docs/flame.svg")
"""What a run makes, and a checkout does not have."""


@cache
def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def prose(page: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"(?ms)^```.*?^```", "", text(page))


@cache
def anchors(page: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = [re.sub(r"\[(.+?)\]\(.+?\)", r"\1", each) for each in re.findall(r"(?m)^#+ (.+)$", prose(page))]
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)) if "://" not in link]
    for link in links:
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.relative_to(ROOT).as_posix()), link


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page: str) -> None:
    rooms = "|".join(map(re.escape, (*TOP, ".ci", ".github")))
    named = re.findall(rf"`((?:{rooms})/[\w./*-]*)(?:::\w+)?`", text(page))
    missing = [path for path in named if not path.startswith(MADE) and not list(ROOT.glob(path.rstrip("/")))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_that_are_named_exist(page: str) -> None:
    named = re.findall(r"(?:`|^)make ([a-z]+)", text(page), re.MULTILINE)
    assert [target for target in named if target not in TARGETS] == []
