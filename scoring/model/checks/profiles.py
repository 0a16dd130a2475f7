"""Checks of standings, profiles, floors and flags."""

from __future__ import annotations

import itertools

from scoring.model import schema
from scoring.model.checks.conditions import check_conditions
from scoring.model.checks.regions import exclude_each_other, together
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError, check_known_name, check_not_empty, check_weights, check_within


def check_profiles(model: Model) -> None:
    """Check the profiles, each one and in pairs.

    Raises:
        ModelRuleError: when one never matches, has weights for unknown components or none above 0, or when two of
            one rank can match the same account.
    """
    for name, profile in model.profiles.items():
        key = f"profiles.{name}"
        check_conditions(model, f"{key}.when", profile.when)
        for component in profile.weights:
            check_known_name(f"{key}.weights.{component}", component, "component", model.components)
        check_weights(f"{key}.weights", profile.weights, "component")
    for (one, first), (other, second) in itertools.combinations(model.profiles.items(), 2):
        if first.rank == second.rank and not _exclude_each_other(model, first, second):
            raise ModelRuleError(
                f"profiles.{other}",
                f"profiles.{one} and profiles.{other}, both of rank {first.rank}, can match the same account; give one "
                "of them a higher rank, or conditions on one signal that exclude each other",
            )


def check_standing(model: Model, key: str, standing: schema.Standing) -> None:
    """Check one standing.

    Raises:
        ModelRuleError: when it has no name, or its conditions can never hold.
    """
    check_not_empty("standings", key.removeprefix("standings."), "a standing has no name; write one")
    check_conditions(model, f"{key}.when", standing.when)


def check_floor(model: Model, key: str, floor: schema.Floor) -> None:
    """Check one floor.

    Raises:
        ModelRuleError: when its conditions can never hold, or `to` is outside 0-100.
    """
    check_conditions(model, f"{key}.when", floor.when)
    check_within(f"{key}.to", floor.to, 0, 100, "a score")


def check_flag(model: Model, key: str, flag: schema.Flag) -> None:
    """Check one flag.

    Raises:
        ModelRuleError: when its conditions can never hold.
    """
    check_conditions(model, f"{key}.when", flag.when)


def _exclude_each_other(model: Model, one: schema.Profile, other: schema.Profile) -> bool:
    return exclude_each_other(together(model.signals, one.when), together(model.signals, other.when))
