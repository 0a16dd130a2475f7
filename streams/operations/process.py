"""What every long-running process needs around its work: logging, metrics, signals and a graceful shutdown."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiokafka.errors import KafkaError

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.batches import UnreadableBatch, advice
from streams.kafka.errors import advice_for
from streams.kafka.topic_admin import ensure_topics
from streams.operations.health_server import HealthServer
from streams.operations.log_limit import FloodFilter
from streams.operations.metrics import ProcessMetrics
from streams.operations.topic_watch import TopicWatch, report_to_metrics, while_watching

STOP_SECONDS = 40.0
"""How long work may take to stop by itself, because a delivery attempt may last 30 s. Then it is cancelled."""
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_LIBRARIES = ("faust", "mode", "aiokafka")

_LOG = logging.getLogger(__name__)
Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


def configure_logging(level: str) -> None:
    """Log to standard error, one line per record, from `level` on ("" means INFO); libraries from WARNING on.

    Raises:
        UserError: when `level` is not a level.
    """
    name = level.upper() or "INFO"
    if name not in _LEVELS:
        raise UserError(f"VITALS_LOG_LEVEL is {level!r}: set it to one of {', '.join(_LEVELS)}.")
    lines = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    lines.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(lines)
    handler.addFilter(_is_worth_a_line)
    handler.addFilter(FloodFilter(_LIBRARIES))
    logging.basicConfig(level=name, handlers=[handler], force=True)
    for library in _LIBRARIES:
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[name]))


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether to log a record. Faust logs its services' lines, which begin with «[^», under our subclasses' modules."""
    return record.levelno >= logging.WARNING or not str(record.msg).startswith("[^")


def run_process(
    main: Coroutine[Any, Any, None],
    settings: Settings,
    new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    """Run `main` to its end on a new event loop, which `new_loop` makes.

    Raises:
        UserError: also for an error of Kafka that no retry helps against.
    """
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main)
    except UnreadableBatch as error:
        raise UserError(advice(settings, error)) from error
    except KafkaError as error:
        todo = advice_for(error, "check that it runs and accepts our user")
        raise UserError(f"Kafka at {settings.kafka} failed ({error}): {todo}.") from error


async def serve(settings: Settings, metrics: ProcessMetrics, work: Work, role: str, *, watches: bool = True) -> None:
    """Run `work` until SIGTERM or SIGINT, and serve `/metrics` and `/healthz` beside it.

    `role` says which topics it uses, see `ensure_topics`. The first signal sets the event that `work` was given; `work`
    then has 40 s to return. A second signal ends the process as if there were no handler. With `watches`, the topics
    are checked periodically (`streams.operations.topic_watch`).

    Raises:
        UserError: from `ensure_topics` and `work`, and when the port is taken.
    """
    stop = asyncio.Event()
    _stop_on_signals(stop)
    health = HealthServer(settings, metrics)
    health.start()
    _LOG.info("metrics on port %d", health.port)
    try:
        # Before the work, which may not react to a stop while there is no broker.
        if await run_unless(stop, prepare_topics(settings, role)):
            watch = TopicWatch(settings, role, report_to_metrics(metrics))
            await _until_stopped(stop, while_watching(watch, stop, work(stop)) if watches else work(stop))
    finally:
        health.stop()
    _LOG.info("stopped")


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)

    def on_signal() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, on_signal)


async def prepare_topics(settings: Settings, role: str = "worker") -> None:
    """`ensure_topics`, and log its warnings."""
    for finding in (await ensure_topics(settings, role)).warnings:
        _LOG.warning("%s", finding.text)


async def run_unless(stop: asyncio.Event, step: Awaitable[object]) -> bool:
    """Await `step`. False if `stop` was set first; `step` is then cancelled."""
    running, stopped = asyncio.ensure_future(step), asyncio.ensure_future(stop.wait())
    await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not running.done():
        await _cancel(running)
        return False
    running.result()
    return True


async def _until_stopped(stop: asyncio.Event, work: Awaitable[None]) -> None:
    running, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    await asyncio.wait({running}, timeout=STOP_SECONDS)
    if running.done():
        running.result()
    else:
        _LOG.warning("not done %g s after the signal: cancelled; uncommitted work will be repeated", STOP_SECONDS)
        await _cancel(running)


async def _cancel(task: asyncio.Future[Any]) -> None:
    # One call may not be enough: before Python 3.12, `wait_for` swallows a cancellation that meets its result.
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1.0)
