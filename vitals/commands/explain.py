"""`vitals explain`: an account's score read aloud, with what comes next and what would help."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, driver_words, money, plain, points
from scoring.event.ids import clean
from scoring.explain.explainer import Explainer
from scoring.explain.explanation import explain_by_name
from scoring.explain.stale import stale_words
from scoring.instants import DAY_MS, HOUR_MS, rfc3339
from scoring.result import Contribution, Explanation, Forecast, ScoreSnapshot
from streams.errors import UserError
from vitals.commands.output import console, print_json, score_words, tier_text
from vitals.commands.read_answers import read_answers

if TYPE_CHECKING:
    from streams.read_model.store import RedisReadModel

SIGN_LIMIT = 600
"""Characters of a sign, which names an event and a user, each of up to 200."""


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A score, and the same in words: None where its model is not known."""

    snapshot: ScoreSnapshot
    explanation: Explanation | None


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(explain)


def explain(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
) -> None:
    """Say why an account's score is what it is, what comes next, and what would lift it."""

    async def read(model: RedisReadModel) -> tuple[ScoreSnapshot | None, Explainer]:
        return await model.get(clean(account)), Explainer(await model.models())

    answer, explainer = read_answers(read)
    if answer is None:
        raise UserError(f"No account {account!r} is scored: list those that are with `vitals scores`.")
    explanation = explainer.explain(answer)
    if as_json:
        print_json(Explained(snapshot=answer, explanation=explanation))
    else:
        print_explained(console(), answer, explanation)


def print_explained(screen: Console, answer: ScoreSnapshot, known: Explanation | None) -> None:
    """A score for people; `known` is None where its model is not known, and its numbers are shown by name."""
    explanation = known or explain_by_name(answer)
    _print_head(screen, answer, explanation)
    if known is None:
        model = f"{plain(answer.model, NAME_LIMIT)} version {answer.model_version}"
        note = f"The model {model} is not known here, or not to this release: numbers are shown by name, without words."
        screen.print(Text(note), style="yellow")
    if explanation.contributions:
        screen.print(_contributions_table(explanation.contributions))
    elif answer.score is None or explanation.unscored:
        why = explanation.unscored and f"There is no score: {plain(explanation.unscored, WORDS_LIMIT)}."
        screen.print(Text(why or "It cannot be judged yet."))
    _print_list(
        screen,
        "What holds it down, the worst first:",
        (
            f"−{points(driver.lost)}  {words}"
            for driver, words in zip(explanation.drivers, driver_words(explanation.drivers), strict=True)
        ),
    )
    _print_list(screen, "Red flags:", _flag_words(explanation), style="red")
    signs = (plain(f"{sign}.", SIGN_LIMIT) for sign in explanation.signs)
    _print_list(screen, "Is it used by people?", signs, style="yellow")
    if answer.forecast is not None:
        _print_forecast(screen, answer, answer.forecast, explanation)
    for shadow in answer.shadows:
        name = f"{plain(shadow.model, NAME_LIMIT)} version {shadow.model_version}"
        moved = f"{shadow.transitions} change{'' if shadow.transitions == 1 else 's'} of tier so far"
        screen.print(Text(f"In the shadow, {name} says {score_words(shadow.score)}, {shadow.tier or 'none'}; {moved}."))
    screen.print(_facts_table(answer.facts))


