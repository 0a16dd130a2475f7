"""A calibration from rows to proposals: what the score has meant, bounds for goals, weights and their gain."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec
import numpy as np

from scoring.instants import rfc3339
from scoring.model import schema
from scoring.model.model import Model
from scoring.plurals import counted
from streams.backtest.estimate import Estimate, estimate
from streams.backtest.panel import Floats
from streams.backtest.resampling import DRAWS, Areas, Resampler
from streams.calibrate.curve import fit_curve
from streams.calibrate.data import CalibrationData
from streams.calibrate.from_panel import Rows
from streams.calibrate.gain import Gain, gain, shrunk, split
from streams.calibrate.goals import Goal
from streams.calibrate.model_edit import Changes
from streams.calibrate.report import Calibrated, Weight
from streams.calibrate.thresholds import Threshold, threshold
from streams.calibrate.weights import estimates
from streams.errors import UserError

OUTCOMES_MIN, STAYED_MIN, INSTANTS_MIN, PER_PART_MIN = 30, 30, 3, 10
EXPLAINED_MIN = 0.8
RISING = frozenset(("expansion",))
"""Outcomes that come to accounts of high scores. All others come to those of low ones."""
_CURVE = (
    "centred isotonic regression; the interval needs no shape: exact binomial, of the nearest accounts below and above"
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What to calibrate for."""

    outcome: str = "churn"
    horizon_days: int = 60
    goals: tuple[Goal, ...] = ()
    draws: int = DRAWS
    seed: int = 0


def calibrate(rows: Rows, model: Model, asked: Asked) -> tuple[Calibrated, Changes]:
    """What the rows say, and what they propose to change: nothing when they are too few, or say nothing.

    Raises:
        UserError: when the goals contradict each other.
    """
    data, rises = rows.data, asked.outcome in RISING
    found = Calibrated(
        model=model.name,
        version=model.version,
        outcome=asked.outcome,
        horizon_days=asked.horizon_days,
        rows=len(data),
        accounts=data.accounts,
        outcome_accounts=data.outcome_accounts,
        instants=len(data.instants_ms),
        until=rfc3339(int(data.instants_ms[-1]))[:10] if len(data) else "",
        rises=rises,
        missing=tuple(lacking(data, asked.outcome)),
    )
    if found.missing:
        return found, Changes()
    auc = _auc(data, asked, rises=rises)
    if auc.low is None or auc.low <= 0.5:
        return msgspec.structs.replace(found, auc=auc, curve_words=_no_skill(auc), weights_words=""), Changes()
    weights, tried, words = ((), None, "") if rises else _weights(rows, model, asked)
    proposed = {each.component: each.proposed for each in weights if each.proposed != each.now}
    if tried is None or not tried.is_worth_it:
        proposed = {}
    then = _under(rows, proposed)
    curve = fit_curve(then.score, then.has_outcome, then.account, rises=rises)
    reached = () if rises else tuple(_threshold(goal, model, then) for goal in asked.goals)
    bounds, bounds_words = _bounds(model, reached)
    found = msgspec.structs.replace(
        found,
        auc=auc,
        curve=curve.points,
        curve_words=_CURVE,
        thresholds=reached,
        bounds_words=bounds_words,
        weights=weights,
        gain=tried,
        weights_words=words,
    )
    return found, Changes(weights=proposed, bounds=bounds, calibrations={asked.outcome: _calibration(found)})


def _calibration(found: Calibrated) -> schema.Calibration:
    return schema.Calibration(
        within=f"{found.horizon_days}d",
        points=tuple(msgspec.structs.astuple(point) for point in found.curve),
        until=found.until,
        accounts=found.accounts,
        outcomes=found.outcome_accounts,
    )


def _under(rows: Rows, proposed: Mapping[str, float]) -> CalibrationData:
    """The rows as they would be scored under proposed weights, which the curve and the bounds are for. Rows that the
    weights do not explain keep their scores."""
    data = rows.data
    if not proposed:
        return data
    weights = np.array([proposed.get(name, own) for name, own in zip(data.components, data.weights, strict=True)])
    score = np.where(rows.is_explained, data.computed(weights), data.score)
    return dataclasses.replace(data, weights=weights, score=score)


def lacking(data: CalibrationData, outcome: str) -> list[str]:
    """What is missing, and how much of it; empty when there is enough.

    Statistics over fewer would have intervals that hold nearly everything, or none that can be trusted.
    """
    stayed = data.accounts - data.outcome_accounts
    found = []
    if (number := len(data.instants_ms)) < INSTANTS_MIN:
        found.append(f"{counted(number, 'instants')} whose outcomes are known; {_more(number, INSTANTS_MIN)}")
    if (number := data.outcome_accounts) < OUTCOMES_MIN:
        found.append(f"{counted(number, 'accounts')} with {outcome}; {_more(number, OUTCOMES_MIN)}")
    if stayed < STAYED_MIN:
        found.append(f"{counted(stayed, 'accounts')} without {outcome}; {_more(stayed, STAYED_MIN)}")
    return found


