"""How a source does: its rate against what the hour usually has."""

from __future__ import annotations

from streams.gateway.source_health import SourceHealth

START = 1_772_359_200.0  # 10:00 UTC


def health() -> SourceHealth:
    return SourceHealth("own", "vitals", "/in/own", is_insecure=False)


def test_the_rate_is_of_the_last_five_minutes() -> None:
    source = health()
    for minute in range(10):
        source.took(7, 0, START + 60 * minute)
    assert source.report(START + 60 * 9).events_5m == 35
    assert source.report(START + 60 * 11).events_5m == 21
    assert source.report(START + 60 * 20).events_5m == 0


def test_the_usual_is_that_of_the_hour_and_follows_slowly() -> None:
    source = health()
    assert source.report(START).usual_5m is None
    for minute in range(60):
        source.took(2, 0, START + 60 * minute)
    assert source.report(START + 59 * 60).usual_5m == 10.0
    silent_for_a_day = START + 86_400 + 59 * 60
    usual = source.report(silent_for_a_day).usual_5m
    assert usual is not None
    assert 0 < usual < 5


def test_a_clock_that_stands_still_or_leaps_years_costs_no_time() -> None:
    source = health()
    source.took(1, 0, START)
    source.took(1, 0, START)
    source.took(1, 0, START + 86_400 * 365 * 10)
    assert source.report(START + 86_400 * 365 * 10).events_5m == 1


def test_errors_and_refusals_are_counted_beside_what_was_taken() -> None:
    source = health()
    source.took(3, 1, START)
    source.failed("no key", START + 1)
    report = source.report(START + 2)
    assert (report.taken, report.refused, report.failed, report.last_error) == (3, 1, 1, "no key")
    assert (report.last_event_ms, report.last_error_ms) == (int(START * 1_000), int(START * 1_000) + 1_000)
