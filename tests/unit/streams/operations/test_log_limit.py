"""Lines that libraries say again and again."""

from __future__ import annotations

import logging

from streams.operations.log_limit import FloodFilter


def line(name: str, text: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, __file__, 1, text, values, None)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_first_line_is_written_at_once_and_then_one_a_minute_with_the_count() -> None:
    clock = Clock()
    flood = FloodFilter(("aiokafka",), clock)
    written = []
    for tenth in range(1_300):
        clock.now = tenth / 10
        record = line("aiokafka.client", "Unable to connect to node %s", tenth)
        if flood.filter(record):
            written.append(record.getMessage())
    assert written == [
        "Unable to connect to node 0",
        "Unable to connect to node 600 (599 more like it since the last one)",
        "Unable to connect to node 1200 (599 more like it since the last one)",
    ]


def test_lines_of_other_kinds_levels_and_loggers_are_told_apart() -> None:
    flood = FloodFilter(("aiokafka",), Clock())
    assert flood.filter(line("aiokafka.client", "a"))
    assert flood.filter(line("aiokafka.client", "b"))
    assert flood.filter(line("aiokafka.conn", "a"))
    assert not flood.filter(line("aiokafka.client", "a"))


def test_our_own_lines_all_pass() -> None:
    flood = FloodFilter(("aiokafka",), Clock())
    assert all(flood.filter(line("streams.worker.faust_app", "generation %d", number)) for number in range(10))
