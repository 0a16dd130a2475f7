"""The narrow job of the peers: by hand, and beside our own worker's narrow model."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import pytest

from bench.contenders.ours import NARROW_MODEL
from bench.events import make_events
from bench.peers.narrow_job import Head, Tile, take
from bench.peers.no_engine import fold
from scoring.instants import HOUR_MS, parse_instant, rfc3339
from scoring.model.loader import load_model
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account

UNTIL_MS = parse_instant("2026-11-21T10:00:00Z")
NOW = UNTIL_MS // HOUR_MS


class Message(NamedTuple):
    value: bytes
    timestamp: int


class DictTiles(dict[int, Tile]):
    def put(self, day: int, tile: Tile) -> None:
        self[day] = tile

    def delete(self, day: int) -> None:
        self.pop(day, None)


def event(name: str, hour: int, **properties: float) -> dict[str, object]:
    return {"event": name, "timestamp": rfc3339(hour * HOUR_MS), "properties": properties}


def test_a_score_by_hand() -> None:
    #  hours before now   20 d ──── 13 d ──── 1 d ─┐
    #  use                  1         1        1   │ 14 days: 2, before that: 1
    head, tiles = Head(NOW), DictTiles()
    take(head, tiles, "p-billing", event("subscription_started", NOW - 700, seats=1, mrr=10.0), NOW)
    for days in (20, 13, 1):
        take(head, tiles, "p-analytics", event("login", NOW - days * 24), NOW)
    take(head, tiles, "p-exceptions", event("$exception", NOW), NOW)
    take(head, tiles, "p-tickets", event("ticket_opened", NOW), NOW)
    take(head, tiles, "p-billing", event("payment_failed", NOW), NOW)
    usage, trend, friction, tickets, payments = 100 * 3 / 20, 100, 0, 95, 70 - 25
    assert head.score == (30 * usage + 25 * trend + 20 * friction + 15 * tickets + 10 * payments) / 100
    assert (head.seats, head.mrr) == (1, 10.0)


def test_what_leaves_a_window_is_taken_out_of_its_sum_and_the_day_is_dropped_with_the_longest() -> None:
    head, tiles = Head(NOW), DictTiles()
    take(head, tiles, "analytics", event("login", NOW), NOW)
    sums = {}
    for days in (13, 14, 28, 30, 32):
        take(head, tiles, "billing", event("invoice_paid", NOW), NOW + days * 24)
        sums[days] = head.sums[:3]
    assert sums == {13: [1, 1, 1], 14: [0, 1, 1], 28: [0, 0, 1], 30: [0, 0, 0], 32: [0, 0, 0]}
    assert not tiles


def test_what_happened_before_the_longest_window_does_not_count() -> None:
    head, tiles = Head(NOW), DictTiles()
    take(head, tiles, "analytics", event("login", NOW - 30 * 24), NOW)
    assert (head.sums, tiles) == ([0] * 12, {})


def test_the_worker_with_the_narrow_model_has_the_scores_of_the_job_where_no_nps_was_given() -> None:
    """Where one was given the model differs: an NPS is no part of its payments."""
    plan = Plan(load_model(NARROW_MODEL.read_text("utf-8")))
    accounts: dict[str, tuple[Account, ScoreCache]] = {}
    heads: dict[str, tuple[Head, DictTiles]] = {}
    for sent in make_events(4_000, 20, UNTIL_MS):
        value = sent.value.replace(b'"nps"', b'"xps"')
        fold(plan, accounts, sent.topic, [Message(value, sent.occurred_at_ms)], UNTIL_MS)
        decoded = msgspec.json.decode(value)
        head, tiles = heads.setdefault(decoded["account_id"], (Head(NOW), DictTiles()))
        take(head, tiles, sent.topic, decoded, NOW)
    assert len(heads) == 20
    for name, (head, _) in heads.items():
        account, scores = accounts[name]
        score = scores.refresh(plan.primary, account, {})
        assert score is not None
        assert score.value == pytest.approx(head.score, abs=1e-9)
