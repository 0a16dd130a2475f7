"""The glossary is kept: the words that it rules out are in no name of the shipped code, and its phrases in no text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "glossary.md"
SHIPPED = sorted(
    path for room in ("scoring", "alerts", "streams", "dashboard", "vitals") for path in (ROOT / room).rglob("*.py")
)
TEXTS = [*SHIPPED, *sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


def ruled_out() -> tuple[set[str], set[str]]:
    """The names and the phrases of the last column of each table."""
    rows = [line.strip("|").split("|")[-1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    last = "\n".join(rows)
    return set(re.findall(r"`(\w+)`", last)), set(re.findall(r"«([^»]+)»", last))


def names_in(path: Path) -> Iterator[tuple[int, str]]:
    """(line, name) of what a module defines: classes, functions, parameters, variables and attributes."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr


def snake(name: str) -> str:
    """A name in snake case, with an underscore on each side.

    >>> snake("DirtyApp"), snake("_next_wake")
    ('_dirty_app_', '_next_wake_')
    """
    return f"_{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).lower().strip('_')}_"


@cache
def names() -> list[tuple[str, str]]:
    """(place, snake case) of every name in the shipped code."""
    return [
        (f"{path.relative_to(ROOT)}:{line}: {name}", snake(name)) for path in SHIPPED for line, name in names_in(path)
    ]


@cache
def lines() -> list[tuple[str, str]]:
    """(place, line) of every text."""
    return [
        (f"{path.relative_to(ROOT)}:{number}", line.strip())
        for path in TEXTS
        if path != PAGE and path.exists()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
    ]


NAMES, PHRASES = ruled_out()


def test_the_page_rules_something_out() -> None:
    assert "debounce" in NAMES
    assert "is told" in PHRASES


@pytest.mark.parametrize("word", sorted(NAMES))
def test_a_word_that_is_ruled_out_is_part_of_no_name(word: str) -> None:
    assert [place for place, name in names() if f"_{word}_" in name] == []


@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_a_phrase_that_is_ruled_out_is_in_no_text(phrase: str) -> None:
    pattern = re.compile(rf"\b{re.escape(phrase)}\b", re.IGNORECASE)
    assert [f"{place}: {line}" for place, line in lines() if pattern.search(line)] == []
