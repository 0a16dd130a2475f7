"""What `vitals alias merge` says."""

from __future__ import annotations

import msgspec

from vitals.commands.identity.merge_accounts import Merged, words

MERGED = Merged(
    account_id="old",
    into="acme",
    author="ann",
    reason="one customer",
    at="2026-11-30T00:00:00Z",
    events={"analytics": 1_200, "billing": 1},
    since={"analytics": "2026-10-11T08:00:00Z", "billing": "2026-10-20T00:00:00Z"},
    log_begins="2026-10-10T00:00:00Z",
    days_gone=30,
    days=81,
)


def test_it_says_what_was_published_again_and_what_the_log_has_no_more() -> None:
    assert words(MERGED).splitlines() == [
        "ann merged old into acme: one customer",
        "  analytics: 1,200 events published again, from 2026-10-11T08:00:00Z on",
        "  billing: 1 event published again, from 2026-10-20T00:00:00Z on",
        "Events before 2026-10-10T00:00:00Z are gone from the log: 30 days of old's 81.",
        "Overrides, notes and cases of old are not moved: its open cases were resolved.",
    ]


def test_where_the_first_event_is_not_known_it_says_no_number() -> None:
    said = words(msgspec.structs.replace(MERGED, days_gone=None, days=None))
    assert "gone from the log: some of its history may be missing." in said


def test_a_whole_log_without_events_of_the_account() -> None:
    said = words(msgspec.structs.replace(MERGED, events={}, since={}, log_begins=""))
    assert "the log has no event of old" in said
    assert "gone" not in said
