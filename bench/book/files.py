"""The files of a book: `events.ndjson` in order of arrival, `labels.csv` of those who left, `truth.csv` of all."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from scoring.instants import DAY_MS, rfc3339
from tests.support.worlds.book import FIRST_DAY, BookAccount
from tests.support.worlds.lives import Arrived, events_of

_CHUNK_DAYS = 8


def write_book(
    accounts: Sequence[BookAccount], days: int, folder: Path, progress: Callable[[], None] = lambda: None
) -> int:
    """Write the three files into `folder`, which is made; returns the number of events.

    Takes little memory: events are spread over temporary files by their days first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_tables(accounts, folder)
    return _write_events(accounts, days, folder / "events.ndjson", progress)


def _write_events(accounts: Sequence[BookAccount], days: int, path: Path, progress: Callable[[], None]) -> int:
    count = 0
    chunks = days // _CHUNK_DAYS + 2
    with ExitStack() as stack:
        spread = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(chunks)]
        for account in accounts:
            for arrived in events_of(account, days):
                chunk = min(chunks - 1, (arrived.received_ms // DAY_MS - FIRST_DAY) // _CHUNK_DAYS)
                spread[chunk].write(b"%d " % arrived.received_ms + arrived.line)
            progress()
        out = stack.enter_context(path.open("wb"))
        for file in spread:
            file.seek(0)
            arrived_in = sorted(_arrived(line) for line in file)
            out.writelines(arrived.line for arrived in arrived_in)
            count += len(arrived_in)
    return count


def _arrived(line: bytes) -> Arrived:
    received, _, rest = line.partition(b" ")
    return Arrived(int(received), rest)


def _write_tables(accounts: Sequence[BookAccount], folder: Path) -> None:
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        labels = csv.writer(file)
        labels.writerow(["account_id", "churned_at", "way"])
        for account in accounts:
            if account.leaves_day >= 0:
                labels.writerow([account.account_id, instant(account.leaves_day, 12), account.way.value])
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        truth = csv.writer(file)
        truth.writerow(["account_id", "kind", "segment", "first_at", "way", "churned_at", "returned_at"])
        for account in accounts:
            days = (instant(account.leaves_day, 12), instant(account.returns_day, 8))
            first_at = instant(account.first_day, 0)
            truth.writerow(
                [account.account_id, account.kind.value, account.segment, first_at, account.way.value, *days]
            )


def instant(day: int, hour: int) -> str:
    """RFC 3339 of an hour of a day of the book; "" for -1.

    >>> instant(0, 12), instant(-1, 12)
    ('2024-01-01T12:00:00Z', '')
    """
    return rfc3339((FIRST_DAY + day) * DAY_MS + hour * DAY_MS // 24) if day >= 0 else ""
