"""The cases in a head that the loop writes, with what looks have recorded of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from alerts.lifecycle.cases.rest import Cut, Unrecorded
from alerts.lifecycle.cases.state import RuleState
from alerts.lifecycle.kinds import span
from scoring.instants import FAR
from streams.changelog.opaque_part import matters_of
from streams.engine.folds.head_part import packed_part
from streams.engine.matters.cases_matter import TrackedSnapshot
from streams.kernel.answer_texts import name_baseline
from streams.kernel.worker import Stop
from tests.kernel.engine.test_tracks import EVERYWHERE, a_rule, enter, judged_at, levelled
from tests.kernel.engine.test_worker import NOW_MS, Loop

AFTER = b"what follows"
pack = msgspec.msgpack.encode


class Entered:
    """An account that fell from 90 to 88, with a track of its scores."""

    def __init__(self, *memory: int) -> None:
        self.loop = Loop()
        name_baseline(self.loop.kernel)
        self.rule, self.state = a_rule(15.0), RuleState(memory=list(memory))
        judged = judged_at(self.loop, 90.0, "acme")
        self.number = judged.number
        enter(self.loop, judged, (self.rule, self.state))
        assert self.loop.take(levelled("acme", 88.0, NOW_MS, 1)) is Stop.END
        span.observe(self.state.memory, 8_800, NOW_MS, self.rule.within_ms, 100)

    def head(self, alerts: bytes, cuts: Sequence[Cut], due_ms: int = 7) -> bytes:
        tracked = TrackedSnapshot(pack(FAR) + pack(1), Unrecorded(due_ms, alerts, cuts), pack(()))
        part = packed_part(-1, b"", False, b"", tracked, AFTER)
        [found] = self.loop.native.write([(self.number, 1, 1, part)], 1, 1)
        assert found is not None
        return found[2]

    def matters(self, alerts: bytes, due_ms: int = 7) -> bytes:
        """As the reference writes them."""
        return matters_of({"cases": pack((due_ms, *self.rule.band(self.state), FAR, 1, alerts, ()))}) + AFTER


@pytest.mark.parametrize("size", [0, 200, 300, 65_400, 65_600])
def test_the_memory_of_a_track_is_where_it_belongs(size: int) -> None:
    entered, filled = Entered(9_000), bytes(size)
    expected = entered.matters(b"ab" + pack(entered.state.memory) + filled)
    assert expected in entered.head(b"ab" + filled, [Cut(2, 0, ())])


def test_so_is_the_place_of_the_score_among_the_bounds_of_a_rule() -> None:
    entered = Entered(9_000)
    for bounds, memory in (((50.0, 88.0), [1]), ((88.5,), [2]), ((50.0, 88.1, 89.0, 95.0), [4])):
        expected = entered.matters(b"a" + pack(memory) + pack(entered.state.memory) + b"b")
        assert expected in entered.head(b"ab", [Cut(1, -1, bounds), Cut(1, 0, ())])


def test_a_long_memory_is_a_long_list() -> None:
    entered = Entered(9_000, *(each for value in range(40, 0, -1) for each in (NOW_MS - value, 9_000 + value)))
    assert len(entered.state.memory) > 80
    assert entered.matters(pack(entered.state.memory), FAR) in entered.head(b"", [Cut(0, 0, ())], FAR)


@pytest.mark.parametrize("cuts", [[Cut(3, 0, ())], [Cut(0, 1, ())], [Cut(2, 0, ()), Cut(1, 0, ())]])
def test_what_belongs_nowhere_is_refused(cuts: list[Cut]) -> None:
    entered = Entered(9_000)
    with pytest.raises(ValueError, match="not of its tracks"):
        entered.head(b"ab", cuts)


def test_without_tracks_there_is_nothing_to_put_in() -> None:
    entered = Entered(9_000)
    entered.loop.native.track(entered.number, *EVERYWHERE, FAR, FAR, False, ())
    assert entered.head(b"ab", ()), "an account may have no track"
    judged = judged_at(entered.loop, 90.0, "globex")
    about = (b"globex", (0, 0, 0, 0), 0, FAR, FAR, 1, 0.0, 100.0, 0.0, judged.version)
    entered.loop.native.enter(judged.number, *about)
    entered.number = judged.number
    with pytest.raises(ValueError, match="not of its tracks"):
        entered.head(b"", ())
