"""The book follows the read model: filled, kept, troubled and filled again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from dashboard.book.derived import change_of
from scoring.instants import DAY_MS
from scoring.result import ComponentScore, ScoreSnapshot
from streams.read_model.account_values import Activity, Changed, Feature, Trait
from streams.read_model.port import ReadModelUnavailable, Scanned
from tests.support.dashboard.books import DAY, an_answer
from tests.support.dashboard.following import Following, InMemoryActivities, Writer, following
from tests.support.read_model.in_memory import InMemoryReadModel


class Moody(InMemoryReadModel):
    """A read model that may be down."""

    is_down = False

    async def changes(self, after_id: str, block_ms: int = 0, /) -> list[Changed]:
        """See `ReadModel.changes`."""
        self._answer()
        return await super().changes(after_id, min(block_ms, 5))

    async def get_many(self, account_ids: Sequence[str], /) -> dict[str, ScoreSnapshot]:
        """See `ReadModel.get_many`."""
        self._answer()
        return await super().get_many(account_ids)

    async def scan(self) -> AsyncIterator[list[Scanned]]:
        """See `ReadModel.scan`."""
        self._answer()
        async for each in super().scan():
            yield each

    def _answer(self) -> None:
        if self.is_down:
            raise ReadModelUnavailable("Redis is down")


async def test_what_is_there_and_what_comes_later_is_in_the_book() -> None:
    model = Moody()
    writer = Writer(model)
    await writer.write(an_answer("a", 10.0), an_answer("b", 20.0))
    async with following(model) as found:
        await found.becomes(lambda: found.book.filling.is_whole)
        assert found.scores == {"a": 10.0, "b": 20.0}
        await writer.write(an_answer("a", 30.0, version=2), an_answer("c", None), "b")
        await found.becomes(lambda: found.scores == {"a": 30.0, "c": None})
        await found.becomes(lambda: len(found.audience.changed) == 3)
        assert [(each.account_id, each.what) for each in found.audience.changed] == [
            ("a", "answer"),
            ("c", "answer"),
            ("b", "removed"),
        ]
        assert found.audience.states == []
        assert found.audience.resyncs == 0


async def test_while_redis_is_gone_the_book_keeps_what_it_has_and_says_since_when() -> None:
    model = Moody()
    writer = Writer(model)
    await writer.write(an_answer("a", 10.0))
    async with following(model) as found:
        await found.becomes(lambda: found.book.filling.is_whole)
        model.is_down = True
        await found.becomes(lambda: bool(found.book.filling.trouble))
        assert (found.book.filling.trouble, found.book.filling.trouble_since_ms) == ("Redis is down", 7)
        assert found.scores == {"a": 10.0}
        await writer.write(an_answer("a", 20.0, version=2))
        model.is_down = False
        await found.becomes(lambda: found.scores == {"a": 20.0} and not found.book.filling.trouble)
        assert found.audience.states == ["gone", "back"]
        assert found.audience.resyncs == 0


async def test_a_gap_in_the_stream_is_a_new_scan_while_the_old_book_is_served() -> None:
    model = Moody()
    writer = Writer(model)
    await writer.write(an_answer("a", 10.0), an_answer("b", 20.0))
    async with following(model) as found:
        await found.becomes(lambda: found.book.filling.is_whole)
        await model.clear()
        writer.offset = 0
        await writer.write(an_answer("b", 25.0, version=2), an_answer("c", 30.0))
        await found.becomes(lambda: found.audience.resyncs == 1)
        assert found.book.filling.is_whole
        assert found.scores == {"b": 25.0, "c": 30.0}


async def test_closes_activity_and_points_come_with_an_account() -> None:
    model = Moody()
    writer = Writer(model)
    first = an_answer("a", 80.0, day=DAY - 9, components={"use": ComponentScore(80.0, 40.0, 50.0)})
    second = an_answer("a", 60.0, day=DAY, version=2, components={"use": ComponentScore(60.0, 30.0, 50.0)})
    await writer.write(first, second)
    login = Feature(name="login", topic="analytics", first_ms=5, last_ms=9, total=2, week=1, weeks=(2,))
    activities = InMemoryActivities(a=Activity(features=(login,), traits=(Trait(name="owner", value="Ann", at_ms=0),)))
    async with following(model, activities) as found:
        await found.becomes(lambda: found.book.filling.is_whole)
        assert change_of(found.book, "change_7d", 0) == -20.0
        assert found.book.table.label("owner", 0) == "Ann"
        assert found.book.table.number("last_login_ms", 0) == 9.0
        await found.becomes(lambda: points_at(found, DAY - 7) == 40.0)
        activities.held["b"] = Activity(traits=(Trait(name="owner", value="Bob", at_ms=0),))
        await writer.write(an_answer("b", 1.0))
        await found.becomes(lambda: "b" in found.book)
        assert found.book.table.label("owner", found.book.row("b") or 0) == "Bob"


def points_at(found: Following, day: int) -> float:
    return float(found.book.judgements.then(day, 1)[0, 0]) if found.book.judgements.names else 0.0


async def test_the_day_of_the_book_is_that_of_its_latest_judgement() -> None:
    model = Moody()
    await Writer(model).write(an_answer("a", 10.0, day=DAY - 3), an_answer("b", 10.0))
    async with following(model) as found:
        await found.becomes(lambda: found.book.filling.is_whole)
        assert found.book.as_of_ms == DAY * DAY_MS + DAY_MS // 2
        assert found.book.today == DAY
