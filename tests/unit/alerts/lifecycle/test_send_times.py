"""The instants of digests, and quiet hours, where clocks change too. 2026: Berlin +1 to +2 on 29 March, back on 25
October; New York -5 to -4 on 8 March."""

from __future__ import annotations

import pytest

from alerts.lifecycle.schema import Digest, Quiet
from alerts.lifecycle.send_times import DigestTimes, QuietHours
from scoring.instants import HOUR_MS, MINUTE_MS, rfc3339
from tests.builders import at_ms

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("digest", "after", "instant"),
    [
        (Digest(at="09:00"), "2026-11-21T08:59:59Z", "2026-11-21T09:00:00Z"),
        (Digest(at="09:00"), "2026-11-21T09:00:00Z", "2026-11-22T09:00:00Z"),
        (Digest(at="09:00", zone=BERLIN), "2026-11-21T07:59:00Z", "2026-11-21T08:00:00Z"),
        (Digest(at="09:00", zone=BERLIN), "2026-07-21T07:30:00Z", "2026-07-22T07:00:00Z"),
        (Digest(at="00:30", zone="Pacific/Kiritimati"), "2026-11-21T09:00:00Z", "2026-11-21T10:30:00Z"),
        (Digest(at="09:00", days=("mon",)), "2026-11-23T09:00:00Z", "2026-11-30T09:00:00Z"),
        (Digest(at="09:00", days=("mon",)), "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"),
        (Digest(at="09:00", days=("mon", "fri")), "2026-11-24T00:00:00Z", "2026-11-27T09:00:00Z"),
        # 02:30 is not there on the day the clock goes forward: an hour later. On the next day it is.
        (Digest(at="02:30", zone=BERLIN), "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
        (Digest(at="02:30", zone=BERLIN), "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"),
        # 02:30 comes twice on the day the clock goes back: the first, and once only.
        (Digest(at="02:30", zone=BERLIN), "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        (Digest(at="02:30", zone=BERLIN), "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
    ],
)
def test_a_digest_comes_at_its_hour_by_the_wall(digest: Digest, after: str, instant: str) -> None:
    assert rfc3339(DigestTimes(digest, "UTC").after(at_ms(after))) == instant


def test_the_zone_of_the_rules_counts_where_there_is_no_other() -> None:
    assert rfc3339(DigestTimes(Digest(at="09:00"), BERLIN).after(at_ms("2026-11-21T00:00:00Z"))) == (
        "2026-11-21T08:00:00Z"
    )


NIGHT = Quiet(from_="22:00", to="07:00", zone=BERLIN)
LUNCH = Quiet(from_="12:00", to="13:30")
FRIDAY_NIGHT = Quiet(from_="22:00", to="07:00", days=("fri",))
TWO_TO_THREE = Quiet(from_="02:15", to="02:45", zone=BERLIN)


@pytest.mark.parametrize(
    ("quiet", "at", "end"),
    [
        (LUNCH, "2026-11-21T11:59:59.999Z", "2026-11-21T11:59:59.999Z"),
        (LUNCH, "2026-11-21T12:00:00Z", "2026-11-21T13:30:00Z"),
        (LUNCH, "2026-11-21T13:29:59.999Z", "2026-11-21T13:30:00Z"),
        (LUNCH, "2026-11-21T13:30:00Z", "2026-11-21T13:30:00Z"),
        (NIGHT, "2026-11-21T21:00:00Z", "2026-11-22T06:00:00Z"),
        (NIGHT, "2026-11-22T02:00:00Z", "2026-11-22T06:00:00Z"),
        # An hour less of it, and an hour more.
        (NIGHT, "2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z"),
        (NIGHT, "2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z"),
        # By the day on which they begin: Saturday morning belongs to Friday's night, Friday morning does not.
        (FRIDAY_NIGHT, "2026-11-20T06:00:00Z", "2026-11-20T06:00:00Z"),
        (FRIDAY_NIGHT, "2026-11-20T22:00:00Z", "2026-11-21T07:00:00Z"),
        (FRIDAY_NIGHT, "2026-11-21T06:00:00Z", "2026-11-21T07:00:00Z"),
        (FRIDAY_NIGHT, "2026-11-21T22:00:00Z", "2026-11-21T22:00:00Z"),
        # A wall clock that shows 02:15 twice is quiet twice; one that never shows it is not quiet.
        (TWO_TO_THREE, "2026-10-25T00:20:00Z", "2026-10-25T00:45:00Z"),
        (TWO_TO_THREE, "2026-10-25T01:20:00Z", "2026-10-25T01:45:00Z"),
        (TWO_TO_THREE, "2026-03-29T01:20:00Z", "2026-03-29T01:20:00Z"),
    ],
)
def test_quiet_hours_end_by_the_wall(quiet: Quiet, at: str, end: str) -> None:
    assert QuietHours(quiet, "UTC").end(at_ms(at)) == at_ms(end)


def test_asked_in_any_order_the_answer_is_the_same() -> None:
    start = at_ms("2026-10-24T18:00:00Z")
    instants = [start + number * 7 * MINUTE_MS + number for number in range(300)]
    kept = QuietHours(NIGHT, "UTC")
    forward = {at: kept.end(at) for at in instants}
    assert forward == {at: kept.end(at) for at in reversed(instants)}
    assert forward == {at: QuietHours(NIGHT, "UTC").end(at) for at in instants}
    assert all(end - at <= 10 * HOUR_MS and kept.end(end) == end for at, end in forward.items())
