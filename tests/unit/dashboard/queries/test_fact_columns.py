"""The signals of the model as columns of the list."""

from __future__ import annotations

import pytest

from dashboard.book.book import Book
from dashboard.book.row_values import values_of
from dashboard.queries.port import BadRequest
from dashboard.values.listing import Column, Filter, Listing, ListRequest, Operator
from tests.support.dashboard.books import a_book, an_answer
from tests.unit.dashboard.queries.test_listing import ids, listed, service_of


def used() -> Book:
    """Three accounts; one says nothing of its usage."""
    return a_book(
        an_answer("a", facts={"usage_30d": 539.0, "share": 0.1, "plan": "pro", "mrr": 900.0}),
        an_answer("b", facts={"usage_30d": 12.0, "share": 0.7, "nps": 9.0}),
        an_answer("c", facts={"share": None}),
    )


def by_id(listing: Listing, name: str) -> dict[str, object]:
    return {row.account_id: row.custom.get(name) for row in listing.rows}


def test_numbers_of_signals_are_columns_and_what_has_a_column_is_none() -> None:
    book = used()
    book.facts.labels = {"usage_30d": "product events"}
    assert [each for each in service_of(book).columns() if each.name.startswith("fact.")] == [
        Column(name="fact.share", label="share", kind="number"),
        Column(name="fact.usage_30d", label="Product events, usage_30d", kind="number"),
    ]


@pytest.mark.parametrize(
    ("field", "operator", "value", "kept"),
    [
        ("fact.usage_30d", "at_least", "12", ["a", "b"]),
        ("fact.usage_30d", "at_most", "12", ["b"]),
        ("fact.share", "is", "0.1", ["a"]),
        ("fact.share", "at_most", "0.1", ["a"]),
        ("fact.usage_30d", "is_unset", "", ["c"]),
    ],
)
def test_they_are_filtered(field: str, operator: Operator, value: str, kept: list[str]) -> None:
    request = ListRequest(filters=(Filter(field=field, operator=operator, value=value),), sort="account_id")
    assert sorted(ids(listed(used(), request))) == kept


def test_they_are_sorted_page_by_page() -> None:
    request = ListRequest(sort="fact.share", is_descending=False, limit=1)
    first = listed(used(), request)
    second = listed(used(), ListRequest(sort="fact.share", is_descending=False, limit=5, cursor=first.cursor))
    assert (ids(first), ids(second)) == (["a"], ["b", "c"])


def test_a_row_has_them_as_its_latest_answer_said_and_none_when_it_goes() -> None:
    book = used()
    assert by_id(listed(book, ListRequest()), "fact.share") == {"a": 0.1, "b": 0.7, "c": None}
    book.put(values_of(an_answer("a", version=2, facts={"usage_30d": 1.0})))
    assert by_id(listed(book, ListRequest()), "fact.usage_30d") == {"a": 1.0, "b": 12.0, "c": None}
    assert by_id(listed(book, ListRequest()), "fact.share") == {"a": None, "b": 0.7, "c": None}
    book.remove("b")
    book.put(values_of(an_answer("d", facts={})))
    assert by_id(listed(book, ListRequest()), "fact.share")["d"] is None


def test_columns_have_room_for_accounts_that_come_later() -> None:
    book = used()
    book.reserve(5_000)
    for number in range(2_000):
        book.put(values_of(an_answer(f"more-{number}", facts={"usage_30d": float(number)})))
    most = ListRequest(sort="fact.usage_30d", limit=2)
    assert ids(listed(book, most)) == ["more-1999", "more-1998"]


def test_an_unknown_signal_is_refused_in_words() -> None:
    with pytest.raises(BadRequest, match=r"fact\. and a signal's name"):
        listed(used(), ListRequest(sort="fact.nonsense"))
