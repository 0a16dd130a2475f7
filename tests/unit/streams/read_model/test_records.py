"""Closes and movements of an account, packed: what comes back, how many stay, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from scoring.result import ComponentScore, LastTransition, Override, ScoreSnapshot, TransitionCause
from streams.read_model.account_values import HISTORY_DAYS, MOVEMENTS_MAX, Day, History
from streams.read_model.closes_until import closes_until
from streams.read_model.records.account import Account, read_record
from streams.read_model.records.answers import UnknownDictionary, dictionary_of, id_of, pack_answer, unpack_answer
from streams.read_model.records.closes import UNKNOWN, Closes, trend_of
from streams.read_model.records.columns import column, pack_columns, unpack_columns
from streams.read_model.records.moved import moved_between
from streams.read_model.records.movements import NEWEST_MAX, Movements
from tests.builders import a_snapshot

DAY_MS = 86_400_000
FIRST = 20_000


def on(day: int, score: float | None = 50.0, hour: int = 12, **overrides: Any) -> ScoreSnapshot:
    """An answer of that day after 1970."""
    tier = "" if score is None else "yellow"
    as_of_ms = day * DAY_MS + hour * 3_600_000
    return a_snapshot(as_of_ms=as_of_ms, score=score, **{"tier": tier, "version": as_of_ms, **overrides})


def after(*answers: ScoreSnapshot) -> Account:
    account = Account()
    for offset, answer in enumerate(answers):
        account.take(offset, answer, 1)
    return account


def shown(account: Account) -> list[tuple[int, float | None]]:
    return [(day.day - FIRST, day.score) for day in account.closes.history().days]


def test_the_last_answer_before_the_end_of_a_day_is_its_close_and_the_days_between_carry_it_on() -> None:
    """day:     0        1     2     3        4
    answers: 10 20   |  30  |     |     | 40
    closes:      20  |  30  | 30  | 30  | (today's is open)
    """
    account = after(on(FIRST, 10.0), on(FIRST, 20.0, 23), on(FIRST + 1, 30.0), on(FIRST + 4, 40.0))
    assert shown(account) == [(0, 20.0), (1, 30.0), (2, 30.0), (3, 30.0)]
    assert shown(after(on(FIRST, 10.0))) == []


def test_a_day_without_a_score_is_a_close_too() -> None:
    account = after(on(FIRST), on(FIRST + 1, None, standing="churned"), on(FIRST + 2))
    days = account.closes.history().days
    assert [(day.score, day.tier, day.points) for day in days] == [(50.0, "yellow", (19.5, 0.0)), (None, "", ())]
    assert list(trend_of(account.closes.pack()).scores) == [5_000, UNKNOWN]


def test_an_instant_that_goes_back_closes_nothing_twice() -> None:
    account = after(
        on(FIRST), on(FIRST + 2, 60.0), on(FIRST + 1, 70.0, version=10**15), on(FIRST + 3, version=10**15 + 1)
    )
    assert shown(account) == [(0, 50.0), (1, 50.0), (2, 70.0)]


def test_components_that_a_model_lacks_have_no_points_on_its_days() -> None:
    other = {"nps": ComponentScore(1.0, 7.25, 10.0), "trend": ComponentScore(1.0, 3.0, 10.0)}
    account = after(on(FIRST), on(FIRST + 1, components=other, model_version=2), on(FIRST + 2, None))
    history = account.closes.history()
    assert history.components == ("nps", "trend")
    assert [(day.model, day.points) for day in history.days] == [("default@1", (0.0, 0.0)), ("default@2", (7.2, 3.0))]


def test_four_hundred_days_stay_and_a_longer_silence_fills_all_of_them() -> None:
    account = after(*(on(FIRST + day, float(day % 90), mrr=float(day // 100)) for day in range(450)))
    days = account.closes.history().days
    assert [day.day for day in days] == list(range(FIRST + 49, FIRST + 449))
    assert [day.score for day in days] == [float(day % 90) for day in range(49, 449)]
    assert [day.mrr for day in days] == [float(day // 100) for day in range(49, 449)]
    account.take(450, on(FIRST + 2_000), 1)
    assert {day.score for day in account.closes.history().days} == {float(449 % 90)}
    assert len(account.closes.history().days) == HISTORY_DAYS


@pytest.mark.parametrize("score", [0.0, 100.0, -327.67, 40_000.0])
def test_packed_closes_come_back_and_grow_on(score: float) -> None:
    account = after(on(FIRST, score), on(FIRST + 3, 1.0))
    again = Closes.unpack(account.closes.pack())
    assert again.history() == account.closes.history()
    for closes in (again, account.closes):
        assert closes.close(on(FIRST + 3, 1.0), FIRST + 5)
    assert again.pack() == account.closes.pack()
    trend = trend_of(again.pack())
    assert (trend.first_day, [score / 100 for score in trend.scores]) == (FIRST, [score, score, score, 1.0, 1.0])
    assert (list(trend.tiers), list(trend.mrr)) == ([(5, "yellow")], [(5, 5_000.0)])


def test_what_is_no_record_is_refused() -> None:
    for damaged in (b"oops", b"\x03\0\0abc"):
        with pytest.raises(msgspec.DecodeError):
            Closes.unpack(damaged)
        with pytest.raises(msgspec.DecodeError):
            Movements.unpack(damaged).all()
        with pytest.raises(msgspec.DecodeError):
            read_record(damaged)
    other = msgspec.msgpack.encode((3, 0, 0, b"", b"", b""))
    with pytest.raises(msgspec.DecodeError, match="format 3, not 2"):
        read_record(other)


def test_the_current_answer_is_carried_on_to_any_day() -> None:
    account = after(on(FIRST), on(FIRST + 2, 60.126))
    assert account.answer is not None
    history = account.closes.history()
    assert closes_until(history, account.answer, FIRST + 1) is history
    until = closes_until(history, account.answer, FIRST + 4)
    assert [(day.day - FIRST, day.score) for day in until.days] == [
        *((0, 50.0), (1, 50.0)),
        *((2, 60.13), (3, 60.13), (4, 60.13)),
    ]
    assert until == after(on(FIRST), on(FIRST + 2, 60.126), on(FIRST + 5)).closes.history()
    assert closes_until(History(), on(FIRST, None), FIRST).days == (
        Day(day=FIRST, score=None, tier="", mrr=5_000.0, model="default@1"),
    )
    assert len(closes_until(history, account.answer, FIRST + 5_000).days) == HISTORY_DAYS


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "expiry"),
        ({"applied": (5, -1, -1, -1, -1)}, "event"),
        ({"applied": (-1, -1, -1, -1, 7)}, "expiry"),
        ({"norm_as_of": "later"}, "expiry"),
        ({"norm_as_of": "later", "norm": {"usage": 2.0}}, "norm"),
        ({"model_version": 2, "applied": (5, -1, -1, -1, -1)}, "model"),
        ({"override": Override(score=1.0, reason="", author="", set_ms=0, until_ms=1)}, "override"),
    ],
)
def test_the_kind_of_a_movement_is_what_changed(changes: dict[str, Any], kind: str) -> None:
    old = on(FIRST, applied=(-1, -1, -1, -1, -1))
    moved = moved_between(old, on(FIRST, 60.0, **{"applied": old.applied, **changes}))
    assert moved is not None
    assert moved.movement().kind == kind


def test_a_change_of_tier_says_its_cause() -> None:
    transition = LastTransition(
        at="", from_tier="yellow", to_tier="red", before=50.0, after=1.0, model="default", model_version=1,
        cause=TransitionCause(kind="late"),
    )  # fmt: skip
    moved = moved_between(on(FIRST), on(FIRST, 1.0, tier="red", last_transition=transition))
    assert moved is not None
    assert moved.movement().kind == "late"


def test_parts_add_up_to_the_change_to_the_last_hundredth() -> None:
    old, new = on(FIRST, 61.234), on(FIRST, 40.006, components={"usage": ComponentScore(1.0, 3.337, 40.0)})
    moved = moved_between(old, new)
    assert moved is not None
    movement = moved.movement()
    assert movement.parts == (("usage", -16.16), ("", -5.06))
    assert math.isclose(sum(points for _, points in movement.parts), 40.01 - 61.23, abs_tol=1e-9)
    assert moved_between(old, on(FIRST, 61.2341)) is None


def test_small_movements_of_a_day_are_one_and_large_ones_stand_alone() -> None:
    scores = (50.0, 50.4, 50.1, 60.0, 60.5)
    movements = after(*(on(FIRST, score, hour) for hour, score in enumerate(scores))).movements.all()
    assert [(each.before, each.after, each.count) for each in movements] == [(50.1, 60.0, 1), (50.0, 50.6, 3)]
    assert after(on(FIRST, 50.0), on(FIRST, 50.2, 13), on(FIRST + 1, 50.3)).movements.all()[1].count == 1


def test_of_too_many_movements_the_oldest_small_ones_go_first() -> None:
    answers = [on(FIRST + day, 50.0 + (20 if day % 4 < 2 else 0) + 0.1 * (day % 2)) for day in range(4 * MOVEMENTS_MAX)]
    movements = after(*answers).movements.all()
    assert MOVEMENTS_MAX - 2 * NEWEST_MAX <= len(movements) <= MOVEMENTS_MAX
    large = [each for each in movements if abs((each.after or 0) - (each.before or 0)) >= 1]
    assert len(large) > 0.8 * len(movements)
    assert movements[-1].at_ms == answers[-1].as_of_ms


def test_a_dictionary_holds_nothing_of_an_account() -> None:
    answer = a_snapshot("acme-secret", plan="gold-secret", facts={"owner": "person-secret", "usage": 987_654})
    dictionary = dictionary_of(answer)
    assert b"secret" not in dictionary
    assert b"987654" not in dictionary
    packed = pack_answer(answer, dictionary, id_of(dictionary))
    assert unpack_answer(packed, {id_of(dictionary): dictionary}) == answer
    with pytest.raises(UnknownDictionary):
        unpack_answer(packed, {})


def test_columns_come_back_narrow_or_wide() -> None:
    for numbers in ([], [1, 2, -3], [0, 32_767], [0, 40_000, -1]):
        one = column(numbers)
        assert list(unpack_columns(*pack_columns([one, one]))) == [*one, *one]