def _print_head(screen: Console, answer: ScoreSnapshot, explanation: Explanation) -> None:
    head = Text.assemble((plain(answer.account_id, NAME_LIMIT), "bold"), "  ", score_words(answer.score), "  ")
    screen.print(
        head
        + tier_text(answer.tier, answer.standing)
        + Text("  provisional" if answer.provisional else "", style="yellow")
    )
    told = [f"as of {answer.as_of}", f"model {plain(answer.model, NAME_LIMIT)} version {answer.model_version}"]
    if answer.profile:
        told.append(f"profile {plain(answer.profile, NAME_LIMIT)}")
    if answer.components:
        told.append(f"evidence for {answer.coverage:.0%} of the weight")
    if answer.norm_as_of:
        told.append(f"cohort norm of {answer.norm_as_of}")
    if answer.mrr is not None:
        told.append(f"MRR {money(answer.mrr)}")
    if answer.plan:
        told.append(f"plan {plain(answer.plan, NAME_LIMIT)}")
    screen.print(Text(", ".join(told)))
    for chance in explanation.chances:
        screen.print(Text(f"{plain(chance.words, WORDS_LIMIT)}."))
    if (override := answer.override) is not None:
        beneath = "cannot be judged" if answer.beneath is None else f"is {score_words(answer.beneath)}"
        said = f"{plain(override.author, NAME_LIMIT)} set it to {override.score:g} until {rfc3339(override.until_ms)}: "
        screen.print(Text(f"{said}{plain(override.reason, WORDS_LIMIT)}. The score beneath {beneath}."), style="yellow")
    if (last := answer.last_transition) is not None:
        said = f"Last moved on {last.at}, {plain(last.from_tier, NAME_LIMIT)} ▸ {plain(last.to_tier, NAME_LIMIT)}"
        scores = f" ({points(last.before)} ▸ {points(last.after)})"
        why = f": {plain(explanation.last_transition, WORDS_LIMIT)}" if explanation.last_transition else ""
        screen.print(Text(f"{said}{scores}{why}."))
    if words := stale_words(answer.stale, max(answer.as_of_ms, time.time_ns() // 1_000_000)):
        note = f"{plain(words, WORDS_LIMIT)}. What depends on it stands still until it is back."
        screen.print(Text(note), style="yellow")
    if answer.past_bounds:
        names = ", ".join(plain(name, NAME_LIMIT) for name in answer.past_bounds)
        screen.print(Text(f"More than is kept of one account: {names} may lack something.", style="yellow"))
    for each in answer.warming:
        until = f"until {each.until}" if each.until else "until the next event that has it"
        screen.print(Text(f"{plain(each.signal, NAME_LIMIT)} is new to the model and warms up {until}."))


def _flag_words(explanation: Explanation) -> Iterable[str]:
    for flag in explanation.flags:
        held = "" if flag.floor is None else f": the score is at most {flag.floor:g}"
        words = f" ({plain(flag.words, WORDS_LIMIT)})" if flag.words else ""
        yield f"{plain(flag.label, NAME_LIMIT)}{words}{held}"


def _print_forecast(screen: Console, answer: ScoreSnapshot, forecast: Forecast, explanation: Explanation) -> None:
    next_tier = forecast.next_tier
    if next_tier is None:
        screen.print(f"If nothing more arrives, its tier stays as it is for {forecast.horizon_days} days.")
    else:
        away = _away(next_tier.at_ms - answer.as_of_ms)
        said = f"If nothing more arrives, it is {plain(next_tier.tier, NAME_LIMIT)} at {next_tier.at} ({away}): "
        why = f", as {plain(explanation.next_tier, WORDS_LIMIT)}" if explanation.next_tier else ""
        screen.print(Text(f"{said}{points(next_tier.score)}{why}."))
    _print_list(
        screen,
        "What would lift it a tier:",
        (
            f"{plain(text, WORDS_LIMIT)} ▸ {plain(improvement.tier, NAME_LIMIT)}"
            for text, improvement in zip(explanation.improvements, forecast.improvements, strict=True)
        ),
    )


def _away(duration_ms: int) -> str:
    """«in 6 days», «in 5 hours»."""
    for size, unit in ((DAY_MS, "day"), (HOUR_MS, "hour")):
        if duration_ms >= size:
            count = duration_ms // size
            return f"in {count} {unit}{'' if count == 1 else 's'}"
    return "within the hour"


def _print_list(screen: Console, title: str, lines: Iterable[str], style: str = "") -> None:
    for number, line in enumerate(lines):
        if number == 0:
            screen.print(title, style="bold")
        screen.print(Text(f"  {line}", style=style))


def _contributions_table(contributions: Iterable[Contribution]) -> Table:
    table = Table(title="What the score is made of", title_justify="left", title_style="bold")
    table.add_column("component")
    table.add_column("judged", justify="right", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("of", justify="right", no_wrap=True)
    given = tuple(contributions)
    has_evidence = any(each.evidence < 1 for each in given)
    if has_evidence:
        table.add_column("evidence", justify="right", no_wrap=True)
    table.add_column("because")
    for each in given:
        if not each.weight:  # only looked at; a blend that it is part of says it in its words
            continue
        judged = "–" if each.judgement is None else f"{each.judgement:.0f}"
        earned = ("–", "–") if each.judgement is None else (points(each.points), points(each.possible))
        words = plain(each.words, WORDS_LIMIT) if each.words else ""
        because = f"{words} (no evidence)".strip() if each.judgement is None else words
        known = (f"{each.evidence:.0%}",) if has_evidence else ()
        table.add_row(Text(plain(each.label, NAME_LIMIT)), judged, *earned, *known, Text(because))
    return table


def _facts_table(facts: Mapping[str, float | str | None]) -> Table:
    table = Table(title="Facts", title_justify="left", title_style="bold")
    table.add_column("signal")
    table.add_column("value", justify="right")
    for name, value in facts.items():
        words = "–" if value is None else plain(value, NAME_LIMIT) if isinstance(value, str) else f"{value:,.12g}"
        table.add_row(Text(plain(name, NAME_LIMIT)), Text(words))
    return table
