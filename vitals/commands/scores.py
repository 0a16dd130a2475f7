"""`vitals scores`: the accounts in order."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from alerts.text import TIER_LIMIT, plain
from scoring.explain.explainer import Explainer
from scoring.explain.priority import at_risk
from scoring.result import ScoreSnapshot
from vitals.commands.output import NO_TIER, console, print_json, scores_table
from vitals.commands.read_answers import read_answers

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
        str | None, typer.Option(help='Only this tier; "none" is the accounts that cannot be judged yet.')
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

    async def read(model: RedisReadModel) -> tuple[list[ScoreSnapshot], dict[str, int], Explainer]:
        name = "" if tier == NO_TIER else tier
        most = limit if by is By.SCORE else None  # in another order, the first few are known only when all are
        snapshots = await model.worst_first(tier=name, limit=most)
        return snapshots, await model.count_by_tier(), Explainer(await model.models())

    worst_first, counts, explainer = read_answers(read)
    answers = ordered(worst_first, by)[:limit]
    if as_json:
        print_json(answers)
        return
    if answers:
        title = f"{len(answers):,} of {sum(counts.values()):,} accounts"
        console().print(scores_table(answers, title, explainer.explain_anyway))
        return
    there = ", ".join(f"{plain(name or NO_TIER, TIER_LIMIT)} {count:,}" for name, count in sorted(counts.items()))
    console().print(Text(f"None here. Tiers with accounts: {there}." if there else "No account is scored yet."))


def ordered(worst_first: Sequence[ScoreSnapshot], by: By) -> list[ScoreSnapshot]:
    """Accounts that are given the worst first, in the order asked for.

    One without a score or without MRR has nothing at risk that is known, so it comes after those that have.
    """
    if by is By.SCORE:
        return list(worst_first)
    if by is By.VALUE:
        return sorted(worst_first, key=lambda answer: -_at_risk(answer))
    tiers = list(dict.fromkeys(answer.tier for answer in worst_first))  # the worst tier is met first
    return sorted(worst_first, key=lambda answer: (tiers.index(answer.tier), -_at_risk(answer)))


def _at_risk(answer: ScoreSnapshot) -> float:
    return 0.0 if answer.score is None else at_risk(answer.score, answer.mrr or 0.0)
