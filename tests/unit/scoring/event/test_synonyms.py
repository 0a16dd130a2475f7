"""Synonyms: one property under several names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import UNSET

from scoring.event.event import EventDecoder
from scoring.event.synonyms import Synonyms, names_of, synonyms_of, text_of
from scoring.oracle.events import OracleEvent, sent
from tests.builders import at_ms

CSAT = text_of(Synonyms(names=("csat", "stars"), values={"good": 5, "offered": ""}))
NOW = at_ms("2026-03-01T12:00Z")
SENT: tuple[tuple[dict[str, Any], object], ...] = (
    ({}, None),
    ({"csat": 3}, 3),
    ({"stars": 4}, 4),
    ({"csat": 3, "stars": 4}, 3),
    ({"csat": None, "stars": 4}, 4),
    ({"csat": " ", "stars": 4}, 4),
    ({"csat": "offered", "stars": 4}, 4),
    ({"csat": "offered"}, None),
    ({"csat": "GOOD "}, 5),
    ({"csat": "Fine "}, "Fine "),
    ({"csat": False, "stars": 4}, False),
    ({"csat": 0, "stars": 4}, 0),
    ({"csat": [], "stars": 4}, []),
)


def decoded(decoder: EventDecoder, properties: dict[str, Any]) -> Any:
    body = {"account_id": "acme", "event": "rated", "timestamp": NOW // 1000, "properties": properties}
    return decoder.decode("tickets", json.dumps(body).encode(), 0, NOW).properties


def test_equal_synonyms_are_equal_texts() -> None:
    same = Synonyms(names=("csat", "stars"), values={"offered": "", "good": 5.0})
    assert text_of(same) == CSAT
    assert synonyms_of(CSAT) == same
    assert (names_of(CSAT), names_of("@timestamp")) == (("csat", "stars"), ("@timestamp",))


@pytest.mark.parametrize(("properties", "found"), SENT)
def test_the_first_that_has_a_value_counts_as_the_oracle_says(properties: dict[str, Any], found: object) -> None:
    decoder = EventDecoder([CSAT])
    read = decoder.reader(CSAT)(decoded(decoder, properties))
    assert (None if read is UNSET else read) == found
    assert sent(OracleEvent("acme", "tickets", "x", 0, "", "", properties), CSAT) == found


def test_a_plain_name_beside_its_synonyms_is_read_as_before() -> None:
    decoder = EventDecoder(["csat", CSAT])
    properties = decoded(decoder, {"csat": "good"})
    assert [decoder.reader(name)(properties) for name in ("csat", CSAT)] == ["good", 5]


def test_it_is_known_under_which_name_a_value_was_sent() -> None:
    decoder = EventDecoder([CSAT])
    assert [decoder.sent_as(CSAT, decoder.properties_of(each)) for each in ({"stars": 4}, {})] == ["stars", "csat"]
