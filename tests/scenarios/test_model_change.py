"""A partition that is restored under another model: who is scored again, what is told, and what is not known yet."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from scoring.instants import rfc3339
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.result import Warming
from tests.builders import Sent, Table, Tables, a_model, at_ms, subscription, usage
from tests.support.in_memory_cluster import Line, Reached

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LEVEL: Table = {"kind": "last", "property": "level"}


def levels(of: int = 100, *, version: int = 1, signals: Tables | None = None, **more: Any) -> Model:
    """The score is the last event's `level`, in percent of `of`."""
    component = {"level": {"shape": "ratio", "signal": "level", "of": of, "weight": 1}}
    return a_model({"level": LEVEL, **(signals or {})}, component, version=version, **more)


def level(value: float, at: int = NOON, account: str = "acme") -> Sent:
    return usage(account, at, level=value)


def lined(*events: Sent, model: Model) -> Line:
    line = Line(Plan(model))
    for sent in events:
        line.send(sent)
    line.settle()
    return line


def under(line: Line, model: Model) -> Line:
    """A new worker, which has another model."""
    line.plan = Plan(model)
    line.crash()
    return line


def told(line: Line) -> list[tuple[str, int, str, str, str]]:
    return [
        (each.account_id, each.sequence, each.from_tier, each.to_tier, each.cause.kind) for each in line.notifications
    ]


# --- everybody is scored again


def test_under_another_model_everybody_is_scored_again_at_once_and_the_model_is_the_cause() -> None:
    line = lined(level(80), level(40, account="globex"), level(10, account="tiny"), model=levels())
    under(line, levels(of=200, version=2))
    assert line.partitions[0].flush_requested
    line.work()
    line.flush()
    assert {name: (each.score, each.tier) for name, each in line.answers.items()} == {
        "acme": (40.0, "red"),
        "globex": (20.0, "red"),
        "tiny": (5.0, "red"),
    }
    assert {each.model_version for each in line.answers.values()} == {2}
    (notification,) = line.notifications
    assert told(line) == [("acme", 1, "green", "red", "model")]
    assert notification.cause.words == "the model is small version 2 now: level 80, of 200"
    assert (notification.before, notification.after, notification.model_version) == (80.0, 40.0, 2)
    assert [(each.component, each.points) for each in notification.deltas] == [("level", -40.0)]


def test_under_the_same_model_nobody_is() -> None:
    before = lined(level(80), model=levels())
    before.flush()
    line = under(before, levels())
    assert line.partitions[0].accounts["acme"].account is None, "still bytes"
    line.settle()
    assert (line.notifications, line.answers["acme"].score) == ([], 80.0)


def test_a_model_is_another_one_by_its_content_not_by_its_version() -> None:
    line = under(lined(level(80), model=levels()), levels(of=200))
    line.settle()
    assert told(line) == [("acme", 1, "green", "red", "model")]


def test_it_is_told_once_only_however_often_the_worker_starts() -> None:
    line = under(lined(level(80), model=levels()), levels(of=200, version=2))
    line.settle()
    for _ in range(3):
        line.crash()
        line.settle()
    assert told(line) == [("acme", 1, "green", "red", "model")]
    assert line.decoded("acme").sequence == 1


@pytest.mark.parametrize("reached", ["nothing", "some records", "records", "outputs", "offsets"])
@pytest.mark.parametrize("groups", [0, 1, 2])
def test_it_is_told_once_only_when_the_worker_dies_in_the_middle(reached: Reached, groups: int) -> None:
    def run(*, crash: bool) -> Line:
        events = [level(80, account=f"account {number}") for number in range(3)]
        line = under(lined(*events, model=levels()), levels(of=200, version=2))
        for _ in range(2 * crash):
            line.crash(0, reached, groups)
        line.settle()
        return line

    undisturbed, crashed = run(crash=False), run(crash=True)
    assert len(undisturbed.notifications) == 3
    assert sorted(crashed.notifications, key=lambda each: each.account_id) == undisturbed.notifications
    assert {name: each.score for name, each in crashed.answers.items()} == dict.fromkeys(undisturbed.answers, 40.0)


def test_back_under_the_old_model_all_is_as_it_was() -> None:
    line = under(lined(level(80), model=levels()), levels(of=200, version=2))
    line.settle()
    under(line, levels()).settle()
    assert line.answers["acme"].score == 80.0
    assert [each[2:] for each in told(line)] == [("green", "red", "model"), ("red", "green", "model")]


