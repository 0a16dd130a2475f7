"""Files of labels: what is read, and what is said of odd rows."""

from __future__ import annotations

from datetime import UTC, tzinfo
from pathlib import Path

import pytest

from scoring.instants import parse_instant
from streams.backtest.outcomes import Outcomes
from streams.backtest.source.labels import outcomes_of, read_labels, zone_of
from streams.errors import UserError
from tests.support.shared_data import shared

NOW_MS = parse_instant("2026-06-01T00:00:00Z")
LAST_MS = parse_instant("2026-05-01T00:00:00Z")
FIRST = {name: parse_instant("2026-01-01T00:00:00Z") for name in ("acme", "beta", "zeta")}


def told(path: Path, text: str, kind: str = "churn", zone: tzinfo = UTC, until: str = "") -> Outcomes:
    file = path / "labels.csv"
    file.write_text(text)
    until_ms = parse_instant(until) if until else None
    return outcomes_of(read_labels(str(file), kind, zone), kind, FIRST, LAST_MS, NOW_MS, until_ms)


def notes(found: Outcomes) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {each.code: (each.count, each.accounts) for each in found.notes}


def test_an_empty_date_is_an_account_that_stayed(tmp_path: Path) -> None:
    found = told(tmp_path, "account_id,churn_date,months\nacme,2026-04-02,3\nbeta,,5\nzeta,,5\n")
    assert found.at_ms == {"acme": parse_instant("2026-04-02T00:00:00Z")}
    assert (notes(found), found.unknown) == ({}, frozenset())
    assert found.observed_until_ms == LAST_MS


def test_columns_are_found_by_name_in_any_order_case_and_delimiter(tmp_path: Path) -> None:
    found = told(tmp_path, "\ufeffSegment;Cancelled At;Account ID\nbig;2026-04-02 10:00;acme\n;;beta\n;;zeta\n")
    assert found.at_ms == {"acme": parse_instant("2026-04-02T10:00:00Z")}
    assert found.segments == {"acme": "big"}


def test_labels_of_another_zone_are_midnights_there(tmp_path: Path) -> None:
    text = "account_id,date\nacme,2026-04-02\nbeta,2026-04-02T00:00:00Z\nzeta,\n"
    found = told(tmp_path, text, zone=zone_of("America/New_York"))
    assert found.at_ms["acme"] == parse_instant("2026-04-02T04:00:00Z")
    assert found.at_ms["beta"] == parse_instant("2026-04-02T00:00:00Z")


def test_a_zone_that_is_none_is_an_error() -> None:
    with pytest.raises(UserError, match="'Berlin' is no time zone: give a name like Europe/Berlin"):
        zone_of("Berlin")


def test_labels_of_unknown_accounts_are_counted_and_named(tmp_path: Path) -> None:
    found = told(tmp_path, "account_id,date\nacme,2026-04-02\nghost,2026-04-02\nbeta,\nzeta,\n")
    assert notes(found) == {"unknown_account": (1, ("ghost",))}


def test_the_first_of_two_outcomes_counts(tmp_path: Path) -> None:
    found = told(tmp_path, "account_id,date\nacme,2026-04-20\nacme,2026-04-02\nbeta,\nzeta,\n")
    assert found.at_ms == {"acme": parse_instant("2026-04-02T00:00:00Z")}
    assert notes(found) == {"two_outcomes": (1, ("acme",))}


def test_an_outcome_before_signup_is_told(tmp_path: Path) -> None:
    found = told(tmp_path, "account_id,date\nacme,2025-12-01\nbeta,\nzeta,\n")
    assert notes(found)["before_signup"] == (1, ("acme",))


def test_a_file_with_churns_only_takes_all_others_as_staying_and_says_so(tmp_path: Path) -> None:
    found = told(tmp_path, "account_id,date\nacme,2026-04-02\n")
    assert found.unknown == frozenset()
    (only,) = found.notes
    assert only.code == "churns_only"
    assert "the others (2) count as staying" in only.words


def test_accounts_that_a_file_with_survivors_does_not_name_are_left_out(tmp_path: Path) -> None:
    found = told(tmp_path, "account_id,date\nacme,2026-04-02\nbeta,\n")
    assert found.unknown == {"zeta"}
    assert notes(found) == {"unlabelled": (1, ("zeta",))}


def test_a_date_that_cannot_be_read_makes_the_account_unknown(tmp_path: Path) -> None:
    found = told(tmp_path, "account_id,date\nacme,04/02/2026\nbeta,2026-04-02\nzeta,\n")
    assert found.unknown == {"acme"}
    assert notes(found) == {"unreadable_date": (1, ("acme",))}


def test_an_outcome_in_the_future_is_none_yet(tmp_path: Path) -> None:
    found = told(tmp_path, "account_id,date\nacme,2027-01-01\nbeta,2026-04-20\nzeta,\n")
    assert set(found.at_ms) == {"beta"}
    assert notes(found) == {"in_the_future": (1, ("acme",))}
    assert found.observed_until_ms == LAST_MS


def test_labels_may_go_on_after_the_last_event(tmp_path: Path) -> None:
    found = told(tmp_path, "account_id,date\nacme,2026-05-20\nbeta,\nzeta,\n")
    assert found.observed_until_ms == parse_instant("2026-05-20T00:00:00Z")


def test_labels_that_end_long_before_the_events_are_told_unless_one_says_until_when(tmp_path: Path) -> None:
    text = "account_id,date\nacme,2026-02-01\nbeta,\nzeta,\n"
    assert "labels_end_early" in notes(told(tmp_path, text))
    bounded = told(tmp_path, text, until="2026-02-15T00:00:00Z")
    assert notes(bounded) == {}
    assert bounded.observed_until_ms == parse_instant("2026-02-15T00:00:00Z")


def test_the_column_outcome_says_what_counts(tmp_path: Path) -> None:
    text = "account_id,at,outcome\nacme,2026-04-20,churned\nbeta,2026-04-02,downgrade\nzeta,2026-04-02,active\n"
    churn, down = told(tmp_path, text), told(tmp_path, text, kind="downgrade")
    assert set(churn.at_ms) == {"acme"}
    assert set(down.at_ms) == {"beta"}
    assert notes(churn) == {"other_outcome": (1, ())}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"are empty: give a CSV file with account_id and a date"),
        ("account,date\nacme,2026-04-02\n", r"has no column account_id; did you mean 'account'\?"),
        ("account_id,when\nacme,2026-04-02\n", r"name one of its columns \(account_id, when\) churned_at or"),
        ("account_id,date\n,2026-04-02\n", r"no line has an account_id and a date"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_that_says_why(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        told(tmp_path, text)


def test_a_spreadsheet_or_no_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "labels.xlsx").write_bytes(b"PK\x03\x04\xff")
    with pytest.raises(UserError, match="a zip archive or a spreadsheet"):
        read_labels(str(tmp_path / "labels.xlsx"), "churn", UTC)
    with pytest.raises(UserError, match="cannot be read"):
        read_labels(str(tmp_path / "none.csv"), "churn", UTC)


def test_the_labels_of_a_real_book_are_read_with_their_survivors() -> None:
    found = read_labels(str(shared("data/churnsim/labels.csv")), "churn", UTC)
    assert found.column == "churn_date"
    assert len(found.rows) == 216
    assert sum(row.at_ms is not None for row in found.rows) == 17
