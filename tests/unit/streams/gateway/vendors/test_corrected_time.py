"""Times by a sender's clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.timestamps import Untimely
from streams.gateway.vendors.corrected_time import LATEST_MS, corrected_ms, plausible_ms
from streams.gateway.vendors.fields import stamp
from tests.support.gateway.requests import RECEIVED_MS

YEAR_MS = 365 * 86_400_000


@given(wrong_by_ms=st.integers(-10 * YEAR_MS, 10 * YEAR_MS), waited_ms=st.integers(0, YEAR_MS))
def test_a_clock_that_is_wrong_makes_no_difference(wrong_by_ms: int, waited_ms: int) -> None:
    sent_ms = RECEIVED_MS + wrong_by_ms
    assert corrected_ms(sent_ms - waited_ms, sent_ms, RECEIVED_MS) == RECEIVED_MS - waited_ms


@given(st.integers(-(10**18), 10**18))
def test_what_is_plausible_can_be_written(at_ms: int) -> None:
    try:
        assert stamp(plausible_ms(at_ms))
    except Untimely:
        assert not 946_684_800_000 <= at_ms <= LATEST_MS


def test_a_time_before_2000_is_none() -> None:
    with pytest.raises(Untimely, match="before the year 2000"):
        corrected_ms(0, RECEIVED_MS, RECEIVED_MS)
