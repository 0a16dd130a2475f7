"""A rule file beside the live one: counts, and what differs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from alerts.lifecycle.schema import AlertRules, Header, Route
from alerts.step import AlertStep
from scoring.instants import DAY_MS
from streams.alerting.preview import EXAMPLES, Preview, preview
from streams.replay.by_account.account_steps import AlertSteps
from tests.builders import an_alert_step

RULES = AlertRules(header=Header(name="live"), rules={}, routes={"all": Route(storm=None)})


def at(day: float, account_id: str = "acme", **given: Any) -> AlertStep:
    return an_alert_step(account_id=account_id, sequence=int(day * 100), as_of_ms=round(day * DAY_MS), **given)


def found(live: list[AlertStep], file: list[AlertStep]) -> Preview:
    def side(steps: list[AlertStep]) -> AlertSteps:
        return AlertSteps(
            first_ms={"acme": 0, "birch": 0}, told=steps, suppressed=Counter({("tier", "info", "dwell"): 3})
        )

    return preview(side(live), RULES, side(file), RULES, 0, 30 * DAY_MS)


def test_equal_rules_have_no_difference() -> None:
    same = found([at(1), at(20)], [at(1), at(20)])
    assert (same.added, same.removed) == (0, 0)
    assert same.live == same.file


def test_a_case_that_moves_by_less_than_a_week_is_the_same() -> None:
    assert found([at(1)], [at(7.9)]).added == 0
    assert found([at(1)], [at(8.1)]).added == 1


def test_what_only_one_side_tells_is_an_example_with_its_words() -> None:
    both = found([at(1), at(2, "birch")], [at(1), at(3, "acme", rule="drop")])
    assert [(each.account_id, each.rule) for each in both.added_examples] == [("acme", "drop")]
    assert [(each.account_id, each.rule) for each in both.removed_examples] == [("birch", "tier")]
    assert both.removed_examples[0].words.startswith("birch fell from green to red")


def test_there_are_few_examples_those_with_the_most_revenue() -> None:
    many = [at(1, f"a{number}", mrr=float(number)) for number in range(50)]
    both = found([], many)
    assert (both.added, len(both.added_examples)) == (50, EXAMPLES)
    assert both.added_examples[0].account_id == "a49"


def test_messages_are_counted_of_an_account_and_month() -> None:
    side = found([at(1), at(2), at(3)], []).live
    assert (side.told, side.messages, side.a_month) == (3, 3, 1.5)
    assert side.suppressed == {"dwell": 3}
