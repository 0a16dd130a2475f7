"""The page on coverage: every capability has a test, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "models" / "coverage.md").read_text("utf-8")
SHORT = dict(re.findall(r"(?m)^\| `(\w)` \| `(tests/[\w/]+\.py)` \|$", PAGE))
SOURCES = re.split(r"(?m)^## .+$", PAGE)[1:]


@cache
def functions(path: str) -> set[str]:
    """The tests that a file has."""
    tree = ast.parse((ROOT / path).read_text("utf-8"), path)
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


ROWS = [row for source in SOURCES for row in rows(source)]


def test_every_source_is_there() -> None:
    assert len(SOURCES) == 6
    assert all(len(rows(source)) > 5 for source in SOURCES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_capability_names_tests_that_exist(row: list[str]) -> None:
    capability, said, tests = row
    named = re.findall(r"`([^`]+)::(test_\w+)`", tests)
    assert capability
    assert said
    assert named
    for path, name in named:
        assert name in functions(SHORT.get(path, path))
