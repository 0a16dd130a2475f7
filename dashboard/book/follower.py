"""Fills the book from the read model, and keeps it up to date by the stream of changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, Protocol

import numpy as np

from dashboard.book.activity_values import activity_values
from dashboard.book.book import Book
from dashboard.book.row_values import values_of
from dashboard.book.scale import scale_of
from dashboard.book.store.closes import Past
from dashboard.book.turns import Turns
from dashboard.book.words import Words
from dashboard.values.dashboard_file import DashboardFile
from scoring.model.model_json import model_key
from scoring.result import ScoreSnapshot
from streams.read_model.account_values import Activity, Changed
from streams.read_model.port import ChangesLost, ReadModel, ReadModelUnavailable, Scanned

log = logging.getLogger(__name__)
AGAIN_SECONDS = 1.0
BLOCK_MS = 1_000
SETTLE_FROM = 5_000
"""New ids that are taken into their order at once."""
POINTS_AT_ONCE = 50


class Audience(Protocol):
    """Those who want to know what changed: `dashboard.live.hub.Hub`."""

    async def publish(self, changes: Sequence[Changed], /) -> None:
        """The book has taken these in, in the order of the stream."""

    def redis_is(self, state: Literal["gone", "back"], /) -> None:
        """Redis does not answer any more, or does again."""

    def resync(self) -> None:
        """Changes were missed: everything may be another."""


class Activities(Protocol):
    """What accounts do: `streams.activity.port.ActivityReads`."""

    async def activities(self, account_ids: Sequence[str], /) -> Mapping[str, Activity]:
        """The activity of these accounts; those without any are left out. Raises `ReadModelUnavailable`."""
        ...


class Follower:
    """Owns the filling of a book. `run` never returns by itself: it is a task of the dashboard's loop."""

    def __init__(
        self,
        book: Book,
        read_model: ReadModel,
        words: Words,
        now_ms: Callable[[], int],
        audience: Audience | None = None,
        activities: Activities | None = None,
        file: DashboardFile | None = None,
    ) -> None:
        self._book = book
        self._read_model = read_model
        self._words = words
        self._now_ms = now_ms
        self._audience = audience
        self._activities = activities
        self._file = file or DashboardFile()
        self._place = ""

    async def run(self) -> None:
        """Fill the book, then keep it up to date, until it is cancelled. Redis may come and go, and lose everything."""
        points: asyncio.Task[None] | None = None
        try:
            while True:
                try:
                    if not self._place:
                        await self.fill()
                        points = self._again(points)
                    await self.follow()
                except ChangesLost as lost:
                    log.warning("The book is read again: %s", lost)
                    self._place = ""
                except ReadModelUnavailable as error:
                    self._troubled(error)
                    _end_if_cancelled()
                    await asyncio.sleep(AGAIN_SECONDS)
        finally:
            if points is not None:
                points.cancel()

    async def fill(self) -> None:
        """Take in all accounts once, in turns with other work; those that are gone leave the book.

        Raises:
            ReadModelUnavailable: Redis does not answer; the book keeps what it has.
        """
        book, was_whole = self._book, self._book.filling.is_whole
        place = await self._read_model.last_change()
        self._words.learn(await self._read_model.models())
        expected = sum((await self._read_model.count_by_group()).values())
        book.reserve(expected)
        seen, turns = set[str](), Turns()
        async for scanned in self._read_model.scan():
            activities = await self._activities_of([each.answer.account_id for each in scanned])
            for each in scanned:
                self._take(each, activities)
                seen.add(each.answer.account_id)
                await turns.rest()
            self._learn_scale()
            if book.waiting >= SETTLE_FROM:
                await self._settle()
            book.filling.read(len(seen), expected)
            self._well()
        for account_id in book.account_ids():
            if account_id not in seen:
                book.remove(account_id)
                await turns.rest()
        await self._settle()
        self._learn_scale()
        book.filling.whole()
        self._place = place
        if was_whole and self._audience is not None:
            self._audience.resync()

    async def follow(self) -> None:
        """Take in what changes, for ever.

        Raises:
            ChangesLost: the book must be filled again.
            ReadModelUnavailable: Redis does not answer; call it again.
        """
        while True:
            changes = await self._read_model.changes(self._place, BLOCK_MS)
            _end_if_cancelled()
            if changes:
                await self.apply(changes)
                self._place = changes[-1].id
            self._well()

    async def apply(self, changes: Sequence[Changed]) -> None:
        """Take in these changes, and tell those who want to know."""
        book = self._book
        answered = {each.account_id for each in changes if each.what in ("answer", "removed")}
        active = {each.account_id for each in changes if each.what == "activity"}
        active |= {account_id for account_id in answered if account_id not in book}
        answers = await self._read_model.get_many(tuple(answered)) if answered else {}
        activities = await self._activities_of(tuple(active))
        await self._learn_models(answers.values())
        turns = Turns()
        for account_id in answered:
            answer = answers.get(account_id)
            if answer is None:
                book.remove(account_id)
            else:
                book.put(values_of(answer))
            await turns.rest()
        for account_id, activity in activities.items():
            book.put_activity(account_id, activity_values(activity, self._file, book.as_of_ms))
            await turns.rest()
        self._learn_scale()
        if self._audience is not None:
            await self._audience.publish(changes)

    async def read_points(self) -> None:
        """Read the points of the last week, which say what moved the index; in the background, half of the time.

        Raises:
            ReadModelUnavailable: Redis does not answer.
        """
        ids = self._book.account_ids()
        for first in range(0, len(ids), POINTS_AT_ONCE):
            histories = await self._read_model.histories(ids[first : first + POINTS_AT_ONCE])
            begun = asyncio.get_running_loop().time()
            for account_id, history in histories.items():
                self._book.put_points(account_id, history)
            await asyncio.sleep(asyncio.get_running_loop().time() - begun)

    async def _settle(self) -> None:
        """Take new ids and texts into their orders, one order a turn."""
        for _ in self._book.settling():
            await asyncio.sleep(0)

    def _take(self, scanned: Scanned, activities: Mapping[str, Activity]) -> None:
        book, account_id = self._book, scanned.answer.account_id
        book.put(values_of(scanned.answer))
        book.put_past(account_id, Past(*scanned.trend))
        activity = activities.get(account_id)
        if activity is not None:
            book.put_activity(account_id, activity_values(activity, self._file, book.as_of_ms))

    def _again(self, points: asyncio.Task[None] | None) -> asyncio.Task[None]:
        if points is not None:
            points.cancel()
        return asyncio.ensure_future(self._points_or_not())

    async def _points_or_not(self) -> None:
        try:
            await self.read_points()
        except ReadModelUnavailable as error:
            log.warning("What moved the index is not known for the days before now: %s", error)

    async def _activities_of(self, account_ids: Sequence[str]) -> Mapping[str, Activity]:
        return {} if self._activities is None or not account_ids else await self._activities.activities(account_ids)

    async def _learn_models(self, answers: Iterable[ScoreSnapshot]) -> None:
        if any(model_key(each.model, each.model_version) not in self._words.models for each in answers):
            self._words.learn(await self._read_model.models())

    def _learn_scale(self) -> None:
        """The tiers are those of the model that made most scores."""
        codes = self._book.table.codes("model")[self._book.table.alive]
        if not len(codes):
            return
        most = int(np.bincount(codes).argmax())
        name, _, version = self._book.table.texts["model"][most].rpartition("@")
        model = self._words.explainer.model(name, int(version)) if version.isdigit() else None
        if model is not None:
            self._book.scale = scale_of(model)
            self._book.facts.labels = self._words.signals(name, int(version))

    def _well(self) -> None:
        if self._book.filling.well() and self._audience is not None:
            self._audience.redis_is("back")

    def _troubled(self, error: ReadModelUnavailable) -> None:
        if self._book.filling.troubled(error, self._now_ms):
            log.warning("The book is not kept up to date: %s", error)
            if self._audience is not None:
                self._audience.redis_is("gone")


def _end_if_cancelled() -> None:
    """The client of Redis may swallow a cancellation while it waits for a change: then nothing else ends this task."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
