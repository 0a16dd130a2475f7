"""A matter of an account: called when its time is due or the score leaves its band, and restored with the account.

The one here is made for these tests: it counts what it is called for, and ends after three calls.
"""

from __future__ import annotations

import msgspec
import pytest

from alerts.lifecycle.scored_view import ScoredView
from scoring.instants import DAY_MS, FAR, HOUR_MS
from scoring.plan.plan import Plan
from streams.control.messages import AccountControl
from streams.engine.matters.matter import Effect, MatterKind
from streams.engine.matters.table import MATTERS
from tests.builders import Sent, a_model, at_ms, usage
from tests.support.in_memory_cluster import Line

NOON = at_ms("2026-03-01T12:00Z")
MODEL = a_model(
    {"level": {"kind": "last", "property": "level"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
CALLS_MAX = 3


class Watched:
    """Looks when the score leaves the tens that it was in, and once an hour."""

    def __init__(self, due_ms: int, low: float, calls: list[tuple[str, int, float]]) -> None:
        self.next_due_ms = due_ms
        self.band = (low, low + 10)
        self.calls = calls

    looks_at_all = False

    def on_control(self, control: AccountControl, view: ScoredView) -> Effect:
        """Nothing asks for it here."""
        return Effect()

    def on_due(self, at_ms: int, view: ScoredView) -> Effect:
        """An hour later again."""
        self.calls.append(("due", at_ms, 0.0))
        self.next_due_ms = at_ms + HOUR_MS
        return Effect()

    def on_score(self, view: ScoredView) -> Effect:
        """The band moves with the score."""
        score = view.score
        assert score is not None
        self.calls.append(("score", view.as_of_ms, score))
        self.band = (score // 10 * 10, score // 10 * 10 + 10)
        return Effect()

    def snapshot(self) -> bytes:
        """Everything, until it was called often enough."""
        if len(self.calls) >= CALLS_MAX:
            return b""
        return msgspec.msgpack.encode((self.next_due_ms, self.band[0], self.calls))


def restore(snapshot: bytes) -> Watched:
    due_ms, low, calls = msgspec.msgpack.decode(snapshot, type=tuple[int, float, list[tuple[str, int, float]]])
    return Watched(due_ms, low, calls)


@pytest.fixture(autouse=True)
def _the_kind_is_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MATTERS, "watched", MatterKind((), lambda: Watched(FAR, 0.0, []), restore))


def level(value: float, at: int) -> Sent:
    return usage(at=at, level=value)


def lined(matter: Watched) -> Line:
    line = Line(Plan(MODEL))
    line.send(level(85, NOON))
    line.settle()
    stored = line.partitions[0].accounts["acme"]
    stored.hydrate(line.partitions[0].fold)
    stored.matters["watched"] = matter
    line.partitions[0].set_timer(stored)
    line.partitions[0].pending.add(stored)
    return line


def calls_of(line: Line) -> list[tuple[str, int, float]]:
    stored = line.partitions[0].accounts["acme"]
    stored.hydrate(line.partitions[0].fold)
    matter = stored.matters.get("watched")
    return matter.calls if isinstance(matter, Watched) else []


def test_it_is_called_when_the_score_leaves_its_band_and_not_before() -> None:
    line = lined(Watched(FAR, 80.0, []))
    for step, value in enumerate((81, 89, 42, 49), start=1):
        line.send(level(value, NOON + step))
    line.settle()
    assert calls_of(line) == [("score", NOON + 3, 42.0)]


def test_it_is_called_at_its_own_instant_however_far_time_leaps() -> None:
    line = lined(Watched(NOON + 1, 80.0, []))
    line.tick(NOON + HOUR_MS + 5, declare=False)
    assert calls_of(line) == [("due", NOON + 1, 0.0), ("due", NOON + HOUR_MS + 1, 0.0)]


@pytest.mark.parametrize("crash", [False, True])
def test_it_is_restored_with_its_account_and_forgotten_when_it_is_over(*, crash: bool) -> None:
    line = lined(Watched(NOON + 1, 80.0, []))
    line.tick(NOON + 2, declare=False)
    line.flush()
    if crash:
        line.crash()
    assert calls_of(line) == [("due", NOON + 1, 0.0)]
    line.send(level(20, NOON + 3))
    line.settle()
    assert calls_of(line) == [("due", NOON + 1, 0.0), ("score", NOON + 3, 20.0)]
    line.tick(NOON + DAY_MS)
    assert line.decoded("acme").matters == {}
