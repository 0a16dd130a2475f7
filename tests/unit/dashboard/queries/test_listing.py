"""The list as a query: what is refused, rows while Redis is gone, cursors that stay, custom columns, marks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from dashboard.book.activity_values import activity_values
from dashboard.book.book import Book
from dashboard.book.row_values import values_of
from dashboard.book.rows import row_of
from dashboard.queries.ground import Ground
from dashboard.queries.port import BadRequest
from dashboard.queries.service import Service
from dashboard.values.dashboard_file import DashboardFile
from dashboard.values.listing import Filter, Listing, ListRequest, Operator, Row
from scoring.instants import DAY_MS
from scoring.result import Forecast as Ahead
from scoring.result import Override, ScoreSnapshot, TierForecast, TransitionCause, Warming
from streams.read_model.account_values import Activity, Trait
from streams.read_model.port import ReadModelUnavailable
from tests.builders import a_snapshot, snapshot_models
from tests.support.dashboard.books import DAY, a_book, an_answer, sorted_plainly
from tests.support.dashboard.ground import a_ground
from tests.support.read_model.in_memory import InMemoryReadModel

NOW_MS = DAY * DAY_MS + DAY_MS // 2


class Gone(InMemoryReadModel):
    """A read model that does not answer."""

    async def get_many(self, account_ids: Sequence[str], /) -> dict[str, ScoreSnapshot]:
        """See `ReadModel.get_many`."""
        raise ReadModelUnavailable("gone")


def service_of(book: Book) -> Service:
    return Service(Ground(book=book, read_model=Gone(), now_ms=lambda: NOW_MS))


def listed(book: Book, request: ListRequest) -> Listing:
    return asyncio.run(service_of(book).accounts(request))


def ids(listing: Listing) -> list[str]:
    return [row.account_id for row in listing.rows]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ListRequest(limit=0), "1 to 500 accounts, not 0"),
        (ListRequest(limit=501), "1 to 500 accounts, not 501"),
        (ListRequest(sort="nobody"), "There is no column 'nobody'"),
        (ListRequest(sort="marks"), "cannot be sorted by 'marks'"),
        (ListRequest(filters=(Filter(field="x", operator="is"),)), "There is no column 'x'"),
        (ListRequest(filters=(Filter(field="marks", operator="is"),)), "marks cannot be filtered"),
        (ListRequest(filters=(Filter(field="mrr", operator="at_least", value="much"),)), "not with 'much'"),
        (ListRequest(filters=(Filter(field="mrr", operator="at_least", value="nan"),)), "not with 'nan'"),
        (ListRequest(filters=(Filter(field="mrr", operator="contains", value="1"),)), "mrr:contains means nothing"),
        (ListRequest(filters=(Filter(field="owner", operator="at_most", value="1"),)), "owner:at_most means nothing"),
        (ListRequest(filters=(Filter(field="renewal", operator="at_most", value="soon"),)), "written like 2026-03-15"),
        (ListRequest(filters=(Filter(field="is_starred", operator="is", value="maybe"),)), "true or false"),
        (ListRequest(filters=(Filter(field="tier", operator="is", value="red"),) * 51), "at most 50 filters, not 51"),
        (ListRequest(cursor="AAAA"), "This cursor is not of this list"),
        (ListRequest(cursor="é!"), "This cursor is not of this list"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(request_: ListRequest, words: str) -> None:
    with pytest.raises(BadRequest) as refused:
        listed(a_book(an_answer("a")), request_)
    assert words in str(refused.value)


def test_a_cursor_is_of_one_order_and_none_that_somebody_changed() -> None:
    book = a_book(*(an_answer(f"a{number}", float(number)) for number in range(5)))
    request = ListRequest(sort="score", limit=2)
    cursor = listed(book, request).cursor
    assert ids(listed(book, replace(request, cursor=cursor))) == ["a2", "a1"]
    for other in (replace(request, sort="mrr"), replace(request, group=True), replace(request, is_descending=False)):
        with pytest.raises(BadRequest, match="not of this list"):
            listed(book, replace(other, cursor=cursor))
    for place in range(0, len(cursor), 5):
        changed = cursor[:place] + ("B" if cursor[place] != "B" else "C") + cursor[place + 1 :]
        with pytest.raises(BadRequest, match="not of this list"):
            listed(book, replace(request, cursor=changed))


def test_a_cursor_stays_while_scores_move_and_its_account_goes() -> None:
    book = a_book(*(an_answer(f"a{number}", 10.0 * number) for number in range(6)))
    request = ListRequest(sort="score", is_descending=False, limit=2)
    first = listed(book, request)
    assert ids(first) == ["a0", "a1"]
    book.remove("a1")
    book.put(values_of(an_answer("a0", 45.0, version=2)))
    book.put(values_of(an_answer("a5", 5.0, version=2)))
    assert ids(listed(book, replace(request, cursor=first.cursor, limit=9))) == ["a2", "a3", "a4", "a0"]


def test_while_redis_is_gone_rows_come_from_the_book() -> None:
    (row,) = listed(a_book(an_answer("a", 40.0, mrr=1_000.0, coverage=0.36, provisional=True)), ListRequest()).rows
    assert (row.score, row.tier, row.at_risk, row.is_starred, row.top_risk) == (40.0, "red", 600.0, True, "")
    assert [mark.words for mark in row.marks] == ["provisional", "36 % coverage"]


@pytest.mark.parametrize(
    ("operator", "value", "kept"),
    [
        ("is", "2026-11-20", ["a1"]),
        ("at_least", "2026-11-20", ["a0", "a1"]),
        ("at_most", "2026-11-20", ["a1", "a2"]),
        ("at_most", f"{(DAY - 2) * DAY_MS}", ["a2"]),
        ("is_unset", "", ["none"]),
    ],
)
def test_an_instant_is_filtered_by_its_day(operator: Operator, value: str, kept: list[str]) -> None:
    answers = [an_answer(f"a{number}", first_event_ms=(DAY - number) * DAY_MS) for number in range(3)]
    answers[2] = an_answer("a2", first_event_ms=(DAY - 2) * DAY_MS)
    request = ListRequest(filters=(Filter(field="first_event_ms", operator=operator, value=value),), sort="account_id")
    assert sorted(ids(listed(a_book(*answers, an_answer("none", first_event_ms=-1)), request))) == kept


def test_a_renewal_is_a_date_and_days() -> None:
    book = a_book(an_answer("a", facts={"renewal_days": 39.0}), an_answer("b", facts={"renewal_date": "2026-11-30"}))
    rows = {row.account_id: (row.renewal, row.renewal_days) for row in listed(book, ListRequest()).rows}
    assert rows == {"a": ("2026-12-30", 39), "b": ("2026-11-30", 9)}
    soon = ListRequest(filters=(Filter(field="renewal_days", operator="at_most", value="9"),))
    assert ids(listed(book, soon)) == ["b"]


def test_custom_columns_have_the_type_that_all_values_have() -> None:
    book = a_book(an_answer("a"), an_answer("b"), an_answer("c"))
    said: dict[str, dict[str, str | float | bool]] = {
        "a": {"seats": 5.0, "beta": True, "since": "2026-01-02", "mixed": 3.0, "region": "North"},
        "b": {"seats": 50.0, "beta": False, "since": "2025-01-02", "mixed": "x"},
        "c": {"name": "Corp", "owner": "Ann"},
    }
    for account_id, traits in said.items():
        activity = Activity(traits=tuple(Trait(name=name, value=value, at_ms=0) for name, value in traits.items()))
        book.put_activity(account_id, activity_values(activity, DashboardFile(), NOW_MS))
    custom = {each.name: each.kind for each in service_of(book).columns() if each.name.startswith("trait.")}
    assert custom == {
        "trait.beta": "boolean",
        "trait.mixed": "text",
        "trait.region": "text",
        "trait.seats": "number",
        "trait.since": "date",
    }
    assert ids(listed(book, ListRequest(sort="trait.seats"))) == ["b", "a", "c"]
    assert ids(listed(book, ListRequest(sort="trait.since", is_descending=False))) == ["b", "a", "c"]
    for field, value, kept in (
        ("trait.beta", "true", ["a"]),
        ("trait.mixed", "3", ["a"]),
        ("trait.region", "north", ["a"]),
        ("trait.since", "2025-01-02", ["b"]),
    ):
        assert ids(listed(book, ListRequest(filters=(Filter(field=field, operator="is", value=value),)))) == kept
    rows = {row.account_id: row for row in listed(book, ListRequest()).rows}
    assert rows["a"].custom["trait.mixed"] == "3"
    assert (rows["c"].name, rows["c"].owner, rows["c"].custom["trait.seats"]) == ("Corp", "Ann", None)


def explained(answer: ScoreSnapshot) -> Row:
    """The answer's row, with its words."""

    async def row() -> Row:
        ground = await a_ground([answer], snapshot_models(), NOW_MS)
        return (await Service(ground).rows((answer.account_id, "unknown")))[0]

    return asyncio.run(row())


