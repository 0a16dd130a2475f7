"""The address of a list: what it says, what it leaves out, and that nothing in it can break a page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from dashboard.pages.lists.addresses import MOST_ROWS, OPERATORS, Address, address_of, unread
from dashboard.pages.lists.columns import shown_columns
from dashboard.pages.lists.filtering import filters_of_form
from dashboard.pages.lists.list_page import whole_query
from dashboard.pages.lists.sheet import order_of
from dashboard.pages.lists.views import DAILY, built_in
from dashboard.values.listing import Filter, ListRequest
from dashboard.wording.look import Look
from tests.support.page_samples.accounts import NOW_MS, least_row, row
from tests.support.page_samples.listed import COLUMNS

VIEWS = {view.name: (view.request, view.columns) for view in built_in("Ines Carvalho", "green")}
LOOK = Look(now_ms=NOW_MS)


def read(query: str) -> Address:
    return address_of(QueryParams(query), VIEWS, DAILY)


def test_no_query_is_the_daily_round_of_the_reader() -> None:
    address = read("")
    assert address.view == DAILY
    assert address.request.filters == (Filter(field="owner", operator="is", value="Ines Carvalho"),)
    assert address.request.group
    assert address.query() == "view=daily"


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_needs_its_name_alone(name: str) -> None:
    assert read(f"view={name}").query() == f"view={name}"


def test_a_view_can_be_changed_and_stays_the_view() -> None:
    address = read("view=daily&filter=mrr:at_least:900&sort=-mrr&group=")
    assert address.request == ListRequest(
        filters=(Filter(field="mrr", operator="at_least", value="900"),), sort="mrr", is_descending=True
    )
    assert address.view == DAILY


def test_the_last_filter_of_a_view_can_be_removed() -> None:
    address = read("view=daily")
    without = read(address.without(address.request.filters[0]).partition("?")[2])
    assert without.request.filters == ()
    assert without.view == DAILY


texts = st.text(max_size=40).filter(lambda text: text == text.strip())
fields = st.sampled_from([column.name for column in COLUMNS])
filters = st.builds(Filter, field=fields, operator=st.sampled_from(sorted(OPERATORS)), value=texts)
requests = st.builds(
    ListRequest,
    filters=st.lists(filters, max_size=3, unique=True).map(tuple),
    sort=st.sampled_from(["mrr", "score", "trait.region"]),
    is_descending=st.booleans(),
    group=st.booleans(),
    search=texts,
    limit=st.integers(1, MOST_ROWS),
    cursor=st.text("abc", max_size=5),
)


@given(requests, st.sampled_from(["", *VIEWS]), texts)
def test_an_address_is_read_as_it_was_written(request: ListRequest, view: str, explain: str) -> None:
    base = VIEWS[view][0] if view else ListRequest()
    address = Address(view=view, base=base, request=request, explain=explain)
    query = address.query(cursor=request.cursor)
    assert read(query).request == request or not query


@given(st.text(max_size=200))
def test_no_query_raises(query: str) -> None:
    address = read(query)
    assert 1 <= address.request.limit <= MOST_ROWS
    read(address.query())


def test_another_list_begins_at_its_start() -> None:
    assert "cursor" not in read("view=all&cursor=c2").query(sort="mrr")
    assert "cursor=c2" in read("view=all&cursor=c2").query(cursor="c2", explain="acme")


# --- the form


def form(query: str) -> list[str]:
    return [f"{each.field}:{each.operator}:{each.value}" for each in filters_of_form(QueryParams(query))]


def test_the_form_asks_for_what_was_written_in_it() -> None:
    query = "tier=red&tier=yellow&owner=Ines&mrr=$1,200&fell=5&renews=90&field=nps&operator=at_most&value=6"
    assert form(query) == [
        "tier:is:red",
        "tier:is:yellow",
        "owner:is:Ines",
        "mrr:at_least:1200",
        "renewal_days:at_most:90",
        "renewal_days:at_least:0",
        "change_7d:at_most:-5",
        "nps:at_most:6",
    ]


@pytest.mark.parametrize("query", ["", "owner=++&mrr=&fell=much&renews=&field=&operator=is&value=", "operator=<b>"])
def test_an_empty_form_asks_for_nothing(query: str) -> None:
    assert form(query) == []


# --- columns and order


def test_a_column_that_the_filter_makes_the_same_leaves_first() -> None:
    same = (Filter(field="owner", operator="is", value="Ines"),)
    either = (*same, Filter(field="owner", operator="is", value="Tom"))
    assert "owner" not in [each.column.name for each in shown_columns(COLUMNS, (), same)]
    assert "owner" in [each.column.name for each in shown_columns(COLUMNS, (), either)]
    assert "owner" in [each.column.name for each in shown_columns(COLUMNS, ("owner",), same)]


def test_chosen_columns_keep_their_order_and_the_name_comes_first() -> None:
    shown = shown_columns(COLUMNS, ("mrr", "nonsense", "score", "name"), ())
    assert [each.column.name for each in shown] == ["name", "mrr", "score"]


@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize("group", [True, False])
def test_rows_in_the_order_of_the_list_rise(is_descending: bool, group: bool) -> None:
    asked = ListRequest(sort="mrr", is_descending=is_descending, group=group)
    amounts = (900.0, 500.0, 100.0) if is_descending else (100.0, 500.0, 900.0)
    rows = [row(number, mrr=mrr, tier="red", score=20.0) for number, mrr in enumerate(amounts)]
    rows += [row(7, mrr=50.0, tier="green", score=90.0)] if group else []
    orders = [json.loads(order_of(each, asked, LOOK)) for each in (*rows, least_row())]
    assert orders == sorted(orders)


def test_a_falling_order_of_texts_cannot_be_said() -> None:
    asked = replace(ListRequest(sort="owner"), is_descending=True)
    assert order_of(row(), asked, LOOK) == ""


def test_what_is_saved_or_shared_of_a_view_needs_no_view() -> None:
    query = whole_query(read("view=renewals&explain=acme&cursor=c"))
    assert "view=" not in query
    assert "explain" not in query
    kept = address_of(QueryParams(query), {}, "")
    assert kept.request == VIEWS["renewals"][0]
    assert {unread(whole_query(read(f"view={name}&q=ann&columns=mrr&limit=9"))) for name in VIEWS} == {""}
