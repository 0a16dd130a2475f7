"""Models that run beside the live one: they say what they would say, and change nothing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from scoring.model.loader import load_preset, with_resolution
from scoring.model.model import Model, ModelError
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot, ShadowScore
from streams.control.messages import SetOverride
from tests.builders import Sent, a_model, an_exception, at_ms, subscription, ticket, usage
from tests.support.in_memory_cluster import Line, Reached

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
END = NOON + 70 * DAY
DEFAULT, COHORT, INPUTS = (load_preset(name) for name in ("default", "usage-trend-friction", "four-inputs"))
ACCOUNTS = ("acme", "globex", "initech")


def history(seed: int = 5, number: int = 300) -> list[Sent]:
    """Three accounts in sixty days, some quieter than others, all in the order of time."""
    rng = random.Random(seed)
    events = []
    for step in range(number):
        account = rng.choices(ACCOUNTS, [6, 3, 1])[0]
        at = NOON + 60 * DAY * step // number + rng.randrange(MINUTE)
        make = rng.choices([usage, an_exception, ticket, subscription], [10, 2, 1, 1])[0]
        fields: dict[str, Any] = {"user_id": rng.choice("abcd"), "id": f"e{step}"}
        if make is subscription:
            fields |= {"mrr": rng.choice([0, 100, 900]), "seats": 5}
        events.append(make(account, at, **fields))
    return events


def lined(*events: Sent, model: Model, shadows: Sequence[Model] = ()) -> Line:
    line = Line(Plan(model, shadows))
    for sent in events:
        line.send(sent)
    line.settle()
    return line


def played(model: Model, shadows: Sequence[Model] = ()) -> Line:
    """The whole history with a declared instant every five days, and then silence."""
    line = Line(Plan(model, shadows))
    declared = [NOON + day * DAY for day in range(5, 60, 5)]
    for sent in history():
        while declared and declared[0] <= sent.body["timestamp"]:
            line.tick(declared.pop(0))
        line.send(sent)
    line.settle()
    for instant in (NOON + 61 * DAY, END):
        line.tick(instant)
    return line


def shown(line: Line, account: str = "acme") -> ShadowScore:
    (shadow,) = line.answers[account].shadows
    return shadow


def leveled(of: int, *, name: str = "small", version: int = 1) -> Model:
    """The score is the last event's `level`, in percent of `of`."""
    component = {"level": {"shape": "ratio", "signal": "level", "of": of, "weight": 1}}
    return a_model({"level": {"kind": "last", "property": "level"}}, component, name=name, version=version)


def level(value: float, at: int = NOON, account: str = "acme") -> Sent:
    return usage(account, at, level=value)


@pytest.mark.parametrize(
    ("live", "beside"),
    [(DEFAULT, [COHORT]), (DEFAULT, [INPUTS]), (COHORT, [DEFAULT]), (INPUTS, [COHORT, DEFAULT]), (COHORT, [COHORT])],
)
def test_a_shadow_says_what_its_model_says_where_it_is_live(live: Model, beside: list[Model]) -> None:
    line = played(live, beside)
    lives = [played(model) for model in beside]
    for account in ACCOUNTS:
        for shadow, alone in zip(line.answers[account].shadows, lives, strict=True):
            expected = alone.answers[account]
            assert (shadow.model, shadow.model_version) == (expected.model, expected.model_version)
            assert (shadow.score, shadow.tier) == (expected.score, expected.tier)
            changes = Counter(notification.account_id for notification in alone.notifications)
            assert shadow.transitions == changes[account]
    assert sum(shadow.transitions for each in line.answers.values() for shadow in each.shadows) > 2, "a history of use"


@pytest.mark.parametrize("live", [DEFAULT, COHORT, INPUTS])
def test_live_answers_and_notifications_are_the_same_with_and_without_shadows(live: Model) -> None:
    def plain(answer: ScoreSnapshot) -> ScoreSnapshot:
        """What is said, without the shadows, and without how often it was written."""
        return msgspec.structs.replace(answer, shadows=(), version=0)

    alone, accompanied = played(live), played(live, [DEFAULT, COHORT, INPUTS])
    assert accompanied.notifications == alone.notifications
    assert {name: plain(each) for name, each in accompanied.answers.items()} == {
        name: plain(each) for name, each in alone.answers.items()
    }
    assert all(len(each.shadows) == 3 for each in accompanied.answers.values())


def test_the_changes_of_tier_that_a_shadow_would_have_told_are_counted_and_told_to_nobody() -> None:
    line = lined(level(80), model=leveled(50), shadows=[leveled(100, name="strict")])
    assert shown(line) == ShadowScore(model="strict", model_version=1, score=80.0, tier="green", transitions=0)
    for step, value in enumerate((60, 61, 50, 90)):
        line.send(level(value, NOON + 1 + step))
        line.settle()
    assert shown(line) == ShadowScore(model="strict", model_version=1, score=90.0, tier="green", transitions=2)
    assert line.notifications == [], "50 of 50 is green"
    counted = line.partitions[0].scorer.shadow_transitions
    assert counted == {("strict@1", "green", "yellow"): 1, ("strict@1", "yellow", "green"): 1}
    assert line.partitions[0].scorer.transitions == {}


