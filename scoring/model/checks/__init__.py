"""Checks every rule that a model file must keep beyond the types of its keys.

A broken rule raises `ModelRuleError` with the key and a text that ends in the fix. The entry points are `check` and
`check_size`.
"""

from __future__ import annotations

from scoring.model.checks.calibrations import check_calibration
from scoring.model.checks.components import check_component, check_cycles
from scoring.model.checks.header import check_header, check_known_by, check_tiers, check_weights_sum
from scoring.model.checks.profiles import check_flag, check_floor, check_profiles, check_standing
from scoring.model.checks.signs import check_sign
from scoring.model.checks.size import check_size
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError, check_not_empty

__all__ = ["ModelRuleError", "check", "check_size"]


def check(model: Model) -> None:
    """Check a model against all rules but those of `check_size`, and report the first that it breaks.

    Raises:
        ModelRuleError: when it breaks one.
    """
    check_header(model.header)
    check_tiers(model.tiers)
    for name, signal in model.signals.items():
        check_not_empty("signals", name, "a signal has no name; write one")
        signal.check(model, f"signals.{name}")
    for name, source in model.sources.items():
        check_not_empty("sources", name, "a source has no name; write one")
        source.check(model, f"sources.{name}")
    for name, component in model.components.items():
        check_component(model, f"components.{name}", component)
    check_cycles(model)
    check_weights_sum(model)
    for name, standing in model.standings.items():
        check_standing(model, f"standings.{name}", standing)
    check_profiles(model)
    check_known_by(model)
    for name, floor in model.floors.items():
        check_floor(model, f"floors.{name}", floor)
    for name, flag in model.flags.items():
        check_flag(model, f"flags.{name}", flag)
    for name, sign in model.signs.items():
        check_sign(model, f"signs.{name}", sign)
    for name, calibration in model.calibrations.items():
        check_calibration(f"calibrations.{name}", calibration)
