"""The tiers of the book, the worst first, with their lower bounds. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.model.model import Model


@dataclass(frozen=True, slots=True)
class Scale:
    """`tiers` are the worst first, `bounds` their lower bounds, 0-100."""

    tiers: tuple[str, ...] = ("red", "yellow", "green")
    bounds: tuple[float, ...] = (0.0, 50.0, 75.0)

    @property
    def best(self) -> str:
        """The name of the best tier: what pages call green."""
        return self.tiers[-1]

    @property
    def green(self) -> float:
        """The score from which an account is in the best tier.

        >>> Scale().green
        75.0
        """
        return self.bounds[-1]

    @property
    def pairs(self) -> tuple[tuple[str, float], ...]:
        """Tiers with their bounds."""
        return tuple(zip(self.tiers, self.bounds, strict=True))

    def tier_of(self, score: float) -> str:
        """The tier of a score.

        >>> Scale().tier_of(50.0)
        'yellow'
        """
        return self.tiers[max(0, sum(score >= bound for bound in self.bounds) - 1)]


def scale_of(model: Model) -> Scale:
    """The scale of a model."""
    return Scale(tuple(tier.name for tier in model.tiers), tuple(tier.lower for tier in model.tiers))
