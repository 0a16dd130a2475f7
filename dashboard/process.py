"""The wiring of `vitals dashboard`: what it needs from settings, its file and secrets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from dashboard.app import dashboard_app
from dashboard.doors.file import read_dashboard_file
from dashboard.doors.local import LOCAL, LOOPBACK
from dashboard.doors.opening import open_doors
from dashboard.wiring import Opened, opened
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.operations.gc_tuning import freeze, relax
from streams.operations.web_server import Address, serve_until

CONNECTIONS: Final = 2_000
REPORT_SECONDS: Final = 5.0
TALKATIVE: Final = ("httpx", "httpx2", "httpcore", "httpcore2", "authlib", "python_multipart", "uvicorn")
"""They log addresses, headers and the fields of forms, at a level that an operator may ask for: secrets are in them."""
LOCAL_WORDS: Final = "Everybody on this machine is an admin of the dashboard: nobody is asked to log in."
_LOG = logging.getLogger(__name__)


async def run_dashboard(
    settings: Settings, environment: Mapping[str, str], *, stop: asyncio.Event, metrics: DashboardMetrics
) -> None:
    """Serve until `stop` is set; then end streams at once, answer what is under way, and return.

    Raises:
        UserError: when the file or a secret cannot be read, and when the port is taken.
        KafkaError: when the broker refuses us.
    """
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    file = await asyncio.to_thread(read_dashboard_file, settings.dashboard)
    if settings.dashboard == LOCAL:
        _check_loopback(settings)
        _LOG.warning("%s", LOCAL_WORDS)
        metrics.notice("local", LOCAL_WORDS)
    doors = await asyncio.to_thread(open_doors, file, settings, environment, metrics)
    async with opened(settings, environment, file, doors, metrics, stop) as found:
        app = await asyncio.to_thread(dashboard_app, found.parts)
        if stop.is_set():
            return
        relax()
        freeze()
        metrics.ready()
        address = Address(settings.dashboard_host, settings.dashboard_port, "VITALS_DASHBOARD")
        serving = asyncio.ensure_future(serve_until(stop, app, address, connections=CONNECTIONS, name="dashboard"))
        await _served(serving, found, stop, metrics)


async def _served(serving: asyncio.Future[None], found: Opened, stop: asyncio.Event, metrics: DashboardMetrics) -> None:
    """Until it ends, or what it needs does: then what is under way is answered, and the error is raised."""
    while not serving.done():
        metrics.progressed()
        waited = {serving, *found.running}
        await asyncio.wait(waited, timeout=REPORT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if any(task.done() for task in found.running):
            stop.set()
            await asyncio.wait({serving})
    await serving
    for task in found.running:
        if task.done():
            task.result()


def _check_loopback(settings: Settings) -> None:
    if settings.dashboard_host not in LOOPBACK:
        raise UserError(
            f"VITALS_DASHBOARD is 'local', which asks nobody to log in, and VITALS_DASHBOARD_HOST is "
            f"{settings.dashboard_host!r}: set it to 127.0.0.1, or VITALS_DASHBOARD to a file with your doors."
        )
