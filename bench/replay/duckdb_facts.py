"""The facts and the score of the preset usage-trend-friction by DuckDB: `python -m bench.replay.duckdb_facts`."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from scoring.instants import HOUR_MS

SQL = Path(__file__).parents[2] / "tests" / "sql" / "usage_trend_friction.sql"


def main(file: str, output: str, folder: str, instants_ms: list[int]) -> None:
    """Write the rows at each instant as CSV, one file an instant. The events are read once, into a table on disk."""
    with duckdb.connect(f"{folder}/events.duckdb") as database:
        database.execute("SET threads = 2; SET memory_limit = '1GB'; SET preserve_insertion_order = true")
        database.execute("SET VARIABLE event_files = [$file]", {"file": file})
        database.execute(SQL.read_text("utf-8"))
        for instant_ms in instants_ms:
            query = f"FROM usage_trend_friction({instant_ms}, {HOUR_MS})"
            database.execute(f"COPY ({query}) TO '{output}-{instant_ms}.csv'")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], [int(each) for each in sys.argv[4:]])
