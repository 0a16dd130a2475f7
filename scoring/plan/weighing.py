"""How judgements are combined by weight, evidence and emphasis, with a constant: for models that have one of these.

The effective weight of a component is E = weight × evidence × (emphasis - (emphasis - 1) × judgement / 100), multiplied
in this order. Sums are in the model's order. Models without these keys are combined by `ScorePlan.combined` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.model import schema


class Weighing:
    """The weighing of one model's header, with `neutral_weight` and `neutral`: the constant that joins every score."""

    def __init__(self, header: schema.Header) -> None:
        self.constant = header.neutral_weight
        self.neutral = header.neutral
        self.emphasis = header.emphasis

    def mean(
        self,
        weights: tuple[float, ...],
        limits: tuple[float, ...],
        judgements: list[float | None],
        evidence: list[float],
    ) -> float | None:
        """(Σ E × judgement + constant × neutral) / (Σ E + constant): `neutral` while Σ E is 0; without a constant None.

        Without a constant, when some evidence lacks: the sum of the judgements by share, each share at most its limit,
        and the rest is neutral.
        """
        total = heavy = 0.0
        emphasis, more = self.emphasis, self.emphasis - 1.0
        for weight, judgement, known in zip(weights, judgements, evidence, strict=True):
            if judgement is not None:
                effective = weight * known * (emphasis - more * judgement / 100.0)
                total += effective * judgement
                heavy += effective
        if self.constant:
            return (total + self.constant * self.neutral) / (heavy + self.constant)
        if not heavy:
            return None
        if not _lacks(weights, judgements, evidence):
            return total / heavy
        return limited(judgements, self._effective(weights, judgements, evidence), limits, heavy, self.neutral)

    def shares(
        self,
        weights: Sequence[float],
        limits: Sequence[float],
        judgements: Sequence[float | None],
        evidence: Sequence[float],
    ) -> list[float]:
        """The share 0-1 of the score of each component; the rest of 1 is neutral. Without a constant Σ E must be above
        0."""
        effective = self._effective(weights, judgements, evidence)
        heavy = in_turn(effective)
        if self.constant:
            return [each / (heavy + self.constant) for each in effective]
        if not _lacks(weights, judgements, evidence):
            return [each / heavy for each in effective]
        return [min(each / heavy, limit) for each, limit in zip(effective, limits, strict=True)]

    def _effective(
        self, weights: Sequence[float], judgements: Sequence[float | None], evidence: Sequence[float]
    ) -> list[float]:
        """E of each component."""
        emphasis, more = self.emphasis, self.emphasis - 1.0
        return [
            0.0 if judgement is None else weight * each * (emphasis - more * judgement / 100.0)
            for weight, each, judgement in zip(weights, evidence, judgements, strict=True)
        ]


def _lacks(weights: Sequence[float], judgements: Sequence[float | None], evidence: Sequence[float]) -> bool:
    """Whether some weight has less than all of its evidence."""
    return any(
        weight and (judgement is None or known < 1.0)
        for weight, judgement, known in zip(weights, judgements, evidence, strict=True)
    )


def coverage_of(weights: tuple[float, ...], judgements: list[float | None], evidence: list[float]) -> float:
    """Σ weight × evidence / Σ weight, 0-1; some weight must be above 0."""
    known = whole = 0.0
    for weight, judgement, each in zip(weights, judgements, evidence, strict=True):
        whole += weight
        if judgement is not None:
            known += weight * each
    return known / whole


def limited(
    judgements: Sequence[float | None],
    weights: Sequence[float],
    limits: Sequence[float],
    evidence: float,
    neutral: float,
) -> float:
    """The mean when some have no evidence: the others take over their share, each up to its limit, and the rest is
    neutral. `evidence` is the sum of the weights with judgements."""
    value = taken = 0.0
    for weight, limit, judgement in zip(weights, limits, judgements, strict=True):
        if judgement is not None:
            share = min(weight / evidence, limit)
            value += share * judgement
            taken += share
    return value + (1.0 - min(1.0, taken)) * neutral


def plain_shares(weights: Sequence[float], limits: Sequence[float], judgements: Sequence[float | None]) -> list[float]:
    """The share 0-1 of the score of each component, by weights alone."""
    with_evidence = [
        0.0 if judgement is None else weight for weight, judgement in zip(weights, judgements, strict=True)
    ]
    evidence = in_turn(with_evidence)
    return [min(weight / evidence, limit) for weight, limit in zip(with_evidence, limits, strict=True)]


def in_turn(numbers: Iterable[float]) -> float:
    """The sum, each number added and rounded in turn. Versions of Python differ in how `sum` rounds: what is stored
    would differ in its last bit."""
    total = 0.0
    for number in numbers:
        total += number
    return total
