"""The commands that read the read model: `scores` and `explain`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.words import NAME_LIMIT, TIER_LIMIT, WORDS_LIMIT, driver_words, money, plain, points
from scoring.health import Answer, Contribution, Driver
from streams.cli.screen import NO_TIER, answers_table, console, print_json, score_words, tier_text
from streams.errors import UserError
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.read_model import RedisReadModel

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(scores)
    app.command()(explain)


def scores(
    tier: Annotated[
        str | None, typer.Option(help="Only this tier; «none» is the accounts that cannot be judged yet.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, show_default="all", help="At most so many accounts.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print whole answers as JSON.")] = False,
) -> None:
    """List the accounts, the worst first."""

    async def read(model: RedisReadModel) -> tuple[list[Answer], dict[str, int]]:
        name = "" if tier == NO_TIER else tier
        return await model.worst_first(tier=name, limit=limit), await model.count_by_tier()

    answers, counts = asyncio.run(_reading(read))
    if as_json:
        print_json(answers)
        return
    if answers:
        console().print(answers_table(answers, f"{len(answers):,} of {sum(counts.values()):,} accounts"))
        return
    there = ", ".join(f"{plain(name or NO_TIER, TIER_LIMIT)} {count:,}" for name, count in sorted(counts.items()))
    console().print(Text(f"None here. Tiers with accounts: {there}." if there else "No account is scored yet."))


def explain(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
) -> None:
    """Say why an account's score is what it is."""
    answer = asyncio.run(_reading(lambda model: model.get(account)))
    if answer is None:
        raise UserError(f"No account {account!r} is scored: list those that are with `vitals scores`.")
    if as_json:
        print_json(answer)
    else:
        _print(answer)


async def _reading(read: Callable[[RedisReadModel], Awaitable[T]]) -> T:
    from streams.read_model import RedisReadModel

    model = RedisReadModel.open(Settings.from_environment(os.environ))
    try:
        return await read(model)
    finally:
        await model.close()


def _print(answer: Answer) -> None:
    screen = console()
    head = Text.assemble((plain(answer.account_id, NAME_LIMIT), "bold"), "  ", score_words(answer.score), "  ")
    screen.print(head + tier_text(answer.tier))
    told = [f"as of {answer.as_of}", f"model {plain(answer.model, NAME_LIMIT)} version {answer.model_version}"]
    told.append(f"evidence for {answer.coverage:.0%} of the weight")
    if answer.mrr is not None:
        told.append(f"MRR {money(answer.mrr)}")
    if answer.plan:
        told.append(f"plan {plain(answer.plan, NAME_LIMIT)}")
    screen.print(Text(", ".join(told)))
    if answer.score is None:
        screen.print("It cannot be judged yet: there is no evidence, or no cohort norm so far.")
    else:
        screen.print(_contributions_table(answer.contributions))
        _print_drivers(screen, answer.drivers)
    screen.print(_facts_table(answer.facts))


def _contributions_table(contributions: Iterable[Contribution]) -> Table:
    table = Table(title="What the score is made of", title_justify="left", title_style="bold")
    table.add_column("component")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("of", justify="right", no_wrap=True)
    table.add_column("because")
    for each in contributions:
        earned = ("–", "–") if each.judgement is None else (points(each.points), points(each.possible))
        words = plain(each.words, WORDS_LIMIT)
        because = f"{words} (no evidence)" if each.judgement is None else words
        table.add_row(Text(plain(each.label, NAME_LIMIT)), *earned, Text(because))
    return table


def _print_drivers(screen: Console, drivers: Sequence[Driver]) -> None:
    if not drivers:
        return
    screen.print("What holds it down, the worst first:", style="bold")
    for driver, words in zip(drivers, driver_words(drivers), strict=True):
        screen.print(Text(f"  −{points(driver.lost)}  {words}"))


def _facts_table(facts: Mapping[str, float | str | None]) -> Table:
    table = Table(title="Facts", title_justify="left", title_style="bold")
    table.add_column("signal")
    table.add_column("value", justify="right")
    for name, value in facts.items():
        words = "–" if value is None else plain(value, NAME_LIMIT) if isinstance(value, str) else f"{value:,.12g}"
        table.add_row(Text(plain(name, NAME_LIMIT)), Text(words))
    return table
