"""Checks of the tables `[model]` and `[tiers]`, and of the sum of weights."""

from __future__ import annotations

import itertools
from math import isclose

from scoring.instants import DAY_MS, SECOND_MS
from scoring.model import schema
from scoring.model.event_names import SET, literal, plain_name
from scoring.model.model import Model, Tier
from scoring.model.rule_checks import ModelRuleError, check_duration, check_not_empty, check_within
from scoring.model.schema.bounds import ORDER_MAX, PAUSE_MIN_MS

NAME_MAX_CHARACTERS = 100
VERSION_MAX = 2**31 - 1


def check_header(header: schema.Header) -> None:
    """Check `[model]`.

    Raises:
        ModelRuleError: when it breaks a rule.
    """
    if not 1 <= len(header.name) <= NAME_MAX_CHARACTERS:
        raise ModelRuleError("model.name", f"write a name of 1 to {NAME_MAX_CHARACTERS} characters")
    if not header.name.isprintable():
        raise ModelRuleError("model.name", f"{header.name!r} has characters that cannot be printed; leave them out")
    if header.version < 0:
        raise ModelRuleError("model.version", f"{header.version} is below 0; count versions from 1")
    if header.version > VERSION_MAX:
        raise ModelRuleError("model.version", f"it is greater than {VERSION_MAX}; count versions from 1")
    resolution_ms = check_duration("model.resolution", header.resolution)
    if DAY_MS % resolution_ms or resolution_ms < SECOND_MS:
        raise ModelRuleError("model.resolution", "take a divisor of a day from 1s to 1d, such as '1h', '15m' or '1s'")
    check_duration("model.dedupe", header.dedupe)
    if header.weights_sum is not None and header.weights_sum <= 0:
        raise ModelRuleError("model.weights_sum", f"{header.weights_sum:g} must be above 0; 100 is usual")
    if not 0 < header.share_max <= 1:
        raise ModelRuleError("model.share_max", f"{header.share_max:g} must be above 0 and at most 1; 0.6 is usual")
    check_within("model.neutral", header.neutral, 0, 100, "a score")
    _check_order(header.order)
    if check_duration("model.pause_max", header.pause_max) < PAUSE_MIN_MS:
        raise ModelRuleError("model.pause_max", f"{header.pause_max} is shorter than 30d, the least; 400d is usual")
    check_within("model.provisional_below", header.provisional_below, 0, 1, "a share")


def _check_order(order: tuple[str, ...]) -> None:
    if len(order) > ORDER_MAX:
        raise ModelRuleError(
            "model.order",
            f"it has {len(order)} names, the most is {ORDER_MAX}; list only those that can occur at the same instant",
        )
    plain = [plain_name(name) for name in order]
    for name in order:
        check_not_empty("model.order", plain_name(name), "a name is empty; write one, or remove it")
        if literal((name,)) != [name] or name.startswith(SET):
            raise ModelRuleError("model.order", f"{name!r} is a pattern, not a name; write each name")
        if plain.count(plain_name(name)) > 1:
            raise ModelRuleError("model.order", f"{name!r} is listed twice; remove one of them")


def check_tiers(tiers: tuple[Tier, ...]) -> None:
    """Check `[tiers]`: from the worst, at 0, to the best; each above the one before, all below 100.

    Raises:
        ModelRuleError: when they are out of order or overlap.
    """
    if not tiers or tiers[0].lower != 0:
        raise ModelRuleError("tiers", "the first tier, the worst, must start at 0; change it to 0")
    for tier in tiers:
        check_not_empty("tiers", tier.name, "a tier has no name; write one")
    for lower, upper in itertools.pairwise(tiers):
        if not lower.lower < upper.lower < 100:
            raise ModelRuleError(
                f"tiers.{upper.name}",
                f"{upper.lower:g} must be above {lower.name}'s {lower.lower:g} and below 100; "
                "list the tiers from the worst to the best",
            )


def check_weights_sum(model: Model) -> None:
    """Check that some component counts, and that the weights sum to `weights_sum`, when the file has it.

    Raises:
        ModelRuleError: when they do not.
    """
    total = sum(component.weight for component in model.components.values())
    if total <= 0:
        raise ModelRuleError(
            "components", "every weight is 0, so nothing counts; give at least one component a weight above 0"
        )
    wanted = model.header.weights_sum
    if wanted is not None and not isclose(total, wanted, rel_tol=1e-9):
        raise ModelRuleError(
            "model.weights_sum",
            f"the components' weights sum to {total:g}, not to {wanted:g}; change the weights, or this sum",
        )
