"""One account, as it is asked for: its view, its trajectory, its timeline."""

from __future__ import annotations

import asyncio

from dashboard.queries import listing
from dashboard.queries.account.kept import Kept
from dashboard.queries.account.timeline import timeline_of
from dashboard.queries.account.trajectory import trajectory_of
from dashboard.queries.account.view import account_view, forecast_steps
from dashboard.queries.explained import explainer_of
from dashboard.queries.ground import Ground
from dashboard.queries.models.one_account import account_what_if
from dashboard.queries.port import HISTORY_WEEKS, BadRequest, UnknownAccount
from dashboard.values.account import AccountView, TimelineEntry, Trajectory
from dashboard.values.account_what_if import AccountWhatIf, AccountWhatIfRequest
from scoring.result import ScoreSnapshot
from streams.read_model.account_values import Activity, History


async def account(ground: Ground, account_id: str) -> AccountView:
    """See `Queries.account`."""
    kept = await kept_of(ground, account_id)
    found = await listing.rows(ground, (account_id,))
    if not found:
        raise UnknownAccount(account_id)
    answer = kept.answer
    explainer = await explainer_of(ground, answer)
    last = answer.last_transition
    return account_view(
        found[0],
        kept,
        explainer.plan(answer.model, answer.model_version),
        None if last is None else explainer.plan(last.model, last.model_version),
        ground.medians.of(ground.book, found[0].segment),
        ground.file.links,
        _now_ms(ground, kept),
    )


async def trajectory(ground: Ground, account_id: str, weeks: int) -> Trajectory:
    """See `Queries.trajectory`."""
    _check(weeks)
    kept = await kept_of(ground, account_id)
    explainer = await explainer_of(ground, kept.answer)
    plan = explainer.plan(kept.answer.model, kept.answer.model_version)
    ahead = forecast_steps(kept.answer, explainer.explain_anyway(kept.answer))
    return trajectory_of(kept, plan, weeks, _now_ms(ground, kept), ahead)


async def timeline(ground: Ground, account_id: str, weeks: int) -> tuple[TimelineEntry, ...]:
    """See `Queries.timeline`."""
    _check(weeks)
    kept = await kept_of(ground, account_id)
    explainer = await explainer_of(ground, kept.answer)
    plan = explainer.plan(kept.answer.model, kept.answer.model_version)
    return timeline_of(kept, plan, weeks, _now_ms(ground, kept))


async def what_if(ground: Ground, account_id: str, request: AccountWhatIfRequest) -> AccountWhatIf:
    """See `Queries.account_what_if`."""
    answer = await answer_of(ground, account_id)
    plan = (await explainer_of(ground, answer)).plan(answer.model, answer.model_version)
    if plan is None:
        raise BadRequest("The model behind this account's score is not known here: ask again in a minute.")
    return account_what_if(plan, answer, request)


async def answer_of(ground: Ground, account_id: str) -> ScoreSnapshot:
    """The account's answer.

    Raises:
        UnknownAccount: the read model has none.
        ReadModelUnavailable: the read model does not answer.
    """
    answer = await ground.read_model.get(account_id)
    if answer is None:
        raise UnknownAccount(account_id)
    return answer


async def kept_of(ground: Ground, account_id: str) -> Kept:
    """All that is kept of an account. Raises as `answer_of`."""
    answer, histories, movements, activities, steps, transitions = await asyncio.gather(
        answer_of(ground, account_id),
        ground.read_model.histories((account_id,)),
        ground.read_model.movements(account_id),
        ground.activity.activities((account_id,)),
        ground.cases.steps(account_id),
        ground.cases.transitions(account_id),
    )
    sentiment = ground.workspace.sentiment(account_id)
    return Kept(
        answer=answer,
        history=histories.get(account_id, History()),
        movements=movements,
        activity=activities.get(account_id, Activity()),
        ids=ground.ids.of(account_id),
        steps=steps,
        transitions=transitions,
        notes=ground.workspace.notes(account_id),
        sentiments=() if sentiment is None else (sentiment,),
    )


def _now_ms(ground: Ground, kept: Kept) -> int:
    """The day that a page is of is that of the latest judgement in the book."""
    return max(ground.book.as_of_ms, kept.answer.as_of_ms)


def _check(weeks: int) -> None:
    if weeks not in HISTORY_WEEKS:
        raise BadRequest(f"weeks is {weeks}: ask for {', '.join(map(str, HISTORY_WEEKS[:-1]))} or {HISTORY_WEEKS[-1]}.")
