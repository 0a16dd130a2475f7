"""`docs/backtest.schema.json` is the schema of what `vitals backtest --json` prints."""

from __future__ import annotations

from pathlib import Path

from streams.backtest.schema import schema_text

PAGE = Path(__file__).parents[2] / "docs" / "backtest.schema.json"
HOW = "from streams.backtest.schema import schema_text; print(schema_text(), end='')"


def test_the_schema_is_that_of_the_report() -> None:
    assert PAGE.read_text("utf-8") == schema_text(), f"write it again: {HOW}"
