"""One account under other facts or weights."""

from __future__ import annotations

import pytest

from dashboard.queries.models.changed import changed
from dashboard.queries.models.one_account import account_what_if
from dashboard.queries.port import BadRequest, UnknownAccount
from dashboard.queries.service import Service
from dashboard.values.account_what_if import AccountWhatIf, AccountWhatIfRequest
from dashboard.values.model import WhatIfRequest
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.replay.retune import retune
from tests.support.dashboard.answers import answers_of, models_of, plan_of
from tests.support.dashboard.ground import a_ground
from tests.support.dashboard.kept_account import kept_account, trouble_at, use_until

PRESETS = ("default", "eight-components", "health-index", "usage-trend-friction", "four-inputs")


@pytest.fixture(scope="module")
def troubled() -> ScoreSnapshot:
    """Six tickets and a failed payment."""
    return kept_account([*use_until(60), *trouble_at(62)], 62).kept.answer


def asked(answer: ScoreSnapshot, **given: dict[str, float]) -> AccountWhatIf:
    return account_what_if(plan_of("default"), answer, AccountWhatIfRequest(**given))  # type: ignore[arg-type]


@pytest.mark.parametrize("model", PRESETS)
def test_without_a_change_it_is_the_accounts_own_score(model: str) -> None:
    for answer in answers_of(model, 40):
        found = account_what_if(plan_of(model), answer, AccountWhatIfRequest())
        own = answer.score if answer.override is None else answer.beneath
        assert found.score == found.score_then == own
        assert [each.points for each in found.components] == [each.points_then for each in found.components]


def test_without_its_tickets_it_is_what_it_would_be_if_they_had_never_come(troubled: ScoreSnapshot) -> None:
    """Where tickets were ever sent, no tickets are no evidence, as in an account that never had one."""
    payment = [each for each in trouble_at(62) if each.topic == "billing"]
    never = kept_account([*use_until(60), *payment], 62).kept.answer
    found = asked(troubled, facts={"tickets_30d": 0.0})
    assert found.score is not None
    assert found.score_then is not None
    assert found.score_then == pytest.approx(never.score)
    assert found.score_then > found.score + 10
    support = next(each for each in found.components if each.component == "support")
    assert (support.points > 0) or support.judgement == 0
    assert support.points_then == 0


def test_other_weights_are_those_of_the_whole_book(troubled: ScoreSnapshot) -> None:
    weights = {"support": 100.0, "usage": 1.0}
    then = retune(Plan(changed(plan_of("default").model, WhatIfRequest(weights=weights))), [troubled])
    assert asked(troubled, weights=weights).score_then == then[0].score_then


def test_it_says_which_inputs_can_be_changed(troubled: ScoreSnapshot) -> None:
    inputs = {each.name: each for each in asked(troubled).inputs}
    assert inputs["tickets_30d"].why_not == ""
    assert inputs["tickets_30d"].components == ("support",)
    assert "worked out from other signals" in inputs["tickets_above"].why_not
    assert "worked out from events" in inputs["onboarding"].why_not
    assert "usage_30d" not in inputs


def test_a_flag_goes_with_its_reason(troubled: ScoreSnapshot) -> None:
    found = asked(troubled, facts={"failed_payments_45d": 3.0})
    assert "payments" not in found.flags
    assert "payments" in found.flags_then
    gone = asked(troubled, facts={"cancelled": 1.0})
    assert (gone.score_then, gone.standing_then) == (None, "churned")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"nothing": 1.0}, "no input 'nothing' to change: take one of .*tickets_30d"),
        ({"onboarding": 1.0}, "onboarding cannot be changed here: it is worked out from events"),
        ({"tickets_30d": "many"}, "tickets_30d is a number"),
        ({"tickets_30d": float("inf")}, "tickets_30d is inf: give a finite number"),
    ],
)
def test_what_cannot_be_changed_is_refused_by_name(
    troubled: ScoreSnapshot, facts: dict[str, float | str | None], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        account_what_if(plan_of("default"), troubled, AccountWhatIfRequest(facts=facts))


async def test_it_is_asked_by_account(troubled: ScoreSnapshot) -> None:
    service = Service(await a_ground([troubled], models_of("default")))
    found = await service.account_what_if("acme", AccountWhatIfRequest(facts={"tickets_30d": 0.0}))
    assert found.score_then != found.score
    with pytest.raises(UnknownAccount):
        await service.account_what_if("other", AccountWhatIfRequest())
