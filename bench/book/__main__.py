"""`python -m bench.book --accounts 2000 --seed 7 --out DIR`: write a book of accounts whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from bench.book.files import write_book
from tests.support.worlds.book import DAYS, book


def main(
    out: Annotated[Path, typer.Option("--out", help="The folder for the files.")],
    accounts: Annotated[int, typer.Option("--accounts", min=1)] = 2_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed, the same bytes.")] = 7,
    days: Annotated[int, typer.Option("--days", min=120)] = DAYS,
) -> None:
    """Write events.ndjson, labels.csv (who left, and when) and truth.csv (all accounts)."""
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("accounts", total=accounts)
        count = write_book(book(accounts, seed, days), days, out, lambda: bar.advance(task))
    print(f"{count:,} events of {accounts:,} accounts in {out / 'events.ndjson'}")


if __name__ == "__main__":
    typer.run(main)
