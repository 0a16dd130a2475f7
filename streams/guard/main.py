"""The guard process: settings, rules, model and the Faust app, wired in one place."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from typing import Any

from streams.alert_files import read_rules
from streams.deployment.settings import Settings
from streams.guard.faust_app import Guard
from streams.model_files import read_plan
from streams.operations.guard_metrics import GuardMetrics

_LOG = logging.getLogger(__name__)
POLL_SECONDS = 0.5
STOP_SECONDS = 20.0


async def run_guard(settings: Settings, stop: asyncio.Event, metrics: GuardMetrics) -> None:
    """Run until `stop` is set. Several may run: one decides, the others stand by.

    Raises:
        UserError: when the model or the rules cannot be used.
        Exception: the error that ended the Faust app; what it had not finished is done again after a restart.
    """
    plan = read_plan(settings.model, settings.shadow_models)
    rules = read_rules(settings.alerts, plan.model)
    if settings.clock == "event":
        _LOG.warning("VITALS_CLOCK is event: when events arrive says nothing then, and the guard only waits")
    with tempfile.TemporaryDirectory(prefix="vitals-guard-") as folder:
        await _run(Guard(settings, rules, plan.model, metrics, folder).app, stop, metrics)


async def _run(app: Any, stop: asyncio.Event, metrics: GuardMetrics) -> None:
    app.finalize()
    starting = asyncio.ensure_future(app.start())
    try:
        while not stop.is_set() and not app.crashed:
            if starting.done():
                starting.result()
                metrics.ready()
            metrics.progressed()
            await asyncio.sleep(POLL_SECONDS)
    finally:
        starting.cancel()
        await asyncio.wait({starting})
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await app.stop()
        except TimeoutError:
            _LOG.warning("not stopped within %g s: ending without it", STOP_SECONDS)
    if app.crashed and app.crash_reason is not None:
        raise app.crash_reason
