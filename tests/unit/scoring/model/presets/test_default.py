"""The model `default`: support, the first 90 days, and silence."""

from __future__ import annotations

import pytest

from scoring.model.loader import load_preset
from tests.builders import ticket, usage
from tests.support.presets import DAY, NOW, each_day, history_of, judgements, solved, the, tier


def test_support_of_the_default_model_blends_volume_severity_and_satisfaction() -> None:
    """Three tickets are 60; the severe one that is still open weighs 2, which is 70; CSAT 4 is 70."""
    opened = [ticket("acme", NOW - 3 * DAY, ticket_id="t0", severity="high")]
    opened += [ticket("acme", NOW - 2 * DAY, ticket_id=f"t{number}") for number in (1, 2)]
    cohort = history_of("default", usage("acme", NOW), *opened, *(solved(number, 1, csat=4) for number in (1, 2)))
    got = judgements(cohort)
    assert (got["ticket_volume"], got["open_tickets"], got["csat"]) == pytest.approx((60.0, 70.0, 70.0))
    assert got["support"] == pytest.approx((3 * 60 + 2 * 70 + 1 * 70) / 6)


@pytest.mark.parametrize(
    ("now", "before", "support"), [(5, 0, None), (6, 0, 0.0), (7, 1, 0.0), (6, 1, None), (0, 4, 50.0), (0, 3, 100.0)]
)
def test_a_spike_of_tickets_is_the_worst_and_a_sudden_silence_half_of_support(
    now: int, before: int, support: float | None
) -> None:
    sent = [ticket("acme", NOW - DAY) for _ in range(now)] + [ticket("acme", NOW - 20 * DAY) for _ in range(before)]
    got = judgements(history_of("default", usage("acme", NOW), *sent))
    blended = (3 * (got["ticket_volume"] or 0.0) + 2 * (got["open_tickets"] or 0.0)) / 5
    assert got["support"] == pytest.approx(blended if support is None else support)


ONBOARDED = [
    usage("acme", NOW, event=name)
    for name in ("signed_up", "setup_completed", "member_invited", "core_action_completed")
]


def test_milestones_count_against_an_account_from_the_day_on_which_they_are_due() -> None:
    cohort = history_of("default", *ONBOARDED[:2])
    seen = []
    for days in (0, 13, 14, 30):
        cohort.advance(NOW + days * DAY)
        seen.append(judgements(cohort)["onboarding"])
    # Signed up and set up; on day 14 the team was to be invited, on day 30 the first value found, which weighs 2.
    assert seen == pytest.approx([100.0, 100.0, 100 * 2 / 3, 100 * 2 / 5])


def test_in_the_first_90_days_an_account_is_judged_by_milestones_and_provisional_and_then_no_more() -> None:
    signed_up = usage("acme", NOW - 89 * DAY, event="signed_up")
    cohort = history_of("default", signed_up, *each_day(range(60)))
    young = the(cohort)
    assert (young.profile, young.provisional) == ("onboarding", True)
    assert young.coverage == pytest.approx(0.9)
    # One of five by weight; the rest is at 100, but for a flat trend. Nothing is known of seats, MRR and NPS.
    assert young.value == pytest.approx((100 * 20 + (25 + 15 + 15 + 10) * 100 + 15 * 50) / 180)
    cohort.advance(NOW + DAY - 1)
    assert the(cohort) == young
    cohort.advance(NOW + DAY)
    grown = the(cohort)
    assert (grown.profile, grown.provisional) == ("", False)
    assert grown.coverage == pytest.approx(0.8)
    assert grown.value > young.value + 30


def test_milestones_are_half_of_the_score_and_all_else_weighs_what_it_always_does() -> None:
    model = load_preset("default")
    own = {name: component.weight for name, component in model.components.items() if component.weight}
    assert model.profiles["onboarding"].weights == {"onboarding": 100, **own}
    assert sum(own.values()) == 100


def test_an_account_of_which_no_milestone_was_ever_heard_has_its_ordinary_weights() -> None:
    cohort = history_of("default", *each_day(range(60)))
    got, judged = judgements(cohort), the(cohort)
    assert (judged.profile, judged.provisional) == ("", False)
    own = {name: component.weight for name, component in load_preset("default").components.items()}
    said = {name: judgement for name, judgement in got.items() if judgement is not None and own[name]}
    assert judged.value == pytest.approx(
        sum(own[name] * judgement for name, judgement in said.items()) / sum(own[name] for name in said)
    )


def test_a_well_onboarded_account_that_has_not_been_seen_in_30_days_is_held_at_40() -> None:
    cohort = history_of("default", *ONBOARDED)
    seen = []
    for days in (29, 30):
        cohort.advance(NOW + days * DAY)
        seen.append((the(cohort).value, the(cohort).flags))
    assert seen[0][0] > 70
    assert seen == [(seen[0][0], ()), (40.0, ("silent",))]


def test_a_silent_account_of_the_default_model_falls_through_its_tiers() -> None:
    cohort = history_of("default", *each_day(range(60)))
    tiers: list[str] = []
    for hours in range(24 * 40):
        cohort.advance(NOW + hours * 3_600_000)
        if tier(cohort) not in tiers[-1:]:
            tiers.append(tier(cohort))
    assert tiers == ["green", "yellow", "red"]
