"""The worker process: settings, model, topics, metrics, and the Faust app, wired in one place."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import tempfile
import threading

import msgspec

from scoring.plan import Plan
from streams.engine import Engine
from streams.lane import EXIT_FAILED, LaneApp, new_app
from streams.log import Log
from streams.model_files import read_model
from streams.observe import HealthServer, WorkerMetrics
from streams.settings import Settings
from streams.topics import ensure_topics

_LOG = logging.getLogger(__name__)
STOP_SECONDS = 25.0
"""How long a graceful stop may take; then the process ends as if killed, which is safe."""


async def run_worker(settings: Settings) -> None:
    """Run one worker until SIGTERM or SIGINT; it ends with a last flush and leaves the group.

    Raises:
        UserError: when the model, the topics or the brokers are not as they must be.
    """
    plan = Plan(read_model(settings.model))
    await ensure_topics(settings)
    metrics = WorkerMetrics()
    health = HealthServer(settings, metrics)
    health.start()
    log = Log(settings)
    await log.start()
    with tempfile.TemporaryDirectory(prefix="vitals-") as scratch:
        # Faust wants a directory of its own, although nothing of ours is kept on disk.
        settings = msgspec.structs.replace(settings, data_dir=settings.data_dir or scratch)
        os.makedirs(settings.data_dir, exist_ok=True)
        app = new_app(settings, Engine(settings, plan, log, metrics), metrics)
        _LOG.info("model %s version %d, metrics on port %d", plan.model.name, plan.model.version, health.port)
        try:
            await _run_app(app)
        finally:
            await log.stop()
            health.stop()


async def _run_app(app: LaneApp) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app.finalize()
    await app.start()
    crashed = loop.create_task(_until_crashed(app))
    asked = loop.create_task(stop.wait())
    await asyncio.wait({crashed, asked}, return_when=asyncio.FIRST_COMPLETED)
    if crashed.done():
        _LOG.critical("the Faust app crashed; ending without a commit", exc_info=app.crash_reason)
        os._exit(EXIT_FAILED)
    crashed.cancel()
    deadline = threading.Timer(STOP_SECONDS, os._exit, (EXIT_FAILED,))
    deadline.daemon = True
    deadline.start()
    await app.stop()
    deadline.cancel()


async def _until_crashed(app: LaneApp) -> None:
    while not app.crashed:  # noqa: ASYNC110  # mode offers no event for it that may be awaited from outside
        await asyncio.sleep(0.2)
