"""What the web application is made of, opened in one place: `dashboard.wiring`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from dashboard.acts.acts import Acts
from dashboard.doors.opening import Doors
from dashboard.live.hub import Hub
from dashboard.pages.shell.top_bar import TopBar
from dashboard.queries.port import Queries
from dashboard.sharing.links import Links
from dashboard.values.dashboard_file import DashboardFile
from streams.deployment.settings import Settings
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Each is in `app.state` under its name, for the dependencies of the rooms. `stop` is set when the process ends."""

    settings: Settings
    file: DashboardFile
    doors: Doors
    queries: Queries
    hub: Hub
    top_bar: TopBar
    workspace: Workspace
    acts: Acts
    links: Links
    metrics: DashboardMetrics
    stop: asyncio.Event = field(default_factory=asyncio.Event)
