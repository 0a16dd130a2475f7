"""Signs that use is no person's: when they are told and when not, by the fold and by the oracle, and what they say."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from scoring.explain.snapshot import signs_of
from scoring.fold.fold import apply
from scoring.model.loader import PRESETS, load_preset, with_resolution
from scoring.model.model import Model
from scoring.oracle.signs import OracleSign
from scoring.plan.plan import Plan
from scoring.result import Sign, Warming
from scoring.state.account import Account
from tests.builders import Sent, a_model, at_ms, usage
from tests.oracle import verdicts
from tests.support.explained import snapshot_at

NOW = at_ms("2026-03-31T12:00Z")
HOUR, DAY = 3_600_000, 86_400_000
COUNT = {"kind": "count", "label": "product events", "window": "30d", "exclude": ["@machine"]}
MODEL = a_model({"usage": COUNT}, signs={"alike": {"signal": "usage"}})
MONTH = tuple(range(30))


def night(days: int, minute: int = 0) -> int:
    """02:00 UTC and some minutes, so many days ago."""
    return NOW - 10 * HOUR - days * DAY + minute * 60_000


def job(
    *days: int, times: int = 1, event: str = "warehouse_loaded", user: str | None = "svc", **fields: Any
) -> list[Sent]:
    """The same thing on each of these nights, so many times."""
    nights = itertools.product(days, range(times))
    return [usage(at=night(day, minute), event=event, user_id=user, **fields) for day, minute in nights]


def folded(model: Model, sent: list[Sent]) -> tuple[Plan, Account]:
    plan = Plan(model)
    account = Account(plan.sizes, NOW)
    for each in sent:
        apply(plan, account, plan.decoder.decode(each.topic, each.value, 0, NOW), NOW)
    return plan, account


def told(sent: list[Sent], model: Model = MODEL) -> list[Sign]:
    """The signs, the same in any order of arrival, and by the oracle."""
    found = []
    for order in (sent, sent[::-1], sent[1::2] + sent[::2]):
        plan, account = folded(model, order)
        found.append(list(signs_of(plan, account, ())))
    assert found[0] == found[1] == found[2]
    plain = tuple(OracleSign(each.name, each.number, each.event, each.user, each.hour) for each in found[0])
    assert verdicts(model, sent, NOW)["acme"].signs == plain
    return found[0]


def common(sent: list[Sent], model: Model = MODEL) -> tuple[str, str, int | None] | None:
    """What all events have in common: a name, a user, an hour; None when no sign is told."""
    signs = told(sent, model)
    return (signs[0].event, signs[0].user, signs[0].hour) if signs else None


def test_a_job_of_every_night_is_told_in_one_line() -> None:
    (sign,) = told(job(*MONTH, times=14))
    (watch,) = Plan(MODEL).signs
    assert watch.text(sign) == (
        "All 420 product events in 30 days are warehouse_loaded, by one user, svc, at 02:00–03:00 UTC: "
        "is this a person? If not, add it to [events] machine of the model"
    )


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ([], ("warehouse_loaded", "svc", 2)),
        (job(3, event="login"), ("", "svc", 2)),
        (job(3, user="ann"), ("warehouse_loaded", "", 2)),
        (job(3, user=None), ("warehouse_loaded", "", 2)),
        ([usage(at=night(3) + HOUR, event="warehouse_loaded", user_id="svc")], ("warehouse_loaded", "svc", None)),
        ([usage(at=night(3) + HOUR, event="warehouse_loaded", user_id="ann")], ("warehouse_loaded", "", None)),
        ([usage(at=night(3) + HOUR, event="login", user_id="ann")], None),
        (job(3, event="$feature_flag_called", user="x"), ("warehouse_loaded", "svc", 2)),  # no use, so it says nothing
        (job(30, event="login", user="x"), ("warehouse_loaded", "svc", 2)),  # not in these 30 days
    ],
)
def test_whatever_differs_is_not_told(more: list[Sent], left: tuple[str, str, int | None] | None) -> None:
    assert common(job(*MONTH) + more) == left


def test_events_that_name_nobody_are_of_no_one_user() -> None:
    assert common(job(*MONTH, user=None)) == ("warehouse_loaded", "", 2)


@pytest.mark.parametrize(
    ("sent", "is_told"),
    [
        (job(*range(20)), True),
        (job(*range(19)), False),
        (job(1, 2, 3, times=7), True),
        (job(1, 2, times=30), False),
        (job(1, 2, 40, times=30), False),
        (job(*range(29, 40), times=9), False),
    ],
)
def test_it_takes_twenty_events_on_three_days_to_be_told(sent: list[Sent], is_told: bool) -> None:
    assert bool(told(sent)) is is_told


def test_a_model_says_how_many_it_takes() -> None:
    model = a_model({"usage": COUNT}, signs={"alike": {"signal": "usage", "at_least": 2, "days": 1}})
    assert told(job(1, times=2), model)
    assert not told(job(1), model)


def test_an_event_that_came_twice_is_one() -> None:
    (sign,) = told(job(*MONTH) + [usage(at=night(1), event="warehouse_loaded", user_id="svc", id="a")] * 3)
    assert sign.number == 31


def test_where_buckets_are_wider_than_an_hour_no_hour_is_told() -> None:
    assert common(job(*MONTH), with_resolution(MODEL, "1d")) == ("warehouse_loaded", "svc", None)
    assert common(job(*MONTH), with_resolution(MODEL, "15m")) == ("warehouse_loaded", "svc", 2)
    other = [usage(at=night(day), event=f"feature {day}", user_id=f"user {day}") for day in MONTH]
    assert common(other, with_resolution(MODEL, "1d")) is None
    assert common(other) == ("", "", 2)


def test_conditions_on_properties_hold_for_it_too() -> None:
    table = COUNT | {"where": [{"property": "source", "is": "app"}]}
    model = a_model({"usage": table}, signs={"alike": {"signal": "usage"}})
    sent = job(*MONTH, source="app") + job(3, event="login", source="web")
    assert common(sent, model) == ("warehouse_loaded", "svc", 2)


def test_what_was_counted_before_it_was_kept_says_nothing_of_names() -> None:
    plan, account = folded(MODEL, job(*MONTH))
    for tile in account.tiles.values():
        for counts in tile.counts:
            if counts is not None:
                counts.alike = None
    (sign,) = signs_of(plan, account, ())
    assert (sign.event, sign.user, sign.hour) == ("", "", 2)


def test_what_does_not_know_its_whole_window_yet_says_nothing() -> None:
    plan, account = folded(MODEL, job(*MONTH))
    assert signs_of(plan, account, (Warming(signal="usage", until="2026-05-01T00:00:00Z"),)) == ()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_model_that_ships_tells_it_and_no_score_depends_on_it(preset: str) -> None:
    model = load_preset(preset)
    assert told(job(*MONTH), model)
    norm = {"usage_30d": 30.0, "errors_30d": 0.0}
    answers = [
        snapshot_at(plan, account, norm)
        for plan, account in (folded(each, job(*MONTH)) for each in (model, msgspec.structs.replace(model, signs={})))
    ]
    assert answers[0].score == answers[1].score
    assert answers[0].score is not None
    assert (len(answers[0].signs), answers[1].signs) == (1, ())
