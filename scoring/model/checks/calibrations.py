"""Checks of the tables `[calibrations.…]`."""

from __future__ import annotations

from itertools import pairwise

from scoring.model import schema
from scoring.model.rule_checks import ModelRuleError, check_duration

_AGAIN = "run `vitals calibrate` again, or remove the table"


def check_calibration(key: str, calibration: schema.Calibration) -> None:
    """Check one table.

    Raises:
        ModelRuleError: when it breaks a rule.
    """
    check_duration(f"{key}.within", calibration.within)
    points = calibration.points
    if not points:
        raise ModelRuleError(f"{key}.points", f"there is no point; {_AGAIN}")
    for point in points:
        score, probability, low, high = point
        if not 0 <= score <= 100 or not 0 <= low <= probability <= high <= 1:
            words = f"{list(point)} is no point: [score, probability, low, high], where low is at most the probability"
            raise ModelRuleError(f"{key}.points", f"{words}; {_AGAIN}")
    if any(after[0] <= before[0] for before, after in pairwise(points)):
        raise ModelRuleError(f"{key}.points", f"the scores do not ascend; {_AGAIN}")
    middle = [point[1] for point in points]
    if middle not in (sorted(middle), sorted(middle, reverse=True)):
        raise ModelRuleError(f"{key}.points", f"the probabilities rise and fall again; {_AGAIN}")
