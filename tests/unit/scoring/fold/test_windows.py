"""Bucketed windows at their edges. In the timelines each letter is a bucket, `T` the instant of judgement's."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.fold.fold import Outcome, advance, apply
from scoring.model.model import Model
from tests.builders import Tables, a_model, at_ms, subscription, usage
from tests.support.watched_account import Watched

NOON = at_ms("2026-03-01T12:00Z")
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


def counting(window: str = "30d", resolution: str = "1h") -> Model:
    """The count in a window and in the one before it."""
    signals: Tables = {
        "now": {"kind": "count", "window": window},
        "before": {"kind": "count", "window": window, "prior": True},
    }
    return a_model(signals, resolution=resolution)


#   T-30d                     T
#   ├a┤                      ├T┤      a = bucket(T) - 720: just outside
#     (b──────── 720 ────────T]       b = the first inside
@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (NOON - 30 * DAY - 1, 0),
        (NOON - 30 * DAY, 0),
        (NOON - 30 * DAY + HOUR - 1, 0),
        (NOON - 30 * DAY + HOUR, 1),
        (NOON - HOUR, 1),
        (NOON, 1),
        (NOON + HOUR - 1, 1),  # later than T, and in T's bucket: it is up to date to the bucket
    ],
)
def test_the_window_is_the_buckets_after_the_one_thirty_days_ago_and_up_to_this_one(at: int, counted: int) -> None:
    watched = Watched(counting(), NOON)
    watched.see(usage(at=at))
    assert watched.facts["now"] == counted


#   e in bucket b      b+D-1      b+D              b+2D
#   ────●────────────────┼──────────┼────────────────┼──
#       now = 1 ........ 1          0
#       before = 0 ..... 0          1 ............ 1 0
@pytest.mark.parametrize(
    ("resolution", "window", "width", "length"),
    [
        ("1s", "1s", SECOND, SECOND),
        ("1s", "90s", SECOND, 90 * SECOND),
        ("15m", "15m", 15 * MINUTE, 15 * MINUTE),
        ("15m", "2h", 15 * MINUTE, 2 * HOUR),
        ("1h", "30d", HOUR, 30 * DAY),
        ("1d", "1d", DAY, DAY),
        ("1d", "14d", DAY, 14 * DAY),
    ],
)
@pytest.mark.parametrize("offset", ["first", "last"])
def test_an_event_leaves_with_its_bucket_to_the_millisecond_and_enters_the_prior_window(
    resolution: str, window: str, width: int, length: int, offset: str
) -> None:
    start = NOON // width * width  # the first millisecond of a bucket
    watched = Watched(counting(window, resolution), start)
    at = start if offset == "first" else start + width - 1
    watched.see(usage(at=at), as_of_ms=at)
    assert watched.facts == {"now": 1, "before": 0}
    edges = (start + length - 1, start + length, start + 2 * length - 1, start + 2 * length)
    assert [tuple(watched.to(edge).values()) for edge in edges] == [(1, 0), (0, 1), (0, 1), (0, 0)]


#   a        b        c             T, at once from T-2D
#   ●────────●────────●─────────────┼
def test_a_leap_through_several_windows_at_once_is_as_good_as_many_steps() -> None:
    for leap in (3 * DAY, 7 * DAY, 14 * DAY, 15 * DAY, 28 * DAY, 400 * DAY):
        leaped, walked = (Watched(counting("14d"), NOON) for _ in range(2))
        for watched in (leaped, walked):
            watched.see(*(usage(at=NOON - days * DAY) for days in (0, 1, 5, 13, 13, 20, 27)))
        for step in range(0, leap, 5 * HOUR):
            walked.to(NOON + step)
        assert leaped.to(NOON + leap) == walked.to(NOON + leap)


#   ──────before──────┬──────now──────┐
#       ●         ●  ●│●            ●  T        all of them arrive at T
def test_late_events_are_counted_where_they_happened() -> None:
    watched = Watched(counting("14d"), NOON)
    days_ago = (0, 13, 14, 20, 27, 28, 40)
    outcomes = watched.see(*(usage(at=NOON - days * DAY) for days in days_ago))
    assert watched.facts == {"now": 2, "before": 3}
    assert outcomes == [Outcome.APPLIED] * 5 + [Outcome.EXPIRED] * 2


def test_a_late_event_leaves_its_windows_at_the_same_instant_as_one_in_time() -> None:
    in_time, late = (Watched(counting("14d"), NOON) for _ in range(2))
    in_time.see(usage(at=NOON))
    late.see(usage(at=NOON), as_of_ms=NOON + 10 * DAY)
    instants = [NOON + 14 * DAY - 1, NOON + 14 * DAY, NOON + 28 * DAY - 1, NOON + 28 * DAY]
    assert late.series("now", instants) == in_time.series("now", instants) == [1, 0, 0, 0]


#   T      e
#   ┼──────●───        an event up to five minutes ahead of the worker's clock
def test_an_event_of_a_bucket_to_come_counts_when_its_bucket_comes() -> None:
    watched = Watched(counting("1h", "1s"), NOON)
    watched.see(usage(at=NOON + 200 * SECOND))
    assert watched.facts["now"] == 0
    instants = [NOON + 199 * SECOND, NOON + 200 * SECOND, NOON + 200 * SECOND + HOUR]
    assert watched.series("now", instants) == [0, 1, 0]


def test_an_instant_that_goes_back_changes_nothing() -> None:
    watched = Watched(counting("1h", "1s"), NOON)
    watched.see(usage(at=NOON))
    watched.to(NOON + HOUR)
    assert not advance(watched.plan, watched.account, NOON)
    assert watched.account.as_of_ms == NOON + HOUR
    assert watched.facts["now"] == 0


def test_advancing_says_when_something_changed_and_only_then() -> None:
    watched = Watched(counting("3d"), NOON)
    watched.see(usage(at=NOON), usage(at=NOON + 5 * HOUR))
    changes = [hours for hours in range(1, 200) if advance(watched.plan, watched.account, NOON + hours * HOUR)]
    # The second one enters; each leaves the window, then the prior one; and then the day itself goes.
    assert changes == [5, 72, 77, 144, 149, 156]


#   u        u             window of 2 hours
#   ●────────●────────┼──────────┼
#   12h      13h     14h: 1     15h: 0
def test_a_value_is_there_until_its_last_bucket_leaves() -> None:
    watched = Watched(a_model({"users": {"kind": "distinct", "of": "user", "window": "2h"}}), NOON)
    watched.see(usage(at=NOON, user_id="ann"), usage(at=NOON + HOUR, user_id="ann"), as_of_ms=NOON + HOUR)
    instants = [NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR]
    assert watched.series("users", instants) == [1, 1, 0]


#   late      T       windows of 1 and 3 hours
#   ●─────────┼       an hour old: outside of the one, inside of the other
def test_a_late_value_is_in_those_windows_alone_that_reach_back_to_it() -> None:
    users = {"kind": "distinct", "of": "user"}
    signals: Tables = {
        "short": users | {"window": "1h"},
        "prior": users | {"window": "1h", "prior": True},
        "long": users | {"window": "3h"},
    }
    model = a_model(signals)
    watched = Watched(model, NOON)
    watched.see(usage(at=NOON - HOUR, user_id="ann"))
    assert watched.facts == {"short": 0, "prior": 1, "long": 1}
    watched.see(usage(at=NOON - 2 * HOUR, user_id="bob"))
    assert watched.facts == {"short": 0, "prior": 1, "long": 2}
    assert watched.to(NOON + 5 * HOUR) == {"short": 0, "prior": 0, "long": 0}


def test_an_event_without_a_user_is_no_user() -> None:
    watched = Watched(a_model({"users": {"kind": "distinct", "of": "user", "window": "2h"}}), NOON)
    watched.see(usage(at=NOON), usage(at=NOON, user_id=""), usage(at=NOON, user_id="ann"))
    assert watched.facts["users"] == 1


WRONG_NUMBERS: tuple[object, ...] = ("300", True, [], {}, None)


def mrr() -> Model:
    return a_model({"mrr": {"kind": "last", "topics": ["billing"], "property": "mrr", "zero_on": ["canceled"]}})


def test_the_last_value_is_that_of_the_latest_event_not_of_the_latest_arrival() -> None:
    watched = Watched(mrr(), NOON)
    watched.see(subscription(at=NOON, mrr=200), subscription(at=NOON - 1, mrr=100))
    assert watched.facts["mrr"] == 200
    watched.see(subscription(at=NOON + 1, event="canceled"))
    assert watched.facts["mrr"] == 0


def test_an_event_without_the_value_or_with_a_wrong_one_leaves_the_last_one_standing() -> None:
    watched = Watched(mrr(), NOON)
    watched.see(subscription(at=NOON, mrr=200))
    watched.see(*(subscription(at=NOON + 1, mrr=wrong) for wrong in WRONG_NUMBERS))
    watched.see(subscription(at=NOON + 2))
    assert watched.facts["mrr"] == 200


def test_a_tie_in_time_is_decided_by_the_events_not_by_their_order() -> None:
    one, other = subscription(at=NOON, mrr=100, id="one"), subscription(at=NOON, mrr=200, id="other")
    there, back = Watched(mrr(), NOON), Watched(mrr(), NOON)
    there.see(one, other)
    back.see(other, one)
    assert there.facts == back.facts


@pytest.mark.parametrize("kind", ["since_last", "age"])
def test_days_since_step_where_whole_days_of_buckets_have_gone_by(kind: str) -> None:
    watched = Watched(a_model({"days": {"kind": kind}}), NOON)
    at = NOON + 40 * MINUTE
    watched.see(usage(at=at), as_of_ms=at)
    instants = [NOON + DAY - 1, NOON + DAY, NOON + 2 * DAY - 1, NOON + 2 * DAY, NOON + 9 * DAY]
    assert watched.series("days", instants) == [0, 1, 1, 2, 9]


def test_a_late_event_makes_an_account_older_and_never_its_last_event_earlier() -> None:
    model = a_model({"silence": {"kind": "since_last"}, "age": {"kind": "age"}, "at": {"kind": "last_at"}})
    watched = Watched(model, NOON)
    watched.see(usage(at=NOON), usage(at=NOON - 3 * DAY))
    assert watched.facts == {"silence": 0, "age": 3, "at": "2026-03-01 12:00:00"}


@pytest.mark.parametrize(("min_history", "hours"), [("12h", 12), ("1d", 24), ("36h", 36), ("28d", 672)])
def test_a_trend_has_no_evidence_until_the_account_is_as_old_as_it_needs(min_history: str, hours: int) -> None:
    signals: Tables = {
        "now": {"kind": "count", "window": "30d"},
        "before": {"kind": "count", "window": "30d", "prior": True},
    }
    trend = {"shape": "trend", "signal": "now", "prior": "before", "min_history": min_history, "weight": 1}
    watched = Watched(a_model(signals, {"trend": trend}), NOON)
    watched.see(usage(at=NOON))
    judged = []
    for hour in (hours - 1, hours):
        watched.to(NOON + hour * HOUR)
        judged.append(watched.plan.primary.evaluate(watched.account, {}).judgements)
    assert judged == [[None], [100.0]]


@pytest.mark.parametrize("more", [{}, {"age": {"kind": "age"}}, {"silence": {"kind": "since_last"}}])
def test_an_account_that_grows_old_enough_for_its_trend_is_looked_at_again_in_that_hour(more: dict[str, Any]) -> None:
    signals: Tables = {
        "now": {"kind": "count", "window": "30d"},
        "before": {"kind": "count", "window": "30d", "prior": True},
    }
    trend = {"shape": "trend", "signal": "now", "prior": "before", "min_history": "36h", "weight": 1}
    watched = Watched(a_model({**signals, **more}, {"trend": trend}), NOON)
    watched.see(usage(at=NOON))
    assert 36 in [hour for hour in range(1, 50) if advance(watched.plan, watched.account, NOON + hour * HOUR)]


def peak(window: str, within: str) -> Model:
    return a_model({"peak": {"kind": "peak", "window": window, "within": within}})


#   day 0   1   2   3   4   5   6
#       3   1                            best 3 days of those that end on one of the last 3 days
#       └───4───┘                        day 2, 3, 4: the days 0-2 hold 4
#           └───1───┘                    day 5: of the days 1-3 on, 1
def test_the_peak_is_the_best_window_that_ends_within_reach_also_on_a_day_without_events() -> None:
    watched = Watched(peak("3d", "3d"), NOON)
    watched.see(*[usage(at=NOON)] * 3)
    watched.see(usage(at=NOON + DAY), as_of_ms=NOON + DAY)
    assert watched.series("peak", [NOON + days * DAY for days in range(2, 8)]) == [4, 4, 4, 1, 0, 0]


def test_the_peak_goes_up_at_once_and_stays_until_it_is_out_of_reach() -> None:
    watched = Watched(peak("1d", "10d"), NOON)
    watched.see(*[usage(at=NOON)] * 5, usage(at=NOON - 2 * DAY))
    assert watched.facts["peak"] == 5
    watched.see(usage(at=NOON + DAY), as_of_ms=NOON + DAY)
    days = [9, 10, 11]
    assert watched.series("peak", [NOON + day * DAY for day in days]) == [5, 1, 0]


def test_a_peak_that_falls_out_of_reach_is_noticed_by_whoever_waits_for_the_account_to_change() -> None:
    watched = Watched(peak("1d", "10d"), NOON)
    watched.see(usage(at=NOON))
    moved = [day for day in range(1, 15) if advance(watched.plan, watched.account, NOON + day * DAY)]
    assert 10 in moved


def test_an_event_with_an_id_that_was_seen_is_a_duplicate_and_changes_nothing() -> None:
    watched = Watched(counting(), NOON)
    outcomes = watched.see(usage(at=NOON, id="e1"), usage(at=NOON, id="e1"), usage(at=NOON - DAY, id="e1"))
    assert outcomes == [Outcome.APPLIED, Outcome.DUPLICATE, Outcome.DUPLICATE]
    assert watched.facts["now"] == 1


def test_an_id_is_remembered_for_the_dedupe_horizon_after_its_arrival_whenever_it_happened() -> None:
    watched = Watched(counting(), NOON)
    watched.see(usage(at=NOON - 29 * DAY, id="late"))
    assert watched.see(usage(at=NOON - 29 * DAY, id="late"), as_of_ms=NOON + 3 * DAY) == [Outcome.DUPLICATE]


def test_an_id_is_forgotten_some_day_so_that_state_stays_small() -> None:
    watched = Watched(counting(), NOON)
    watched.see(usage(at=NOON, id="e1"))
    later = NOON + 70 * DAY  # the day of the event is kept for 60 days for its windows, and the id with it
    assert watched.see(usage(at=later, id="e1"), as_of_ms=later) == [Outcome.APPLIED]


def test_events_without_an_id_are_each_an_event() -> None:
    watched = Watched(counting(), NOON)
    watched.see(usage(at=NOON), usage(at=NOON), usage(at=NOON, id=""))
    assert watched.facts["now"] == 3


def test_an_id_whose_arrival_is_known_is_remembered_for_the_dedupe_horizon_from_there() -> None:
    account = Watched(counting(), NOON)
    event = account.plan.decoder.decode("analytics", usage(at=NOON, id="e1").value, 0, 1 << 50)

    def arrives(days: float) -> Outcome:
        at = NOON + round(days * DAY)
        return apply(account.plan, account.account, event, at, arrived_ms=at)

    assert [arrives(days) for days in (0, 1, 2, 3)] == [Outcome.APPLIED, *[Outcome.DUPLICATE] * 3]
    assert arrives(4.6) == Outcome.APPLIED


#   20 May   30 May   20 May again, with the same id
def test_a_copy_that_comes_after_time_has_leapt_is_a_duplicate_where_arrival_is_not_known() -> None:
    for leap in (4, 10, 29, 55):
        watched = Watched(counting(), NOON)
        first, copy = (usage(at=NOON, id="x1") for _ in range(2))
        watched.see(first, as_of_ms=NOON)
        watched.see(usage(at=NOON + leap * DAY, id="x2"), as_of_ms=NOON + leap * DAY)
        assert watched.see(copy) == [Outcome.DUPLICATE]


def test_six_thousand_ids_of_a_day_are_all_remembered() -> None:
    watched = Watched(counting(), NOON)
    sent = [usage(at=NOON, id=f"e{number}") for number in range(6_000)]
    watched.see(*sent, *sent)
    assert watched.facts["now"] == 6_000
