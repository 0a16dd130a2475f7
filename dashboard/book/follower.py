"""Fills the book from the read model, and keeps it up to date."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol

from dashboard.book.book import Book
from dashboard.book.row_values import values_of
from dashboard.book.scale import scale_of
from dashboard.book.words import Words
from scoring.result import ScoreSnapshot
from streams.read_model.account_values import Changed
from streams.read_model.port import ReadModel, ReadModelUnavailable

log = logging.getLogger(__name__)
TURN = 500
"""Accounts that are taken in before other work has its turn."""
AGAIN_SECONDS = 1.0


class Audience(Protocol):
    """Those who want to know what changed: `dashboard.live.hub.Hub`."""

    async def publish(self, changes: Sequence[Changed], /) -> None:
        """The book has taken these in, in the order of the stream."""

    def redis_is(self, state: Literal["gone", "back"], /) -> None:
        """Redis does not answer any more, or does again."""


class Follower:
    """Owns the filling of a book. `run` never returns by itself: it is a task of the dashboard's loop."""

    def __init__(
        self,
        book: Book,
        read_model: ReadModel,
        words: Words,
        now_ms: Callable[[], int],
        audience: Audience | None = None,
    ) -> None:
        self._audience = audience
        self._book = book
        self._read_model = read_model
        self._words = words
        self._now_ms = now_ms

    async def run(self) -> None:
        """Fill the book, then keep it up to date, until it is cancelled. Redis may come and go."""
        while True:
            try:
                await self.fill()
                self._well()
            except ReadModelUnavailable as error:
                self._troubled(error)
            await asyncio.sleep(AGAIN_SECONDS)

    async def fill(self) -> None:
        """Take in all accounts once.

        Raises:
            ReadModelUnavailable: Redis does not answer; the book keeps what it has.
        """
        answers = await self._read_model.worst_first()
        self._words.learn(await self._read_model.models())
        await self.take(answers)
        gone = set(self._book.account_ids()) - {answer.account_id for answer in answers}
        for account_id in gone:
            self._book.remove(account_id)
        self._book.filling.is_whole = True
        self._book.filling.words = ""

    async def take(self, answers: Iterable[ScoreSnapshot]) -> None:
        """Take in these answers, in turns with other work."""
        at_ms, changes = self._now_ms(), list[Changed]()
        for number, answer in enumerate(answers):
            if self._book.put(values_of(answer)):
                changes.append(Changed(id=f"{at_ms}-{number}", account_id=answer.account_id, what="answer"))
            if number % TURN == 0:
                self._learn_scale(answer)
                await asyncio.sleep(0)
        self._book.settle()
        if changes and self._audience is not None and self._book.filling.is_whole:
            await self._audience.publish(changes)

    def _learn_scale(self, answer: ScoreSnapshot) -> None:
        model = self._words.explainer.model(answer.model, answer.model_version)
        if model is not None:
            self._book.scale = scale_of(model)

    def _well(self) -> None:
        if self._audience is not None:
            self._audience.redis_is("back")
        self._book.filling.trouble, self._book.filling.trouble_since_ms = "", 0

    def _troubled(self, error: ReadModelUnavailable) -> None:
        if not self._book.filling.trouble:
            log.warning("The book is not kept up to date: %s", error)
            self._book.filling.trouble_since_ms = self._now_ms()
        self._book.filling.trouble = str(error)
        if self._audience is not None:
            self._audience.redis_is("gone")
