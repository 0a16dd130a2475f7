"""`vitals scores`: the accounts in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from alerts.text import TIER_LIMIT, plain
from scoring.explain.explainer import Explainer
from scoring.explain.priority import at_risk
from scoring.result import ScoreSnapshot
from streams.read_model.port import Group, group_of
from vitals.commands.output import NO_TIER, console, print_json, scores_table
from vitals.commands.read_answers import read_answers
from vitals.commands.tier_shares import tier_shares_note

if TYPE_CHECKING:
    from streams.read_model.store import RedisReadModel


class By(StrEnum):
    """How the accounts are ordered."""

    SCORE = "score"
    VALUE = "value"
    RISK = "risk"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(scores)


def scores(
    tier: Annotated[
        str | None,
        typer.Option(help='Only this tier or standing; "none" is the accounts that cannot be judged yet.'),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, show_default="all", help="The maximum number of accounts.")
    ] = None,
    by: Annotated[
        By,
        typer.Option(
            help="score: the worst first; value: the most MRR at risk, MRR × (100 − score) / 100, first; "
            "risk: the worst tier first, and in a tier the most MRR at risk."
        ),
    ] = By.SCORE,
    as_json: Annotated[bool, typer.Option("--json", help="Print whole answers as JSON.")] = False,
) -> None:
    """List the accounts, the worst first or by the money at stake."""

    async def read(model: RedisReadModel) -> tuple[list[ScoreSnapshot], dict[Group, int], Explainer]:
        groups = await model.count_by_group()
        most = limit if by is By.SCORE else None  # in another order, the first few are known only when all are
        snapshots = await model.worst_first(None if tier is None else _group_of(tier, groups), most)
        return snapshots, groups, Explainer(await model.models())

    worst_first, counts, explainer = read_answers(read)
    answers = ordered(worst_first, by)[:limit]
    if as_json:
        print_json(answers)
        return
    if answers:
        standings = {group.standing: count for group, count in sorted(counts.items()) if group.standing}
        apart = "".join(f", {count:,} of them {plain(name, TIER_LIMIT)}" for name, count in standings.items())
        title = f"{len(answers):,} of {sum(counts.values()):,} accounts{apart}"
        console().print(scores_table(answers, title, explainer.explain_anyway))
        scored = next((answer for answer in answers if answer.tier), None)
        plan = None if scored is None else explainer.plan(scored.model, scored.model_version)
        names = () if plan is None else plan.primary.tier_names
        if note := tier_shares_note([(name, counts.get(Group(name), 0)) for name in names]):
            console().print(Text(note, style="yellow"))
        return
    there = ", ".join(
        f"{plain(group.tier or group.standing or NO_TIER, TIER_LIMIT)} {count:,}"
        for group, count in sorted(counts.items())
    )
    console().print(Text(f"None here. Tiers with accounts: {there}." if there else "No account is scored yet."))


def _group_of(name: str, groups: Iterable[Group]) -> Group:
    """The tier of this name or, when no account is in one and some are in a standing of this name, the standing."""
    if name == NO_TIER:
        return Group("")
    standing = Group("", name)
    return standing if standing in groups and Group(name) not in groups else Group(name)


def ordered(worst_first: Sequence[ScoreSnapshot], by: By) -> list[ScoreSnapshot]:
    """Accounts that are given the worst first, in the order asked for.

    One without a score or without MRR has nothing at risk that is known, so it comes after those that have.
    """
    if by is By.SCORE:
        return list(worst_first)
    if by is By.VALUE:
        return sorted(worst_first, key=lambda answer: -_at_risk(answer))
    groups = list(dict.fromkeys(map(group_of, worst_first)))  # the worst tier is met first
    return sorted(worst_first, key=lambda answer: (groups.index(group_of(answer)), -_at_risk(answer)))


def _at_risk(answer: ScoreSnapshot) -> float:
    return 0.0 if answer.score is None else at_risk(answer.score, answer.mrr or 0.0)