def test_a_model_whose_tiers_have_other_names_goes_on_from_those_of_the_old_one() -> None:
    line = lined(level(80), level(10, account="globex"), model=levels())
    under(line, levels(version=2, tiers={"cold": 0, "warm": 50, "hot": 70})).settle()
    assert told(line) == [("acme", 1, "green", "hot", "model"), ("globex", 1, "red", "cold", "model")]
    assert [each.change for each in line.notifications] == [0.0, 0.0]
    assert [each.worse for each in line.notifications] == [False, False]
    assert line.partitions[0].scorer.ledger.tier_accounts == [1, 0, 1]
    line.send(level(20, NOON + 1))
    line.settle()
    assert told(line)[2:] == [("acme", 2, "hot", "cold", "event")]


def test_where_the_tiers_differ_a_change_is_for_the_worse_when_the_score_fell() -> None:
    line = under(lined(level(80), model=levels()), levels(of=200, tiers={"cold": 0, "warm": 50, "hot": 70}))
    line.settle()
    assert [each.worse for each in line.notifications] == [True]


def test_components_of_both_models_are_told_with_what_they_gave_and_took() -> None:
    renamed = {"height": {"shape": "ratio", "signal": "level", "of": 200, "weight": 1}}
    line = under(lined(level(80), model=levels()), a_model({"level": LEVEL}, renamed))
    line.settle()
    (notification,) = line.notifications
    assert {each.component: each.points for each in notification.deltas} == {"height": 40.0, "level": -80.0}
    assert notification.change == -40.0


def test_under_a_model_that_makes_no_score_yet_nothing_is_told_until_it_does() -> None:
    count = {"kind": "count", "window": "30d"}
    trend = {"shape": "trend", "signal": "now", "prior": "before", "min_history": "28d", "weight": 1}
    line = lined(level(10), model=levels())
    signals: Tables = {"now": count, "before": count | {"prior": True}}
    under(line, a_model(signals, {"trend": trend})).settle()
    assert (line.answers["acme"].score, line.notifications) == (None, [])
    line.send(usage(at=NOON + 29 * DAY))
    line.settle()
    assert [each[:4] for each in told(line)] == [("acme", 1, "red", "green")]


def test_silence_that_the_old_model_did_not_ask_about_is_judged_at_the_partitions_instant() -> None:
    """acme's instant is 20 days ago, when it was last heard of: another account's is that of the partition."""
    line = lined(level(80), level(80, NOON + 20 * DAY, account="globex"), model=a_model({"level": LEVEL}))
    fall = {"shape": "linear", "signal": "age", "points": [[0, 100], [20, 0]], "weight": 1}
    under(line, a_model({"age": {"kind": "age"}}, {"age": fall})).settle()
    assert (line.answers["acme"].score, line.answers["acme"].as_of_ms) == (0.0, NOON + 20 * DAY)
    assert told(line) == [("acme", 1, "green", "red", "model")]


# --- what is not known yet


def older(account: str = "acme") -> list[Sent]:
    """An account of 100 days, which did something every day, and another one that moves time to noon."""
    return [usage(account, NOON - day * DAY) for day in range(100, 0, -1)] + [usage("other", NOON)]


AGE: Tables = {"age": {"kind": "age"}}
BY_AGE: Tables = {"age": {"shape": "ratio", "signal": "age", "of": 100, "weight": 1}}


def aged(*, signs: Tables | None = None, **signals: Table) -> Model:
    """A score by age, and signals beside it that flags look at."""
    flags = {name: {"when": [{"signal": name, "known": False}]} for name in signals}
    return a_model({**AGE, **signals}, BY_AGE, signs=signs, flags=flags)


def warming(line: Line, account: str = "acme") -> tuple[Warming, ...]:
    return line.answers[account].warming


def test_a_signal_that_was_not_kept_before_says_until_when_it_does_not_know_all() -> None:
    line = under(lined(*older(), model=aged()), aged(week={"kind": "count", "window": "7d"}))
    line.settle()
    answer = line.answers["acme"]
    # The bucket of an hour in which it began is known by half.
    assert answer.warming == (Warming(signal="week", until=rfc3339(NOON + 7 * DAY + HOUR)),)
    assert answer.provisional
    assert answer.score == 100.0


def test_at_its_time_it_drops_out_and_the_score_is_provisional_no_more() -> None:
    line = under(lined(*older(), model=aged()), aged(week={"kind": "count", "window": "7d"}))
    line.tick(NOON + 7 * DAY + HOUR - 1)
    assert warming(line)
    assert line.answers["acme"].provisional
    line.tick(NOON + 7 * DAY + HOUR)
    assert warming(line) == ()
    assert not line.answers["acme"].provisional


