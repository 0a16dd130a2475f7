"""Checks of conditions on signals, in profiles, floors, flags and the rules of components."""

from __future__ import annotations

from scoring.model import schema
from scoring.model.checks.regions import region_of, together
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError, check_known_name, check_not_empty, numbered

_BOUNDS = ("at_least", "above", "at_most", "below")


def check_conditions(model: Model, key: str, conditions: tuple[schema.Condition, ...]) -> None:
    """Check conditions that must all hold: each one, then that they can hold together.

    Raises:
        ModelRuleError: when there is none, one tests nothing or does not fit its signal, or they can never all hold.
    """
    check_not_empty(key, conditions, "give at least one condition, like { signal = 'age', below = 90 }")
    for each_key, condition in numbered(key, conditions):
        check_condition(model, each_key, condition)
    check_together(model, key, conditions)


def check_condition(model: Model, key: str, condition: schema.Condition) -> None:
    """Check one condition.

    Raises:
        ModelRuleError: when it tests nothing, does not fit its signal, or can never hold.
    """
    name = condition.signal
    check_known_name(f"{key}.signal", name, "signal", model.signals)
    if condition.is_ == ():
        raise ModelRuleError(f"{key}.is", f"the list of values for {name!r} is empty, so it never holds; name a text")
    bounds = [field for field in _BOUNDS if getattr(condition, field) is not None]
    if not bounds and not condition.texts() and condition.known is None:
        raise ModelRuleError(key, f"there is no test for {name!r}; add at_least, above, at_most, below, is or known")
    nature = model.signals[name].nature()
    if bounds and nature != "number":
        raise ModelRuleError(
            f"{key}.{bounds[0]}", f"{name!r} is a{_article(nature)}, and only a number has bounds; use 'is'"
        )
    if condition.texts() and nature != "text":
        raise ModelRuleError(
            f"{key}.is", f"{name!r} is a{_article(nature)}, and 'is' is for texts; use at_least and at_most"
        )
    if region_of(model.signals, condition).is_empty:
        raise ModelRuleError(key, f"no value of {name!r} fulfils it, so it can never hold; change its bounds")


def check_together(model: Model, key: str, conditions: tuple[schema.Condition, ...]) -> None:
    """Check that conditions can all hold for one account.

    Raises:
        ModelRuleError: when they contradict each other on a signal.
    """
    for name, region in together(model.signals, conditions).items():
        if region.is_empty:
            raise ModelRuleError(
                key, f"its conditions on {name!r} contradict each other, so they can never all hold; change one"
            )


def _article(nature: str) -> str:
    return "n instant" if nature == "instant" else f" {nature}"
