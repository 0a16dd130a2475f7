"""Which letters are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from streams.dead_letters.entry import LetterId
from streams.dead_letters.reading import Wanted
from tests.support.gateway.dead_letters import DIED_MS, a_letter


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"ids": frozenset([LetterId(0, 17)])}, True),
        ({"ids": frozenset([LetterId(0, 18)])}, False),
        ({"reason": "in_the_future"}, True),
        ({"reason": "malformed"}, False),
        ({"topic": "analytics"}, True),
        ({"topic": "billing"}, False),
        ({"source": "crm"}, False),
        ({"since_ms": DIED_MS}, True),
        ({"since_ms": DIED_MS + 1}, False),
        ({"unsent": True}, True),
        ({"reason": "in_the_future", "topic": "billing"}, False),
    ],
)
def test_a_letter_must_be_all_that_is_asked_for(wanted: dict[str, Any], fits: bool) -> None:
    assert Wanted(**wanted).takes(a_letter()) is fits


def test_what_was_sent_again_is_not_unsent() -> None:
    assert not Wanted(unsent=True).takes(a_letter(replayed_ms=5))
    assert Wanted().takes(a_letter(replayed_ms=5))
