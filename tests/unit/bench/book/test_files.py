"""A book on disk: the same seed gives the same bytes, and its tables say what its events do."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.book.files import instant, write_book
from scoring.event.event import EventDecoder
from scoring.instants import parse_instant
from streams.replay.event_line import read_event
from tests.support.worlds.book import FIRST_DAY, Kind, Way, book
from tests.support.worlds.lives import events_of

ACCOUNTS, DAYS, NOW_MS = 60, 200, 1 << 50


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.ndjson").read_bytes().splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book")
    write_book(book(ACCOUNTS, 7, DAYS), DAYS, path)
    return path


def test_the_same_seed_gives_the_same_bytes_and_another_others(folder: Path, tmp_path: Path) -> None:
    write_book(book(ACCOUNTS, 7, DAYS), DAYS, tmp_path / "again")
    write_book(book(ACCOUNTS, 8, DAYS), DAYS, tmp_path / "other")
    for name in ("events.ndjson", "labels.csv", "truth.csv"):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
        assert (folder / name).read_bytes() != (tmp_path / "other" / name).read_bytes()


def test_a_smaller_book_is_the_beginning_of_a_larger_one() -> None:
    assert book(5, 7, DAYS) == book(50, 7, DAYS)[:5]


def test_every_line_is_an_event_and_they_are_ordered_by_arrival(folder: Path) -> None:
    found = (folder / "events.ndjson").read_bytes().splitlines()
    decoder = EventDecoder()
    for line in found[:2_000]:
        read_event(decoder, line, 0, NOW_MS)
    arrived = [json.loads(line)["received_at"] for line in found]
    assert arrived == sorted(arrived)
    late = sum(line["received_at"] - line["timestamp"] > 1_000 for line in lines(folder)) / len(found)
    assert late == pytest.approx(0.02, abs=0.005)


def test_labels_are_the_cancellations_of_the_events(folder: Path) -> None:
    with (folder / "labels.csv").open() as file:
        labels = {row["account_id"]: parse_instant(row["churned_at"]) for row in csv.DictReader(file)}
    cancelled = {
        line["account_id"]: line["timestamp"] for line in lines(folder) if line.get("event") == "subscription_canceled"
    }
    assert labels == cancelled
    assert labels


def test_the_truth_names_every_account_once(folder: Path) -> None:
    with (folder / "truth.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["account_id"] for row in rows] == [account.account_id for account in book(ACCOUNTS, 7, DAYS)]
    assert all((row["way"] == "") == (row["churned_at"] == "") for row in rows)


def test_shares_are_those_that_are_stated() -> None:
    accounts = book(4_000, 1)
    ways, kinds = Counter(each.way for each in accounts), Counter(each.kind for each in accounts)
    could = sum(each.first_day + 90 < 400 for each in accounts)
    assert (len(accounts) - ways[Way.STAYS]) / could == pytest.approx(0.25, abs=0.03)
    assert kinds[Kind.TICKETS] / 4_000 == pytest.approx(0.06, abs=0.015)
    assert min(ways[way] for way in Way) > 30
    assert all(each.leaves_day < 0 or each.leaves_day >= each.first_day + 90 for each in accounts)


def test_an_account_sends_what_its_kind_sends() -> None:
    """But for the cancellation, which all send."""
    sent = {Kind.TICKETS: {"tickets", "billing"}, Kind.INVOICES: {"billing"}}
    others = [account for account in book(300, 3) if account.kind is not Kind.PRODUCT]
    assert len(others) > 20
    for account in others:
        assert {json.loads(event.line)["topic"] for event in events_of(account, 400)} <= sent[account.kind]


def test_the_ways_show_in_the_events() -> None:
    """Use in the last two weeks beside that of two weeks four months before; tickets and failed payments of the end."""
    use: dict[Way, list[int]] = {way: [0, 0] for way in Way}
    tickets, failed = Counter[Way](), Counter[Way]()
    for account in book(600, 5):
        if account.leaves_day < 180 or account.kind is not Kind.PRODUCT:
            continue
        ends_ms = parse_instant(instant(account.leaves_day, 0))
        for event in map(json.loads, (each.line for each in events_of(account, 400))):
            days = (ends_ms - event["timestamp"]) / 86_400_000
            if event["topic"] == "analytics" and 0 < days <= 14:
                use[account.way][1] += 1
            if event["topic"] == "analytics" and 120 < days <= 134:
                use[account.way][0] += 1
            tickets[account.way] += event.get("event") == "support_ticket_opened" and 0 < days <= 30
            failed[account.way] += event.get("event") == "payment_failed" and 0 < days <= 30
    kept = {way: after / before for way, (before, after) in use.items() if before}
    assert kept[Way.UNSEEN] > 0.7
    assert kept[Way.DECLINE] < 0.4
    assert kept[Way.STOP] < 0.2
    assert tickets[Way.TICKETS] > 3 * tickets[Way.UNSEEN]
    assert failed[Way.PAYMENTS] > 3 * failed[Way.DECLINE]


def test_days_of_the_book_are_those_of_the_rhythms() -> None:
    assert parse_instant(instant(0, 0)) == FIRST_DAY * 86_400_000