def _more(number: int, least: int) -> str:
    return f"{least} are needed: {least - number} more"


def _auc(data: CalibrationData, asked: Asked, *, rises: bool) -> Estimate:
    from sklearn.metrics import roc_auc_score

    risk = data.score if rises else -data.score
    draws = Areas.of(Resampler(data.account, asked.draws, asked.seed), risk, data.has_outcome).roc
    return estimate(float(roc_auc_score(data.has_outcome, risk)), draws)


def _no_skill(auc: Estimate) -> str:
    return (
        f"no probability: the score does not tell who has the outcome (the interval of the ROC-AUC, "
        f"{auc.low or 0.0:.2f} to {auc.high or 1.0:.2f}, is not above 0.5)"
    )


# --- bounds


def _threshold(goal: Goal, model: Model, data: CalibrationData) -> Threshold:
    names = [tier.name for tier in model.tiers]
    above = model.tiers[names.index(goal.tier) + 1]
    return threshold(goal, above.lower, data.score, data.has_outcome, data.account)


def _bounds(model: Model, reached: Sequence[Threshold]) -> tuple[dict[str, float], str]:
    """The lower bounds of tiers that change, each of the tier above the goal's; none, and why, when tiers overlap."""
    names = [tier.name for tier in model.tiers]
    bounds: dict[str, float] = {}
    for each in reached:
        name = names[names.index(each.goal.tier) + 1]
        if name in bounds:
            raise UserError(f"Two goals are for {each.goal.tier}: give one --goal for each tier.")
        if each.bound.value is not None and each.is_reached:
            bounds[name] = each.bound.value
    merged = [bounds.get(tier.name, tier.lower) for tier in model.tiers]
    for (low, high), (before, after) in zip(pairwise(merged), pairwise(names), strict=True):
        if high <= low:
            return {}, (
                f"bounds are not proposed: {before} would begin at {low:g} and {after} at {high:g}; give another "
                f"--goal, or one for {before} too"
            )
    return {name: bound for name, bound in bounds.items() if bound != model.tiers[names.index(name)].lower}, ""


# --- weights


def _weights(rows: Rows, model: Model, asked: Asked) -> tuple[tuple[Weight, ...], Gain | None, str]:
    data = rows.data.take(rows.is_explained)
    if why := _why_not(rows, data):
        return (), None, why
    tried = gain(data, model.tiers[1].lower if len(model.tiers) > 1 else 0.0, draws=asked.draws, seed=asked.seed)
    proposed = rounded(shrunk(data, tried.penalty).weights, data.weights)
    weights = tuple(
        Weight(component=name, now=float(now), data=said, proposed=float(then))
        for name, now, said, then in zip(data.components, data.weights, estimates(data), proposed, strict=True)
        if now > 0.0
    )
    return weights, tried, _gain_words(tried)


def _why_not(rows: Rows, data: CalibrationData) -> str:
    if (share := float(rows.is_explained.mean())) < EXPLAINED_MIN:
        return (
            f"weights are not judged: only {100 * share:.0f} % of the rows have a score that is the mean by the "
            f"model's own weights; the others are under a profile, or the model combines otherwise"
        )
    if int((data.weights > 0.0).sum()) < 2:
        return "weights are not judged: there is one component"
    earlier, later = (data.take(part) for part in split(data))
    for part, words in ((earlier, "earlier instants, to learn from"), (later, "later instants, to try weights on")):
        if part.outcome_accounts < PER_PART_MIN or part.accounts - part.outcome_accounts < PER_PART_MIN:
            return (
                f"weights are not judged: {counted(part.outcome_accounts, 'accounts')} with the outcome at the "
                f"{words}; {PER_PART_MIN} are needed, and as many without"
            )
    return ""


def _gain_words(tried: Gain) -> str:
    found = tried.auc_gain
    interval = f"{found.value or 0.0:+.3f} ({found.low or 0.0:+.3f} to {found.high or 0.0:+.3f})"
    if tried.is_worth_it:
        return f"the proposed weights would have gained {interval} ROC-AUC on later instants and other accounts"
    return f"no gain worth a change: {interval} ROC-AUC on later instants and other accounts"


def rounded(weights: Floats, own: Floats) -> Floats:
    """Weights as people write them, with the sum of `own`: whole if those are, else of the same tenth.

    >>> rounded(np.array([33.3, 33.3, 33.4]), np.array([30.0, 30.0, 40.0])).tolist()
    [33.0, 33.0, 34.0]
    """
    step = 1.0 if np.all(own == np.round(own)) else 0.1
    total = round(float(own.sum()) / step)
    parts = weights / step
    whole = np.floor(parts + 1e-9)
    left = max(0, total - int(whole.sum()))
    largest = np.argsort(whole - parts, kind="stable")[:left]
    whole[largest] += 1.0
    return np.array([round(float(part) * step, 6) for part in whole])