@pytest.mark.parametrize("reached", ["nothing", "some records", "records", "outputs", "offsets"])
def test_the_count_survives_a_crash_anywhere(reached: Reached) -> None:
    line = lined(level(80), level(80, account="globex"), model=leveled(50), shadows=[leveled(100, name="strict")])
    for step, value in enumerate((60, 90)):
        line.send(level(value, NOON + 1 + step))
        line.send(level(value, NOON + 1 + step, account="globex"))
        line.work()
        line.crash(0, reached, groups=1)
        line.work()
    line.settle()
    assert [shown(line, account).transitions for account in ("acme", "globex")] == [2, 2]
    line.crash()
    line.tick(NOON + HOUR)
    assert [shown(line, account).transitions for account in ("acme", "globex")] == [2, 2]


def test_a_shadow_that_joins_later_begins_at_nothing_and_tells_nobody() -> None:
    line = lined(level(80), model=leveled(100))
    line.plan = Plan(leveled(100), [leveled(200, name="strict")])
    line.crash()
    line.settle()
    assert shown(line) == ShadowScore(model="strict", model_version=1, score=40.0, tier="red", transitions=0)
    assert line.notifications == []


def test_a_shadow_that_becomes_the_live_model_is_one_change_of_model() -> None:
    strict = leveled(200, name="strict")
    line = lined(level(80), model=leveled(100), shadows=[strict])
    foretold = shown(line)
    line.plan = Plan(strict)
    line.crash()
    line.settle()
    assert (line.answers["acme"].score, line.answers["acme"].tier) == (foretold.score, foretold.tier)
    assert [(each.from_tier, each.to_tier, each.cause.kind) for each in line.notifications] == [
        ("green", "red", "model")
    ]
    assert line.answers["acme"].shadows == ()


def test_a_signal_that_was_kept_for_a_shadow_is_whole_when_the_live_model_asks_for_it() -> None:
    week = a_model({"week": {"kind": "count", "window": "7d"}}, name="week")
    line = lined(usage(at=NOON - DAY), usage(at=NOON), model=leveled(100), shadows=[week])
    line.plan = Plan(week)
    line.crash()
    line.settle()
    assert (line.answers["acme"].facts, line.answers["acme"].warming) == ({"week": 2}, ())


def test_a_shadow_has_a_norm_of_its_own() -> None:
    """Of the same name, the two signals mean something else."""
    share = {"share": {"shape": "share_of_max", "signal": "used", "weight": 1}}
    live = a_model({"used": {"kind": "count", "window": "30d"}}, share)
    errors = a_model({"used": {"kind": "count", "window": "30d", "topics": ["exceptions"]}}, share, name="errors")
    events = [usage(at=NOON), *[usage("globex", NOON)] * 4, an_exception(at=NOON), an_exception("globex", NOON)]
    line = lined(*events, model=live, shadows=[errors])
    line.tick(NOON + MINUTE)
    assert {name: each.score for name, each in line.answers.items()} == {"acme": 25.0, "globex": 100.0}
    assert [shown(line, name).score for name in ("acme", "globex")] == [100.0, 100.0]


def test_an_override_is_no_matter_of_a_shadow() -> None:
    line = lined(level(80), model=leveled(100), shadows=[leveled(100, name="same")])
    line.control(
        SetOverride(instant_ms=NOON, account_id="acme", score=10, reason="x", author="ann", until_ms=NOON + DAY), 0
    )
    line.settle()
    assert line.answers["acme"].score == 10.0
    assert shown(line) == ShadowScore(model="same", model_version=1, score=80.0, tier="green", transitions=0)


@pytest.mark.parametrize("other", ["15m", "1d"])
def test_a_shadow_of_another_resolution_is_refused_with_what_to_do(other: str) -> None:
    with pytest.raises(ModelError, match=r"both need the same model\.resolution"):
        Plan(DEFAULT, [with_resolution(COHORT, other)])


def test_a_shadow_that_remembers_ids_for_another_time_is_refused() -> None:
    with pytest.raises(ModelError, match=r"model\.dedupe"):
        Plan(leveled(100), [a_model({"used": {"kind": "count", "window": "1d"}}, dedupe="24h")])


def test_two_shadows_that_could_not_be_told_apart_are_refused() -> None:
    with pytest.raises(ModelError, match="strict"):
        Plan(leveled(100), [leveled(50, name="strict"), leveled(200, name="strict")])
