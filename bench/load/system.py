"""What is measured: a broker, and one gateway on a core of its own."""

from __future__ import annotations

import asyncio
import os
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.fixture import PARTITIONS
from bench.throughput import python_environment
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from vitals.local.child import Child, wait_until_ready
from vitals.local.embedded import HOST, free_port

KEY, SECRET = "load-key", "load-secret"
START_SECONDS = 90.0
_SOURCES = """
[sources.own]
kind = "vitals"
keys = ["VITALS_SECRET_LOAD_KEY"]

[sources.signed]
kind = "generic"
secrets = ["VITALS_SECRET_LOAD"]
scheme = "hmac-sha256"
header = "X-Signature"
topic = "analytics"
account = [{ pointer = "/account_id" }]

[sources.signed.map]
event = "/event"
time = "/timestamp"
id = "/id"
properties = "/properties"
"""
_PINNED = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def cores() -> tuple[set[int], set[int]]:
    """The gateway's core, and those of everything else; both are all there is where there is one only."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    mine = sorted(os.sched_getaffinity(0))
    return ({mine[-1]}, set(mine[:-1])) if len(mine) > 1 else (set(mine), set(mine))


def settings_of(address: str, prefix: str, port: int) -> Settings:
    """The gateway's settings; all that is not the run's own is the default."""
    return Settings(
        kafka=address,
        topic_prefix=prefix,
        group=f"{prefix}load",
        partitions=PARTITIONS,
        clock="event",
        gateway_host=HOST,
        gateway_port=port,
    )


@contextmanager
def gateway(settings: Settings, scratch: str) -> Iterator[Child]:
    """One gateway process, pinned to its core."""
    sources = Path(scratch) / "gateway.toml"
    sources.write_text(_SOURCES)
    asyncio.run(ensure_topics(settings))
    own, _ = cores()
    command = ["-m", "vitals", "gateway"]
    pinned = [sys.executable, "-c", _PINNED, str(next(iter(own))), *command] if own else [sys.executable, *command]
    environment = {
        **python_environment(),
        **settings.environment(),
        "VITALS_GATEWAY": str(sources),
        "VITALS_METRICS_PORT": str(free_port()),
        "VITALS_SECRET_LOAD_KEY": KEY,
        "VITALS_SECRET_LOAD": SECRET,
    }
    child = Child("the gateway", pinned, environment=environment)
    child.start()
    try:
        wait_until_ready(child, lambda: _answers(settings.gateway_port), START_SECONDS)
        yield child
    finally:
        child.stop(grace_seconds=30.0)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=1.0) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
