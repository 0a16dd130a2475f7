"""`python -m tests.faults`: the fault campaign, its table, and build/faults.json and .md."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
from pathlib import Path

from rich.console import Console

from streams.errors import UserError
from tests.faults.campaign import full, play_all, quick
from tests.faults.report import save, table, tell
from tests.faults.scenario import Row
from tests.faults.supervisor import ROOT

RESULT = ROOT / "build" / "faults.json"
LOGS = ROOT / "build" / "faults"


def main() -> int:
    """Run what was asked for; 1 when an invariant broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little of everything, within five minutes")
    parser.add_argument(
        "--share", metavar="SHARE", type=float, default=1.0, help="of the whole: 0.1 is a tenth of each"
    )
    parser.add_argument("--only", metavar="NAME", action="append", help="scenarios whose name begins so")
    parser.add_argument("--json", metavar="FILE", type=Path, default=RESULT, help="where the figures are written")
    arguments = parser.parse_args()
    scenarios = quick() if arguments.quick else full(arguments.share)
    if arguments.only:
        scenarios = [each for each in scenarios if each.name.startswith(tuple(arguments.only))]
    if not scenarios:
        parser.error(f"no scenario begins with {arguments.only}: take one of {[each.name for each in full()]}")
    shutil.rmtree(LOGS, ignore_errors=True)  # processes append to their logs
    LOGS.mkdir(parents=True)
    logging.basicConfig(filename=LOGS / "campaign.log", filemode="w", format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("tests.faults").setLevel(logging.INFO)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers that are away fill pages
    console = Console()
    rows: list[Row] = []

    def told(row: Row) -> None:
        rows.append(row)
        tell(console, row)
        save(rows, arguments.json)  # each time, so that a campaign that is ended early has its figures

    try:
        asyncio.run(play_all(scenarios, LOGS, told, together=arguments.quick))
    except UserError as error:
        console.print(str(error), markup=False)
        return 1
    console.print(table(rows))
    return int(any(row.broken for row in rows))


if __name__ == "__main__":
    sys.exit(main())
