"""The dashboard's book: lists, pages, totals and closes equal what is said plainly, in any order of updates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.book.activity_values import activity_values
from dashboard.book.book import Book
from dashboard.book.filters import kept
from dashboard.book.row_values import values_of
from dashboard.book.rows import row_of
from dashboard.book.store.closes import past_of
from dashboard.book.store.search_text import SearchText
from dashboard.book.store.texts import folded
from dashboard.queries.ground import Ground
from dashboard.queries.listing import accounts
from dashboard.values.dashboard_file import DashboardFile
from dashboard.values.listing import Filter, Listing, ListRequest, Operator, Row
from scoring.result import ScoreSnapshot
from streams.read_model.account_values import Activity, Trait
from tests.fakes import InMemoryReadModel
from tests.support.dashboard.books import DAY, a_book, an_answer, days_of, kept_plainly, sorted_plainly, tier_of
from tests.support.examples import examples

FILE = DashboardFile()
NAMES = ("Straße", "ÉCLAIR", "e\u0301clair", "acme", "Acme", "مؤسسة", "🌿 Gardens", "")
scores = st.one_of(st.none(), st.sampled_from([0.0, 49.99, 50.0, 75.0, 100.0]), st.floats(0, 100))
money = st.one_of(st.none(), st.sampled_from([0.0, 900.0]), st.floats(0, 20_000))
owners = st.sampled_from(["", "Ann", "ann", "Bob"])


@st.composite
def an_account(draw: st.DrawFn, number: int) -> ScoreSnapshot:
    facts = {
        "owner": draw(owners),
        "account_name": draw(st.sampled_from(NAMES)),
        "nps": draw(st.sampled_from([None, 3, 9])),
    }
    more: Any = {"mrr": draw(money), "facts": facts, "plan": draw(st.sampled_from([None, "pro", "free"]))}
    return an_answer(f"a{number:02d}", draw(scores), day=DAY - draw(st.integers(0, 3)), **more)


@st.composite
def many_accounts(draw: st.DrawFn) -> list[ScoreSnapshot]:
    return [draw(an_account(number)) for number in draw(st.permutations(range(draw(st.integers(0, 14)))))]


sets: st.SearchStrategy[Operator] = st.sampled_from(["is_set", "is_unset"])
conditions = st.one_of(
    st.builds(Filter, field=st.just("owner"), operator=st.sampled_from(["is", "is_not", "contains"]), value=owners),
    st.builds(
        Filter,
        field=st.sampled_from(["owner", "plan", "score", "mrr"]),
        operator=st.sampled_from(["is_set", "is_unset"]),
    ),
    st.builds(
        Filter,
        field=st.sampled_from(["score", "mrr", "at_risk", "nps", "urgency"]),
        operator=st.sampled_from(["at_least", "at_most", "is", "is_not"]),
        value=st.sampled_from(["0", "3", "50", "75", "900"]),
    ),
    st.builds(Filter, field=st.just("tier"), operator=st.just("is"), value=st.sampled_from(["red", "Green"])),
    st.builds(
        Filter,
        field=st.just("name"),
        operator=st.sampled_from(["is", "contains"]),
        value=st.sampled_from(["ACM", "acme", "01"]),
    ),
    st.builds(Filter, field=st.just("is_starred"), operator=st.just("is"), value=st.sampled_from(["true", "false"])),
)
requests = st.builds(
    ListRequest,
    filters=st.lists(conditions, max_size=3).map(tuple),
    sort=st.sampled_from(["score", "mrr", "at_risk", "urgency", "name", "owner", "account_id", "tier", "plan", "nps"]),
    is_descending=st.booleans(),
    group=st.booleans(),
    search=st.sampled_from(["", "", "ac", "STRASSE", "0", "e\u0301", "nobody"]),
    limit=st.integers(1, 5),
)


def every_row(book: Book) -> list[Row]:
    return [row_of(book, int(row), None, 0) for row in np.flatnonzero(book.table.alive)]


async def pages_of(book: Book, request: ListRequest) -> list[Listing]:
    ground = Ground(book=book, read_model=InMemoryReadModel(), now_ms=lambda: 0)
    pages = [await accounts(ground, request)]
    while pages[-1].cursor:
        pages.append(await accounts(ground, replace(request, cursor=pages[-1].cursor)))
    return pages


@examples(200)
@given(many_accounts(), requests)
def test_pages_have_what_the_filters_keep_each_once_in_order(
    answers: list[ScoreSnapshot], request: ListRequest
) -> None:
    book = a_book(*answers)
    pages = asyncio.run(pages_of(book, request))
    should = sorted_plainly(kept_plainly(every_row(book), request), request)
    assert [row.account_id for page in pages for row in page.rows] == [row.account_id for row in should]
    assert all(len(page.rows) == request.limit for page in pages[:-1])


@examples(100)
@given(many_accounts(), requests)
def test_totals_are_the_sums_of_the_rows(answers: list[ScoreSnapshot], request: ListRequest) -> None:
    book = a_book(*answers)
    rows = kept_plainly(every_row(book), request)
    page = asyncio.run(pages_of(book, request))[0]
    for total, of in ((page.total, rows), (page.book, every_row(book))):
        assert total.accounts == len(of)
        assert total.mrr == pytest.approx(sum(row.mrr or 0.0 for row in of))
        assert total.at_risk == pytest.approx(sum(row.at_risk or 0.0 for row in of))
    assert sum(each.accounts for each in page.groups) == len(rows)
    for group in page.groups:
        assert group.accounts == sum(row.tier == group.name for row in rows) > 0


Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(st.sampled_from(["answer", "answer", "activity", "remove"]), st.integers(0, 4), st.integers(0, 99))
)


def answered(account: int, version: int, salt: int) -> ScoreSnapshot:
    facts = {"owner": f"fact {salt % 3}", "nps": salt % 10, "account_name": f"Name {salt % 4}" if salt % 5 else None}
    return an_answer(f"a{account}", float(salt), day=DAY, version=version, mrr=float(salt * 10), facts=facts, plan=None)


def activity_of(salt: int) -> Activity:
    said: dict[str, str | float | bool] = {"owner": f"said {salt % 2}" if salt % 3 else "", "plan": "pro"}
    said |= {"beta": bool(salt % 2), "size": float(salt)}
    return Activity(traits=tuple(Trait(name=name, value=value, at_ms=0) for name, value in said.items()))


def put_activity(book: Book, account: int, salt: int) -> None:
    book.put_activity(f"a{account}", activity_values(activity_of(salt), FILE, 0))


@examples(100)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 99)), max_size=12, unique_by=lambda each: each[1]),
    st.randoms(),
)
def test_answers_in_any_order_and_twice_give_one_book(given_answers: list[tuple[int, int]], chance: Any) -> None:
    answers = [answered(account, version, salt) for version, (account, salt) in enumerate(given_answers)]
    shuffled = [*answers, *answers[:3]]
    chance.shuffle(shuffled)
    one, other = a_book(*answers), a_book(*shuffled)
    for book in (one, other):
        for account in range(5):
            put_activity(book, account, account)
    assert shown(one) == shown(other)


@examples(100)
@given(steps)
def test_a_book_after_any_steps_is_one_of_the_last_answers_and_activities(taken: list[Step]) -> None:
    book, answers, activities = Book(), dict[int, ScoreSnapshot](), dict[int, int]()
    for version, (what, account, salt) in enumerate(taken):
        if what == "answer":
            answers[account] = answered(account, version, salt)
            book.put(values_of(answers[account]))
        elif what == "activity" and account in answers:
            activities[account] = salt
            put_activity(book, account, salt)
        elif what == "remove":
            assert book.remove(f"a{account}") == (account in answers)
            answers.pop(account, None)
            activities.pop(account, None)
    fresh = a_book(*answers.values())
    for account, salt in activities.items():
        put_activity(fresh, account, salt)
    assert shown(book) == shown(fresh)
    for part in ("name", "A1", "0"):
        assert ids(book, ListRequest(search=part)) == ids(fresh, ListRequest(search=part))
    for account in answers:
        assert book.id_places()[book.row(f"a{account}") or 0] == sorted(answers).index(account)


def shown(book: Book) -> list[Row]:
    """All rows, without their past, which depends on when answers came."""
    rows = [replace(row, sparkline=(), change_1d=None, change_7d=None, change_28d=None) for row in every_row(book)]
    return sorted(rows, key=lambda row: row.account_id)


def ids(book: Book, request: ListRequest) -> set[str]:
    return {book.table.ids[row] for row in np.flatnonzero(kept(book, request.filters, request.search))}


@examples(100)
@given(
    st.lists(scores, max_size=500),
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(0, 40), scores), max_size=5),
)
def test_closes_are_those_of_the_history_and_then_the_answers_that_held(
    past: list[float | None], gap: int, later: list[tuple[int, float | None]]
) -> None:
    known = [None if each is None else round(each, 2) for each in past]
    book, day, score = a_book(an_answer("a", 61.2, day=DAY + gap)), DAY + gap, 61.2
    days = days_of(known)
    book.put_past("a", past_of(days))
    closes: dict[int, float | None] = {each.day: each.score for each in days}
    closes |= dict.fromkeys(range(DAY, DAY + gap), known[-1]) if known else {}
    held: float | None = score
    for version, (ahead, score_then) in enumerate(later, 2):
        closes |= dict.fromkeys(range(day, day + ahead), held)
        day, held = day + ahead, score_then
        book.put(values_of(an_answer("a", held, day=day, version=version)))
    for asked in [*range(day - 90, day + 2), *(each for each in range(day - 360, day) if each % 7 == 3)]:
        should = closes.get(asked) if asked < day else held
        then = book.at(asked)
        found = None if np.isnan(then.score[0]) else float(then.score[0])
        assert found == (None if should is None else pytest.approx(should, abs=0.005001)), asked
        is_known = asked in closes or asked >= day
        assert bool(then.known[0]) == is_known
        if asked >= day - 90 and asked <= day:
            assert book.closes.of_row(0, range(asked, asked + 1), np.nan if held is None else held)[0] == found
        if is_known and asked in closes and asked < DAY:
            assert book.table.texts["tier"][int(then.tiers[0])] == tier_of(should)


paid = st.lists(st.tuples(st.integers(1, 30), st.sampled_from([None, 0.0, 10.0, 20.0])), min_size=1, max_size=8)


@examples(100)
@given(paid, st.lists(st.tuples(st.integers(0, 5), st.sampled_from([None, 10.0, 20.0])), max_size=5))
def test_what_was_paid_on_any_day(runs: list[tuple[int, float | None]], later: list[tuple[int, float | None]]) -> None:
    past = [mrr for days, mrr in runs for _ in range(days)]
    days = tuple(replace_day(each, mrr) for each, mrr in zip(days_of([50.0] * len(past)), past, strict=True))
    book, day, held = a_book(an_answer("a", mrr=runs[-1][1])), DAY, runs[-1][1]
    book.put_past("a", past_of(days))
    closes = {each.day: each.mrr for each in days}
    for version, (ahead, mrr) in enumerate(later, 2):
        closes |= dict.fromkeys(range(day, day + ahead), held)
        day, held = day + ahead, mrr
        book.put(values_of(an_answer("a", day=day, version=version, mrr=held)))
    for asked in range(days[0].day, day + 2):
        should = closes.get(asked, held) if asked < day else held
        found = float(book.mrr_at(asked)[0])
        assert (None if np.isnan(found) else found) == should, asked


def replace_day(day: Any, mrr: float | None) -> Any:
    return type(day)(day=day.day, score=day.score, tier=day.tier, mrr=mrr)


words = st.text(st.sampled_from("aAbß\u0130é\u0301 "), max_size=6)


@examples(200)
@given(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), words))), words)
def test_the_search_finds_parts_of_what_is_there(taken: Sequence[tuple[int, str | None]], part: str) -> None:
    search, names = SearchText(), dict[int, str]()
    for row, name in taken:
        if name is None:
            search.drop(row)
            names.pop(row, None)
        else:
            search.put(row, name, f"id{row}")
            names[row] = name
    wanted = folded(part)
    should = {row for row, name in names.items() if wanted and (wanted in folded(name) or wanted in f"id{row}")}
    assert set(search.rows(part).tolist()) == should
