"""All rows, in the order of the table."""

from __future__ import annotations

from bench.contenders.jvm import flink_rows, streams_rows
from bench.contenders.ours import bounds, our_rows
from bench.contenders.peers import counting_rows, equal_rows
from bench.contenders.row import Row


def rows() -> list[Row]:
    """Every row: ours first; then equal work, what only counts, and the bounds."""
    return [*our_rows(), *equal_rows(), *streams_rows(), *flink_rows(), *counting_rows(), *bounds()]
