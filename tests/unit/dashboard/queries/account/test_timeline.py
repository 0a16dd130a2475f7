"""What happened, and what aged out: one list, whose days add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest

from alerts.notification import Cause
from alerts.step import AlertStep
from dashboard.queries.account.timeline import timeline_of
from dashboard.queries.account.trajectory import closes_of
from dashboard.queries.decimals import shown
from dashboard.values.account import TimelineEntry
from scoring.instants import DAY_MS
from scoring.result import Override
from streams.read_model.account_values import History, Movement
from streams.workspace.records import Note, Sentiment
from tests.builders import a_notification, an_alert_step
from tests.support.dashboard.kept_account import START, KeptAccount, kept_account, trouble_at, use_until

WEEKS = 8


@pytest.fixture(scope="module")
def troubled() -> KeptAccount:
    return kept_account([*use_until(60), *trouble_at(62)], 68)


def entries_of(of: KeptAccount, weeks: int = WEEKS) -> tuple[TimelineEntry, ...]:
    return timeline_of(of.kept, of.plan, weeks, of.now_ms)


def by_day(entries: Iterable[TimelineEntry]) -> dict[int, int]:
    """Hundredths of points by day."""
    sums: dict[int, int] = defaultdict(int)
    for each in entries:
        if each.points is not None:
            sums[each.at_ms // DAY_MS] += round(each.points * 100)
    return sums


def changes(of: KeptAccount) -> dict[int, int]:
    """What each day's change is, as shown, in hundredths."""
    bounds = tuple(tier.lower for tier in of.plan.model.tiers)
    score = {close.day: close.score for close in closes_of(of.kept, of.now_ms).days}
    score[of.now_ms // DAY_MS] = of.kept.answer.score
    return {
        day: round(100 * (shown(end, bounds) - shown(start, bounds)))
        for day, end in score.items()
        if end is not None and (start := score.get(day - 1)) is not None
    }


def test_a_days_lines_add_up_to_its_change(troubled: KeptAccount) -> None:
    sums = by_day(entries_of(troubled))
    assert len([day for day in sums if sums[day]]) > 5
    expected = changes(troubled)
    assert {day: sums[day] for day in sums if day in expected} == {
        day: expected[day] for day in sums if day in expected
    }


def test_what_is_not_kept_is_a_line_of_its_own(troubled: KeptAccount) -> None:
    """Of the day of the tickets every second movement is lost; of another day, all of them."""
    day = (START // DAY_MS) + 62
    lost = [each for number, each in enumerate(troubled.kept.movements) if each.at_ms // DAY_MS != day or number % 2]
    lost = [each for each in lost if each.at_ms // DAY_MS != day + 2]
    poorer = replace(troubled, kept=replace(troubled.kept, movements=tuple(lost)))
    found, expected = entries_of(poorer), changes(poorer)
    assert {each.at_ms // DAY_MS for each in found if each.kind == "other"} == {day, day + 2}
    sums = by_day(found)
    assert (sums[day], sums[day + 2]) == (expected[day], expected[day + 2])


def test_the_newest_is_first_and_nothing_is_older_than_the_span(troubled: KeptAccount) -> None:
    found = entries_of(troubled, weeks=1)
    instants = [each.at_ms for each in found]
    assert instants == sorted(instants, reverse=True)
    assert instants[-1] >= troubled.now_ms - 8 * DAY_MS
    assert len(found) < len(entries_of(troubled))


def test_events_that_age_out_are_counted_by_the_window_that_they_left(troubled: KeptAccount) -> None:
    left = [each for each in entries_of(troubled) if each.kind == "left" and each.folded == 1]
    assert left[0].words == "6 product events left the 14-day window"
    assert left[0].detail == "Last two weeks −1.0"


def test_an_event_is_named_with_what_it_did(troubled: KeptAccount) -> None:
    arrived = [each for each in entries_of(troubled) if each.kind == "arrived" and each.points is not None]
    assert arrived[0].event == "payment_failed"
    assert arrived[0].words.startswith("payment_failed: 1 day with failed payments in 45 days")
    assert arrived[0].topic == "billing"
    tickets = [each for each in arrived if each.event == "ticket_opened"]
    assert len(tickets) == 6
    assert len(entries_of(troubled)) == len({(each.at_ms, each.words) for each in entries_of(troubled)})


def test_the_three_greatest_causes_have_a_number(troubled: KeptAccount) -> None:
    pins = {each.pin: each for each in entries_of(troubled) if each.pin}
    assert sorted(pins) == [1, 2, 3]
    assert pins[1].at_ms < pins[2].at_ms < pins[3].at_ms
    least = min(abs(each.points or 0) for each in pins.values())
    assert all(abs(each.points or 0) <= least + 0.1 for each in entries_of(troubled) if not each.pin)


def test_small_movements_of_a_kind_fold_into_one_line_with_their_sum(troubled: KeptAccount) -> None:
    folded = [each for each in entries_of(troubled) if each.folded > 1]
    assert folded
    assert all("smaller movements" in each.words and each.before is None for each in folded)


def test_a_change_of_tier_says_its_cause_as_the_worker_kept_it(troubled: KeptAccount) -> None:
    fell = next(each for each in troubled.kept.movements if each.from_tier == "green" and each.to_tier != "green")
    cause = Cause(kind="event", words="ticket_opened: 3 tickets", event="ticket_opened", event_id="e", topic="tickets")
    transition = a_notification(
        as_of_ms=fell.at_ms, from_tier=fell.from_tier, to_tier=fell.to_tier, cause=cause, account_id="acme"
    )
    known = replace(troubled, kept=replace(troubled.kept, transitions=(transition,)))
    entry = next(each for each in entries_of(known) if each.at_ms == fell.at_ms and each.from_tier == "green")
    assert entry.words == "ticket_opened: 3 tickets"
    assert (entry.event, entry.to_tier) == ("ticket_opened", fell.to_tier)


def test_alerts_and_people_are_in_the_list_without_points(troubled: KeptAccount) -> None:
    told = _step(troubled, 1, step="opened", outcome="sent")
    silent = _step(troubled, 2, step="none", outcome="suppressed", reason="dwell")
    taken = _step(troubled, 3, step="acknowledged", outcome="suppressed", reason="repeat", by="Ann", note="I call")
    note = Note(id="n", account_id="acme", author="Bo", at_ms=troubled.now_ms, text="likes <b>exports</b>")
    felt = Sentiment(id="acme", level="uneasy", author="Bo", at_ms=troubled.now_ms)
    kept = replace(troubled.kept, steps=(told, silent, taken), notes=(note,), sentiments=(felt,))
    found = [each for each in entries_of(replace(troubled, kept=kept)) if each.kind in ("alert", "person")]
    assert {(each.kind, each.detail) for each in found} == {
        ("alert", told.rule),
        ("person", "I call"),
        ("person", "likes <b>exports</b>"),
        ("person", ""),
    }
    assert all(each.points is None for each in found)


def test_cases_that_came_and_went_are_one_line_and_others_stand(troubled: KeptAccount) -> None:
    steps = [
        _step(troubled, 2 * number + place, step=step, outcome="sent", case_id=f"case-{number}", rule="growth", by=by)
        for number, by in enumerate(("", "", "", "Ann"))
        for place, step in enumerate(("opened", "resolved"))
    ]
    other = _step(troubled, 20, step="opened", outcome="sent", case_id="other", words="acme fell from green to red")
    kept = replace(troubled.kept, steps=(*steps, other))
    found = [each for each in entries_of(replace(troubled, kept=kept)) if each.kind in ("alert", "person")]
    (folded,) = [each for each in found if each.folded > 1]
    assert (folded.folded, folded.words.partition(":")[2]) == (6, " opened 3 times, and was over each time")
    assert len([each for each in found if each.kind == "person"]) == 2
    assert "fell from green to red" in [each.words for each in found]


def test_a_score_that_a_person_set_is_an_entry_even_where_its_movement_is_not_kept(troubled: KeptAccount) -> None:
    held = Override(score=80.0, reason="they renew", author="Ann", set_ms=troubled.now_ms, until_ms=1 << 45)
    answer = msgspec.structs.replace(troubled.kept.answer, override=held)
    found = entries_of(replace(troubled, kept=replace(troubled.kept, answer=answer)))
    assert [each.detail for each in found if each.kind == "person"] == ["they renew"]


def test_models_norms_and_unknown_models_have_words(troubled: KeptAccount) -> None:
    at = troubled.now_ms
    moved = [
        Movement(at_ms=at, kind="model", before=70, after=71, from_tier="x", to_tier="x", model="default@5"),
        Movement(at_ms=at, kind="norm", before=71, after=72, from_tier="x", to_tier="x"),
        Movement(at_ms=at, kind="override", before=72, after=80, from_tier="x", to_tier="x"),
        Movement(at_ms=at, kind="event", before=80, after=81, from_tier="x", to_tier="x", topics=("crm",)),
        Movement(at_ms=at, kind="late", before=81, after=83, from_tier="x", to_tier="x", topics=("crm", "tickets")),
        Movement(at_ms=at, kind="expiry", before=None, after=83, from_tier="", to_tier="x", count=4),
    ]
    kept = replace(troubled.kept, movements=tuple(moved), history=History())
    found = timeline_of(kept, None, 1, at)
    assert [each.words for each in found if each.kind != "arrived" or each.topic in ("crm", "")] == [
        "Model default v5 judges since then",
        "The cohort norm moved",
        "A score that was set by hand began or ended",
        "News on crm",
        "Late news on crm and tickets",
        "4 smaller changes: what left its windows",
    ]


def _step(of: KeptAccount, sequence: int, **given: object) -> AlertStep:
    return an_alert_step(sequence=sequence, as_of_ms=of.now_ms, **given)