def test_when_it_drops_out_a_silent_account_is_answered_again() -> None:
    """Nothing else of it changes: its level is what it is."""
    line = lined(level(80, NOON - DAY), usage("other", NOON), model=levels())
    flags = {"idle": {"when": [{"signal": "week", "below": 0.5}]}}
    under(line, levels(signals={"week": {"kind": "count", "window": "7d"}}, flags=flags)).settle()
    assert line.answers["acme"].provisional
    line.tick(NOON + 30 * DAY, declare=False)
    assert warming(line) == ()
    assert not line.answers["acme"].provisional


def test_what_nothing_judges_warms_but_makes_no_score_provisional() -> None:
    """Such as the owner, who is shown with alerts and may never be sent."""
    owner: Table = {"kind": "last", "property": "owner", "type": "text"}
    line = under(lined(*older(), model=aged()), a_model({**AGE, "owner": owner}, BY_AGE))
    line.settle()
    assert (warming(line), line.answers["acme"].provisional) == ((Warming(signal="owner", until=""),), False)


def test_an_account_that_is_younger_than_the_model_knows_all_of_itself() -> None:
    line = under(lined(*older(), model=aged()), aged(week={"kind": "count", "window": "7d"}))
    line.send(usage("young", NOON + 1))
    line.settle()
    assert (warming(line, "young"), line.answers["young"].provisional) == ((), False)
    assert warming(line)


def test_an_account_whose_first_event_came_just_before_the_model_does_not_know_that_event() -> None:
    line = under(lined(*older(), model=aged()), aged(week={"kind": "count", "window": "7d"}))
    line.settle()
    assert line.answers["other"].facts["week"] == 0, "its event at noon was not kept"
    assert warming(line, "other")


def test_it_lasts_until_then_over_restarts_and_further_models() -> None:
    new = aged(week={"kind": "count", "window": "7d"})
    line = under(lined(*older(), model=aged()), new)
    line.settle()
    before = warming(line)
    line.crash()
    line.tick(NOON + DAY)
    assert warming(line) == before
    newer = aged(
        month={"kind": "count", "window": "30d", "events": ["export"]}, seven={"kind": "count", "window": "7d"}
    )
    under(line, newer).settle()
    assert warming(line) == (
        Warming(signal="month", until=rfc3339(NOON + 31 * DAY + HOUR)),
        Warming(signal="seven", until=before[0].until),
    )


@pytest.mark.parametrize("reached", ["nothing", "some records", "records", "outputs"])
def test_it_is_the_same_when_the_worker_dies_in_the_middle(reached: Reached) -> None:
    line = under(lined(*older(), model=aged()), aged(week={"kind": "count", "window": "7d"}))
    line.crash(0, reached, 1)
    line.settle()
    assert warming(line) == (Warming(signal="week", until=rfc3339(NOON + 7 * DAY + HOUR)),)


def test_a_signal_that_both_models_keep_does_not_warm_under_whatever_name() -> None:
    week = {"kind": "count", "window": "7d"}
    line = under(lined(*older(), model=aged(week=week)), aged(seven_days=week | {"label": "seven days"}))
    line.settle()
    assert (warming(line), line.answers["acme"].provisional) == ((), False)
    assert line.answers["acme"].facts["seven_days"] == 6


def test_a_signal_of_the_same_name_that_means_something_else_warms() -> None:
    week = {"kind": "count", "window": "7d"}
    line = under(lined(*older(), model=aged(week=week)), aged(week=week | {"exclude": ["export"]}))
    line.settle()
    assert [each.signal for each in warming(line)] == ["week"]


def test_a_window_that_was_widened_warms_until_the_wider_one_is_full() -> None:
    """Of the same events seven days were kept: of thirty, nobody knows the first twenty-three."""
    line = lined(*older(), model=aged(used={"kind": "count", "window": "7d"}))
    under(line, aged(used={"kind": "count", "window": "30d"})).settle()
    assert line.answers["acme"].facts["used"] != 29, "the days before were not kept"
    assert [each.signal for each in warming(line)] == ["used"]


NIGHTS = [usage(at=NOON - days * DAY, event="warehouse_loaded", user_id="svc") for days in range(29, -1, -1)]
USED = {"kind": "count", "window": "30d"}
ALIKE = {"alike": {"signal": "used"}}


def test_a_sign_survives_a_crash_and_another_model_that_has_it_too() -> None:
    line = lined(*NIGHTS, model=aged(used=USED, signs=ALIKE))
    (sign,) = line.answers["acme"].signs
    assert (sign.event, sign.user, sign.hour) == ("warehouse_loaded", "svc", 12)
    for model in (aged(used=USED, signs=ALIKE), aged(used=USED, signs={"other": {"signal": "used", "days": 9}})):
        under(line, model).settle()
        (again,) = line.answers["acme"].signs
        assert again == msgspec.structs.replace(sign, name=again.name)


