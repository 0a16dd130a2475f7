"""`python -m bench.scaling_table`: what so many accounts and events a second need, from what was measured.

The table of docs/scaling.md, whose formulas these are. CPU time an event is read from build/bench.json; the other
figures are arguments, by the names that the benchmark's tables have for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, exp, log2
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bench.__main__ import JSON_PATH
from bench.events import EVENT_BYTES
from bench.report import Result
from streams.errors import UserError

ACCOUNTS = (10**4, 10**6, 10**8)
EVENTS_PER_SECOND = (10**3, 10**4, 10**5, 10**6)
OURS = "us, "
_GIB = 1024**3


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one worker was measured to need.

    `few_us` is CPU time an event where most events find their account changed in this second already, `many_us` where
    each event changes another account; `change_bytes` are those of changelog and scores of one such change.
    `account_bytes` is memory, `account_records` how many records of the changelog an account has.
    """

    few_us: float
    many_us: float
    change_bytes: float
    account_bytes: float
    account_records: float
    records_per_second: float
    wake_us: float


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided: how busy a worker's core may be on average (0 to 1), a worker's memory for accounts in GiB, how
    long recovery may take, and how many partitions there are for each worker, so that there can be more workers later.
    """

    busy: float = 0.6
    worker_gib: float = 8.0
    recovery_seconds: float = 60.0
    partitions_a_worker: int = 4


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed. `bound` says what the number of workers comes from; memory is of all workers together, recovery
    that of one, which all do at once; the broker's bytes a second are before replication."""

    accounts: int
    events_per_second: int
    changes_per_second: float
    cpu_us_per_event: float
    workers: int
    bound: str
    partitions: int
    memory_gib: float
    recovery_seconds: float
    bytes_per_second: float
    wake_seconds_a_day: float


def changes_per_second(accounts: int, events_per_second: float) -> float:
    """How many of `accounts` accounts have an event in a second, when the events come at random.

    >>> round(changes_per_second(1_000, 12_000)), round(changes_per_second(1_000_000, 1_000))
    (1000, 1000)
    """
    return accounts * (1 - exp(-events_per_second / accounts))


def need(measured: Measured, choice: Choice, accounts: int, events_per_second: int) -> Need:
    """What this many accounts and events a second need."""
    changes = changes_per_second(accounts, events_per_second)
    cpu_us = measured.few_us + (measured.many_us - measured.few_us) * changes / events_per_second
    records, memory = accounts * measured.account_records, accounts * measured.account_bytes / _GIB
    wanted = {
        "CPU": events_per_second * cpu_us / 1e6 / choice.busy,
        "memory": memory / choice.worker_gib,
        "recovery": records / measured.records_per_second / choice.recovery_seconds,
    }
    bound = max(wanted, key=lambda name: wanted[name])
    workers = max(1, ceil(wanted[bound]))
    return Need(
        accounts=accounts,
        events_per_second=events_per_second,
        changes_per_second=changes,
        cpu_us_per_event=cpu_us,
        workers=workers,
        bound=bound if workers > 1 else "–",
        partitions=2 ** ceil(log2(max(1, workers * choice.partitions_a_worker))),
        memory_gib=memory,
        recovery_seconds=records / measured.records_per_second / workers,
        bytes_per_second=events_per_second * EVENT_BYTES + changes * measured.change_bytes,
        wake_seconds_a_day=accounts * measured.wake_us / 1e6,
    )


def markdown_of(needs: Iterable[Need]) -> str:
    """The table, as it stands in the document."""
    head = (
        "accounts",
        "events/s",
        "accounts changed/s",
        "CPU µs per event",
        "workers",
        "limited by",
        "partitions",
        "memory of all, GiB",
        "recovery, s",
        "written to the broker, MB/s",
        "daily timers, CPU s",
    )
    return "\n".join([_line(head), _line(["---:"] * len(head)), *(_line(_cells(each)) for each in needs)])


def _cells(each: Need) -> Sequence[str]:
    return (
        f"{each.accounts:,}",
        f"{each.events_per_second:,}",
        _three(each.changes_per_second),
        f"{each.cpu_us_per_event:.0f}",
        f"{each.workers:,}",
        each.bound,
        f"{each.partitions:,}",
        _three(each.memory_gib),
        _three(each.recovery_seconds),
        _three(each.bytes_per_second / 1e6),
        _three(each.wake_seconds_a_day),
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _three(number: float) -> str:
    """A number with three digits that matter at most.

    >>> _three(0.01234), _three(12.34), _three(123456.0)
    ('0.012', '12', '123,000')
    """
    if number >= 100:
        digits = len(str(int(number))) - 3
        return f"{round(number / 10**digits) * 10**digits:,}"
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def few_us_of(results: Sequence[Result]) -> float:
    """CPU µs an event of our worker, from what `make bench` wrote.

    Raises:
        UserError: when it is not the first row.
    """
    if not results or not results[0].name.startswith(OURS):
        raise UserError("build/bench.json does not begin with our worker: make it anew with `make bench`.")
    return results[0].cpu_us_per_event


def main(
    many_us: Annotated[float, typer.Option(help="CPU µs an event, «cost by accounts, 100,000: events again».")],
    changelog_bytes: Annotated[float, typer.Option(help="Bytes of changelog an event, of the same row.")],
    scores_bytes: Annotated[float, typer.Option(help="Bytes of scores an event, of the same row.")],
    idle_bytes: Annotated[float, typer.Option(help="«memory of an idle account».")],
    awake_bytes: Annotated[float, typer.Option(help="«midnight, memory of an account that woke».")],
    records_per_second: Annotated[float, typer.Option(help="«recovery».")],
    account_records: Annotated[float, typer.Option(help="Records in the changelog an account, of the same row.")],
    wake_us: Annotated[float, typer.Option(help="CPU µs of a wake, its records and answer, «midnight, the next».")],
    few_us: Annotated[float | None, typer.Option(help="CPU µs an event; else the first row of --bench.")] = None,
    bench: Annotated[Path, typer.Option(help="What `make bench` wrote.")] = JSON_PATH,
    busy: Annotated[float, typer.Option(min=0.01, max=1.0, help="How busy a worker's core may be.")] = 0.6,
    worker_gib: Annotated[float, typer.Option(min=0.1, help="A worker's memory for accounts.")] = 8.0,
    recovery_seconds: Annotated[float, typer.Option(min=1.0, help="How long recovery may take.")] = 60.0,
    partitions_a_worker: Annotated[int, typer.Option(min=1, help="Partitions for each worker.")] = 4,
) -> None:
    """Print the table of docs/scaling.md."""
    if few_us is None:
        if not bench.exists():
            raise typer.BadParameter(f"there is no {bench}: run `make bench`, or give --few-us")
        few_us = few_us_of(msgspec.json.decode(bench.read_bytes(), type=list[Result]))
    measured = Measured(
        few_us=few_us,
        many_us=many_us,
        change_bytes=changelog_bytes + scores_bytes,
        account_bytes=idle_bytes + awake_bytes,
        account_records=account_records,
        records_per_second=records_per_second,
        wake_us=wake_us,
    )
    choice = Choice(
        busy=busy,
        worker_gib=worker_gib,
        recovery_seconds=recovery_seconds,
        partitions_a_worker=partitions_a_worker,
    )
    print(markdown_of(need(measured, choice, accounts, rate) for accounts in ACCOUNTS for rate in EVENTS_PER_SECOND))


if __name__ == "__main__":
    typer.run(main)