def marks(**more: Any) -> list[tuple[str, bool]]:
    row = explained(an_answer("a", **{"coverage": 1.0, **more}))
    return [(mark.words, mark.is_dashed) for mark in row.marks]


def test_what_holds_an_account_down_is_short_and_whole() -> None:
    row = explained(a_snapshot("a", as_of_ms=NOW_MS))
    assert row.top_risk_whole == row.top_risk == "no login in 15 days"


def test_marks_have_their_ends() -> None:
    by_hand = Override(score=61.2, reason="", author="ines", set_ms=0, until_ms=NOW_MS + 18 * DAY_MS)
    assert marks(override=by_hand) == [("by hand to 9 Dec", False)]
    until = "2027-01-12T00:00:00Z"
    warming = (Warming(signal="usage_30d", until=until),)
    assert marks(provisional=True, warming=warming) == [("provisional to 12 Jan 2027", True)]
    assert marks(warming=warming) == [("warming up to 12 Jan 2027", True)]
    assert marks(coverage=0.414) == [("41 % coverage", True)]
    assert marks(coverage=0.914) == []
    assert marks(stale={"exceptions": "2026-11-21T09:00:00Z"}) == [("stale: exceptions 3 h", True)]
    assert marks(past_bounds=("ids",)) == [("incomplete: ids", True)]


