"""The hub: changes of accounts go in, and to each open stream the rows that it shows come out, at most one a second."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import msgspec

from dashboard.live.audience import STALE, Audience
from dashboard.live.frames import frame
from dashboard.live.keys import row_key
from dashboard.live.latest import Latest
from dashboard.live.listener import Listener
from dashboard.live.pending import Pending
from dashboard.live.views import Views
from dashboard.values.listing import Row
from streams.read_model.account_values import Changed
from streams.read_model.port import ReadModelUnavailable

ROW_SECONDS: Final = 1.0
TICK_SECONDS: Final = 0.1
STREAMS_MAX: Final = 1_000
AGE_SLACK_SECONDS: Final = 1.0
_LOG = logging.getLogger(__name__)


LiveOutcome = Literal["sent", "coalesced", "resync", "dropped", "refused"]
"""What became of a change, or of a stream: a row was sent to a tab; it changed again before that; a page was told to
fetch itself; a reader that did not read was dropped; there were too many."""


class Counts(Protocol):
    """What is counted: `streams.operations.dashboard_metrics` implements it."""

    def live(self, outcome: LiveOutcome, count: int = 1) -> None:
        """What became of changes, or of a stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What the top bar shows: the latest instant of judgement, and counts by page."""

    as_of_ms: int
    counts: Mapping[str, int]


class TooMany(Exception):
    """No further stream may be opened now."""


class Hub:
    """One a process, on one event loop."""

    def __init__(
        self,
        rows: Callable[[tuple[str, ...]], Awaitable[Sequence[Row]]],
        bar: Callable[[], Awaitable[Bar]],
        counts: Counts,
        *,
        views: Views | None = None,
        clock: Callable[[], float] = time.monotonic,
        streams_max: int = STREAMS_MAX,
    ) -> None:
        """`rows` are `Queries.rows`; `bar` is asked at most once a second, after changes, while somebody listens."""
        self.views = views or Views()
        self._rows = rows
        self._bar = bar
        self._counts = counts
        self._clock = clock
        self._most = streams_max
        self._latest = Latest(at_seconds=clock())
        self._pending = Pending(ROW_SECONDS)
        self._audience = Audience()
        self._changed: set[str] = set()
        self._bar_is_old = True
        self._bar_seconds = float("-inf")
        self._bar_event = b""
        self._is_gone = False
        self._is_ended = False
        self._news = asyncio.Event()

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._audience)

    @property
    def position(self) -> str:
        """The place of the last change in the stream of changes, "" before the first."""
        return self._latest.last

    async def publish(self, changes: Iterable[Changed]) -> None:
        """These have changed, in the order of the stream; the book has them already. It does not wait."""
        now = self._clock()
        for change in changes:
            before = self._latest.last
            self._latest.note(change, now)
            key = row_key(change.account_id)
            self._changed.add(key)
            if self._audience.hears(key) and not self._pending.add(change.account_id, before):
                self._counts.live("coalesced")
        self._bar_is_old = True
        self._news.set()

    def redis_is(self, state: Literal["gone", "back"]) -> None:
        """Redis does not answer any more, or does again: every page says so."""
        if (state == "gone") == self._is_gone:
            return
        self._is_gone = state == "gone"
        for listener in self._audience:
            listener.put("state", frame(state, "state"))

    def resync(self) -> None:
        """Changes were missed: every page is to be fetched again."""
        for listener in self._audience:
            self._resync(listener)

    async def join(self, listener: Listener, *, last_id: str = "", age_seconds: float = 0.0) -> None:
        """From now on `listener` gets the changes of its rows; first those after `last_id`, else those of the last
        `age_seconds`, the age of its page.

        Raises:
            TooMany: when the limit of open streams is reached, and while the process ends.
            ValueError: when its page has no such view.
        """
        self.views.check(listener.page, listener.view)
        if self._is_ended or len(self._audience) >= self._most:
            self._counts.live("refused")
            raise TooMany
        asked_at = self._latest.last
        missed = self._missed(listener, last_id, age_seconds)
        has_rows = self.views.has_rows(listener.page)
        rows = await self._rows_or_none(missed) if missed and has_rows else ()
        self._audience.add(listener, has_rows=has_rows)
        if self._is_gone:
            listener.put("state", frame("gone", "state"))
        if self._bar_event:
            listener.put("bar", self._bar_event)
        if missed is None or rows is None:
            self._resync(listener)
        elif missed and not has_rows:
            listener.put("stale", STALE)
        for row in rows or ():
            self._send(listener, row_key(row.account_id), row)
        self._again_since(asked_at)
        listener.mark = self._pending.mark(self._latest.last)
        self._news.set()

    def leave(self, listener: Listener, *, is_dropped: bool = False) -> None:
        """It has gone, or was dropped because it does not read."""
        if self._audience.remove(listener) and is_dropped:
            self._counts.live("dropped")

    async def run(self, stop: asyncio.Event) -> None:
        """Send what changes until `stop` is set; then end all streams."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                waking = asyncio.ensure_future(self._news.wait())
                await asyncio.wait({waking, stopping}, return_when=asyncio.FIRST_COMPLETED)
                waking.cancel()
                self._news.clear()
                await self.flush()
                await asyncio.wait({stopping}, timeout=TICK_SECONDS)
        finally:
            stopping.cancel()
            self._is_ended = True
            for listener in self._audience:
                listener.end()

    async def flush(self) -> None:
        """Send what is due now. The rest is due at a later call."""
        now = self._clock()
        self._audience.changed(frozenset(self._changed))
        self._changed.clear()
        due = self._pending.due(now)
        try:
            if due:
                await self._send_rows(tuple(due))
        except ReadModelUnavailable as error:
            self._pending.again(due)
            _LOG.warning("changed rows wait: %s", error)
        await self._send_bar(now)
        are_stale = self._audience.tell_stale(now)
        for listener in self._audience:
            listener.mark = self._pending.mark(self._latest.last)
        if self._pending or are_stale or (self._bar_is_old and self._audience):
            self._news.set()

    async def _send_rows(self, due: tuple[str, ...]) -> None:
        found = {row.account_id: row for row in await self._rows(due)}
        for account_id in due:
            key = row_key(account_id)
            for listener in self._audience.of(key):
                self._send(listener, key, found.get(account_id))

    def _send(self, listener: Listener, key: str, row: Row | None) -> None:
        if row is None:  # it was removed
            self._resync(listener)
            return
        was_room = listener.put(key, self.views.event(listener.page, listener.view, row))
        self._counts.live("sent" if was_room else "resync")

    async def _send_bar(self, now: float) -> None:
        if not self._bar_is_old or not self._audience or now - self._bar_seconds < ROW_SECONDS:
            return
        self._bar_seconds = now
        try:
            event = frame(msgspec.json.encode(await self._bar()).decode(), "bar")
        except ReadModelUnavailable:
            return  # asked again in a second
        self._bar_is_old = False
        if event != self._bar_event:
            self._bar_event = event
            for listener in self._audience:
                listener.put("bar", event)

    def _missed(self, listener: Listener, last_id: str, age_seconds: float) -> tuple[str, ...] | None:
        """The accounts of its rows that changed while it was away; None when that is not known."""
        latest = self._latest
        if last_id:
            changed = latest.since(last_id)
        else:
            changed = latest.since_seconds(self._clock() - age_seconds - AGE_SLACK_SECONDS)
        if changed is None:
            return None
        return tuple(each for each in changed if not listener.keys or row_key(each) in listener.keys)

    async def _rows_or_none(self, account_ids: tuple[str, ...]) -> Sequence[Row] | None:
        try:
            return await self._rows(account_ids)
        except ReadModelUnavailable:
            return None

    def _again_since(self, place: str) -> None:
        """What changed while rows were fetched for somebody new is sent to all who show it."""
        if place == self._latest.last:
            return
        for account_id in self._latest.since(place) or ():
            if self._audience.hears(row_key(account_id)):
                self._pending.add(account_id, place)

    def _resync(self, listener: Listener) -> None:
        listener.resync()
        self._counts.live("resync")
