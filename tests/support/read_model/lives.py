"""Messages of `scores` as the accounts of a partition could send them, at random."""

from __future__ import annotations

import random

from scoring.result import ComponentScore, ScoreSnapshot
from streams.read_model.port import Change
from tests.builders import a_snapshot

START_MS = 1_795_255_200_000
STEPS_MS = (0, 60_000, 3 * 3_600_000, 9 * 3_600_000, 26 * 3_600_000, 80 * 3_600_000)
NAMES = ("usage", "trend", "nps")


class Life:
    """One account. It may be removed, and come again as a new one."""

    def __init__(self, account_id: str, drawn: random.Random) -> None:
        self._id = account_id
        self._drawn = drawn
        self._as_of_ms = START_MS
        self._version = 0
        self._last = self._fresh()

    def next(self) -> ScoreSnapshot | None:
        """What it sends next: an answer, None for a removal; sometimes one that does not count."""
        drawn = self._drawn
        if drawn.random() < 0.03:
            self._version = 0
            self._last = self._fresh()
            return None
        if self._version > 2 and drawn.random() < 0.1:
            return a_snapshot(self._id, version=drawn.randint(1, self._version), as_of_ms=self._as_of_ms, score=1.0)
        self._as_of_ms += drawn.choice(STEPS_MS)
        self._version += 1
        self._last = self._moved(self._last)
        return self._last

    def _fresh(self) -> ScoreSnapshot:
        return a_snapshot(self._id, components={}, score=50.0, applied=(-1, -1, -1, -1, -1), facts={})

    def _moved(self, last: ScoreSnapshot) -> ScoreSnapshot:
        drawn = self._drawn
        has_score = drawn.random() < 0.9
        score = drawn.choice(
            (last.score or 50.0, (last.score or 50.0) + drawn.uniform(-0.9, 0.9), drawn.uniform(0, 100))
        )
        applied = list(last.applied)
        if drawn.random() < 0.5:
            applied[drawn.randrange(5)] += drawn.randint(1, 9)
        names = NAMES[: drawn.choice((2, 3, 3, 3))]
        return a_snapshot(
            self._id,
            version=self._version,
            as_of_ms=self._as_of_ms,
            score=score if has_score else None,
            tier=("red" if score < 40 else "green") if has_score else "",
            standing="" if has_score else "churned",
            components={name: ComponentScore(1.0, drawn.uniform(-1, 40), 40.0) for name in names} if has_score else {},
            mrr=drawn.choice((None, 100.0, last.mrr)),
            model_version=last.model_version + (drawn.random() < 0.05),
            norm={"usage": float(drawn.random() < 0.9)},
            norm_as_of=f"{self._version}",
            applied=tuple(applied),
            facts={"silence": drawn.randint(0, 3), "plan": drawn.choice(("a", "b", None)), "rate": drawn.random()},
        )


def some_changes(drawn: random.Random, accounts: int, count: int) -> list[Change]:
    """`count` messages at the offsets from 0 on; some offsets have none."""
    lives = {name: Life(name, drawn) for name in (f"account-{number}" for number in range(accounts))}
    changes: list[Change] = []
    offset = 0
    for _ in range(count):
        name = drawn.choice(list(lives))
        changes.append(Change(offset, name, lives[name].next()))
        offset += drawn.choice((1, 1, 1, 2))
    return changes
