"""The portfolio: the index and what moved it, tiers and their changes, the guide, groups, and the sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from dashboard.book.book import Book
from dashboard.book.row_values import values_of
from dashboard.book.store.closes import past_of
from dashboard.queries.ground import Ground
from dashboard.queries.port import BadRequest
from dashboard.queries.portfolio.guide import guide_of
from dashboard.queries.service import Service
from dashboard.values.listing import Filter, ListRequest, Total
from dashboard.values.portfolio import PortfolioView, TierTotal
from scoring.result import ComponentScore
from streams.read_model.account_values import Day, History
from tests.support.dashboard.books import DAY, an_answer, tier_of
from tests.support.read_model.in_memory import InMemoryReadModel

ALL = ListRequest()
Points = Mapping[str, float]


def components(points: Points) -> dict[str, ComponentScore]:
    return {name: ComponentScore(50.0, value, 50.0) for name, value in points.items()}


def moved(
    book: Book,
    account_id: str,
    before: Points | None,
    after: Points | None,
    *,
    mrr: float = 100.0,
    model: str = "default@1",
    **facts: str,
) -> None:
    """An account whose components earned `before` at all closes and `after` today; None is no score."""
    name, _, version = model.partition("@")
    score = None if after is None else sum(after.values())
    answer = an_answer(
        account_id,
        score,
        mrr=mrr,
        components=components(after or {}),
        facts=facts,
        model=name,
        model_version=int(version),
    )
    book.put(values_of(answer))
    held = None if before is None else sum(before.values())
    days = tuple(
        Day(day=day, score=held, tier=tier_of(held), mrr=mrr, points=tuple((before or {}).values()), model="default@1")
        for day in range(DAY - 30, DAY)
    )
    book.put_past(account_id, past_of(days))
    book.put_points(account_id, History(components=tuple(before or {}), days=days))


def shown(book: Book, since: int = 7, request: ListRequest = ALL) -> PortfolioView:
    ground = Ground(book=book, read_model=InMemoryReadModel(), now_ms=lambda: 0)
    return asyncio.run(Service(ground).portfolio(since, request))


def causes(view: PortfolioView) -> dict[str, tuple[int, float]]:
    return {each.cause: (each.accounts, each.points) for each in view.causes}


def test_the_index_is_the_mean_by_account_and_by_what_they_pay() -> None:
    book = Book()
    moved(book, "a", {"use": 40.0}, {"use": 20.0}, mrr=300.0)
    moved(book, "b", {"use": 80.0}, {"use": 80.0}, mrr=100.0)
    moved(book, "c", None, None)
    view = shown(book)
    assert (view.index, view.index_change) == (50.0, -10.0)
    assert (view.index_by_mrr, view.index_by_mrr_change) == (35.0, -15.0)
    assert view.at_risk_change == pytest.approx(60.0)
    assert [(each.name, each.accounts) for each in view.unscored] == [("", 1)]
    assert (view.book.accounts, view.book.mrr) == (3, 500.0)


def test_each_tier_has_its_change_and_its_share() -> None:
    book = Book()
    moved(book, "a", {"use": 60.0}, {"use": 20.0}, mrr=300.0)
    moved(book, "b", {"use": 80.0}, {"use": 80.0}, mrr=100.0)
    red, yellow, green = shown(book).tiers
    assert (red.now.accounts, red.accounts_change, red.mrr_change, red.share, red.mrr_share) == (1, 1, 300.0, 0.5, 0.75)
    assert (yellow.now.accounts, yellow.accounts_change, yellow.mrr_change) == (0, -1, -300.0)
    assert (green.now.accounts, green.accounts_change) == (1, 0)


def test_who_changed_the_tier_those_who_fell_first_and_the_largest_first() -> None:
    book = Book()
    moved(book, "small", {"use": 60.0}, {"use": 20.0}, mrr=10.0)
    moved(book, "large", {"use": 80.0}, {"use": 60.0}, mrr=300.0)
    moved(book, "up", {"use": 10.0}, {"use": 90.0}, mrr=900.0)
    moved(book, "same", {"use": 10.0}, {"use": 11.0})
    view = shown(book)
    assert [(each.account_id, each.from_tier, each.to_tier) for each in view.changes] == [
        ("large", "green", "yellow"),
        ("small", "yellow", "red"),
        ("up", "red", "green"),
    ]
    assert (view.fell, view.rose) == (2, 1)
    assert [(each.before, each.after) for each in view.changes] == [(80.0, 60.0), (60.0, 20.0), (10.0, 90.0)]


def test_what_moved_the_index_is_by_component_down_and_up() -> None:
    book = Book()
    moved(book, "a", {"use": 30.0, "nps": 20.0}, {"use": 20.0, "nps": 20.0})
    moved(book, "b", {"use": 30.0, "nps": 20.0}, {"use": 35.0, "nps": 17.0})
    view = shown(book)
    assert causes(view) == {"use fell": (1, -5.0), "nps fell": (1, -1.5), "use rose": (1, 2.5)}
    assert view.index_change == -4.0


def test_another_model_and_accounts_that_come_and_go_are_causes_of_their_own() -> None:
    book = Book()
    moved(book, "same", {"use": 50.0}, {"use": 50.0})
    moved(book, "new model", {"use": 50.0}, {"use": 60.0}, model="default@2")
    moved(book, "came", None, {"use": 10.0})
    moved(book, "went", {"use": 20.0}, None)
    view = shown(book)
    found = causes(view)
    assert found["Model default v2"] == (1, 5.0)
    assert found["Accounts with a first score"] == (1, -15.0)
    assert found["Accounts without a score now"] == (1, 10.0)
    assert (view.index, view.index_change) == (40.0, 0.0)


def test_a_limit_that_holds_a_score_down_is_in_what_is_left() -> None:
    book = Book()
    moved(book, "a", {"use": 80.0}, {"use": 80.0})
    book.put(values_of(an_answer("a", 40.0, version=2, mrr=100.0, components=components({"use": 80.0}))))
    assert causes(shown(book)) == {"Limits, overrides and the neutral start": (1, -40.0)}


@pytest.mark.parametrize("since", [1, 7])
def test_the_causes_add_up_to_the_change_in_two_decimals(since: int) -> None:
    book = Book()
    for number in range(50):
        before = {"use": 10.0 + number * 0.7, "nps": 3.3, "errors": (number * 7 % 13) * 1.1}
        after = {"use": 12.0 + (number * 31 % 29), "nps": 3.4 - (number % 3), "errors": (number * 5 % 17) * 0.9}
        model = f"default@{1 + (number % 8 == 0)}"
        moved(book, f"a{number}", before if number % 9 else None, after if number % 11 else None, model=model)
    view = shown(book, since)
    assert view.index_change is not None
    assert round(sum(each.points for each in view.causes), 6) == round(view.index_change, 2)
    assert len(view.causes) > 5


def test_twelve_weeks_of_the_index_end_with_now() -> None:
    book = Book()
    moved(book, "a", {"use": 40.0}, {"use": 20.0})
    days = shown(book).days
    assert (len(days), days[-1].by_account, days[-2].by_account, days[0].by_account) == (85, 20.0, 40.0, None)
    assert days[-1].day == "2026-11-21"
    assert (days[-2].accounts, days[-2].mrr) == (
        {"red": 1, "yellow": 0, "green": 0},
        {"red": 100.0, "yellow": 0.0, "green": 0.0},
    )


def test_groups_are_ranked_the_worst_first_with_four_weeks_ago() -> None:
    book = Book()
    moved(book, "a", {"use": 40.0}, {"use": 20.0}, segment="Small", owner="Ann")
    moved(book, "b", {"use": 80.0}, {"use": 10.0}, segment="Large", owner="Ann")
    moved(book, "c", None, None, segment="Empty")
    view = shown(book)
    assert [(each.name, each.score, each.before) for each in view.by_segment] == [
        ("Large", 10.0, 80.0),
        ("Small", 20.0, 40.0),
        ("Empty", None, None),
    ]
    assert [(each.name, each.accounts) for each in view.by_owner] == [("Ann", 2), ("", 1)]


def test_totals_by_week_are_of_the_accounts_of_then() -> None:
    book = Book()
    moved(book, "a", {"use": 60.0}, {"use": 20.0}, mrr=300.0, segment="Small")
    moved(book, "b", {"use": 80.0}, {"use": 80.0}, mrr=100.0, segment="Small")
    moved(book, "c", None, None, mrr=50.0, segment="Large")
    service = Service(Ground(book=book, read_model=InMemoryReadModel(), now_ms=lambda: 0))
    by_tier = asyncio.run(service.totals("tier", 4, ALL))
    assert [(each.day, each.name, each.accounts, each.mrr, each.at_risk, each.score) for each in by_tier[-6:]] == [
        ("2026-11-15", "yellow", 1, 300.0, 120.0, 60.0),
        ("2026-11-15", "green", 1, 100.0, 20.0, 80.0),
        ("2026-11-15", "", 1, 50.0, 0.0, None),
        ("2026-11-21", "red", 1, 300.0, 240.0, 20.0),
        ("2026-11-21", "green", 1, 100.0, 20.0, 80.0),
        ("2026-11-21", "", 1, 50.0, 0.0, None),
    ]
    by_segment = asyncio.run(service.totals("segment", 52, ALL))
    assert {each.day for each in by_segment} == {each.day for each in by_tier}
    assert [(each.name, each.accounts, each.score) for each in by_segment[-2:]] == [
        ("Small", 2, 50.0),
        ("Large", 1, None),
    ]
    with pytest.raises(BadRequest, match="4, 8, 12, 52 weeks, not 5"):
        asyncio.run(service.totals("tier", 5, ALL))


def test_the_bottom_five_the_bubbles_and_a_filter() -> None:
    book = Book()
    for number in range(8):
        moved(
            book,
            f"a{number}",
            {"use": 50.0},
            {"use": 50.0 - number},
            mrr=10.0 * number,
            owner="Ann" if number > 5 else "Bob",
        )
    view = shown(book)
    assert [row.account_id for row in view.bottom] == ["a7", "a6", "a5", "a4", "a3"]
    assert [(each.account_id, each.before) for each in view.bubbles][:2] == [("a7", 50.0), ("a6", 50.0)]
    assert "a0" not in [each.account_id for each in view.bubbles]
    mine = shown(book, request=ListRequest(filters=(Filter(field="owner", operator="is", value="ann"),)))
    assert (mine.book.accounts, [row.account_id for row in mine.bottom]) == (2, ["a7", "a6"])


def test_the_sentence_says_what_changed_why_and_what_is_largest() -> None:
    book = Book()
    moved(book, "a", {"use": 60.0}, {"use": 20.0}, mrr=14_200.0, account_name="Halverson Freight")
    moved(book, "b", {"use": 80.0}, {"use": 80.0})
    assert shown(book).sentence == (
        "The index fell 20.0 in a week: use fell. "
        "One more is red than a week ago; Halverson Freight is the largest, $14,200 MRR."
    )
    assert shown(Book()).sentence == "The book has no account yet."


def test_only_a_day_and_a_week_can_be_asked_for() -> None:
    with pytest.raises(BadRequest, match="since 1 or 7 days ago, not 30"):
        shown(Book(), 30)


def totals(shares: Sequence[float]) -> list[TierTotal]:
    names = ("red", "yellow", "green")
    return [
        TierTotal(
            tier=name,
            now=Total(name=name, accounts=10, mrr=0.0, at_risk=0.0),
            accounts_change=None,
            mrr_change=None,
            share=share,
            mrr_share=0.0,
        )
        for name, share in zip(names, shares, strict=True)
    ]


@pytest.mark.parametrize(
    ("shares", "verdict", "words"),
    [
        ((0.061, 0.392, 0.547), "too strict", "Too strict by the guide. Green lacks 5.3 points."),
        ((0.02, 0.18, 0.80), "too lenient", "Too lenient by the guide. Green is over by 10.0 points."),
        ((0.15, 0.22, 0.63), "too strict", "Too strict by the guide. Red is over by 5.0 points."),
        ((0.02, 0.30, 0.68), "too lenient", "Too lenient by the guide. Red lacks 3.0 points."),
        ((0.05, 0.30, 0.65), "within the guide", "Within the guide: every tier has its share."),
    ],
)
def test_the_guide_says_which_way_the_tiers_are_off(shares: tuple[float, ...], verdict: str, words: str) -> None:
    guide = guide_of(totals(shares))
    assert (guide.verdict, guide.words) == (verdict, words)
