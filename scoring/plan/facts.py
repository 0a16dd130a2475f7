"""The facts for texts about a score: values of signals, from an account or from a snapshot."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scoring.result import Detail, Fact


class Facts(msgspec.Struct, frozen=True):
    """The facts and details of signals by name, the cohort norm, and the account's age from bucket to bucket. In the
    norm, the sources that the account itself had are connected.

    A signal without details is not in `details`.
    """

    values: dict[str, Fact]
    details: dict[str, Detail]
    norm: Mapping[str, float]
    age_ms: int

    def number(self, name: str) -> int | float | None:
        """A signal's number; None when it is unknown or a text."""
        value = self.values.get(name)
        return None if isinstance(value, str) else value

    def detail(self, name: str) -> Detail:
        """A signal's details, {} when it has none."""
        return self.details.get(name, {})


def number_in(facts: Mapping[str, Fact], name: str) -> float | None:
    """A fact as a number; None when it is unknown or a text."""
    fact = facts.get(name)
    return None if fact is None or isinstance(fact, str) else float(fact)
