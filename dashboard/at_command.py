"""What commands do to a dashboard's keys and read of its log of acts, without a dashboard that runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import KafkaError

from dashboard.acts.ground import Ground
from dashboard.acts.links import LinkActs
from dashboard.doors.identity import SCOPES_OF, Person
from dashboard.pages.lists.addresses import request_of
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.interactions.first_actors import LocalFirstActors
from streams.kafka.clients import new_producer
from streams.kafka.errors import advice_for
from streams.kafka.sending import REQUEST_TIMEOUT_MS, Sending
from streams.kafka.topic_admin import ensure_topics
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.workspace.audit import Audit, latest_acts
from streams.workspace.records import Act
from streams.workspace.table import WorkspaceTable
from streams.workspace.workspace import Workspace

ROLE: Final = "dashboard"
CONNECT_SECONDS: Final = 20.0
READ_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class AtCommand:
    """The workspace, read whole, and what makes and ends keys."""

    table: WorkspaceTable
    links: LinkActs


@asynccontextmanager
async def at_command(settings: Settings) -> AsyncIterator[AtCommand]:
    """Opened for one command.

    Raises:
        UserError: when the broker or the topics fail.
    """
    await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    stop = asyncio.Event()
    try:
        async with new_producer(settings, ROLE, request_timeout_ms=REQUEST_TIMEOUT_MS) as producer:
            sending = Sending(producer)
            workspace = Workspace(settings, sending, ROLE)
            reading = asyncio.ensure_future(workspace.run(stop))
            try:
                async with asyncio.timeout(READ_SECONDS):
                    await workspace.wait_until_read()
                ground = Ground(
                    settings=settings,
                    sending=sending,
                    audit=Audit(settings, sending),
                    actors=LocalFirstActors(),
                    metrics=DashboardMetrics(),
                )
                yield AtCommand(workspace.table, LinkActs(ground, workspace, request_of))
            finally:
                stop.set()
                await asyncio.wait({reading})
    except (KafkaError, TimeoutError) as error:
        raise _failed(settings, error) from error


async def acts_of(settings: Settings, most: int) -> list[Act]:
    """The latest lines of the log of acts, the oldest first.

    Raises:
        UserError: when the broker or the topic fail.
    """
    await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    try:
        return await latest_acts(settings, ROLE, most)
    except (KafkaError, TimeoutError) as error:
        raise _failed(settings, error) from error


def operator(author: str) -> Person:
    """Who runs a command: with the right to write the topics, an admin."""
    return Person(login=author, name=author, role="admin", scopes=SCOPES_OF["admin"], door="local")


def _failed(settings: Settings, error: Exception) -> UserError:
    what, todo = str(error) or type(error).__name__, advice_for(error, "check that it runs")
    return UserError(f"Kafka at {settings.kafka} failed ({what}): {todo}, then run the command again.")
