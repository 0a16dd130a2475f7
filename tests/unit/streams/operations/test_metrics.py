"""The metrics as a scraper sees them, and the health as a supervisor does: over HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.operations.health_server import HealthServer
from streams.operations.metrics import NotifierMetrics, ProcessMetrics, ProjectorMetrics, WorkerMetrics
from tests.fakes import ManualClock

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


@contextmanager
def serving(metrics: ProcessMetrics, settings: Settings | None = None) -> Iterator[str]:
    server = HealthServer(settings or Settings(), metrics)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()


async def get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(verify=False, trust_env=False) as client:
        return await client.get(url)


async def scrape(metrics: ProcessMetrics) -> Series:
    with serving(metrics) as url:
        answer = await get(f"{url}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


class Health(NamedTuple):
    status: int
    body: dict[str, Any]


async def health(metrics: ProcessMetrics) -> Health:
    with serving(metrics) as url:
        answer = await get(f"{url}/healthz")
    assert answer.headers["content-type"] == "application/json"
    return Health(answer.status_code, answer.json())


def of(series: Series, name: str, **labels: str) -> float:
    return series[(name, frozenset(labels.items()))]


def busy_worker() -> WorkerMetrics:
    metrics = WorkerMetrics()
    metrics.events("analytics", "applied", 950)
    metrics.events("analytics", "applied")
    metrics.events("billing", "dead_letter", 2)
    metrics.dead_letter("malformed", 2)
    metrics.apply_seconds(0.004)
    metrics.end_to_end_seconds(0.3, 951)
    metrics.end_to_end_seconds(-0.2)
    metrics.flush_seconds(0.02)
    metrics.state_bytes(64, 3)
    metrics.state_bytes(10_000_000)
    metrics.accounts({"green": 3, "": 1}, {"churned": 2})
    metrics.mrr_cents({"green": 150_050, "": 7}, {"churned": 1}, 150_058)
    metrics.open_cases({("tier", "open"): 2, ("tier", "snoozed"): 1})
    metrics.alert_decision("tier", "suppressed", "hysteresis", 5)
    metrics.transition("green", "red", "expiry", 4)
    metrics.transition("", "green", "event")
    metrics.shadow_transition("strict@2", "green", "red", 3)
    metrics.lag({("analytics", 0): 7, ("analytics", 1): 0})
    metrics.recovery_seconds(1.25)
    metrics.recovered_records(1_000)
    metrics.progressed()
    return metrics


async def test_a_worker_reports_every_metric_of_its_catalogue() -> None:
    series = await scrape(busy_worker())
    assert of(series, "vitals_events_total", topic="analytics", outcome="applied") == 951
    assert of(series, "vitals_events_total", topic="billing", outcome="dead_letter") == 2
    assert of(series, "vitals_dead_letters_total", reason="malformed") == 2
    assert of(series, "vitals_apply_seconds_bucket", le="0.005") == 1
    assert of(series, "vitals_apply_seconds_bucket", le="0.0025") == 0
    assert of(series, "vitals_flush_seconds_count") == 1
    assert of(series, "vitals_accounts", tier="green") == 3
    assert of(series, "vitals_mrr", tier="green") == 1_500.5
    assert of(series, "vitals_mrr", tier="none") == 0.07
    assert of(series, "vitals_standing_mrr", standing="churned") == 0.01
    assert of(series, "vitals_all_mrr") == 1_500.58
    assert of(series, "vitals_open_cases", rule="tier", status="snoozed") == 1
    assert of(series, "vitals_alert_decisions_total", rule="tier", outcome="suppressed", reason="hysteresis") == 5
    assert of(series, "vitals_standing_accounts", standing="churned") == 2
    assert of(series, "vitals_transitions_total", from_tier="green", to_tier="red", cause="expiry") == 4
    assert of(series, "vitals_shadow_transitions_total", model="strict@2", from_tier="green", to_tier="red") == 3
    assert of(series, "vitals_lag_messages", topic="analytics", partition="0") == 7
    assert of(series, "vitals_recovery_seconds") == 1.25
    assert of(series, "vitals_recovered_records_total") == 1_000
    assert abs(of(series, "vitals_last_progress_timestamp_seconds") - time.time()) < 60
    assert next(dict(labels)["role"] for name, labels in series if name == "vitals_build_info") == "worker"
    assert of(series, "process_resident_memory_bytes") > 1_000_000


async def test_observations_in_bulk_count_one_by_one() -> None:
    series = await scrape(busy_worker())
    assert of(series, "vitals_end_to_end_seconds_count") == 952
    assert of(series, "vitals_end_to_end_seconds_sum") == pytest.approx(951 * 0.3)
    assert of(series, "vitals_end_to_end_seconds_bucket", le="0.25") == 1  # the negative age counts as 0
    assert of(series, "vitals_end_to_end_seconds_bucket", le="0.5") == 952
    assert of(series, "vitals_state_bytes_bucket", le="64.0") == 3  # a bound belongs to its bucket
    assert of(series, "vitals_state_bytes_bucket", le="262144.0") == 3
    assert of(series, "vitals_state_bytes_bucket", le="+Inf") == 4


async def test_an_account_without_a_tier_is_labelled_none() -> None:
    series = await scrape(busy_worker())
    assert of(series, "vitals_accounts", tier="none") == 1
    assert of(series, "vitals_transitions_total", from_tier="none", to_tier="green", cause="event") == 1


async def test_what_is_no_longer_ours_is_no_longer_reported() -> None:
    metrics = busy_worker()
    metrics.lag({("analytics", 1): 2})
    metrics.accounts({"red": 1})
    metrics.mrr_cents({"red": 900}, {}, 900)
    metrics.open_cases({("drop", "open"): 1})
    series = await scrape(metrics)
    assert of(series, "vitals_lag_messages", topic="analytics", partition="1") == 2
    assert of(series, "vitals_accounts", tier="red") == 1
    assert ("vitals_standing_accounts", frozenset({("standing", "churned")})) not in series
    names = {(name, dict(labels).get("tier"), dict(labels).get("partition")) for name, labels in series}
    assert not names & {
        ("vitals_lag_messages", None, "0"),
        ("vitals_accounts", "green", None),
        ("vitals_mrr", "green", None),
    }
    assert [dict(labels)["rule"] for name, labels in series if name == "vitals_open_cases"] == ["drop"]


async def test_projector_and_notifier_report_theirs() -> None:
    projector, notifier = ProjectorMetrics(), NotifierMetrics()
    projector.projected("stored", 500)
    projector.rebuild()
    notifier.notification("delivered")
    notifier.delivery_seconds(0.2)
    series = await scrape(projector) | await scrape(notifier)
    assert of(series, "vitals_scores_projected_total", outcome="stored") == 500
    assert of(series, "vitals_rebuilds_total") == 1
    assert of(series, "vitals_notifications_total", outcome="delivered") == 1
    assert of(series, "vitals_delivery_seconds_count") == 1


async def test_every_name_is_ours_and_no_label_names_an_account() -> None:
    series = await scrape(busy_worker()) | await scrape(ProjectorMetrics()) | await scrape(NotifierMetrics())
    labels = {label for _, pairs in series for label, _ in pairs}
    assert labels <= {
        *(
            "topic",
            "outcome",
            "partition",
            "tier",
            "standing",
            "from_tier",
            "to_tier",
            "cause",
            "reason",
            "le",
            "model",
            "rule",
            "status",
        ),
        *("version", "python", "role"),
    }
    assert all(name.startswith(("vitals_", "process_")) for name, _ in series)


async def test_several_roles_fit_into_one_process() -> None:
    one, two = WorkerMetrics(), WorkerMetrics()
    one.events("analytics", "applied", 5)
    assert "vitals_events_total" not in {name for name, _ in await scrape(two)}


async def test_a_process_starts_then_is_ready() -> None:
    metrics = ProjectorMetrics()
    starting = await health(metrics)
    assert (starting.status, starting.body["state"], starting.body["is_alive"]) == (200, "starting", True)
    metrics.ready()
    assert (await health(metrics)).body["state"] == "ready"


async def test_a_lag_without_progress_for_five_minutes_is_unhealthy_and_says_why() -> None:
    clock = ManualClock()
    metrics = ProjectorMetrics(clock.monotonic)
    metrics.lag({("scores", 0): 5, ("scores", 1): 7})
    clock.seconds += 299.0
    assert (await health(metrics)).status == 200
    clock.seconds += 1.0
    stalled = await health(metrics)
    assert stalled.status == 503
    assert stalled.body["reason"] == "12 messages wait, and none was finished for 300 seconds."
    metrics.progressed()
    assert (await health(metrics)).status == 200


async def test_an_idle_process_is_healthy_however_long_and_when_work_arrives_after_that() -> None:
    clock = ManualClock()
    metrics = ProjectorMetrics(clock.monotonic)
    metrics.progressed()
    clock.seconds += 86_400.0
    assert (await health(metrics)).status == 200
    metrics.lag({("scores", 0): 1})
    assert (await health(metrics)).status == 200
    clock.seconds += 300.0
    metrics.lag({("scores", 0): 2})
    assert (await health(metrics)).status == 503


async def test_waiting_for_redis_is_said_but_is_no_reason_to_restart() -> None:
    clock = ManualClock()
    metrics = ProjectorMetrics(clock.monotonic)
    metrics.lag({("scores", 0): 5})
    metrics.waiting("Redis does not answer.")
    clock.seconds += 3_600.0
    waiting = await health(metrics)
    assert (waiting.status, waiting.body["state"]) == (200, "waiting")
    assert waiting.body["reason"] == "Redis does not answer."
    metrics.progressed()
    clock.seconds += 300.0
    assert (await health(metrics)).status == 503


async def test_a_blocked_event_loop_is_reported_from_the_servers_own_thread() -> None:
    clock = ManualClock()
    metrics = WorkerMetrics(clock.monotonic)
    with serving(metrics) as url:
        clock.seconds += 31.0
        answer = httpx.get(f"{url}/healthz")  # noqa: ASYNC210 - the loop is to be blocked
    assert answer.status_code == 503
    assert json.loads(answer.text)["reason"] == "The event loop has not run for 31 seconds."


async def test_a_running_event_loop_keeps_ticking() -> None:
    clock = ManualClock()
    metrics = WorkerMetrics(clock.monotonic)
    with serving(metrics):
        clock.seconds += 31.0
        async with asyncio.timeout(5):
            while metrics.liveness.report().seconds_since_tick > 0:  # noqa: ASYNC110 - the tick tells nobody
                await asyncio.sleep(0.05)


async def test_any_other_path_is_not_found_and_a_query_is_ignored() -> None:
    with serving(WorkerMetrics()) as url:
        assert (await get(f"{url}/")).status_code == 404
        assert (await get(f"{url}/healthz?verbose=1")).status_code == 200


async def test_a_taken_port_says_which_setting_to_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(metrics_port=taken.getsockname()[1])
        with pytest.raises(UserError, match=r"Port \d+ on 127\.0\.0\.1 is taken: set VITALS_METRICS_PORT"):
            HealthServer(settings, WorkerMetrics()).start()


async def test_an_address_of_another_machine_says_which_setting_to_change() -> None:
    with pytest.raises(UserError, match=r"Cannot listen on 192\.0\.2\.1:0 .*: set VITALS_METRICS_HOST"):
        HealthServer(Settings(metrics_host="192.0.2.1"), WorkerMetrics()).start()


async def test_after_stop_the_port_is_free_and_a_second_stop_does_nothing() -> None:
    server = HealthServer(Settings(), WorkerMetrics())
    server.start()
    port = server.port
    server.stop()
    server.stop()
    with serving(WorkerMetrics(), Settings(metrics_port=port)) as url:
        assert url.endswith(f":{port}")
