"""Which accounts wait to be written, which value of each, and when its turn is."""

from __future__ import annotations

import random
from itertools import pairwise

from streams.score_sinks.value import LastWrite, ScoreValue, is_news
from streams.score_sinks.waiting import Waiting

HOUR = 3_600_000


def value(score: float | None, tier: str = "green", *, account: str = "acme", version: int = 1) -> ScoreValue:
    return ScoreValue(account_id=account, score=score, tier=tier, as_of="", generation=1, version=version)


def written(score: float | None, tier: str = "green", *, at_ms: int = 0, version: int = 0) -> LastWrite:
    return LastWrite(score=score, tier=tier, at_ms=at_ms, generation=1, version=version)


def waiting() -> Waiting[str]:
    return Waiting(points=5.0, every_ms=HOUR)


def test_a_change_of_five_points_or_of_the_tier_is_news() -> None:
    last = written(70.0)
    assert is_news(value(75.0), last, 5.0)
    assert is_news(value(65.0), last, 5.0)
    assert not is_news(value(74.99), last, 5.0)
    assert is_news(value(70.0, "yellow"), last, 5.0)
    assert is_news(value(None), last, 5.0)
    assert is_news(value(70.0), written(None), 5.0)
    assert not is_news(value(None), written(None), 5.0)


def test_hundredths_decide_not_floating_point() -> None:
    assert is_news(value(0.3), written(0.1), 0.2)
    assert is_news(value(70.1), written(65.1), 5.0)


def test_a_new_account_is_due_at_once_and_one_that_was_written_after_the_interval() -> None:
    """
    written 0                    1 h
            |---------------------|
            ^ 10 min: news waits  ^ due
    """
    queue = waiting()
    assert queue.offer(value(70.0), "p0", 7, 1_000)
    taken = queue.take(1_000)
    assert taken is not None
    queue.wrote(taken, 1_000)
    assert queue.offer(value(40.0, "red", version=2), "p0", 8, 600_000)
    assert queue.take(HOUR + 999) is None
    assert queue.next_due_ms() == HOUR + 1_000
    late = queue.take(HOUR + 1_000)
    assert late is not None
    assert late.score == 40.0


def test_the_newest_value_takes_the_place_of_the_one_that_waits() -> None:
    queue = waiting()
    queue.learn("acme", written(70.0, at_ms=0))
    for version in range(1, 1_000):
        queue.offer(value(70.0 - version / 50, "yellow", version=version), "p0", version, 60_000)
    assert len(queue) == 1
    taken = queue.take(HOUR)
    assert taken is not None
    assert taken.version == 999
    assert queue.first_offset("p0") == 999


def test_a_value_that_came_back_is_no_news_any_more() -> None:
    queue = waiting()
    queue.learn("acme", written(70.0))
    assert queue.offer(value(50.0, "yellow", version=1), "p0", 1, 0)
    assert not queue.offer(value(71.0, "green", version=2), "p0", 2, 0)
    assert len(queue) == 0
    assert queue.next_due_ms() is None


def test_an_older_value_never_takes_the_place_of_a_newer_one() -> None:
    queue = waiting()
    queue.learn("acme", written(70.0, version=9))
    assert not queue.offer(value(10.0, "red", version=8), "p0", 1, 0)
    assert queue.offer(value(10.0, "red", version=10), "p0", 2, 0)
    assert not queue.offer(value(90.0, version=10), "p0", 3, 0)


def test_a_value_that_comes_while_another_is_written_waits_for_its_time() -> None:
    queue = waiting()
    queue.offer(value(70.0, version=1), "p0", 1, 0)
    taken = queue.take(0)
    assert taken is not None
    queue.offer(value(20.0, "red", version=2), "p0", 2, 10)
    queue.wrote(taken, 20)
    assert queue.take(20) is None
    assert queue.next_due_ms() == 20 + HOUR


def test_who_failed_lets_the_others_go_first() -> None:
    queue = waiting()
    for number, account in enumerate("abc"):
        queue.offer(value(70.0, account=account), "p0", number, 0)
    queue.defer("a", 5_000)
    order = []
    while (taken := queue.take(5_000)) is not None:
        order.append(taken.account_id)
        queue.wrote(taken, 5_000)
    assert order == ["b", "c", "a"]


def test_the_offset_to_commit_is_that_of_the_first_that_waits() -> None:
    queue = waiting()
    for number, account in enumerate("abc"):
        queue.offer(value(70.0, account=account), "p0", 10 + number, 0)
    queue.offer(value(70.0, account="z"), "p1", 99, 0)
    assert (queue.first_offset("p0"), queue.first_offset("p1"), queue.first_offset("p2")) == (10, 99, None)
    taken = queue.take(0)
    assert taken is not None
    queue.wrote(taken, 0)
    assert queue.first_offset("p0") == 11


def test_any_order_of_events_writes_each_account_at_most_once_an_interval_and_ends_at_the_newest_news() -> None:
    """Seed 7: random scores of 20 accounts over 50 hours, written when due."""
    draw = random.Random(7)
    queue, now = waiting(), 0
    newest: dict[str, ScoreValue] = {}
    writes: dict[str, list[tuple[int, ScoreValue]]] = {}
    for version in range(1, 3_000):
        now += draw.randrange(60_000)
        account = f"a{draw.randrange(20)}"
        score = draw.uniform(0, 100)
        newest[account] = value(round(score, 2), "red" if score < 40 else "green", account=account, version=version)
        queue.offer(newest[account], "p0", version, now)
        while (taken := queue.take(now)) is not None:
            writes.setdefault(account := taken.account_id, []).append((now, taken))
            queue.wrote(taken, now)
    for _ in range(3):
        now += HOUR
        while (taken := queue.take(now)) is not None:
            writes.setdefault(taken.account_id, []).append((now, taken))
            queue.wrote(taken, now)
    assert len(queue) == 0
    for account, made in writes.items():
        assert all(later - earlier >= HOUR for (earlier, _), (later, _) in pairwise(made))
        assert all(a.position < b.position for (_, a), (_, b) in pairwise(made))
        last = made[-1][1]
        record = written(last.score, last.tier)
        assert not is_news(newest[account], record, 5.0)
