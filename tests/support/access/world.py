"""A dashboard with its doors, acts and links, on a Kafka that is a list: requests go through the whole application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import httpx
import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError
from fastapi import FastAPI

from dashboard.acts.acts import Acts
from dashboard.acts.ground import Ground
from dashboard.app import dashboard_app
from dashboard.doors.opening import open_doors
from dashboard.live.hub import Bar, Hub
from dashboard.pages.shell.top_bar import TopBar
from dashboard.parts import Parts
from dashboard.queries.port import Queries
from dashboard.sharing.access import Accesses
from dashboard.values.dashboard_file import DashboardFile
from dashboard.wiring import acts_of, links_of
from streams.control.messages import Control, decode_control
from streams.deployment.settings import Settings
from streams.interactions.first_actors import LocalFirstActors
from streams.kafka.sending import Sending, Sent
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.workspace.audit import Audit
from streams.workspace.records import Act, Record, key_of
from streams.workspace.workspace import Workspace
from tests.support.page_samples.asked import sample_queries

NOW_MS = 1_795_000_000_000
SECRET = "k" * 40
ENVIRONMENT = {"USER": "ann", "VITALS_SECRET_DASHBOARD": SECRET}
LOCAL = "http://127.0.0.1:8490"
_BEFORE = Sent(0, 0)


@dataclass(frozen=True)
class Written:
    """A message, as a producer was given it."""

    topic: str
    value: bytes | None
    key: bytes | None
    partition: int
    offset: int


class Producer:
    """Keeps messages. While `fails` names a topic, it takes none of that one."""

    def __init__(self) -> None:
        self.written: list[Written] = []
        self.fails: set[str] = set()

    async def send_and_wait(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Written:
        if topic in self.fails:
            raise KafkaConnectionError("no broker")
        found = Written(topic, value, key, partition or 0, len(self.written))
        self.written.append(found)
        return found


class World:
    """One dashboard. `now_ms` is its clock where acts and links look."""

    def __init__(
        self,
        file: DashboardFile | None = None,
        environment: Mapping[str, str] = ENVIRONMENT,
        queries: Queries | None = None,
    ) -> None:
        self.settings = Settings()
        self.file = file or DashboardFile()
        self.now_ms = NOW_MS
        self.producer = Producer()
        producer = cast(AIOKafkaProducer, self.producer)
        self.metrics = DashboardMetrics()
        self.workspace = Workspace(self.settings, Sending(producer), "test")
        self.queries = queries or sample_queries()
        self.accesses = Accesses(Audit(self.settings, Sending(producer)), self.clock)
        ground = Ground(
            settings=self.settings,
            sending=Sending(producer),
            audit=Audit(self.settings, Sending(producer)),
            actors=LocalFirstActors(),
            metrics=self.metrics,
            now_ms=self.clock,
        )
        self.acts: Acts = acts_of(ground, self.workspace, self.queries, producer, environment)
        self.doors = open_doors(self.file, self.settings, environment, self.metrics)
        self.parts = Parts(
            settings=self.settings,
            file=self.file,
            doors=self.doors,
            queries=self.queries,
            hub=Hub(self.queries.rows, _bar, self.metrics),
            top_bar=TopBar(),
            workspace=self.workspace,
            acts=self.acts,
            links=links_of(ground, self.workspace, self.queries, self.accesses, self.file),
            metrics=self.metrics,
        )
        self.app: FastAPI = dashboard_app(self.parts)

    def clock(self) -> int:
        return self.now_ms

    def client(self, address: str = "127.0.0.1", base: str = LOCAL, **options: Any) -> httpx.AsyncClient:
        """A client at that IP, which follows no redirect."""
        transport = httpx.ASGITransport(self.app, client=(address, 4_000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=base, **options)

    def audit(self) -> list[Act]:
        """The log of acts."""
        return [msgspec.json.decode(each.value or b"", type=Act) for each in self._of("audit")]

    def control(self) -> list[Control]:
        """The messages to workers."""
        return [decode_control(each.value) for each in self._of("control")]

    def there(self, *records: Record) -> None:
        """Records that were there before."""
        for record in records:
            self.workspace.table.put_ahead(key_of(record), record, _BEFORE)

    def _of(self, topic: str) -> list[Written]:
        return [each for each in self.producer.written if each.topic == self.settings.topic(topic)]

    def counted(self, name: str, **labels: str) -> float:
        """A counter."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


async def _bar() -> Bar:
    return Bar(as_of_ms=NOW_MS, counts={})
