"""Scores of many accounts at once, from judgements and evidence: `scoring.plan.weighing`, over columns. Pure.

Every sum is made in the model's order, in float64, with the same operations: of the same numbers, the scores are those
of `ScorePlan.combined` to the last bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.model import schema
from scoring.plan.plan import Plan

Column = NDArray[np.float64]
Columns = NDArray[np.float64]
"""By component in the model's order, and account."""


class Weighed(NamedTuple):
    """The weights of one profile, in the model's order, and the largest share that each may take over."""

    weights: tuple[float, ...]
    limits: tuple[float, ...]
    total: float


def weighed(header: schema.Header, weights: tuple[float, ...]) -> Weighed:
    """Weights with what follows from them; some weight must be above 0."""
    total = sum(weights)
    return Weighed(weights, tuple(max(header.share_limit, weight / total) for weight in weights), total)


def scores(plan: Plan, by: Weighed, judgements: Columns, evidence: Columns) -> Column:
    """The scores 0-100 before floors; NaN where nothing can be judged. A judgement is NaN without evidence."""
    header = plan.model.header
    if plan.primary.weighing is not None:
        found = _weighed(header, by, judgements, evidence)
    elif header.combine == "sum":
        found = _added(by, judgements)
    else:
        found = _plain(header, by, judgements)
    return np.clip(found, 0.0, 100.0)


def _added(by: Weighed, judgements: Columns) -> Column:
    total = np.zeros(judgements.shape[1])
    for weight, judgement in zip(by.weights, judgements, strict=True):
        if weight:
            total += weight * judgement
    return total / 100.0


def _plain(header: schema.Header, by: Weighed, judgements: Columns) -> Column:
    total, heavy = np.zeros(judgements.shape[1]), np.zeros(judgements.shape[1])
    effective = []
    for weight, judgement in zip(by.weights, judgements, strict=True):
        known = ~np.isnan(judgement)
        each = np.where(known, weight, 0.0)
        total += np.where(known, weight * judgement, 0.0)
        heavy += each
        effective.append(each)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / heavy
        lacking = np.flatnonzero((heavy < by.total) & (heavy > 0.0))
    _limit(header, by, judgements, effective, heavy, lacking, mean)
    return mean


def _weighed(header: schema.Header, by: Weighed, judgements: Columns, evidence: Columns) -> Column:
    accounts = judgements.shape[1]
    total, heavy, lacks = np.zeros(accounts), np.zeros(accounts), np.zeros(accounts, np.bool_)
    emphasis, more = header.emphasis, header.emphasis - 1.0
    effective = []
    for weight, judgement, there in zip(by.weights, judgements, evidence, strict=True):
        if not weight:
            effective.append(np.zeros(1))
            continue
        known = ~np.isnan(judgement)
        each = weight * there
        if more:
            each *= emphasis - more * judgement / 100.0
        each[~known] = 0.0
        total += np.where(known, each * judgement, 0.0)
        heavy += each
        if not header.neutral_weight:
            lacks |= ~known | (there < 1.0)
            effective.append(each)
    if header.neutral_weight:
        return (total + header.neutral_weight * header.neutral) / (heavy + header.neutral_weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / heavy
    _limit(header, by, judgements, effective, heavy, np.flatnonzero(lacks & (heavy > 0.0)), mean)
    return mean


def _limit(
    header: schema.Header,
    by: Weighed,
    judgements: Columns,
    effective: list[Column],
    heavy: Column,
    lacking: NDArray[np.intp],
    mean: Column,
) -> None:
    """Where some lack evidence, put into `mean`: each share at most its limit, and the rest neutral."""
    if not len(lacking):
        return
    value, taken = np.zeros(len(lacking)), np.zeros(len(lacking))
    for weight, limit, judgement, each in zip(by.weights, by.limits, judgements, effective, strict=True):
        if not weight:
            continue
        known = ~np.isnan(judgement[lacking])
        share = np.minimum(each[lacking] / heavy[lacking], limit)
        value += np.where(known, share * judgement[lacking], 0.0)
        taken += np.where(known, share, 0.0)
    mean[lacking] = value + (1.0 - np.minimum(1.0, taken)) * header.neutral
