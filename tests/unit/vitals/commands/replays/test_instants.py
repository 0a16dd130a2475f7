"""The instants of a replay, from its options."""

from __future__ import annotations

import pytest

from scoring.instants import DAY_MS, parse_instant, rfc3339
from streams.errors import UserError
from vitals.commands.replays.instants import INSTANTS_MAX, Instants, parse_instants, print_odd_instants

FIRST_MS, LAST_MS = parse_instant("2026-01-01T10:00:00Z"), parse_instant("2026-01-20T00:00:00Z")


def instants(every: str = "", since: str = "", to: str = "", as_of: str = "") -> list[str]:
    return [rfc3339(each) for each in parse_instants(as_of, every, since, to).of(FIRST_MS, LAST_MS)]


def test_days_begin_with_the_first_midnight_after_the_first_event_and_end_with_the_last() -> None:
    found = instants("1d")
    assert (found[0], found[-1], len(found)) == ("2026-01-02T00:00:00Z", "2026-01-20T00:00:00Z", 19)


def test_weeks_begin_on_mondays() -> None:
    assert instants("1w") == ["2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z", "2026-01-19T00:00:00Z"]


def test_a_first_instant_is_where_the_steps_are_counted_from() -> None:
    found = instants("7d", "2025-12-31T06:00:00Z", "2026-01-15")
    assert found == ["2025-12-31T06:00:00Z", "2026-01-07T06:00:00Z", "2026-01-14T06:00:00Z"]


def test_a_list_may_come_in_any_order() -> None:
    assert instants(as_of="2026-01-03, 2026-01-02,2026-01-03") == ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("", "", "", ""), "Add --as-of with one or more"),
        (("2026-01-01", "1d", "", ""), "leave them out"),
        (("2026-01-01", "", "2026-01-01", ""), "leave them out"),
        (("soon", "", "", ""), "--as-of: 'soon' is not an instant"),
        (("", "1d", "soon", ""), "--from: 'soon' is not an instant"),
        (("", "often", "", ""), "--every: 'often' is not a duration"),
        (("", "10s", "", ""), "take 1m or more"),
        (("", "1d", "2026-02-01", "2026-01-01"), "swap them"),
    ],
)
def test_mistakes_are_named(options: tuple[str, str, str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_instants(*options)


def test_steps_that_meet_no_instant_or_too_many_are_refused() -> None:
    with pytest.raises(UserError, match="No instant lies between"):
        instants("52w")
    with pytest.raises(UserError, match=f"at most {INSTANTS_MAX:,}"):
        instants("1m", "2025-01-01")


def test_instants_before_all_events_and_in_the_future_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    print_odd_instants([FIRST_MS - DAY_MS, FIRST_MS, LAST_MS + DAY_MS], FIRST_MS, LAST_MS)
    early, late = capsys.readouterr().err.splitlines()
    assert early == "1 instant before the first event, of 2026-01-01T10:00:00Z: no account is there yet."
    assert late == "1 instant in the future: accounts are judged as if nothing more happened until then."


def test_the_last_instant_is_known_before_the_events_where_it_can_be() -> None:
    assert parse_instants("", "1d", "", "2026-01-15").last_ms == parse_instant("2026-01-15")
    assert parse_instants("", "1d", "", "").last_ms == -1
    assert Instants(listed=(5, 3)).last_ms == 5
