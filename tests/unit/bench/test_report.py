"""The benchmark's own sums, tables and events. Nothing here is timed, and nothing needs what it is compared with."""

from __future__ import annotations

import io
import itertools
import os
import socket
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from rich.console import Console
from rich.table import Table

from bench.contenders.terms import Job, Promise, Terms
from bench.events import DAYS, EVENT_BYTES, BenchEvent, make_events
from bench.fixture import Setup
from bench.idle_accounts import by_account, copies
from bench.peers.meter import RESULT, Meter
from bench.peers.no_engine import fold
from bench.processes import available_bytes, broker_seconds, cpu_seconds, pid_that_serves, resident_bytes
from bench.report import Figure, Line, Sample, figures_of, percentile, results_of, table_of, write_json
from bench.secondary import FULL, QUICK, fitting, steps
from bench.throughput import Point, sample_of
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, parse_instant
from scoring.model.loader import PRESETS, load_preset
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from streams.changelog.records import PARTITION_KEY
from streams.deployment.settings import Settings
from streams.engine.engine import new_partition
from streams.errors import UserError

UNTIL_MS = parse_instant("2026-11-21T10:00:00Z")


class Message(NamedTuple):
    """A message as a consumer hands it over."""

    value: bytes
    timestamp: int
    offset: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_type: int = 0


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


@pytest.mark.parametrize("preset", PRESETS)
def test_the_bound_judges_every_account(events: list[BenchEvent], preset: str) -> None:
    plan, accounts = Plan(load_preset(preset)), dict[str, tuple[Account, ScoreCache]]()
    for sent in events:
        fold(plan, accounts, sent.topic, [Message(sent.value, sent.occurred_at_ms)], UNTIL_MS)
    assert len(accounts) == 50
    assert all(account.as_of_ms == UNTIL_MS for account, _ in accounts.values())
    scores = [scores.refresh(plan.primary, account, {}) for account, scores in accounts.values()]
    if not plan.norm_signals:  # without a norm these have no score
        assert len({score.value for score in scores if score is not None}) > 1


def test_another_seed_gives_other_events_with_other_ids(events: list[BenchEvent]) -> None:
    others = list(make_events(3_000, 50, UNTIL_MS, seed=2))
    assert not {event.event_id for event in events} & {event.event_id for event in others}


def test_events_may_be_spread_over_less_time() -> None:
    times = [event.occurred_at_ms for event in make_events(10, 2, UNTIL_MS, span_ms=1_000)]
    assert times == [UNTIL_MS - 1_000 + 100 * number for number in range(10)]


def test_known_accounts_in_turn_have_one_event_each_before_any_has_a_second() -> None:
    sent = list(make_events(8, 4, UNTIL_MS, named="held-{:07d}", are_known=True, in_turn=True))
    assert [event.key for event in sent] == [f"held-{number:07d}".encode() for number in (0, 1, 2, 3) * 2]
    assert not any(b"subscription_started" in event.value for event in sent)
    assert {len(event.value) for event in sent} == {EVENT_BYTES}


def line(name: str, *samples: Sample, does: str = "", why_not: str = "", job: Job = Job.MODEL) -> Line:
    return Line(name, Terms(job, Promise.ONCE), does, samples, why_not, is_ours=name.startswith("us"))


def shown(table: Table) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(table)
    return out.getvalue()


def test_a_row_is_the_median_of_its_samples() -> None:
    (result,) = results_of([line("us", Sample(1_000, 1.0, 0.5), Sample(1_000, 4.0, 0.1), Sample(1_000, 2.0, 0.3))])
    assert result.events_per_second == 500.0
    assert result.cpu_us_per_event == 300.0
    assert result.ratio == 1.0


def test_the_ratio_is_how_many_times_faster_the_first_row_is() -> None:
    ours, slower, faster = results_of(
        [
            line("us", Sample(100, 1.0, 1.0)),
            line("slower", Sample(100, 4.0, 1.0)),
            line("faster", Sample(100, 0.5, 1.0)),
        ]
    )
    assert (ours.ratio, slower.ratio, faster.ratio) == (1.0, 4.0, 0.5)


def test_equal_work_is_compared_with_our_row_of_the_same_job_and_with_nothing_where_we_have_none() -> None:
    results = results_of(
        [
            line("us", Sample(100, 4.0, 1.0)),
            line("us, narrow", Sample(100, 1.0, 1.0), job=Job.NARROW),
            line("them", Sample(100, 2.0, 1.0), job=Job.NARROW),
            line("it counts", Sample(100, 0.5, 1.0), job=Job.COUNTING),
        ]
    )
    assert [result.ratio_of_equal_work for result in results] == [1.0, 1.0, 2.0, 0.0]
    assert [result.ratio for result in results] == [1.0, 0.25, 0.5, 0.125]


