"""`vitals sources`: what some account of the fleet ever sent, and what waits for the rest."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.explain.explainer import Explainer
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.errors import UserError
from streams.model_files import read_model
from streams.replay.event_file import EventFile
from streams.replay.sources import SourceState, sources_in, sources_in_file
from vitals.commands.output import console, print_json, progress_bar
from vitals.commands.read_answers import read_answers

if TYPE_CHECKING:
    from streams.read_model.store import RedisReadModel

MISSING = "no source"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(sources)


def sources(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Events to look at instead of the current scores.")] = "",
    model: Annotated[
        str, typer.Option(show_default="the running one", help="With FILE: a preset, or a model file.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the sources of the running model: which some account ever sent, and which components wait for the others.

    A component with a source has no evidence until any account has sent it.
    """
    if bool(file) != bool(model):
        raise UserError("A file is looked at under a model: give both FILE and --model, or neither.")
    used, found = _in_file(file, read_model(model)) if file else _current()
    if as_json:
        print_json(found)
    elif found:
        console().print(sources_table(used, found))
    else:
        console().print(Text(f"The model {plain(used.name, NAME_LIMIT)} version {used.version} names no sources."))


def _current() -> tuple[Model, list[SourceState]]:
    async def read(model: RedisReadModel) -> tuple[list[ScoreSnapshot], Explainer]:
        return await model.worst_first(), Explainer(await model.models())

    answers, explainer = read_answers(read)
    model = running_model(answers, explainer)
    return model, sources_in(model, answers)


def running_model(answers: Sequence[ScoreSnapshot], explainer: Explainer) -> Model:
    """The model that made most of the snapshots.

    Raises:
        UserError: when there are none, or it is not known to this release.
    """
    made_by = Counter((answer.model, answer.model_version) for answer in answers)
    if not made_by:
        raise UserError(
            "No account is scored yet: send events, or look at a file with `vitals sources FILE --model M`."
        )
    (name, version), _ = made_by.most_common(1)[0]
    model = explainer.model(name, version)
    if model is None:
        raise UserError(
            f"The model {plain(name, NAME_LIMIT)} version {version} is not known here, or not to this release: look at "
            "a file with `vitals sources FILE --model M`."
        )
    return model


def _in_file(path: str, model: Model) -> tuple[Model, list[SourceState]]:
    with EventFile(path) as events, progress_bar("reading", events.size) as progress:
        return model, sources_in_file(Plan(model), events, time.time_ns() // 1_000_000, progress)


def sources_table(model: Model, found: Sequence[SourceState]) -> Table:
    """One source a row; the components that wait for one that nobody sent stand out."""
    title = f"Sources of {plain(model.name, NAME_LIMIT)} version {model.version}"
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("source", overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("accounts", justify="right", no_wrap=True)
    table.add_column("latest event", no_wrap=True)
    table.add_column("components")
    for each in found:
        label = "" if each.label == each.name else f" ({plain(each.label, WORDS_LIMIT)})"
        names = ", ".join(plain(name, NAME_LIMIT) for name in each.components)
        waits = "" if each.is_connected or not names else "wait: "
        table.add_row(
            Text(f"{plain(each.name, NAME_LIMIT)}{label}"),
            Text("connected", style="green") if each.is_connected else Text(MISSING, style="yellow"),
            f"{each.accounts:,}",
            each.latest or "–",
            Text(f"{waits}{names}"),
        )
    return table
