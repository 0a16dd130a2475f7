"""What is written back about one account, and when a change is large enough to be written. Pure."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from scoring.result import ScoreSnapshot


class ScoreValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What another product gets. `score` is 0-100 with two decimals, None without one; `tier` is then the standing, or
    "unscored". `driver` is what lowers the score most, in words, "" for nothing. (`generation`, `version`) only grows
    for an account."""

    account_id: str
    score: float | None
    tier: str
    as_of: str
    generation: int
    version: int
    driver: str = ""

    @property
    def position(self) -> tuple[int, int]:
        return self.generation, self.version

    @property
    def id(self) -> str:
        """The same for the same value: for products that drop what they have seen."""
        return sha256(f"{self.account_id}\0{self.generation}\0{self.version}".encode()).hexdigest()[:32]


class LastWrite(msgspec.Struct, frozen=True, kw_only=True):
    """The last write about an account: its values, and when."""

    score: float | None
    tier: str
    at_ms: int
    generation: int
    version: int

    @property
    def position(self) -> tuple[int, int]:
        return self.generation, self.version


def value_of(snapshot: ScoreSnapshot, driver: str = "") -> ScoreValue:
    """What is written about a snapshot."""
    return ScoreValue(
        account_id=snapshot.account_id,
        score=None if snapshot.score is None else round(snapshot.score, 2),
        tier=snapshot.tier or snapshot.standing or "unscored",
        as_of=snapshot.as_of,
        generation=snapshot.generation,
        version=snapshot.version,
        driver=driver,
    )


def is_news(value: ScoreValue, last: LastWrite | None, points: float) -> bool:
    """Whether `value` is to be written after `last`: another tier, or at least `points` more or less.

    >>> value = ScoreValue(account_id="acme", score=70.0, tier="green", as_of="", generation=1, version=2)
    >>> last = LastWrite(score=75.0, tier="green", at_ms=0, generation=1, version=1)
    >>> is_news(value, last, 5.0), is_news(value, last, 5.01), is_news(value, None, 5.0)
    (True, False, True)
    """
    if last is None or last.tier != value.tier:
        return True
    if last.score is None or value.score is None:
        return last.score is not value.score
    # In hundredths, as both are shown: 0.1 + 0.2 must not count as more than 0.3.
    return abs(round(100 * value.score) - round(100 * last.score)) >= round(100 * points)
