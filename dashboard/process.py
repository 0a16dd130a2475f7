"""The wiring of `vitals dashboard`: what it needs from settings, its file and secrets."""

from __future__ import annotations

import asyncio
import logging

from dashboard.app import dashboard_app
from dashboard.doors.local import LOCAL, LOOPBACK
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.operations.web_server import Address, serve_until

ROLE = "dashboard"
CONNECTIONS = 2_000
_LOG = logging.getLogger(__name__)


async def run_dashboard(settings: Settings, *, stop: asyncio.Event, metrics: DashboardMetrics) -> None:
    """Serve until `stop` is set; then answer what is under way, and return.

    Raises:
        UserError: when the file or a secret cannot be read, and when the port is taken.
    """
    _check(settings)
    _LOG.warning("local mode: everybody on this machine is an admin of the dashboard")
    metrics.notice("local", "Everybody on this machine is an admin of the dashboard.")
    app = await asyncio.to_thread(dashboard_app, None)
    metrics.ready()
    metrics.progressed()
    address = Address(settings.dashboard_host, settings.dashboard_port, "VITALS_DASHBOARD")
    await serve_until(stop, app, address, connections=CONNECTIONS, name="dashboard")


def _check(settings: Settings) -> None:
    if settings.dashboard != LOCAL:
        raise UserError(
            "VITALS_DASHBOARD is not set: set it to the path of a file that says who may come in "
            "(docs/security.md), or to 'local' to try it on this machine."
        )
    if settings.dashboard_host not in LOOPBACK:
        raise UserError(
            f"VITALS_DASHBOARD is 'local', which asks nobody to log in, and VITALS_DASHBOARD_HOST is "
            f"{settings.dashboard_host!r}: set it to 127.0.0.1, or VITALS_DASHBOARD to a file with your doors."
        )
