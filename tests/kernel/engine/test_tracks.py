"""One look at one account: the loop records what `CompiledDrop.read` records, at every bound; what it must not decide
it leaves."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest

from alerts.lifecycle.cases.state import RuleState
from alerts.lifecycle.kinds import span
from alerts.lifecycle.kinds.base import Look
from alerts.lifecycle.kinds.drop import CompiledDrop
from alerts.lifecycle.schema import DropRule
from scoring.instants import DAY_MS, FAR, HOUR_MS
from scoring.result import Baseline
from streams.kernel.worker import Stop
from tests.builders import Message, usage
from tests.kernel.engine.test_worker import NOW_MS, NOWHERE, Loop
from tests.kernel.test_arguments import REFUSALS
from tests.support.alert_account import View

Memories = tuple[tuple[int, ...], ...]
Looked = tuple[float, Memories]
WITHIN_MS = HOUR_MS
EVERYWHERE = (float("-inf"), float("inf"))
LONG_AGO_MS, THEN_MS = NOW_MS - 10 * DAY_MS, NOW_MS - 9 * DAY_MS


class Judged(NamedTuple):
    """An account of a loop, with its score: the number, the id, and the score's version."""

    number: int
    name: str
    score: float
    version: int


def judged_at(loop: Loop, level: float, name: str) -> Judged:
    """An account with a level of long ago, which is its score, outside the loop."""
    number = loop.enter(name)
    assert loop.take(levelled(name, level, LONG_AGO_MS)) is Stop.NOTABLE
    loop.native.leave(number)
    return Judged(number, name, *score_of(loop, number))


def score_of(loop: Loop, number: int) -> tuple[float, int]:
    """An account's score and its version."""
    found = loop.kernel.native.refreshed(number, 0, -1)
    assert found
    return found[0], found[7]


def levelled(name: str, level: float, at_ms: int, offset: int = 0) -> Message:
    return Message(offset, NOW_MS, None, usage(name, at_ms, level=level).value)


def enter(loop: Loop, judged: Judged, *kept: tuple[CompiledDrop, RuleState], until_ms: int = FAR) -> None:
    """Let the loop track what is kept of these rules."""
    about = (0, FAR, FAR, 1, 0.0, 0.0, 0.0, judged.version)
    loop.native.enter(judged.number, judged.name.encode(), NOWHERE, *about)
    tracks = [track for rule, state in kept if (track := rule.track(state)) is not None]
    loop.native.track(judged.number, *EVERYWHERE, FAR, until_ms, False, tuple(tracks))


def a_rule(points: float) -> CompiledDrop:
    return CompiledDrop("drop", DropRule(points=points, within="1h"), None)


RULES = [a_rule(points) for points in (0.5, 3.0, 15.0)]


def a_state(luck: random.Random, rule: CompiledDrop, value: int) -> RuleState:
    """A memory near a value in hundredths, with ends around the beginning of the span. Often the value decides
    nothing."""
    last = value + luck.choice((0, 0, rule.limit, rule.limit + 1, rule.limit - 1))
    last += luck.choice((-101, -100, -99, -1, 0, 1, 99, 100, 101, 500, -500))
    near = (value, value + 1, value + rule.limit, value + rule.limit + 1)
    earlier = luck.choice((0, 1, 2, 3, span.KEPT_LIMIT))
    values = {luck.choice(near) if luck.random() < 0.3 else last + luck.randrange(2_000) for _ in range(earlier)}
    kept = sorted((each for each in values if each > last), reverse=True)
    ends = sorted(NOW_MS - WITHIN_MS + luck.choice((-5_000, -1, 0, 1, 5_000)) for _ in kept)
    memory = [last, *(number for pair in zip(ends, kept, strict=True) for number in pair)]
    holds = span.highest(memory, NOW_MS, WITHIN_MS) - value > rule.limit
    return RuleState(memory=memory, plain=int(holds if luck.random() < 0.8 else not holds))


def drawn(luck: random.Random) -> Iterator[tuple[float, float]]:
    """Levels before and after, within one tier; often a multiple of a half of a hundredth."""
    while True:
        before = luck.randrange(5_000, 7_000)
        after = before + luck.choice((0, 300, -300)) + luck.choice((0.0, 0.25, 0.5, 0.5000001, 0.75))
        yield before / 100, round(after / 100, 10)


def expected_of(
    kept: Sequence[tuple[CompiledDrop, RuleState]], score: float, before: float, *, is_history: bool
) -> tuple[Stop, Looked | None]:
    """Where the loop stops by the rules, and what they remember then when they looked."""
    bands = [rule.band(state) for rule, state in kept]
    if score == before or all(low <= score < high for low, high in bands):
        return Stop.END, None
    view = View(score=score, as_of_ms=NOW_MS, before=Baseline(before, "yellow", {}))
    look = Look(view, NOW_MS, "event", "backfill" if is_history else "", False, False, score, frozenset())
    memories = []
    for rule, state in kept:
        read = RuleState(memory=list(state.memory), plain=state.plain)
        reading = rule.read(read, look)
        if reading is None or reading.plain != state.plain or reading.hidden:
            return Stop.NOTABLE, None
        memories.append(tuple(read.memory))
    return Stop.END, (score, tuple(memories))


