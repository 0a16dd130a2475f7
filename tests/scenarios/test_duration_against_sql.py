"""Signals of kind `duration` against SQL: DuckDB pairs opens and closes with a window function."""

from __future__ import annotations

import json
import random
from pathlib import Path

import duckdb
import pytest

from tests.builders import Sent, a_model, ticket
from tests.support.signal_harness import DAY, HOUR, NOON, Table
from tests.support.watched_account import Watched

TOOK: Table = {
    "kind": "duration", "topics": ["tickets"], "events": ["opened"], "closed_by": ["closed"], "item": "ticket_id",
    "window": "30d", "within": "10d",
}  # fmt: skip
SQL = """
WITH pairs AS (
    SELECT at_ms, closes, lag(at_ms) OVER later AS before_ms, lag(closes) OVER later AS closed_before
    FROM read_json($file, columns = {item: 'VARCHAR', at_ms: 'BIGINT', closes: 'BOOLEAN'})
    WINDOW later AS (PARTITION BY item ORDER BY at_ms, closes)
)
SELECT count(*), median((at_ms - before_ms) / 3_600_000), avg((at_ms - before_ms) / 3_600_000)
FROM pairs
WHERE closes AND NOT closed_before AND at_ms - before_ms <= $within_ms
    AND at_ms // 3_600_000 BETWEEN $as_of_ms // 3_600_000 - 719 AND $as_of_ms // 3_600_000
"""


def history(seed: int) -> list[Sent]:
    """Forty days of tickets that are opened and closed again and again, often at one instant, in any order."""
    drawn = random.Random(seed)
    return [
        ticket(
            at=NOON - drawn.randrange(40 * 24) * HOUR,
            event=drawn.choice(("opened", "closed")),
            ticket_id=f"t{drawn.randrange(60)}",
        )
        for _ in range(1_200)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_median_and_mean_are_those_of_sql_now_and_as_time_goes_by(seed: int, tmp_path: Path) -> None:
    sent = history(seed)
    file = tmp_path / "tickets.ndjson"
    rows = [
        {"item": body["properties"]["ticket_id"], "at_ms": body["timestamp"], "closes": body["event"] == "closed"}
        for body in (each.body for each in sent)
    ]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    account = Watched(a_model({"median": TOOK, "mean": TOOK | {"measure": "mean"}}), NOON)
    account.see(*sent)
    with duckdb.connect() as database:
        for as_of_ms in range(NOON, NOON + 32 * DAY, 37 * HOUR):
            asked = {"file": str(file), "within_ms": 10 * DAY, "as_of_ms": as_of_ms}
            count, *expected = database.execute(SQL, asked).fetchone() or ()
            facts = account.to(as_of_ms)
            assert [facts["median"], facts["mean"]] == [pytest.approx(each) for each in expected]
            assert count or as_of_ms > NOON + 29 * DAY
