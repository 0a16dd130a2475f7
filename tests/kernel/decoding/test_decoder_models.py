"""The native decoder under models of every kind of signal: events that their signals read, as they are and damaged."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.plan.plan import Plan
from streams.kernel.kernel import is_built
from tests.kernel.decoding.decoded import BothDecoders
from tests.kernel.decoding.odd_messages import ODD_BYTES
from tests.properties.strategies import History, histories
from tests.support.examples import examples

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built: make builds it")
DAMAGES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2), st.sampled_from(ODD_BYTES)), max_size=12)


def test_the_events_of_histories() -> None:
    taken: Counter[str] = Counter()

    @examples(120)
    @given(histories(), DAMAGES)
    def of_one(history: History, damages: list[tuple[int, int, bytes]]) -> None:
        taken.update(decode_history(history, damages))

    of_one()
    assert taken["natively"] > taken["handed back"], "of all histories together: one may have none that is plain"


def decode_history(history: History, damages: list[tuple[int, int, bytes]]) -> Counter[str]:
    """How the events were taken that were not damaged."""
    both = BothDecoders(Plan(history.model))
    for sent in history.arrivals:
        both.decode(sent.topic, sent.value)
    taken = both.taken.copy()
    assert not taken["rejected"]
    for number, (place, gone, odd) in enumerate(damages):
        sent = history.arrivals[number % len(history.arrivals)]
        both.decode(sent.topic, sent.value[:place] + odd + sent.value[place + gone :])
    return taken