def looked_of(loop: Loop, judged: Judged, stop: Stop) -> Looked | None:
    """What the loop has recorded since it was asked."""
    if stop is Stop.NOTABLE:
        return loop.native.noted(0)[3]
    behind = loop.native.caught_up(judged.number, 0)
    assert behind is not None
    return behind[3]


@pytest.mark.parametrize("seed", range(12))
def test_a_score_is_recorded_as_the_rules_record_it(seed: int) -> None:
    loop, luck, stops = Loop(), random.Random(seed), set[Stop]()
    for number, (before, level) in zip(range(400), drawn(luck), strict=False):
        judged, value = judged_at(loop, before, f"account {number}"), round(level * 100)
        kept = [(rule, a_state(luck, rule, value)) for rule in luck.sample(RULES, luck.choice((1, 1, 2)))]
        enter(loop, judged, *kept)
        is_history = luck.random() < 0.3
        stop = loop.take(levelled(judged.name, level, THEN_MS if is_history else NOW_MS, 1))
        score, _ = score_of(loop, judged.number)
        expected, looked = expected_of(kept, score, judged.score, is_history=is_history)
        assert stop is expected
        assert looked_of(loop, judged, stop) == looked
        stops.add(stop)
        loop.native.done()
    assert stops == {Stop.END, Stop.NOTABLE}


def test_a_look_that_one_track_decides_is_recorded_by_none() -> None:
    loop, rule = Loop(), a_rule(15.0)
    judged = judged_at(loop, 90.0, "acme")
    low, high = RuleState(memory=[8_000]), RuleState(memory=[9_500])
    enter(loop, judged, (rule, low), (rule, high))
    assert loop.take(levelled("acme", 79.0, NOW_MS, 1)) is Stop.NOTABLE
    assert loop.native.noted(0)[3] is None


def test_from_the_instant_on_at_which_something_is_due_looks_are_left() -> None:
    for until_ms, expected in ((NOW_MS, Stop.NOTABLE), (NOW_MS + 1, Stop.END)):
        loop = Loop()
        judged = judged_at(loop, 90.0, "acme")
        enter(loop, judged, (a_rule(15.0), RuleState(memory=[9_000])), until_ms=until_ms)
        assert loop.take(levelled("acme", 88.0, NOW_MS, 1)) is expected


def test_memories_are_given_once() -> None:
    loop = Loop()
    judged = judged_at(loop, 90.0, "acme")
    enter(loop, judged, (a_rule(15.0), RuleState(memory=[9_000])))
    assert loop.take(levelled("acme", 88.0, NOW_MS, 1)) is Stop.END
    assert looked_of(loop, judged, Stop.END) == (88.0, ((8_800, NOW_MS, 9_000),))
    assert loop.take(levelled("acme", 88.1, NOW_MS, 2)) is Stop.END
    assert looked_of(loop, judged, Stop.END) is None


@pytest.mark.parametrize(
    ("before", "level", "is_passed"),
    [(70.2, 70.1, False), (70.2, 70.0, False), (70.2, 69.99, True), (69.9, 69.8, False), (69.9, 70.0, True)],
)
def test_a_look_is_made_where_the_score_passes_a_bound(before: float, level: float, is_passed: bool) -> None:
    loop = Loop()
    loop.native.set_bounds((60.0, 70.0))
    judged = judged_at(loop, before, "acme")
    memory = (7_000, NOW_MS, 7_100)
    enter(loop, judged, (a_rule(15.0), RuleState(memory=list(memory))))
    assert loop.take(levelled("acme", level, NOW_MS, 1)) is Stop.END
    assert looked_of(loop, judged, Stop.END) == ((level, (memory,)) if is_passed else None)


def test_bounds_are_set_before_accounts_enter() -> None:
    loop = Loop()
    for odd in (None, [1.0], ("1",)):
        with pytest.raises(REFUSALS):
            loop.native.set_bounds(odd)  # type: ignore[arg-type]
    judged = judged_at(loop, 90.0, "acme")
    enter(loop, judged, (a_rule(15.0), RuleState(memory=[9_000])))
    with pytest.raises(ValueError, match="other bounds"):
        loop.native.set_bounds((1.0,))


def test_odd_tracks_are_refused() -> None:
    loop = Loop()
    judged = judged_at(loop, 90.0, "acme")
    enter(loop, judged, (a_rule(15.0), RuleState(memory=[9_000])))
    for odd in (
        (),
        (1,),
        (1, 2, 3),
        (1, 2, True, ()),
        (1, 2, True, (1, 2)),
        (1, 2, True, (2**60,)),
        (-1, 2, True, (1,)),
    ):
        with pytest.raises(REFUSALS):
            loop.native.track(judged.number, 0.0, 1.0, FAR, FAR, False, (odd,))  # type: ignore[arg-type]
    assert loop.take(levelled("acme", 88.0, NOW_MS, 1)) is Stop.END
