"""Accounts of chance as values of the book: with closes of a year, six components, three traits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from dashboard.book.activity_values import ActivityValues
from dashboard.book.row_values import Labels, Numbers, RowValues
from dashboard.book.scale import Scale
from dashboard.book.store.closes import Past
from scoring.explain.priority import at_risk
from scoring.instants import DAY_MS
from scoring.result import ComponentScore
from streams.read_model.account_values import Trait

NOW_MS = 1_796_000_000_000
TODAY = NOW_MS // DAY_MS
DAYS = 365
_SCALE = Scale()
_COMPONENTS = (("usage", 0.3), ("trend", 0.2), ("support", 0.15), ("errors", 0.15), ("billing", 0.1), ("nps", 0.1))
_SIGNALS = tuple(f"signal_{number}" for number in range(54))
"""As many numbers as an answer of the default model has."""
_WORDS = ("North", "Halverson", "Quill", "Silver", "Moss", "Rook", "Vale", "Drift", "Pell", "Wren", "Ash", "Larkhaven")


PATTERNS = 2_000
"""These are made in full; all others are like one of them, with an id, a name, a score and an MRR of their own."""
PAST_EVERY = 10
"""One of this many accounts has closes of its own; the columns are as long for all."""


class Made(NamedTuple):
    """One account."""

    values: RowValues
    past: Past | None
    activity: ActivityValues


def accounts(number: int, seed: int) -> Iterator[Made]:
    """This many accounts, the same ones for the same seed."""
    chance = random.Random(seed)
    walks = [_walk(chance) for _ in range(200)]
    patterns = [_account(chance, place, walks[place % len(walks)]) for place in range(PATTERNS)]
    for place in range(number):
        values, past, activity = patterns[place % PATTERNS]
        score, mrr = chance.uniform(0, 100), float(chance.randrange(20_000))
        yield Made(
            values._replace(
                account_id=f"account-{chance.randrange(10**6):06d}-{place}",
                numbers=values.numbers._replace(score=score, mrr=mrr, at_risk=at_risk(score, mrr)),
                labels=values.labels._replace(name=f"{values.labels.name} {place}", tier=_SCALE.tier_of(score)),
            ),
            past if place % PAST_EVERY == 0 else None,
            activity,
        )


def _walk(chance: random.Random) -> list[int]:
    scores = [chance.randrange(2_000, 9_800)]
    while len(scores) <= DAYS:
        scores.append(min(10_000, max(0, scores[-1] + round(chance.gauss(0, 120)))))
    return scores


def _account(chance: random.Random, place: int, walk: list[int]) -> Made:
    score = min(100.0, max(0.0, walk[-1] / 100 + chance.uniform(-3, 3)))
    mrr = float(round(chance.lognormvariate(6.5, 1.2)))
    account_id = f"account-{chance.randrange(10**6):06d}-{place}"
    name = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {place}"
    tier = _SCALE.tier_of(score)
    values = RowValues(
        account_id=account_id,
        as_of_ms=NOW_MS - place % 1_000,
        generation=1,
        version=1,
        numbers=Numbers(score=score, mrr=mrr, at_risk=at_risk(score, mrr), coverage=chance.uniform(0.5, 1)),
        labels=Labels(name=name, tier=tier, plan=chance.choice(("free", "pro", "scale")), model="default@1"),
        is_provisional=place % 20 == 0,
        components={name: ComponentScore(score, score * share, 100 * share) for name, share in _COMPONENTS},
        facts=dict.fromkeys(_SIGNALS, mrr),
    )
    before = walk[:-1]
    tiers = [
        (len(list(group)), tier_then) for tier_then, group in groupby(_SCALE.tier_of(each / 100) for each in before)
    ]
    past = Past(TODAY - DAYS, before, tiers, [(200, mrr * 0.9), (DAYS - 200, mrr)] if place % 5 == 0 else [(DAYS, mrr)])
    activity = ActivityValues(
        name="",
        owner=f"Owner {place % 60}",
        segment=f"Segment {place % 4}",
        industry=f"Industry {place % 15}",
        plan="",
        renewal=float(TODAY + place % 365),
        last_login_ms=float(NOW_MS - chance.randrange(60 * DAY_MS)),
        nps=float(chance.randrange(11)),
        csat=chance.uniform(1, 5),
        csat_trend=chance.uniform(-1, 1),
        traits=(
            Trait(name="region", value=f"Region {place % 12}", at_ms=0),
            Trait(name="seats", value=float(chance.randrange(500)), at_ms=0),
            Trait(name="beta", value=place % 3 == 0, at_ms=0),
        ),
        reached_ms={"call": float(NOW_MS - chance.randrange(60 * DAY_MS))},
    )
    return Made(values, past, activity)
