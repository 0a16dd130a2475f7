"""What a page shows adds up, to the last decimal that it shows."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import cast

import pytest

from dashboard.pages.parts.adding_up import adding_up
from dashboard.pages.parts.causes import REST, cause_lines
from dashboard.pages.team import all_owners
from dashboard.queries.port import Queries
from dashboard.values.portfolio import CauseShare
from dashboard.values.team import ActionsView
from tests.support.page_samples.asked import SampleQueries
from tests.support.page_samples.portfolio import portfolio
from tests.support.page_samples.reading import Read
from tests.support.page_samples.serving import pages
from tests.support.page_samples.work import actions, team


def _number(text: str) -> float:
    return float(text.replace("−", "-").replace("$", "").replace(",", ""))


def test_causes_on_the_page_add_up_to_the_index() -> None:
    with pages() as client:
        rows = Read(client.get("/").text).rows
    first = next(place for place, row in enumerate(rows) if row[:2] == ["Cause", "Accounts"])
    last = next(place for place, row in enumerate(rows) if row and row[0] == "Index, 7 days")
    shown = [_number(row[-1]) for row in rows[first + 1 : last]]
    assert len(shown) >= 7
    assert round(sum(shown), 1) == _number(rows[last][-1]) == -1.2


def test_what_no_cause_explains_is_a_line_of_its_own() -> None:
    lines = cause_lines([CauseShare(cause="Errors", accounts=3, points=-0.5)], -1.2)
    assert [(line.cause, line.points) for line in lines] == [("Errors", -0.5), (REST, -0.7)]


def test_outcomes_on_the_page_add_up() -> None:
    with pages() as client:
        rows = Read(client.get("/team").text).rows
    first = next(place for place, row in enumerate(rows) if row[:3] == ["CSM", "MRR", "Renewed"])
    last = next(place for place, row in enumerate(rows) if row and row[0] == "All")
    for column in range(1, 6):
        assert sum(_number(row[column]) for row in rows[first + 1 : last]) == _number(rows[last][column])


def test_sums_are_of_amounts_as_they_are_shown() -> None:
    owners = [line for line in team().owners for _ in range(3)]
    assert all_owners(owners).churned == sum(round(line.churned) for line in owners)


def test_tiers_add_up_to_the_accounts_with_a_score() -> None:
    view = portfolio()
    with pages() as client:
        words = Read(client.get("/").text).words
    assert f"Health index, {sum(each.now.accounts for each in view.tiers)} accounts" in words


@pytest.mark.parametrize("seed", range(20))
def test_rounded_parts_sum_to_the_rounded_total(seed: int) -> None:
    chance = random.Random(seed)
    parts = [chance.uniform(-3, 3) for _ in range(chance.randint(1, 9))]
    shown = adding_up(parts, sum(parts))
    assert round(sum(shown), 1) == round(sum(parts), 1)
    assert all(abs(one - other) < 0.15 for one, other in zip(shown, parts, strict=True))


class TwoCases(SampleQueries):
    """The first account of the queue has two cases, and there is no other."""

    async def actions(self, owner: str, /) -> ActionsView:
        """Only theirs."""
        first = actions().items[0]
        other = replace(first.case, brief=replace(first.case.brief, id="drop", rule="drop"))
        return replace(actions(), items=(first, replace(first, case=other)))


def test_the_money_of_an_account_with_two_cases_counts_once() -> None:
    with pages(cast(Queries, TwoCases())) as client:
        words = Read(client.get("/actions").text).words
    assert "2 cases of 1 account, $9,741 at risk" in words
