"""`vitals model retune`."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, plain, signed
from scoring.explain.explainer import Explainer
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.model_files import read_model
from streams.replay.retune import Retuned, check_retunable, retune, unjudged
from vitals.commands.output import console, print_json, score_words, tier_text
from vitals.commands.read_answers import check_whole


class TierCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many accounts a tier has, and would have."""

    now: int
    then: int


class Retuning(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `retune` found, the greatest changes first. `unjudged` accounts have no score to begin with.

    `compared_with` is the model whose definitions were compared, "" when only names could be. `seconds` is wall time
    from the first look at Redis.
    """

    model: str
    model_version: int
    compared_with: str
    total: int
    changed_tier: int
    unjudged: int
    tiers: dict[str, TierCount]
    seconds: float
    accounts: tuple[Retuned, ...]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(name="retune")(retune_command)


def retune_command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The changed model file, or a preset's name.")],
    against: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_FILE", show_default="the model that made the scores", help="The model that runs now."
        ),
    ] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, show_default="all", help="The maximum number of accounts.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show all current scores and tiers as they would be under FILE, at once and without a replay.

    For changed weights, tiers, floors, flags, profiles and blends. The judgements are those in Redis: a component or
    signal that is new or differs in anything else takes `vitals replay --diff`.
    """
    settings = Settings.from_environment(os.environ)
    then = Plan(read_model(file))
    begun = time.perf_counter()
    answers, explainer = asyncio.run(_answers(settings))
    running = _running(answers, explainer, settings, against)
    check_retunable(then.model, running, answers)
    found = sorted(retune(then, answers), key=lambda each: (-abs(each.change), each.account_id))
    retuning = Retuning(
        model=then.model.name,
        model_version=then.model.version,
        compared_with="" if running is None else f"{running.name} version {running.version}",
        total=len(found),
        changed_tier=sum(each.tier_now != each.tier_then for each in found),
        unjudged=sum(map(unjudged, answers)),
        tiers=_tiers(found, then, running),
        seconds=time.perf_counter() - begun,
        accounts=tuple(found[:limit]),
    )
    if as_json:
        print_json(retuning)
    else:
        _print(retuning)


async def _answers(settings: Settings) -> tuple[list[ScoreSnapshot], Explainer]:
    from streams.read_model.store import RedisReadModel
    from streams.redis.client import shown_address

    model = RedisReadModel.open(settings)
    try:
        check_whole(await model.state(), settings.deployment, shown_address(settings))
        return await model.worst_first(), Explainer(await model.models())
    finally:
        await model.close()


def _running(answers: Sequence[ScoreSnapshot], explainer: Explainer, settings: Settings, against: str) -> Model | None:
    """The model that made most of the scores, None (and a warning) when it is not known. It must be known with
    `against`."""
    made_by = Counter((answer.model, answer.model_version) for answer in answers if not unjudged(answer))
    if not made_by:
        return None
    wanted = ", ".join(f"{plain(name, NAME_LIMIT)} version {version}" for name, version in made_by)
    if against:
        named = read_model(against)
        if (named.name, named.version) not in made_by:
            raise UserError(
                f"--against {against} is {named.name} version {named.version}, but the answers are by {wanted}: name "
                "the file of the model that runs."
            )
        return named
    ((name, version), _) = made_by.most_common(1)[0]
    if (known := explainer.model(name, version)) is not None:
        return known
    try:
        found = read_model(settings.model)
    except UserError:
        found = None
    if found is not None and (found.name, found.version) in made_by:
        return found
    note = f"The running model ({wanted}) is not the one in VITALS_MODEL, so only names were compared: see --against."
    console(stderr=True).print(Text(note), style="yellow")
    return None


def _tiers(found: Sequence[Retuned], then: Plan, running: Model | None) -> dict[str, TierCount]:
    """Accounts by tier, the worst first: the running model's, then those that only the new one has."""
    now, after = Counter(each.tier_now for each in found), Counter(each.tier_then for each in found)
    known = [tier.name for tier in running.tiers] if running is not None else []
    names = dict.fromkeys((*known, *then.primary.tier_names, *now, *after))
    return {name: TierCount(now=now[name], then=after[name]) for name in names}


def _print(retuning: Retuning) -> None:
    screen = console()
    if not retuning.total:
        screen.print("No account is judged yet." if retuning.unjudged else "No account is scored yet.")
        return
    screen.print(_accounts_table(retuning))
    screen.print(_tiers_table(retuning))
    _print_summary(screen, retuning)


def _accounts_table(retuning: Retuning) -> Table:
    model = f"{plain(retuning.model, NAME_LIMIT)} version {retuning.model_version}"
    shown = f"{len(retuning.accounts):,} of {retuning.total:,} accounts, now ▸ under {model}"
    table = Table(title=Text(shown), title_justify="left", title_style="bold")
    table.add_column("account", overflow="fold")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("change", justify="right", no_wrap=True)
    table.add_column("tier", no_wrap=True)
    for each in retuning.accounts:
        is_known = each.score_now is not None and each.score_then is not None
        table.add_row(
            Text(plain(each.account_id, NAME_LIMIT)),
            f"{score_words(each.score_now)} ▸ {score_words(each.score_then)}",
            signed(each.change) if is_known else "–",
            _move(each),
        )
    return table


def _move(each: Retuned) -> Text:
    if each.tier_now == each.tier_then:
        return tier_text(each.tier_now)
    return Text.assemble(tier_text(each.tier_now), " ▸ ", tier_text(each.tier_then))


def _tiers_table(retuning: Retuning) -> Table:
    table = Table(title="Accounts by tier", title_justify="left", title_style="bold")
    table.add_column("tier")
    table.add_column("now", justify="right")
    table.add_column("then", justify="right")
    for name, count in retuning.tiers.items():
        table.add_row(tier_text(name), f"{count.now:,}", f"{count.then:,}")
    return table


def _print_summary(screen: Console, retuning: Retuning) -> None:
    told = f"{retuning.changed_tier:,} of {retuning.total:,} accounts would change tier"
    if retuning.unjudged:
        told += f"; {retuning.unjudged:,} cannot be judged yet and are left out"
    screen.print(Text(f"{told}. Computed in {retuning.seconds:.2f} s."))
