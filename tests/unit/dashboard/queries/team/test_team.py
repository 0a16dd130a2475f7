"""The team: KPIs by what accounts have done, and what became of accounts in MRR, by owner."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dashboard.book.activity_values import activity_values
from dashboard.book.book import Book
from dashboard.book.row_values import values_of
from dashboard.book.store.closes import past_of
from dashboard.queries.ground import Ground
from dashboard.queries.port import BadRequest
from dashboard.queries.service import Service
from dashboard.values.dashboard_file import DashboardFile
from dashboard.values.team import Kpi, OwnerLine, TeamView
from scoring.instants import DAY_MS
from scoring.result import OpenCase
from streams.read_model.account_values import Activity, Feature
from tests.support.dashboard.books import DAY, an_answer, days_of
from tests.support.read_model.in_memory import InMemoryReadModel

NOW_MS = DAY * DAY_MS + DAY_MS // 2
FILE = DashboardFile()


def done(event: str, *days_ago: int) -> Feature:
    at_ms = [NOW_MS - days * DAY_MS for days in days_ago]
    return Feature(
        name=event, topic="analytics", first_ms=min(at_ms), last_ms=max(at_ms), total=len(at_ms), week=0, weeks=(1,)
    )


def an_account(
    book: Book, account_id: str, *features: Feature, owner: str = "Ann", age: int = 400, **more: Any
) -> None:
    answer = an_answer(account_id, facts={"owner": owner}, first_event_ms=NOW_MS - age * DAY_MS, **more)
    book.put(values_of(answer))
    book.put_activity(account_id, activity_values(Activity(features=features), FILE, NOW_MS))


def shown(book: Book, days: int = 30) -> TeamView:
    ground = Ground(book=book, read_model=InMemoryReadModel(), now_ms=lambda: NOW_MS)
    return asyncio.run(Service(ground).team(days))


def kpi(view: TeamView, name: str) -> Kpi:
    return next(each for each in view.kpis if each.name == name)


def line(view: TeamView, owner: str = "Ann") -> OwnerLine:
    return next(each for each in view.owners if each.owner == owner)


def test_a_kpi_counts_the_accounts_that_did_it_in_the_last_days() -> None:
    book = Book()
    an_account(book, "recent", done("call_held", 90, 29))
    an_account(book, "late", done("call_held", 31))
    an_account(book, "never", owner="Bob")
    an_account(book, "gone", standing="churned", score=None)
    view = shown(book)
    calls = kpi(view, "call")
    assert (calls.numerator, calls.denominator, calls.target) == (1, 3, 0.8)
    assert calls.vs_target == pytest.approx(100 / 3 - 80)
    assert (line(view).kpis["call"], line(view, "Bob").kpis["call"]) == (0.5, 0.0)


def test_a_kpi_from_the_start_counts_young_accounts_of_which_it_is_known() -> None:
    book = Book()
    an_account(book, "in time", done("onboarding_completed", 10), age=35)
    an_account(book, "too late", done("onboarding_completed", 1), age=35)
    an_account(book, "may still", age=5)
    an_account(book, "early", done("onboarding_completed", 1), age=5)
    an_account(book, "old", age=400)
    onboarded = kpi(shown(book), "onboarded")
    assert (onboarded.numerator, onboarded.denominator) == (2, 3)


def test_a_kpi_of_nothing_has_no_coverage() -> None:
    onboarded = kpi(shown(Book()), "onboarded")
    assert (onboarded.coverage, onboarded.vs_target, onboarded.denominator) == (None, None, 0)


@pytest.mark.parametrize(
    ("before", "now", "standing", "outcome"),
    [
        (100.0, 60.0, "", {"contracted": 40.0}),
        (100.0, 150.0, "", {}),
        (100.0, 0.0, "", {"churned": 100.0}),
        (100.0, None, "", {"churned": 100.0}),
        (100.0, 100.0, "churned", {"churned": 100.0}),
        (None, 100.0, "", {}),
    ],
)
def test_what_became_of_an_account_in_mrr(
    before: float | None, now: float | None, standing: str, outcome: dict[str, float]
) -> None:
    book = Book()
    an_account(book, "a", score=None if standing else 61.2, standing=standing, mrr=now)
    book.put_past("a", past_of(days_of([61.2] * 60, mrr=before)))
    found = line(shown(book))
    amounts = {name: getattr(found, name) for name in ("renewed", "contracted", "churned", "recovered")}
    assert {name: amount for name, amount in amounts.items() if amount} == outcome


def test_an_account_that_was_in_the_worst_tier_and_is_not_now_has_recovered() -> None:
    book = Book()
    an_account(book, "back", mrr=70.0)
    book.put_past("back", past_of(days_of([60.0] * 20 + [20.0] * 10 + [60.0] * 10)))
    an_account(book, "still", mrr=50.0, score=20.0)
    book.put_past("still", past_of(days_of([20.0] * 40)))
    an_account(book, "before", mrr=30.0)
    book.put_past("before", past_of(days_of([20.0] * 5 + [60.0] * 40)))
    assert line(shown(book)).recovered == 70.0


def test_a_renewal_is_an_event_that_says_so_or_a_date_that_went_by() -> None:
    book = Book()
    an_account(book, "said", done("contract_renewed", 3), mrr=10.0)
    an_account(book, "long ago", done("contract_renewed", 40), mrr=20.0)
    book.put(values_of(an_answer("went by", mrr=40.0, facts={"owner": "Ann", "renewal_date": "2026-11-10"})))
    book.put(values_of(an_answer("to come", mrr=80.0, facts={"owner": "Ann", "renewal_date": "2026-12-10"})))
    assert line(shown(book)).renewed == 50.0


def test_a_line_has_the_accounts_their_score_and_their_open_cases() -> None:
    book = Book()
    case = OpenCase(id="c", rule="tier", severity="critical", status="open", opened_at="", since="", words="")
    an_account(book, "a", mrr=100.0, cases=(case, case))
    book.put_past("a", past_of(days_of([71.2] * 60)))
    view = shown(book)
    found = line(view)
    assert (found.accounts, found.mrr, found.score, found.open_cases) == (1, 100.0, 61.2, 2)
    assert found.change_28d == pytest.approx(-10.0)
    assert view.words.startswith("4 of 4 KPIs are short of their target;")
    assert view.words.endswith("Ann has most at risk, $39 a month.")


@pytest.mark.parametrize("days", [0, 366])
def test_the_span_is_of_a_year_at_most(days: int) -> None:
    with pytest.raises(BadRequest, match="1 to 365 days"):
        shown(Book(), days)
