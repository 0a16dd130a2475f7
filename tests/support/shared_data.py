"""Data that is not in the repository: the folder that `VITALS_SHARED` names, else `shared` beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[3] / "shared"


def shared(path: str) -> Path:
    """A file or folder of the shared data. Where it is absent the test is skipped, with `VITALS_REQUIRE_SHARED=1`
    it fails.
    """
    found = Path(os.environ.get("VITALS_SHARED") or _BESIDE_THE_CHECKOUT) / path
    if found.exists():
        return found
    words = f"the shared data has no {path} here: name its folder in VITALS_SHARED"
    if os.environ.get("VITALS_REQUIRE_SHARED") == "1":
        pytest.fail(words)
    pytest.skip(words)
