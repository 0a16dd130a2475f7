"""Calendars and traits: the line, the key, and the fix."""

from __future__ import annotations

import pytest

from tests.support.alerting.rule_file import changed, said_of


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("America/New_York", "America", "calendars.office.zone", "'America' is not a time zone; write one like"),
        (
            '"mon", "tue", "wed", ',
            '"mon", "mon", ',
            "calendars.office.days",
            "'mon' is named twice; remove one of them",
        ),
        ('["mon", "tue", "wed", "thu", "fri"]', "[]", "calendars.office.days", "the list of days is empty"),
        (
            'from = "09:00"',
            'from = "9"',
            "calendars.office.from",
            "'9' is not a time of day; write it like '09:00', from",
        ),
        (
            'to = "17:30"',
            'to = "09:00"',
            "calendars.office.to",
            "09:00 must be later than from = '09:00', of the same day",
        ),
        ('"2026-12-25"', '"25.12.2026"', "calendars.office.holidays[0]", "is not a date; write it like '2026-12-25'"),
        ('"2027-01-01"', '"2027-02-30"', "calendars.office.holidays[1]", "'2027-02-30' is not a date"),
        ('"2027-01-01"', '"20270101"', "calendars.office.holidays[1]", "'20270101' is not a date"),
        (
            '"2027-01-01"',
            '"2026-12-25"',
            "calendars.office.holidays",
            "'2026-12-25' is named twice; remove one of them",
        ),
        (
            'owner = "owner"',
            'owner = "ownr"',
            "traits.owner",
            "no text signal of the model is called 'ownr'; did you mean",
        ),
        ('owner = "owner"', 'owner = "nps"', "traits.owner", "'nps' is not a text but a number; name a signal of kind"),
        ('owner = "owner"', 'owner = "cancelled"', "traits.owner", "'cancelled' is not a text but an instant; name a"),
    ],
)
def test_what_breaks_a_rule_names_line_key_and_fix(old: str, new: str, key: str, words: str) -> None:
    line, at, said = said_of(changed(old, new))
    assert at == key
    assert words in said
    assert line > 0


def test_there_is_a_most_of_holidays() -> None:
    days = ", ".join(f'"{2000 + number // 300}-{1 + number % 12:02}-{1 + number % 28:02}"' for number in range(401))
    assert said_of(changed('"2026-12-25", "2027-01-01"', days))[1:] == (
        "calendars.office.holidays",
        "there are 401, and the most is 400; leave out those of the past",
    )
