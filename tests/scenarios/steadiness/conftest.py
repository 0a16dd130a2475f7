"""The model whose steadiness is held: the default, or the file that `VITALS_STEADY_MODEL` names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.model_files import read_model

STEADY_SINCE = 4
"""The version of the default model that promises to be steady; until then the candidate for it is held."""
CANDIDATE = Path(__file__).parents[3] / "bench" / "steady" / "candidate.toml"


@pytest.fixture(scope="session")
def plan() -> Plan:
    is_there = load_preset("default").version >= STEADY_SINCE
    return Plan(read_model(os.environ.get("VITALS_STEADY_MODEL") or ("default" if is_there else str(CANDIDATE))))
