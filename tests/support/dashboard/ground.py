"""What queries stand on, over a read model in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.book.book import Book
from dashboard.book.follower import Follower
from dashboard.book.words import Words
from dashboard.queries.ground import Ground
from scoring.result import ScoreSnapshot
from streams.read_model.port import Batch, Change
from tests.fakes import InMemoryReadModel


async def a_ground(answers: Sequence[ScoreSnapshot], models: Mapping[str, bytes], now_ms: int = 0) -> Ground:
    """A filled book over these answers and models."""
    read_model = InMemoryReadModel()
    changes = [Change(offset, answer.account_id, answer) for offset, answer in enumerate(answers)]
    await read_model.write_models(models)
    await read_model.write(Batch(partition=0, start=0, end=len(changes), changes=changes))
    book, words = Book(), Words()
    clock_ms = now_ms or max((answer.as_of_ms for answer in answers), default=0)
    await Follower(book, read_model, words, lambda: clock_ms).fill()
    return Ground(book=book, read_model=read_model, now_ms=lambda: clock_ms, words=words)
