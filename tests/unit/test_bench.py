"""The benchmark's own sums, tables and events. Nothing here is timed."""

from __future__ import annotations

import io
import itertools
import os
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from bench.events import DAYS, EVENT_BYTES, BenchEvent, make_events
from bench.peers.fold import fold
from bench.report import Sample, results_of, table_of, write_json
from bench.rows import rows
from bench.watch import Point, cpu_seconds, sample_of
from scoring.instants import DAY_MS, parse_instant
from scoring.model import PRESETS, load_preset
from scoring.plan import Plan
from streams.errors import UserError
from streams.settings import INPUT_TOPICS

UNTIL_MS = parse_instant("2026-11-21T10:00:00Z")


@pytest.fixture(scope="module")
def events() -> list[BenchEvent]:
    return list(make_events(3_000, 50, UNTIL_MS))


def test_every_event_has_the_same_size(events: list[BenchEvent]) -> None:
    assert {len(event.value) for event in events} == {EVENT_BYTES}


def test_the_same_arguments_give_the_same_events(events: list[BenchEvent]) -> None:
    assert list(make_events(3_000, 50, UNTIL_MS)) == events


def test_events_come_in_the_order_of_time_and_fill_the_days_before_the_end(events: list[BenchEvent]) -> None:
    times = [event.occurred_at_ms for event in events]
    assert all(earlier < later for earlier, later in itertools.pairwise(times))
    assert times[0] == UNTIL_MS - DAYS * DAY_MS
    assert UNTIL_MS - DAY_MS < times[-1] < UNTIL_MS


def test_all_accounts_and_all_topics_have_events(events: list[BenchEvent]) -> None:
    assert {event.key for event in events} == {f"acct-{number:06d}".encode() for number in range(50)}
    by_topic = Counter(event.topic for event in events)
    assert by_topic.keys() == set(INPUT_TOPICS)
    assert max(by_topic, key=by_topic.__getitem__) == "analytics"


def test_an_account_begins_with_its_subscription(events: list[BenchEvent]) -> None:
    first: dict[bytes, BenchEvent] = {}
    for event in events:
        first.setdefault(event.key, event)
    assert {event.topic for event in first.values()} == {"billing"}
    assert all(b'"event":"subscription_started"' in event.value for event in first.values())


@pytest.mark.parametrize("preset", PRESETS)
def test_every_event_is_accepted_and_says_what_its_message_says(events: list[BenchEvent], preset: str) -> None:
    decoder = Plan(load_preset(preset)).decoder
    for sent in events:
        event = decoder.decode(sent.topic, sent.value, 0, UNTIL_MS)
        assert (event.account_id.encode(), event.occurred_at_ms) == (sent.key, sent.occurred_at_ms)
        assert event.event_id
        assert event.user_id


@pytest.mark.parametrize("wall_ms", [0, UNTIL_MS])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_fold_judges_every_account(events: list[BenchEvent], preset: str, wall_ms: int) -> None:
    plan = Plan(load_preset(preset))
    accounts = fold(plan, events, wall_ms)
    scores = [account.judged[plan.live.number] for account in accounts.values()]
    assert len(accounts) == 50
    assert all(score is not None for score in scores)
    assert len({score.value for score in scores if score is not None}) > 1


def test_a_row_is_the_median_of_its_samples() -> None:
    samples = [Sample(1_000, 1.0, 0.5), Sample(1_000, 4.0, 0.1), Sample(1_000, 2.0, 0.3)]
    (result,) = results_of([("us", samples)])
    assert result.events_per_second == 500.0
    assert result.cpu_us_per_event == 300.0
    assert result.ratio == 1.0


def test_the_ratio_is_how_many_times_faster_the_first_row_is() -> None:
    ours, slower, faster = results_of(
        [
            ("us", [Sample(100, 1.0, 1.0)]),
            ("slower", [Sample(100, 4.0, 1.0)]),
            ("faster", [Sample(100, 0.5, 1.0)]),
        ]
    )
    assert (ours.ratio, slower.ratio, faster.ratio) == (1.0, 4.0, 0.5)


def test_the_json_is_a_list_of_rows_in_their_order_with_four_keys(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    results = results_of([("us", [Sample(100, 1.0, 0.001)]), ("them", [Sample(100, 2.0, 0.002)])])
    write_json(results, path)
    assert msgspec.json.decode(path.read_bytes()) == [
        {"name": "us", "events_per_second": 100.0, "cpu_us_per_event": 10.0, "ratio": 1.0},
        {"name": "them", "events_per_second": 50.0, "cpu_us_per_event": 20.0, "ratio": 2.0},
    ]


def test_the_table_says_what_each_row_does_even_in_square_brackets() -> None:
    results = results_of([("us", [Sample(123_456, 1.0, 1.0)]), ("them", [Sample(1_000, 1.0, 1.0)])])
    out = io.StringIO()
    Console(file=out, width=150).print(table_of(results, ["all of it", "table[account] += 1"], "the title"))
    shown = out.getvalue()
    for words in ("the title", "123,456", "123.46", "table[account] += 1"):
        assert words in shown


def test_every_row_has_its_own_name_and_the_worker_is_the_first() -> None:
    names = [row.name for row in rows()]
    assert names[0] == "vitals worker"
    assert len(set(names)) == len(names)


def test_a_worker_is_measured_from_its_first_commit_to_the_last_one_under_load() -> None:
    #  committed    100 ──────── 500 ──────── 900 ┊ 960 ┊ 1,000
    #  seconds        1            3            5 ┊   9 ┊ 10      near the end of the log it waits
    points = [
        Point(1.0, 100, 0.5),
        Point(3.0, 500, 2.0),
        Point(5.0, 900, 4.5),
        Point(9.0, 960, 5.0),
        Point(10.0, 1_000, 5.0),
    ]
    assert sample_of(points, 1_000) == Sample(events=800, seconds=4.0, cpu_seconds=4.0)


def test_a_worker_that_was_through_too_soon_was_not_measured() -> None:
    with pytest.raises(UserError, match="raise EVENTS"):
        sample_of([Point(1.0, 100, 0.5), Point(2.0, 1_000, 0.9)], 1_000)


def test_the_cpu_time_of_a_process_grows_with_its_work() -> None:
    before = cpu_seconds(os.getpid())
    while cpu_seconds(os.getpid()) < before + 0.02:
        sum(range(100_000))
    used = os.times()
    assert abs(cpu_seconds(os.getpid()) - (used.user + used.system)) < 0.05


def test_a_process_that_is_gone_has_no_cpu_time() -> None:
    with pytest.raises(UserError, match="on Linux only"):
        cpu_seconds(2**22 + 1)
