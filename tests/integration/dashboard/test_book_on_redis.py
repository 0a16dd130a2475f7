"""The book follows a real Redis: through changes, an empty one, and one that is gone for a time."""

from __future__ import annotations

from streams.deployment.settings import Settings
from streams.read_model.store import RedisReadModel
from tests.support.dashboard.books import an_answer
from tests.support.dashboard.following import Writer, following

MANY = 1_500


async def test_a_book_follows_redis_and_fills_itself_again_when_redis_was_emptied(settings: Settings) -> None:
    model = RedisReadModel.open(settings)
    try:
        writer = Writer(model)
        await writer.write(*(an_answer(f"a{number}", number % 100) for number in range(MANY)))
        async with following(model) as found:
            await found.becomes(lambda: found.book.filling.is_whole)
            assert len(found.book) == MANY
            await writer.write(an_answer("a7", 99.5, version=2), "a8", an_answer("new", 1.0))
            await found.becomes(lambda: found.scores.get("a7") == 99.5 and "new" in found.book)
            assert "a8" not in found.book
            await model.clear()
            writer.offset = 0
            await writer.write(an_answer("a7", 50.0, version=3))
            await found.becomes(lambda: found.scores == {"a7": 50.0})
            await found.becomes(lambda: found.audience.resyncs >= 1)
    finally:
        await model.clear()
        await model.close()
