"""All of this folder needs the kernel: where it is not built, nothing of it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.kernel.kernel import is_built

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if is_built():
        return
    for item in items:
        if item.path.parent == _HERE:
            item.add_marker(pytest.mark.skip(reason="the kernel is not built here"))
