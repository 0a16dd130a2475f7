"""The worker process: settings, model, topics, metrics, and the Faust app, wired in one place."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading

from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.alert_files import read_plan_and_policy
from streams.deployment.settings import Settings
from streams.operations.gc_tuning import relax
from streams.operations.health_server import HealthServer
from streams.operations.metrics import WorkerMetrics
from streams.operations.process import prepare_topics, run_unless
from streams.worker.exit import crash
from streams.worker.faust_app import WorkerApp, new_app
from streams.worker.flush_writer import FlushWriter
from streams.worker.group_members import see_that_all_score_alike, this_worker

_LOG = logging.getLogger(__name__)
STOP_SECONDS = 25.0
"""The maximum duration of a graceful stop; after it the process ends as if killed, which is safe."""


async def run_worker(settings: Settings) -> None:
    """Run one worker until SIGTERM or SIGINT; it ends with a last flush and leaves the group.

    Raises:
        UserError: when the model, the alert rules, the topics or the brokers do not meet their requirements.
    """
    relax()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    plan, policy = read_plan_and_policy(settings.model, settings.shadow_models, settings.alerts)
    metrics = WorkerMetrics()
    health = HealthServer(settings, metrics)
    health.start()
    _LOG.info("model %s version %d, metrics on port %d", plan.model.name, plan.model.version, health.port)
    try:
        if await run_unless(stop, prepare_topics(settings)) and await run_unless(
            stop, see_that_all_score_alike(settings, this_worker(settings, plan, policy))
        ):
            await _score(settings, plan, policy, metrics, stop)
    finally:
        health.stop()


async def _score(settings: Settings, plan: Plan, policy: Policy, metrics: WorkerMetrics, stop: asyncio.Event) -> None:
    writer = FlushWriter(settings, [each.model for each in plan.score_plans])
    await writer.start()
    try:
        await _run_app(new_app(settings, plan, policy, writer, metrics, writer.write_arrivals), stop)
    finally:
        await writer.stop()


async def _run_app(app: WorkerApp, stop: asyncio.Event) -> None:
    """Run until asked to stop, which may happen at any time: also during the start, or during a rebalance."""
    app.finalize()
    # Beside the start, which waits for partitions.
    starting = asyncio.ensure_future(app.start())
    crashed = asyncio.ensure_future(_until_crashed(app))
    asked = asyncio.ensure_future(stop.wait())
    await asyncio.wait({starting, crashed, asked}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
    await asyncio.wait({crashed, asked}, return_when=asyncio.FIRST_COMPLETED)
    if crashed.done():
        crash("the Faust app crashed", app.crash_reason)
    crashed.cancel()
    deadline = threading.Timer(STOP_SECONDS, _give_up)
    deadline.daemon = True
    deadline.start()
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
    await app.stop()
    deadline.cancel()


def _give_up() -> None:
    """End although leaving the group takes too long, as in a long rebalance. This is no failure: uncommitted work is
    replayed."""
    _LOG.warning("the group did not let go within %g s: ending without it, others take over", STOP_SECONDS)
    logging.shutdown()
    os._exit(0)


async def _until_crashed(app: WorkerApp) -> None:
    while not app.crashed:
        app.check_membership()
        await asyncio.sleep(0.2)