def test_a_sign_that_is_new_knows_hours_at_once_and_names_when_all_of_them_were_kept() -> None:
    line = under(lined(*NIGHTS, model=aged(used=USED)), aged(used=USED, signs=ALIKE))
    seen = []
    for days in range(32):
        line.send(usage(at=NOON + days * DAY + HOUR // 2, event="warehouse_loaded", user_id="svc"))
        line.settle()
        (sign,) = line.answers["acme"].signs
        seen.append((sign.event, sign.user, sign.hour))
    assert seen == [("", "", 12)] * 30 + [("warehouse_loaded", "svc", 12)] * 2


def test_a_sign_of_what_is_new_is_told_when_its_window_is_known() -> None:
    line = under(lined(*NIGHTS, model=aged()), aged(used=USED, signs=ALIKE))
    seen = []
    for days in range(32):
        line.send(usage(at=NOON + days * DAY + HOUR // 2, event="warehouse_loaded", user_id="svc"))
        line.settle()
        seen.append(bool(line.answers["acme"].signs))
    assert seen == [False] * 31 + [True]


def test_a_window_that_was_narrowed_does_not_warm() -> None:
    line = lined(*older(), model=aged(used={"kind": "count", "window": "30d"}))
    under(line, aged(used={"kind": "count", "window": "7d"})).settle()
    assert (warming(line), line.answers["acme"].facts["used"]) == ((), 6)


def test_each_window_over_the_same_events_warms_for_its_own_length() -> None:
    day, month = ({"kind": "count", "window": window} for window in ("1d", "30d"))
    line = under(lined(*older(), model=aged()), aged(day=day, month=month))
    line.settle()
    assert {each.signal: each.until for each in warming(line)} == {
        "day": rfc3339(NOON + DAY + HOUR),
        "month": rfc3339(NOON + 30 * DAY + HOUR),
    }


def test_a_latest_value_warms_until_an_event_has_it() -> None:
    line = under(lined(*older(), model=aged()), aged(mrr={"kind": "last", "property": "mrr", "topics": ["billing"]}))
    line.settle()
    assert warming(line) == (Warming(signal="mrr", until=""),)
    line.tick(NOON + 400 * DAY)
    assert warming(line) == (Warming(signal="mrr", until=""),)
    line.send(subscription(at=NOON + 400 * DAY, mrr=0))
    line.settle()
    assert (warming(line), line.answers["acme"].facts["mrr"]) == ((), 0.0)


def test_steps_that_an_older_account_may_have_taken_before_are_not_known_for_sure() -> None:
    step = {"name": "invited", "weight": 1, "topics": ["analytics"], "events": ["login"]}
    line = under(lined(*older(), model=aged()), aged(steps={"kind": "milestones", "steps": [step]}))
    line.settle()
    assert line.answers["acme"].facts["steps"] == 0, "though it logged in a hundred times"
    assert [each.signal for each in warming(line)] == ["steps"]


def test_a_first_model_has_nothing_to_warm() -> None:
    line = lined(*older(), model=aged(week={"kind": "count", "window": "7d"}))
    assert (warming(line), line.answers["acme"].provisional) == ((), False)


# --- norms


def shared(**used: Any) -> Model:
    """A score by the greatest of all accounts."""
    share = {"share": {"shape": "share_of_max", "signal": "used", "weight": 1}}
    return a_model({"used": {"kind": "count", "window": "30d"} | used}, share)


def test_a_norm_of_a_signal_that_both_models_keep_is_taken_over() -> None:
    line = lined(*older(), model=shared())
    line.tick(NOON + MINUTE)
    before = line.answers["other"].score
    share = {"portion": {"shape": "share_of_max", "signal": "used", "weight": 2}}
    under(line, a_model({"used": {"kind": "count", "window": "30d"}}, share, version=2)).settle()
    assert line.answers["other"].score == before == pytest.approx(100 / 29)


@pytest.mark.parametrize("changed", [{"exclude": ["export"]}, {"window": "7d"}, {"prior": True}])
def test_a_norm_of_a_signal_that_means_something_else_now_is_forgotten_until_there_is_a_new_one(
    changed: dict[str, Any],
) -> None:
    line = lined(*older(), model=shared())
    line.tick(NOON + MINUTE)
    assert line.partitions[0].scorer.norm == {"used": 29.0}
    under(line, shared(**changed)).settle()
    assert line.partitions[0].scorer.norm == {}
    assert not line.partitions[0].scorer.has_norm()
    assert line.answers["other"].score is None
    line.tick(NOON + 2 * MINUTE)
    assert line.partitions[0].scorer.norm.keys() == {"used"}
