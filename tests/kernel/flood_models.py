"""The plans that floods run under: each preset at several resolutions, and small models of every kind, by turns."""

from __future__ import annotations

import itertools
from functools import lru_cache

from hypothesis import HealthCheck, given, seed, settings

from scoring.model.loader import PRESETS, load_preset, with_resolution
from scoring.model.model import Model
from scoring.plan.plan import Plan
from tests.properties.small_models import small_models

_OF_PRESETS = tuple(itertools.product(PRESETS, ("1h", "1s", "15m", "1d")))
_DRAWN = 60
"""Small models that are drawn at once."""


def flood_plan(number: int) -> Plan:
    """The plan of a flood; every third of a preset has another beside it."""
    if number % 2:
        drawn = _drawn(number // 2 // _DRAWN)
        return Plan(drawn[number // 2 % len(drawn)])
    name, resolution = _OF_PRESETS[number // 2 % len(_OF_PRESETS)]
    beside = PRESETS[number % len(PRESETS)]
    models = [with_resolution(load_preset(each), resolution) for each in (name, beside)]
    return Plan(models[0], models[1:] if number % 3 and name != beside else ())


@lru_cache(maxsize=2)
def _drawn(which: int) -> list[Model]:
    """Small models, the same for the same number. The simple ones that are drawn first are left out."""
    found: list[Model] = []

    @seed(which)
    @settings(max_examples=2 * _DRAWN, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(small_models())
    def draw(model: Model) -> None:
        found.append(model)

    draw()
    return found[-_DRAWN:]
