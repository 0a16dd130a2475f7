"""How many examples a property is tried with, and that they are the same ones each time."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = float(os.environ.get("VITALS_PROPERTY_TIMES", "1"))
"""How many times the usual number of examples. Above 1, for a long run, they are other ones each time."""


def examples(number: int) -> settings:
    """The settings of a property that is tried with `number` examples, times `VITALS_PROPERTY_TIMES`."""
    return settings(
        max_examples=max(1, round(number * TIMES)),
        deadline=None,
        print_blob=True,
        derandomize=TIMES <= 1,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
