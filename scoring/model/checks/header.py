"""Checks of the tables `[model]` and `[tiers]`, and of the sum of weights."""

from __future__ import annotations

import itertools
from math import isclose

from scoring.instants import DAY_MS, SECOND_MS
from scoring.model import schema
from scoring.model.event_names import SET, literal, plain_name
from scoring.model.model import Model, Tier
from scoring.model.rule_checks import (
    ModelRuleError,
    check_duration,
    check_known_name,
    check_not_empty,
    check_weight,
    check_within,
)
from scoring.model.schema.bounds import ORDER_MAX, PAUSE_MIN_MS
from scoring.model.schema.header import EMPHASIS_MAX

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
    _check_weighing(header)
    if not 0 < header.share_limit <= 1:
        raise ModelRuleError("model.share_max", f"{header.share_limit:g} must be above 0 and at most 1; 0.6 is usual")
    check_within("model.neutral", header.neutral, 0, 100, "a score")
    _check_order(header.order)
    if check_duration("model.pause_max", header.pause_max) < PAUSE_MIN_MS:
        raise ModelRuleError("model.pause_max", f"{header.pause_max} is shorter than 30d, the least; 400d is usual")
    check_within("model.provisional_below", header.provisional_below, 0, 1, "a share")


def _check_weighing(header: schema.Header) -> None:
    check_weight("model.neutral_weight", header.neutral_weight)
    if header.neutral_weight and header.share_max is not None:
        words = "with neutral_weight, no component takes over the weight of another, so it has no meaning; leave it out"
        raise ModelRuleError("model.share_max", words)
    if not 1 <= header.emphasis <= EMPHASIS_MAX:
        words = f"{header.emphasis:g} must be from 1, which is none, to {EMPHASIS_MAX:g}; at 2 a judgement of 0 weighs "
        raise ModelRuleError("model.emphasis", f"{words}twice as much as one of 100")
    if header.combine == "sum":
        given = {"neutral_weight": header.neutral_weight, "emphasis": header.emphasis > 1, "known_by": header.known_by}
        for key, is_given in given.items():
            if is_given:
                words = (
                    "it is for model.combine = 'mean'; where points add up, every weight counts in full: leave it out"
                )
                raise ModelRuleError(f"model.{key}", words)


def check_known_by(model: Model) -> None:
    """Check that the components of `known_by` exist and count, under every profile.

    Raises:
        ModelRuleError: when one is unknown, named twice or of weight 0, or all of them have no weight under a profile.
    """
    key, names = "model.known_by", model.header.known_by
    for name in names:
        check_known_name(key, name, "component", model.components)
        if names.count(name) > 1:
            raise ModelRuleError(key, f"{name!r} is named twice; remove one of them")
        if not model.components[name].weight:
            words = f"{name!r} has weight 0, so it says nothing about how much is known; give it a weight, or remove it"
            raise ModelRuleError(key, words)
    for profile, each in model.profiles.items():
        if names and not any(each.weights.get(name) for name in names):
            words = f"none of model.known_by ({', '.join(names)}) has a weight here, so nothing says how much is known"
            raise ModelRuleError(f"profiles.{profile}.weights", f"{words}; give one of them a weight above 0")


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
