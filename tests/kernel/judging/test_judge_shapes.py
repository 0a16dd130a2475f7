"""Every shape of component on signals that move a lot, with evidence and exceptions, under every way to weigh."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.kernel.kernel import is_built
from tests.builders import Sent, a_model, an_event
from tests.kernel.both import BothCohort
from tests.kernel.judging.test_judge_cache import FUTURE_MS
from tests.oracle import DAY_MS
from tests.properties.small_models import FACTORS, HEADERS, NUMBERED, SHAPES, WANTED

Table = dict[str, Any]
START_MS = 20_000 * DAY_MS
HOUR_MS = DAY_MS // 24
pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
NUMBERS: dict[str, Table] = {
    "hour": {"kind": "count", "window": "1h"},
    "day": {"kind": "count", "window": "1d"},
    "day_before": {"kind": "count", "window": "1d", "prior": True},
    "week": {"kind": "count", "window": "7d"},
    "amounts": {"kind": "sum", "property": "amount", "window": "1d"},
    "answers": {"kind": "mean", "property": "csat", "topics": ["tickets"], "window": "7d"},
    "users": {"kind": "distinct", "of": "user", "window": "1d"},
    "nps": {"kind": "last", "property": "nps"},
    "dispersion": {"kind": "dispersion", "weeks": 4, "back": "1d"},
    "average": {"kind": "average", "window": "1d", "within": "6d"},
    "weight": {
        "kind": "open",
        "topics": ["tickets"],
        "events": ["ticket_opened"],
        "closed_by": ["ticket_closed"],
        "item": "ticket_id",
        "within": "7d",
        "measure": "weight",
        "weigh_by": "severity",
        "weights": {"high": 3, "low": 0.25},
    },
}
OTHERS = {name.lower(): table for name, table in WANTED.items()}


def component(shape: Table, number: int, *, is_mean: bool) -> Table:
    """A component on signals of its own: another number, another choice."""
    names = list(NUMBERS)
    table: Table = {"signal": "NUMBER"} | shape
    for place, (key, value) in enumerate(table.items()):
        if key == "dispersion":
            table[key] = ("week", "users")[number % 2]  # above its most, and below its least
        elif value == "NUMBER":
            table[key] = names[(3 * place + number) % len(names)]
        elif isinstance(value, str) and value in WANTED:
            table[key] = value.lower()
        elif value in ("count0", "count1"):
            table[key] = {"count0": "day", "count1": "day_before"}[value]
    if number % 3 == 0 and is_mean:
        table["evidence"] = [{"signal": names[number // 3 % len(names)]} | FACTORS[number % len(FACTORS)]]
    if number % 4 == 1:
        rule = {"signal": names[(number + 5) % len(names)]} | NUMBERED[number % len(NUMBERED)]
        table["when"] = [rule | {"judgement": 12.5}]
    return table | {"weight": 1 + number % 5} | ({"needs": "week"} if number % 7 == 2 else {})


def a_model_of_all(header: Table) -> Model:
    """A model of all shapes, each on two choices of signals, with blends of them."""
    is_mean = header.get("combine") != "sum"
    fitting = [each for each in SHAPES if is_mean or "prior" not in each or each["shape"] != "vs_usual"]
    shapes = [each for each in fitting if not is_mean or each["shape"] != "capped"]
    parts = {
        f"part{number}": component(shape, number, is_mean=is_mean) for number, shape in enumerate((*shapes, *shapes))
    }
    first = list(parts)[:4]
    parts["blend"] = {"shape": "blend", "weight": 3, "parts": {name: weight for weight, name in enumerate(first, 1)}}
    parts["blend_of_blend"] = {"shape": "blend", "weight": 2, "parts": {"blend": 1, "part5": 2.5}}
    floors = {"low": {"to": 45, "when": [{"signal": "hour", "above": 3}]}}
    flags = {"busy": {"when": [{"signal": "users", "at_least": 3}, {"signal": "text", "is": ["pro"]}]}}
    weights = {name: 1 + number % 3 for number, name in enumerate(parts)}
    profiles = {"many": {"when": [{"signal": "week", "at_least": 40}], "weights": weights}} if is_mean else {}
    signals = {**NUMBERS, **OTHERS}
    events = {"mine": ["export"]}
    return a_model(
        signals, parts, events=events, floors=floors, flags=flags, profiles=profiles, resolution="15m", **header
    )


def sent_of(random_: random.Random, at_ms: int) -> Sent:
    """An event of any topic, with properties that the signals read."""
    topic = random_.choice(("analytics", "analytics", "analytics", "tickets", "billing"))
    names = {
        "analytics": ("login", "export"),
        "tickets": ("ticket_opened", "ticket_closed"),
        "billing": ("subscription_started", "plan_changed"),
    }
    fields: dict[str, Table] = {
        "analytics": {"amount": random_.choice((0.1, -7.5, 12.34567)), "nps": random_.randrange(11)},
        "tickets": {
            "ticket_id": f"t{random_.randrange(5)}",
            "severity": random_.choice(("high", "low", "none")),
            "csat": random_.randrange(1, 6),
        },
        "billing": {"plan": random_.choice(("pro", "scale", "free"))},
    }
    given = {name: value for name, value in fields[topic].items() if random_.random() < 0.7}
    return an_event(topic, "acme", random_.choice(names[topic]), at_ms, user_id=f"u{random_.randrange(5)}", **given)


def instants(random_: random.Random) -> Iterator[int]:
    """Of events in bursts, with silences between them that begin short and get long."""
    at_ms = START_MS
    for burst in range(16):
        for _ in range(random_.randrange(1, 14)):
            at_ms += random_.randrange(HOUR_MS // 2)
            yield at_ms
        at_ms += random_.randrange(HOUR_MS, (2 + burst) * 8 * HOUR_MS)


WAYS: list[Table] = [dict(each) for each in HEADERS[1:]] + [{"combine": "sum"}]


@pytest.mark.parametrize("way", range(len(WAYS)))
def test_all_shapes_after_every_event_and_in_silence(way: int) -> None:
    random_ = random.Random(way)
    plan = Plan(a_model_of_all(WAYS[way]))
    cohort = BothCohort(plan)
    for at_ms in instants(random_):
        sent = sent_of(random_, at_ms)
        both = cohort.apply(plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS), at_ms)
        if random_.random() < 0.1:
            cohort.set_norm({name: value * 1.5 for name, value in plan.norm_part(both.account).items()})
        if random_.random() < 0.1:
            both.advance_by_timers(at_ms + random_.randrange(2 * HOUR_MS), 4)
    both.advance_by_timers(at_ms + 30 * DAY_MS, 30)


def test_an_account_is_no_younger_than_nothing_before_its_first_event() -> None:
    """The event is ahead of the instant of judgement."""
    plan = Plan(a_model({"age": {"kind": "age"}, "day": {"kind": "count", "window": "1d"}}))
    cohort = BothCohort(plan)
    sent = an_event("analytics", "acme", "login", START_MS)
    both = cohort.apply(plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS), START_MS - 3 * DAY_MS)
    assert plan.facts(both.account)["age"] == 0


def test_a_season_that_nothing_surpassed_leaves_the_usual_as_whole_as_it_is() -> None:
    """A login a day: what followed the season is as much as the margin allows."""
    season: Table = {"kind": "season", "window": "3d"}
    signals: dict[str, Table] = {
        "usual": {"kind": "usual", "window": "3d", "within": "12d"},
        "season": season | {"back": "14d"},
        "after": season | {"back": "11d"},
        "expected": {"kind": "expected", "usual": "usual", "season": "season", "margin": 1, "after": ["after"]},
    }
    plan = Plan(a_model(signals))
    cohort = BothCohort(plan)
    for day in range(30):
        sent = an_event("analytics", "acme", "login", START_MS + day * DAY_MS)
        both = cohort.apply(plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS), START_MS + day * DAY_MS)
    assert repr(plan.facts(both.account)["expected"]) == "3"