def test_a_fall_that_is_near_is_a_mark_and_a_rise_is_none() -> None:
    def ahead(tier: str, days: int) -> Ahead:
        at_ms = NOW_MS + days * DAY_MS
        cause = TransitionCause(kind="expiry")
        return Ahead(
            horizon_days=90,
            next_tier=TierForecast(at="", at_ms=at_ms, tier=tier, score=40.0, cause=cause),
            improvements=(),
        )

    assert marks(forecast=ahead("red", 2)) == [("red in 2 d", True)]
    assert marks(forecast=ahead("red", 31)) == []
    assert marks(forecast=ahead("green", 2)) == []


@pytest.mark.parametrize("sort", ["score", "owner", "mrr", "account_id"])
@pytest.mark.parametrize("is_descending", [True, False])
def test_pages_of_many_accounts_are_those_of_all_of_them_sorted(sort: str, is_descending: bool) -> None:
    request = ListRequest(sort=sort, is_descending=is_descending, limit=40)
    rows = [row_of(MANY, row, None, NOW_MS) for row in range(MANY.table.rows)]
    should = [row.account_id for row in sorted_plainly(rows, request)]
    first = listed(MANY, request)
    second = listed(MANY, replace(request, cursor=first.cursor))
    assert ids(first) + ids(second) == should[:80]


def many_answers() -> Iterator[ScoreSnapshot]:
    """Enough for a sample of them to be looked at: with equal values, and without any."""
    chance = random.Random(14)
    for number in range(6_000):
        score = chance.choice((None, 10.0, 50.0, chance.uniform(0, 100)))
        owner = chance.choice(("", "Ann", "Bob"))
        yield an_answer(
            f"{chance.randrange(10**6)}-{number}", score, mrr=chance.choice((None, 0.0, 900.0)), facts={"owner": owner}
        )


MANY = a_book(*many_answers())


@pytest.mark.parametrize("part", ["7", "-1", "77", "9-2", "nobody"])
def test_a_part_that_many_names_have_is_found_in_all_of_them(part: str) -> None:
    should = {MANY.table.ids[row] for row in range(MANY.table.rows) if part in MANY.table.ids[row]}
    assert {MANY.table.ids[row] for row in MANY.search.rows(part)} == should
