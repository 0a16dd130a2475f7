"""A gateway against a real broker, in this process or as one of its own, on a free port."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec

from streams.deployment.settings import Settings
from streams.gateway.process import run_gateway
from streams.operations.gateway_metrics import GatewayMetrics
from tests.support.commands import environment_of
from vitals.local.embedded import free_port

UP_SECONDS = 60.0


class RunningGateway:
    """A gateway that answers. `client` has its address as the base of its URLs."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient, metrics: GatewayMetrics) -> None:
        self.settings = settings
        self.client = client
        self.metrics = metrics

    @property
    def url(self) -> str:
        """Its address, as in "http://127.0.0.1:8480"."""
        return f"http://{self.settings.gateway_host}:{self.settings.gateway_port}"

    def sample(self, name: str, **labels: str) -> float:
        """The value of a metric; 0.0 where there is none."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


def gateway_settings(settings: Settings, folder: Path, sources: str) -> Settings:
    """Settings of a gateway on a free port. `sources` is the text of its `gateway.toml`, or "local"."""
    if sources != "local":
        (folder / "gateway.toml").write_text(sources, "utf-8")
        sources = str(folder / "gateway.toml")
    return msgspec.structs.replace(settings, gateway=sources, gateway_port=free_port())


@asynccontextmanager
async def a_gateway(
    settings: Settings, folder: Path, sources: str, secrets: Mapping[str, str] | None = None
) -> AsyncIterator[RunningGateway]:
    """A gateway in this process, as `vitals gateway` runs it. `secrets` are variables such as VITALS_SECRET_OWN."""
    own, stop, metrics = gateway_settings(settings, folder, sources), asyncio.Event(), GatewayMetrics()
    running = asyncio.create_task(run_gateway(own, secrets or {}, stop=stop, metrics=metrics))
    address = f"http://{own.gateway_host}:{own.gateway_port}"
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=30) as client:
        try:
            await _until_up(client, running)
            yield RunningGateway(own, client, metrics)
        finally:
            stop.set()
            await asyncio.wait_for(running, UP_SECONDS)


@asynccontextmanager
async def a_gateway_process(
    settings: Settings, folder: Path, sources: str, secrets: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[RunningGateway, asyncio.subprocess.Process]]:
    """`vitals gateway` as a process of its own, which logs to `gateway.log` and is killed at the end if it runs on."""
    own = gateway_settings(settings, folder, sources)
    with (folder / "gateway.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "vitals", "gateway"),
            env={**environment_of(own), **(secrets or {}), "PATH": os.environ.get("PATH", "")},
            stderr=log,
        )
    ended = asyncio.create_task(process.wait())
    address = f"http://{own.gateway_host}:{own.gateway_port}"
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=30) as client:
        try:
            await _until_up(client, ended)
            yield RunningGateway(own, client, GatewayMetrics()), process
        finally:
            if process.returncode is None:
                process.kill()
            await ended


async def _until_up(client: httpx.AsyncClient, running: asyncio.Task[object]) -> None:
    deadline = asyncio.get_running_loop().time() + UP_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        if running.done():
            raise AssertionError(f"the gateway ended before it answered: {running.result()!r}")
        try:
            await client.get("/healthz")
        except httpx.TransportError:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("the gateway does not answer")
