"""Cohorts by hand: contracts, early warnings, predicted and actual churn, warm-up."""

from __future__ import annotations

import random

import pytest

from streams.accuracy.cohorts import accuracy_of, rate
from streams.accuracy.contracts import GRACE_DAYS, contracts_of, is_open
from streams.accuracy.series import Series

START = 20_454
"""2026-01-01."""
RENEWAL = START + 100
LATER = RENEWAL + GRACE_DAYS + 1


def series(
    name: str = "acme",
    *,
    days: int = 101,
    probability: float | None = 0.2,
    flagged_on: tuple[int, ...] = (),
    renewals: tuple[int, ...] = (RENEWAL,),
    left: int = -1,
) -> Series:
    """Recorded each day from `START` on; `flagged_on` are days since then, `left` too."""
    flags = "".join("1" if day in flagged_on else "0" for day in range(days))
    return Series(
        account_id=name,
        first_day=START,
        probabilities=(probability,) * days,
        flags=flags,
        within_days=60,
        renewals=renewals,
        left_day=-1 if left < 0 else START + left,
    )


def test_a_contract_that_was_renewed_and_one_that_was_not() -> None:
    (renewed,) = contracts_of(series(), LATER)
    (churned,) = contracts_of(series(left=100, flagged_on=(40,)), LATER)
    assert (renewed.has_churned, renewed.is_seen, renewed.is_flagged) == (False, True, False)
    assert (churned.has_churned, churned.is_flagged, churned.probability) == (True, True, 0.2)


def test_the_flag_of_the_day_sixty_days_before_counts_or_that_of_the_week_before_it() -> None:
    assert next(contracts_of(series(left=100, flagged_on=(41, 42)), LATER)).is_flagged is False
    missed = series(left=100, flagged_on=(36,))
    flags = missed.flags[:37] + "-" * 6 + missed.flags[43:]
    known = Series(**{**{name: getattr(missed, name) for name in missed.__struct_fields__}, "flags": flags})
    assert next(contracts_of(known, LATER)).is_flagged is True


def test_an_account_that_left_before_its_renewal_date_is_looked_at_before_it_left() -> None:
    (contract,) = contracts_of(series(left=80, flagged_on=(20,)), LATER)
    assert (contract.cohort_day, contract.has_churned, contract.is_flagged) == (RENEWAL, True, True)


def test_it_is_counted_only_when_those_of_its_quarter_that_stayed_are_too() -> None:
    left = series(left=80)
    assert list(contracts_of(left, RENEWAL + GRACE_DAYS)) == []
    assert is_open(left, RENEWAL + GRACE_DAYS)


def test_nothing_was_predicted_of_an_account_that_had_left_by_then() -> None:
    """The curve looks 60 days ahead, so it is asked on day 40. This account left on day 20."""
    gone = series(days=20, left=20)
    (contract,) = contracts_of(gone, LATER)
    assert (contract.has_churned, contract.is_seen, contract.probability) == (True, False, None)
    assert accuracy_of([gone, series()], LATER).cohorts[0].judged == 1


def test_leaving_after_the_horizon_is_churn_but_was_not_predicted() -> None:
    late, in_time = series(left=110), series(left=100)
    (cohort,) = accuracy_of([late, in_time], LATER).cohorts
    assert (cohort.churned, cohort.judged) == (2, 2)
    assert cohort.actual is not None
    assert cohort.actual.value == 0.5


def test_a_contract_is_open_until_its_grace_is_over() -> None:
    assert list(contracts_of(series(), RENEWAL + GRACE_DAYS)) == []
    assert is_open(series(), RENEWAL + GRACE_DAYS)
    assert not is_open(series(), LATER)
    (late,) = contracts_of(series(left=100 + GRACE_DAYS), LATER)
    assert late.has_churned


def test_without_a_renewal_date_the_day_of_leaving_counts_and_nothing_is_predicted() -> None:
    (contract,) = contracts_of(series(renewals=(), left=90, flagged_on=(30,)), LATER)
    assert (contract.is_dated, contract.cohort_day, contract.is_flagged) == (False, START + 90, True)
    cohort = accuracy_of([series(renewals=(), left=90)], LATER).cohorts[0]
    assert (cohort.churned, cohort.judged, cohort.predicted) == (1, 0, None)


def test_each_renewal_is_a_contract_until_the_account_leaves() -> None:
    found = list(
        contracts_of(series(days=400, renewals=(RENEWAL, RENEWAL + 180, RENEWAL + 900), left=270), START + 390)
    )
    assert [(each.cohort_day, each.has_churned) for each in found] == [(RENEWAL, False), (RENEWAL + 180, True)]


def test_predicted_and_actual_churn_and_their_variance() -> None:
    """Ten accounts: two churned, one of them flagged in time; each had been given 30 %."""
    book = [series(f"a{n}", probability=0.3) for n in range(8)]
    book += [series("b", probability=0.3, left=100, flagged_on=(40,)), series("c", probability=0.3, left=99)]
    found = accuracy_of(book, LATER)
    (cohort,) = found.cohorts
    assert (cohort.quarter, cohort.contracts, cohort.churned, cohort.flagged) == ("2026-Q2", 10, 2, 1)
    assert cohort.early_warning is not None
    assert cohort.early_warning.value == 0.5
    assert cohort.predicted == pytest.approx(0.3)
    assert cohort.variance_points == pytest.approx(10.0)
    assert cohort.warns_early is None  # two are too few to say
    assert cohort.is_within is False
    assert (found.recorded_since, found.first_eligible, found.notes) == ("2026-01-01", "", ())


def test_the_order_of_accounts_does_not_matter() -> None:
    chosen = random.Random(2)
    book = [series(f"a{n}", probability=chosen.random(), left=chosen.choice((-1, 100))) for n in range(40)]
    assert accuracy_of(book, LATER) == accuracy_of(sorted(book, key=lambda each: chosen.random()), LATER)


def test_warm_up_says_when_the_first_cohort_can_be() -> None:
    young = accuracy_of([series(days=20, left=15, renewals=())], START + 20)
    assert (young.recorded_since, young.first_eligible) == ("2026-01-01", "2026-03-02")
    assert young.cohorts[0].seen == 0
    assert young.cohorts[0].early_warning is None


def test_what_is_missing_is_said() -> None:
    assert accuracy_of([], START).notes == ("nothing is recorded yet: run `vitals accuracy record` once a day",)
    notes = accuracy_of([series(probability=None, renewals=())], START + 50).notes
    assert [note.partition(":")[0] for note in notes[:2]] == ["no probability", "no renewal date is known"]
    assert accuracy_of([series(renewals=())], LATER).undated == 1


def test_a_rate_has_the_interval_of_wilson() -> None:
    found = rate(8, 10)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
