"""The book under other weights and bounds: the same as scoring each answer again, one by one."""

from __future__ import annotations

import math
from collections import Counter

import msgspec
import pytest

from dashboard.queries.ground import Ground
from dashboard.queries.models.changed import changed
from dashboard.queries.models.what_if import rescored
from dashboard.queries.port import BadRequest
from dashboard.queries.service import Service
from dashboard.values.model import WhatIfRequest
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.replay.retune import retune
from tests.support.dashboard.answers import answers_of, models_of, plan_of
from tests.support.dashboard.ground import a_ground

ACCOUNTS = 100
PRESETS = ("default", "eight-components", "health-index", "usage-trend-friction")
OTHER = {
    "default": {"usage": 5.0, "support": 90.0, "silence": 0.0, "adoption": 12.0},
    "eight-components": {"usage": 500.0},
    "health-index": {},
    "usage-trend-friction": {},
}


def request_of(model: str) -> WhatIfRequest:
    """Every second weight doubled, where none are named."""
    names = list(plan_of(model).model.components)
    weights = OTHER[model] or {name: 2 * plan_of(model).model.components[name].weight + 1 for name in names[::2]}
    return WhatIfRequest(weights=weights, bounds={plan_of(model).model.tiers[-1].name: 80.0})


async def ground_of(model: str, answers: tuple[ScoreSnapshot, ...] = ()) -> Ground:
    return await a_ground(answers or answers_of(model, ACCOUNTS), models_of(model))


@pytest.mark.parametrize("model", PRESETS)
async def test_without_a_change_every_score_is_the_accounts_own_to_the_last_bit(model: str) -> None:
    """Weights that are named and stay the same are scored by the same way as weights that change."""
    answers = answers_of(model, ACCOUNTS)
    ground = await ground_of(model)
    weights = {name: each.weight for name, each in plan_of(model).model.components.items()}
    found = await rescored(ground, WhatIfRequest(weights=weights))
    scores = {answer.account_id: answer.score for answer in answers}
    ids = [ground.book.table.ids[row] for row in found.live.rows]
    assert len(ids) == sum(score is not None for score in scores.values()) > 50
    assert found.after.tolist() == [scores[each] for each in ids]


@pytest.mark.parametrize("model", PRESETS)
async def test_under_other_weights_every_score_is_that_of_scoring_it_again(model: str) -> None:
    answers, request = answers_of(model, ACCOUNTS), request_of(model)
    found = await rescored(await ground_of(model), request)
    then = Plan(changed(plan_of(model).model, request))
    expected = {each.account_id: each.score_then for each in retune(then, answers)}
    ids = [found.live.book.table.ids[row] for row in found.live.rows]
    scores = dict(zip(ids, found.after.tolist(), strict=True))
    assert scores.keys() == expected.keys()
    moved = 0
    for account_id, score in expected.items():
        after = scores[account_id]
        assert (score is None and math.isnan(after)) or after == pytest.approx(score, abs=2e-5)
        moved += score is not None and abs(after - found.before[ids.index(account_id)]) > 0.5
    assert moved > 20


async def test_the_view_counts_who_moves_and_names_the_largest_by_money() -> None:
    answers, request = answers_of("default", ACCOUNTS), request_of("default")
    view = await Service(await ground_of("default")).what_if(request)
    then = retune(Plan(changed(plan_of("default").model, request)), answers)
    tiers = Counter(each.tier_then for each in then)
    assert {line.tier: line.accounts for line in view.tiers} == {
        tier: tiers[tier] for tier in ("red", "yellow", "green")
    }
    order = {"red": 0, "yellow": 1, "green": 2}
    better = [each for each in then if order[each.tier_then] > order[each.tier_now]]
    worse = [each for each in then if order[each.tier_then] < order[each.tier_now]]
    assert (view.better, view.worse) == (len(better), len(worse))
    assert view.better + view.worse > 5
    assert [moved.mrr for moved in view.moved] == sorted((m.mrr or 0.0 for m in view.moved), reverse=True)
    assert {moved.account_id for moved in view.moved} <= {each.account_id for each in (*better, *worse)}
    assert sum(view.histogram) == view.accounts == len(then)
    assert [line.bound for line in view.tiers] == [0, 68, 80]


async def test_bounds_alone_move_tiers_and_no_score() -> None:
    found = await rescored(await ground_of("default"), WhatIfRequest(bounds={"green": 90}))
    assert (found.before == found.after).all()
    assert found.model.tiers[-1].lower == 90


async def test_a_floor_holds_under_other_weights_too() -> None:
    """The floor of an account whose flags name it; weights of 1000 would lift its score far above."""
    answers = answers_of("health-index", ACCOUNTS)
    floors = plan_of("health-index").model.floors
    held = {each.account_id: each for each in answers if set(each.flags) & set(floors) and each.score is not None}
    assert held
    found = await rescored(await ground_of("health-index"), WhatIfRequest(weights={"support": 1_000.0}))
    for row, after in zip(found.live.rows, found.after.tolist(), strict=True):
        if (answer := held.get(found.live.book.table.ids[row])) is not None and answer.override is None:
            assert after <= min(floors[name].to for name in answer.flags if name in floors)


async def test_accounts_of_another_model_are_left_out_and_a_score_that_is_not_explained_stays() -> None:
    first, second, *others = answers_of("default", ACCOUNTS)
    odd = msgspec.structs.replace(first, model_version=3)
    forged = msgspec.structs.replace(second, score=12.5, override=None, beneath=None)
    found = await rescored(await ground_of("default", (odd, forged, *others)), request_of("default"))
    ids = [found.live.book.table.ids[row] for row in found.live.rows]
    assert odd.account_id not in ids
    assert found.after[ids.index(forged.account_id)] == 12.5


async def test_what_cannot_be_asked_is_refused() -> None:
    service = Service(await ground_of("default"))
    with pytest.raises(BadRequest, match="no component 'nothing'"):
        await service.what_if(WhatIfRequest(weights={"nothing": 1.0}))
    empty = Service(await a_ground((), models_of("default")))
    with pytest.raises(BadRequest, match="no model to change yet"):
        await empty.what_if(WhatIfRequest())
    with pytest.raises(BadRequest, match="no model yet"):
        await empty.model_toml(WhatIfRequest())
