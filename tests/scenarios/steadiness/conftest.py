"""The model whose steadiness is held: the default, or the preset or file that `VITALS_STEADY_MODEL` names."""

from __future__ import annotations

import os

import pytest

from scoring.plan.plan import Plan
from streams.model_files import read_model


@pytest.fixture(scope="session")
def plan() -> Plan:
    return Plan(read_model(os.environ.get("VITALS_STEADY_MODEL") or "default"))
