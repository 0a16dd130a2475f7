"""The book at 10,000 and 1,000,000 accounts: filling, memory, lists, search, portfolio, one change.

Times are of the processor, so that they are worth something on a machine that does something else as well.

`python -m bench.dashboard.book [ACCOUNTS …]`. Answers of the rows that are shown are not read, as without a Redis:
what is measured is the book and the queries over it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import cast

from bench.dashboard.accounts import NOW_MS, PAST_EVERY, accounts
from dashboard.book.book import Book
from dashboard.queries.ground import Ground
from dashboard.queries.service import Service
from dashboard.values.listing import Filter, Listing, ListRequest
from scoring.result import ScoreSnapshot
from streams.read_model.port import ReadModel, ReadModelUnavailable

SIZES = (10_000, 1_000_000)
TIMES = 50
SEED = 14
SETTLE_FROM = 5_000
LISTS: dict[str, ListRequest] = {
    "list: most at risk": ListRequest(),
    "list: by tier, then at risk": ListRequest(group=True),
    "list: lowest score": ListRequest(sort="score", is_descending=False),
    "list: by name": ListRequest(sort="name", is_descending=False),
    "list: by owner (ties)": ListRequest(sort="owner", is_descending=False),
    "list: fell most in 7 days": ListRequest(sort="change_7d", is_descending=False),
    "list: urgency of one segment": ListRequest(
        filters=(Filter(field="segment", operator="is", value="Segment 2"),), sort="urgency"
    ),
    "list: mine, from $900, renews in 90 days": ListRequest(
        filters=(
            Filter(field="owner", operator="is", value="Owner 7"),
            Filter(field="mrr", operator="at_least", value="900"),
            Filter(field="renewal_days", operator="at_most", value="90"),
        )
    ),
    "search: a name": ListRequest(search="halverson 1234"),
    "search: three letters in a sixth of all": ListRequest(search="lve"),
}


class NoRedis:
    """A read model that is gone: rows come from the book alone."""

    async def get_many(self, _: Sequence[str], /) -> dict[str, ScoreSnapshot]:
        """See `ReadModel.get_many`."""
        raise ReadModelUnavailable("no Redis here")


def memory_mb() -> float:
    """What this process has of memory now."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4_096 / 1e6


def filled(number: int) -> Book:
    """A book of that many accounts; prints what it took."""
    before, book = memory_mb(), Book()
    book.reserve(number)
    put_seconds = past_seconds = most = 0.0
    for made in accounts(number, SEED):
        begun = time.process_time()
        book.put(made.values)
        if made.past is not None:
            past_begun = time.process_time()
            book.put_past(made.values.account_id, made.past)
            past_seconds += time.process_time() - past_begun
        book.put_activity(made.values.account_id, made.activity)
        if book.waiting >= SETTLE_FROM:
            deque(book.settling())
        took = time.process_time() - begun
        put_seconds, most = put_seconds + took, max(most, took)
    deque(book.settling())
    book.filling.whole()
    used = memory_mb() - before
    each, past = 1e6 * put_seconds / number, 1e6 * past_seconds / (number / PAST_EVERY)
    print(f"filled in {put_seconds:.1f} s; the longest step took {1e3 * most:.0f} ms")
    print(f"an account takes {each:.0f} µs, its closes {past:.0f} µs more")
    print(f"memory {used:,.0f} MB, {1e6 * used / number:,.0f} bytes an account")
    return book


async def timed(name: str, book: Book, ask: Callable[[], Awaitable[object]], times: int = TIMES) -> None:
    """Print p50 and p99; before each time the book has changed, so that nothing is remembered."""
    took = []
    for _ in range(times):
        book.version += 1
        begun = time.process_time()
        await ask()
        took.append(1e3 * (time.process_time() - begun))
    cuts = quantiles(took, n=100, method="inclusive")
    print(f"{name}: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")


async def once(name: str, asked: Awaitable[object]) -> None:
    """Print what one time takes, in turns with other work where it has them."""
    begun = time.process_time()
    await asked
    print(f"{name}: {1e3 * (time.process_time() - begun):,.0f} ms")


async def measure(number: int) -> None:
    """All figures of one size."""
    print(f"\n{number:,} accounts")
    book = filled(number)
    service = Service(Ground(book=book, read_model=cast(ReadModel, NoRedis()), now_ms=lambda: NOW_MS))
    for name, request in LISTS.items():
        await timed(name, book, lambda request=request: service.accounts(request))  # type: ignore[misc]
    first: Listing = await service.accounts(ListRequest())
    second = ListRequest(cursor=first.cursor)
    await timed("list: the second page", book, lambda: service.accounts(second))
    shown = tuple(row.account_id for row in first.rows)
    await timed("rows: 50 that are shown", book, lambda: service.rows(shown))
    await once("portfolio: twelve weeks worked out", service.portfolio(7, ListRequest()))
    await once("portfolio: the days that are over kept", service.portfolio(1, ListRequest()))
    some = ListRequest(filters=(Filter(field="owner", operator="is", value="Owner 7"),))
    await once("portfolio: of one owner", service.portfolio(7, some))
    await timed("groups: by owner", book, lambda: service.groups("owner", ListRequest()), times=10)
    await timed("team: 91 days", book, lambda: service.team(91), times=5)
    changes(book)


def changes(book: Book, number: int = 2_000) -> None:
    """Print what the change of one account takes."""
    made = [each.values._replace(version=2) for each in accounts(number, SEED)]
    begun = time.process_time()
    for values in made:
        assert book.put(values)
    print(f"one change: {1e6 * (time.process_time() - begun) / number:.1f} µs")


if __name__ == "__main__":
    for size in [int(argument) for argument in sys.argv[1:]] or SIZES:
        asyncio.run(measure(size))
