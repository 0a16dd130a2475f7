"""The model whose steadiness is held: the default, or the file that `VITALS_STEADY_MODEL` names."""

from __future__ import annotations

import os

import pytest

from scoring.plan.plan import Plan
from streams.model_files import read_model

STEADY_SINCE = 4
"""The version of the default model that promises to be steady."""


@pytest.fixture(scope="session")
def plan() -> Plan:
    model = read_model(os.environ.get("VITALS_STEADY_MODEL", "default"))
    if model.name == "default" and model.version < STEADY_SINCE:
        pytest.skip(f"the default model is steady from version {STEADY_SINCE} on, and this is version {model.version}")
    return Plan(model)
