"""An account as it is asked for, over the book and the read model."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest

from dashboard.queries.account.view import account_view
from dashboard.queries.port import BadRequest, UnknownAccount
from dashboard.queries.service import Service
from scoring.model.model_json import encode_model, model_key
from streams.model_files import read_model
from streams.read_model.account_values import ForeignId
from tests.builders import a_snapshot, snapshot_models
from tests.support.dashboard.answers import answers_of
from tests.support.dashboard.ground import a_ground
from tests.support.dashboard.kept_account import kept_account, trouble_at, use_until

MODEL = read_model("default")
MODELS = {model_key(MODEL.name, MODEL.version): encode_model(MODEL)}


async def test_an_account_has_its_row_its_words_and_its_facts() -> None:
    answer = kept_account([*use_until(30), *trouble_at(31)], 34).kept.answer
    view = await Service(await a_ground([answer], MODELS)).account("acme")
    assert view.row.score == answer.score
    assert view.summary.startswith("There is no score of seven days ago to compare with. Most is lost to ")
    assert {row.component for row in view.contributions} == {*answer.components, "neutral"}
    assert "6 support tickets in 30 days" in dict(view.facts).values()
    assert (view.model, view.model_version) == ("default", 4)


async def test_its_trajectory_and_timeline_are_there_before_any_history_is() -> None:
    service = Service(await a_ground([a_snapshot()], snapshot_models()))
    trajectory = await service.trajectory("acme", 8)
    assert [day.score for day in trajectory.days] == [61.2]
    assert await service.timeline("acme", 8) == ()


async def test_an_unknown_model_leaves_names_in_place_of_words() -> None:
    view = await Service(await a_ground([a_snapshot()], {})).account("acme")
    assert "usage" in [row.label for row in view.contributions]
    assert dict(view.facts)["usage_30d"] == "412"
    assert sum(round(10 * row.earned) for row in view.contributions) == 612


async def test_an_unknown_account_and_an_odd_span_are_refused() -> None:
    service = Service(await a_ground([a_snapshot()], snapshot_models()))
    for asked in (service.account("other"), service.trajectory("other", 8), service.timeline("other", 8)):
        with pytest.raises(UnknownAccount):
            await asked
    with pytest.raises(BadRequest, match="4, 8, 12 or 52"):
        await service.trajectory("acme", 9)


async def test_ids_elsewhere_lead_there_only_by_safe_addresses() -> None:
    known = kept_account(use_until(3), 3)
    kept = replace(known.kept, ids=(ForeignId(kind="stripe.customer", id="a/b?c"), ForeignId(kind="bad", id="x")))
    templates = {"stripe.customer": "https://stripe.example/{id}", "bad": "javascript:alert('{id}')"}
    view = account_view(known.row, kept, known.plan, None, {}, templates)
    assert [(link.kind, link.url) for link in view.links] == [
        ("stripe.customer", "https://stripe.example/a%2Fb%3Fc"),
        ("bad", ""),
    ]


async def test_the_radar_stands_beside_the_median_of_the_segment() -> None:
    answers = answers_of("default", 40)
    mine = next(answer for answer in answers if answer.score is not None and answer.components)
    view = await Service(await a_ground(answers, MODELS)).account(mine.account_id)
    alike = [each for each in answers if each.facts.get("segment") == mine.facts.get("segment")]
    judged = [each.components["usage"].judgement for each in alike if each.components]
    usage = next(axis for axis in view.radar if axis.label == "Product usage")
    known = [each for each in judged if each is not None]
    assert usage.value == mine.components["usage"].judgement
    assert usage.median == pytest.approx(median(known), abs=1e-3)
