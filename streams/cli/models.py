"""`vitals model`: what is done with model files."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from alerts.words import NAME_LIMIT, WORDS_LIMIT, plain
from scoring import spec
from scoring.model import Model
from scoring.plan import Plan
from streams.cli.screen import console, print_json
from streams.model_files import read_model

app = typer.Typer(help="Look at scoring models.", no_args_is_help=True)


@app.callback()
def _models() -> None:
    """Look at scoring models."""


@app.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A model file, or a preset's name.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the model as JSON.")] = False,
) -> None:
    """Say whether a model can be used, and what it says; an error names the key and the mend."""
    model = read_model(file)
    Plan(model)  # compiled as the worker does it
    if as_json:
        print_json(_as_json(model))
        return
    screen = console()
    header = model.header
    screen.print(Text(f"ok: {plain(model.name, NAME_LIMIT)} version {model.version}"), style="green")
    if header.description:
        screen.print(Text(plain(header.description, WORDS_LIMIT)))
    screen.print(f"resolution {header.resolution}, duplicates known for {header.dedupe}, combined by {header.combine}")
    screen.print(Text(f"tiers: {_tiers(model)}"))
    screen.print(_signals(model))
    screen.print(_components(model))


def _as_json(model: Model) -> dict[str, object]:
    header: dict[str, object] = msgspec.to_builtins(model.header)
    rest: dict[str, object] = msgspec.to_builtins(model)
    del rest["header"]
    return {**header, **rest}


def _tiers(model: Model) -> str:
    """«red [0, 45), yellow [45, 75), green [75, 100]»"""
    within = [
        f"{plain(tier.name, NAME_LIMIT)} [{tier.lower:g}, {next_.lower:g})" for tier, next_ in pairwise(model.tiers)
    ]
    best = model.tiers[-1]
    return ", ".join([*within, f"{plain(best.name, NAME_LIMIT)} [{best.lower:g}, 100]"])


def _signals(model: Model) -> Table:
    table = _table("Signals", "signal", "kind", "of", "window")
    for name, signal in model.signals.items():
        window = getattr(signal, "window", "")
        said = f"{window}, the one before" if getattr(signal, "prior", False) else window
        table.add_row(*_cells(name, _tag(signal), _source(signal), said))
    return table


def _source(signal: spec.Signal) -> str:
    """Which events, or which signals, a signal is made of."""
    match signal:
        case spec.Difference():
            return f"{signal.of} − {signal.minus}"
        case spec.Age():
            return "the account's first event"
    what = [", ".join(signal.topics)]
    if signal.events:
        what.append(": " + ", ".join(signal.events))
    if signal.exclude:
        what.append(" but " + ", ".join(signal.exclude))
    if isinstance(signal, spec.Last):
        what.append(f" ▸ {signal.property}")
    if isinstance(signal, spec.Distinct):
        what.append(f" ▸ {signal.of}")
    return "".join(what)


def _components(model: Model) -> Table:
    table = _table("Components", "component", "shape", "signal", "label")
    table.add_column("weight", justify="right")
    for name, component in model.components.items():
        cells = _cells(name, _tag(component), component.signal, component.label)
        table.add_row(*cells, f"{component.weight:g}")
    return table


def _tag(value: spec.Signal | spec.Component) -> str:
    return str(value.__struct_config__.tag)


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", title_style="bold")


def _cells(*texts: str) -> list[Text]:
    return [Text(plain(text, WORDS_LIMIT) if text else "") for text in texts]