def test_the_json_is_a_list_of_the_measured_rows_in_their_order_with_job_and_promise(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    us, them = line("us", Sample(100, 1.0, 0.001, 0.5)), line("them", Sample(100, 2.0, 0.002))
    write_json(results_of([us, line("absent", why_not="no wheel"), them], 7), path)
    terms = {"job": "model `default`", "promise": str(Promise.ONCE), "accounts": 7}
    assert msgspec.json.decode(path.read_bytes()) == [
        {"name": "us", **terms, "events_per_second": 100.0, "cpu_us_per_event": 10.0, "ratio": 1.0}
        | {"broker_cpu_us_per_event": 5_000.0, "ratio_of_equal_work": 1.0},
        {"name": "them", **terms, "events_per_second": 50.0, "cpu_us_per_event": 20.0, "ratio": 2.0}
        | {"broker_cpu_us_per_event": 0.0, "ratio_of_equal_work": 2.0},
    ]


def test_the_table_says_what_each_row_does_even_in_square_brackets_and_what_the_broker_used() -> None:
    us = line("us", Sample(123_456, 1.0, 1.0), does="all of it")
    them = line("them", Sample(1_000, 1.0, 1.0, 0.0775), does="table[account] += 1")
    table = shown(table_of([us, them], "the title"))
    for words in ("the title", "123,456", "123.46", "all of it", "table[account] += 1", "77.50"):
        assert words in table


def test_the_table_says_why_a_row_was_not_measured() -> None:
    table = shown(table_of([line("us", Sample(1, 1.0, 1.0)), line("absent", does="x", why_not="no wheel")], ""))
    assert "not measured: no wheel" in table


def test_the_table_says_what_each_row_promises_even_one_without_figures() -> None:
    table = shown(table_of([line("us", Sample(1, 1.0, 1.0)), line("absent", why_not="no wheel")], ""))
    assert table.count("duplicates by id dropped") == 2


def test_figures_are_shown_with_what_they_are_of() -> None:
    table = shown(figures_of([Figure("p99", "21 ms", "of 7 [live] ones")], "beside"))
    for words in ("beside", "p99", "21 ms", "of 7 [live] ones"):
        assert words in table


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 50.0), (0.99, 99.0), (0.991, 100.0), (1.0, 100.0)])
def test_a_percentile_is_one_of_the_values_and_bounds_its_share(share: float, expected: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], share) == expected


def test_no_more_accounts_are_held_than_there_is_memory_for() -> None:
    assert fitting(FULL, 2**40) == FULL
    small = fitting(FULL, 2**31)
    assert (small.held_accounts, small.cost_accounts[-1], small.midnight_accounts) == (100_000, 100_000, 62_500)
    assert fitting(QUICK, 0) == QUICK


def test_every_step_has_a_name_of_its_own_that_says_plainly_what_is_measured() -> None:
    names = [name for name, _ in steps(a_setup(), FULL)]
    assert len(set(names)) == len(names)
    assert "cost by accounts, 1,000,000" in names
    assert "midnight, 1,000,000 accounts" in names


def a_setup() -> Setup:
    return Setup(
        address="127.0.0.1:1",
        broker_pid=0,
        prefix="p-",
        events=100,
        accounts=1,
        until_ms=UNTIL_MS,
        watch_seconds=1.0,
        stock_events=1,
        idempotent=1,
        scratch="/nowhere",
    )


def test_a_meter_counts_between_the_edges_and_tells_once(capfd: pytest.CaptureFixture[str]) -> None:
    #  done   3   6 ········ 94 ── 97
    #             └ the clock starts: 5 of 100 are done, and stops with 95
    meter = Meter(100, 0)
    assert [meter.add(count) for count in (3, 3, 88, 3)] == [False, False, False, True]
    assert meter.is_done
    (told,) = capfd.readouterr().out.splitlines()
    sample = msgspec.json.decode(told.removeprefix(RESULT), type=Sample)
    assert sample.events == 91
    assert sample.broker_cpu_seconds == 0.0


def test_copies_of_an_account_are_restored_as_accounts_like_it_with_nothing_to_send(events: list[BenchEvent]) -> None:
    plan = Plan(load_preset("default"))
    partition = new_partition(0, Settings(partitions=1), plan, 1)
    partition.advance(UNTIL_MS)
    for offset, sent in enumerate(events[:200]):
        message = Message(sent.value, sent.occurred_at_ms, offset)
        partition.process(INPUT_TOPICS.index(sent.topic), [message], UNTIL_MS)
    pairs = [pair for group in partition.take_flush(UNTIL_MS).changelog for pair in group]
    templates = by_account(pairs)
    restored = new_partition(0, Settings(partitions=1), plan, 1)
    own = [pair for pair in pairs if pair[0] == PARTITION_KEY]
    restored.restore([*own, *[(key, value) for _, key, value in copies([templates], 70)]])
    assert len(restored.accounts) == 70
    likes = {(stored.tier, stored.version) for stored in partition.accounts.values()}
    assert {(stored.tier, stored.version) for stored in restored.accounts.values()} <= likes
    assert not restored.has_pending
    for stored in restored.accounts.values():
        stored.hydrate(restored.fold, is_unsent=True)
        assert not stored.outbox


def test_the_process_that_serves_a_port_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert pid_that_serves(port) == os.getpid()
    assert pid_that_serves(port) == 0


def test_a_process_has_memory_and_one_that_is_gone_has_none() -> None:
    assert resident_bytes(os.getpid()) > 1_000_000
    with pytest.raises(UserError, match="on Linux only"):
        resident_bytes(2**22 + 1)


def test_a_machine_has_memory_to_be_had() -> None:
    assert available_bytes() > resident_bytes(os.getpid()) / 1_000


def test_a_broker_that_is_not_on_this_machine_uses_no_cpu_time_of_it() -> None:
    assert broker_seconds(0) == 0.0


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
