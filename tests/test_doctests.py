"""The examples in the docstrings of the pure core, run: each can be checked by hand."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import alerts
import scoring

MODULES = sorted(
    module.name
    for package in (scoring, alerts)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    found = [
        test
        for name in MODULES
        for test in doctest.DocTestFinder().find(importlib.import_module(name))
        if test.examples
    ]
    assert len(found) >= 10
