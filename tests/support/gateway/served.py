"""The web application of a gateway on a real server and socket, with a log that needs no broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from streams.deployment.settings import Settings
from streams.gateway.app import Gateway
from streams.gateway.bodies import BodyReader
from streams.gateway.checking import Checker
from streams.gateway.pipeline import Pipeline
from streams.gateway.sources.loader import load_sources
from streams.gateway.sources.ready import read_sources, ready_sources
from streams.identity.alias_table import AliasTable
from streams.kafka.retention import Rules
from streams.operations.gateway_metrics import GatewayMetrics
from streams.operations.web_server import Address, serve_until
from tests.support.gateway.fake_log import RecordingLog
from vitals.local.embedded import HOST, free_port

SETTINGS = Settings(partitions=4)
Answer = tuple[int, dict[str, str], bytes]


class Served:
    """A gateway that answers on `port`."""

    def __init__(self, client: httpx.AsyncClient, port: int, log: RecordingLog, aliases: AliasTable) -> None:
        self.client = client
        self.port = port
        self.log = log
        self.aliases = aliases
        self.metrics = GatewayMetrics()

    def sample(self, name: str, **labels: str) -> float:
        """The value of a metric; 0.0 where there is none."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    async def raw(self, *parts: bytes, pause: float = 0.0) -> bytes:
        """What comes back for these bytes, sent with pauses, until the server hangs up or is silent for a second."""
        reader, writer = await asyncio.open_connection(HOST, self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
            received = b""
            while True:
                try:
                    async with asyncio.timeout(1.0):
                        chunk = await reader.read(65_536)
                except TimeoutError:
                    return received
                if not chunk:
                    return received
                received += chunk
        except ConnectionError:
            return b""
        finally:
            writer.close()


@asynccontextmanager
async def served(
    sources: str,
    secrets: Mapping[str, str] | None = None,
    *,
    bodies: BodyReader | None = None,
    rules: Mapping[str, Rules] | None = None,
) -> AsyncIterator[Served]:
    """A gateway with these sources, the text of a `gateway.toml`, or "local"."""
    found = read_sources(sources) if sources == "local" else load_sources(sources)
    ready = ready_sources(found, secrets or {})
    log, aliases, port, stop = RecordingLog(), AliasTable(), free_port(), asyncio.Event()
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=20) as client:
        gateway = Served(client, port, log, aliases)
        pipeline = Pipeline(Checker(SETTINGS, rules or {}, aliases), log)
        application = Gateway(ready, pipeline, gateway.metrics, bodies)
        address = Address(HOST, port, "VITALS_GATEWAY")
        serving = asyncio.create_task(serve_until(stop, application, address, connections=100))
        try:
            await _until_up(client)
            yield gateway
        finally:
            stop.set()
            await serving


async def _until_up(client: httpx.AsyncClient) -> None:
    for _ in range(200):
        try:
            await client.get("/healthz")
        except httpx.TransportError:
            await asyncio.sleep(0.02)
        else:
            return
    raise AssertionError("the gateway does not answer")
