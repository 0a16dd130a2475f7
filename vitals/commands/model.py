"""`vitals model`: checks, explains and tunes model files."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.lifecycle.references import watched_signals
from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.model.lint import Warning_, warnings
from scoring.model.model import Model
from scoring.model.schema.rules import conditions_text
from scoring.model.toml_text import whole_text
from scoring.plan.plan import Plan
from scoring.plurals import counted
from streams.alert_files import read_rules
from streams.model_files import model_text, read_model
from streams.replay.fit_file import fit_of
from streams.replay.fit_report import report_of
from vitals.commands import model_retune
from vitals.commands.fit import new
from vitals.commands.fit.notes import numbers_as_text, print_fit
from vitals.commands.model_tree import LINE_LIMIT, combination_words, draw, tier_words, tree_of
from vitals.commands.output import console, print_json, print_rejected, progress_bar

app = typer.Typer(help="Check, explain and tune scoring models.", no_args_is_help=True)

File = Annotated[str, typer.Argument(metavar="FILE", help="A model file, or the name of a preset.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@app.callback()
def _models() -> None:
    """Check, explain and tune scoring models."""


@app.command()
def check(
    file: File,
    data: Annotated[
        str, typer.Option(metavar="FILE", help="Say how well the events of this file fit the model instead.")
    ] = "",
    alerts: Annotated[
        str, typer.Option(metavar="FILE", help="The alert rules that look at its signals: 'default', or a rule file.")
    ] = "default",
    as_json: AsJson = False,
) -> None:
    """Check a model and print what it says. An error names the line, the key and the fix.

    Probable mistakes, such as a tier that no account can reach, are warnings; the exit code is still 0.

    With --data: signals that no event ever fed, events and properties that no signal reads, numbers sent as text,
    repeated events, and for how many accounts each component has evidence.
    """
    model = read_model(file)
    plan = Plan(model)  # compile it as the worker does
    found = warnings(model, watched_signals(read_rules(alerts, model)))
    if data:
        _check_data(plan, data, found, as_json=as_json)
        return
    if as_json:
        print_json(_as_json(model, found))
        return
    screen = console()
    header = model.header
    screen.print(Text(f"ok: {plain(model.name, NAME_LIMIT)} version {model.version}"), style="green")
    if header.description:
        screen.print(Text(plain(header.description, WORDS_LIMIT)))
    screen.print(f"resolution {header.resolution}, duplicates known for {header.dedupe}, combined by {header.combine}")
    if header.neutral_weight or header.emphasis > 1 or header.known_by:
        screen.print(Text(plain(combination_words(header), LINE_LIMIT)))
    screen.print(Text("tiers: " + ", ".join(f"{plain(name, NAME_LIMIT)} {words}" for name, words in tier_words(model))))
    for table in (_signals(model), _components(model), *_conditional(model)):
        if table.row_count:
            screen.print(table)
    _print_warnings(screen, found)


@app.command()
def show(file: File) -> None:
    """Print a model file, merged with what it extends: a file that stands alone."""
    source = model_text(file)
    read_model(file)
    sys.stdout.write(whole_text(source))


@app.command()
def explain(file: File, as_json: AsJson = False) -> None:
    """Draw a model as a tree: the score, its components and profiles, and the signals that they use."""
    tree = tree_of(read_model(file))
    if as_json:
        print_json(tree)
    else:
        console().print(draw(tree))


def _check_data(plan: Plan, path: str, found: Sequence[Warning_], *, as_json: bool) -> None:
    """Print how well the events of a file fit the model."""
    model = plan.model
    with progress_bar("reading", 0) as progress:
        counts, refused = fit_of(path, model, progress)
    report = report_of(plan, counts)
    if as_json:
        print_json({**msgspec.to_builtins(report), "refused": msgspec.to_builtins(refused)})
        return
    print_rejected(refused)
    screen = console()
    words = f"{counted(report.events, 'events')} under {plain(model.name, NAME_LIMIT)} version {model.version}"
    screen.print(Text(words), style="bold")
    if said := numbers_as_text(report):
        print(plain(f"{said}. Send numbers as numbers: signals do not read texts.", LINE_LIMIT))
    print_fit(report, sys.stdout)
    _print_warnings(screen, found)


def _print_warnings(screen: Console, found: Sequence[Warning_]) -> None:
    for each in found:
        screen.print(Text(f"warning: {plain(each.key, NAME_LIMIT)}: {plain(each.words, WORDS_LIMIT)}", style="yellow"))


def _as_json(model: Model, found: tuple[Warning_, ...]) -> dict[str, object]:
    header: dict[str, object] = msgspec.to_builtins(model.header)
    rest: dict[str, object] = msgspec.to_builtins(model)
    del rest["header"], rest["written"], rest["written_sources"]
    rest["signals"] = msgspec.to_builtins(model.as_written)
    rest["sources"] = msgspec.to_builtins(model.sources | model.written_sources)
    return {**header, **rest, "warnings": msgspec.to_builtins(found)}


def _signals(model: Model) -> Table:
    table = _table("Signals", "signal", "kind", "of", "window")
    for name, signal in model.as_written.items():
        table.add_row(*_cells(name, signal.kind, signal.source_text(), signal.window_text()))
    return table


def _components(model: Model) -> Table:
    table = _table("Components", "component", "shape", "judgement", "label")
    table.add_column("weight", justify="right")
    for name, component in model.components.items():
        judgement = "; ".join([component.formula_text(), *map(" ".join, component.rule_texts())])
        table.add_row(*_cells(name, component.shape, judgement, component.label), f"{component.weight:g}")
    return table


def _conditional(model: Model) -> tuple[Table, ...]:
    """Sources, and whatever applies to some accounts only: standings, profiles, floors and flags."""
    sources = _table("Sources", "source", "of", "label")
    for name, source in (model.sources | model.written_sources).items():
        sources.add_row(*_cells(name, source.source_text(), source.label))
    standings = _table("Standings: no score", "standing", "when", "label")
    for name, standing in model.standings.items():
        standings.add_row(*_cells(name, conditions_text(standing.when), standing.label))
    profiles = _table("Profiles", "profile", "when", "weights", "label")
    profiles.add_column("rank", justify="right")
    for name, profile in model.profiles.items():
        cells = _cells(name, conditions_text(profile.when), _weights(profile.weights), profile.label)
        profiles.add_row(*cells, str(profile.rank))
    floors = _table("Floors", "floor", "when", "label")
    floors.add_column("at most", justify="right")
    for name, floor in model.floors.items():
        floors.add_row(*_cells(name, conditions_text(floor.when), floor.label), f"{floor.to:g}")
    flags = _table("Flags", "flag", "when", "label")
    for name, flag in model.flags.items():
        flags.add_row(*_cells(name, conditions_text(flag.when), flag.label))
    return sources, standings, profiles, floors, flags


def _weights(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {weight:g}" for name, weight in weights.items())


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", title_style="bold")


def _cells(*texts: str) -> list[Text]:
    return [Text(plain(text, LINE_LIMIT) if text else "") for text in texts]


new.register(app)
model_retune.register(app)
