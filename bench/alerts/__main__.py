"""`python -m bench.alerts`: what the shipped rules send and catch on churnsim and on a book of accounts, as a table."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bench.alerts.measure import Line, lines_of, read_history
from bench.alerts.table import markdown_of
from bench.alerts.variants import SHOWN, SWEEP
from bench.book.files import write_book
from streams.errors import UserError
from streams.model_files import read_model
from tests.support.worlds.book import DAYS, book

ROOT = Path(__file__).parents[2]
CHURNSIM = "data/churnsim/events.ndjson.gz"
SEED = 7


def main(
    data: Annotated[str, typer.Option(metavar="FILE", help="These events instead of both histories.")] = "",
    model: Annotated[list[str] | None, typer.Option(help="A model (may be repeated).")] = None,
    accounts: Annotated[int, typer.Option(min=0, help="Accounts of the book; 0 leaves it out.")] = 150,
    sweep: Annotated[bool, typer.Option("--sweep", help="Margins and dwells, to choose the defaults by.")] = False,
    processes: Annotated[int, typer.Option("--processes", min=1)] = min(2, os.cpu_count() or 1),
    out: Annotated[Path, typer.Option(help="Where the JSON goes.")] = ROOT / "build" / "alerts.json",
) -> None:
    """Print what alerts would have sent, and what they caught, with and without hysteresis and dwell."""
    found: dict[str, list[Line]] = {}
    try:
        with _histories(data, accounts) as histories:
            for name, path in histories:
                history = read_history(path)
                found[name] = [
                    line
                    for each in model or ("default", "four-inputs")
                    for line in lines_of(history, read_model(each), SWEEP if sweep else SHOWN, processes)
                ]
                print(f"### {name}\n\n{markdown_of(found[name])}", flush=True)
                together = {line.model: line.fell_together for line in found[name]}
                print(f"The most accounts that fell within ten minutes: {together}.\n", flush=True)
    except UserError as error:
        raise typer.BadParameter(str(error)) from None
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


@contextmanager
def _histories(data: str, accounts: int) -> Iterator[Sequence[tuple[str, str]]]:
    """Names and paths of the histories."""
    if data:
        yield [(Path(data).name, data)]
        return
    churnsim = Path(os.environ.get("VITALS_SHARED") or ROOT.parent / "shared") / CHURNSIM
    found = [("churnsim", str(churnsim))] if churnsim.exists() else []
    if not found:
        print(
            f"{churnsim} is not there: VITALS_SHARED names the folder of the shared data. Only the book is measured.\n"
        )
    with tempfile.TemporaryDirectory(prefix="vitals-bench-") as folder:
        if accounts:
            write_book(book(accounts, SEED, DAYS), DAYS, Path(folder), lambda: None)
            found.append((f"book of {accounts}", str(Path(folder) / "events.ndjson")))
        yield found


if __name__ == "__main__":
    typer.run(main)
