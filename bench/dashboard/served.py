"""The dashboard as a process, against a Redis that `bench.dashboard.redis_fill` filled.

    python -m bench.dashboard.served --redis redis://127.0.0.1:6379/0 --requests 500

It starts an embedded broker and the dashboard. It prints JSON: start and filling, memory, latencies by one client and
by ten, what two changes a second cost, the first view in Chromium, and the time from a change to its row. A process
of its own asks for the columns every 50 ms throughout: its longest wait is the longest that the dashboard was busy.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.dashboard.first_view import first_views, visible_after
from bench.dashboard.live import cpu_seconds, memory_mb, percentile
from bench.dashboard.redis_fill import GROUP, account_id
from bench.dashboard.writer import Writer
from streams.deployment.settings import Settings
from tests.support.commands import running
from vitals.local.embedded import free_port, start_kafka

LISTS = {
    "list: most at risk": "/api/v1/accounts",
    "list: by tier, then at risk": "/api/v1/accounts?group=tier",
    "list: lowest score": "/api/v1/accounts?sort=score",
    "list: by name": "/api/v1/accounts?sort=name",
    "list: fell most in 7 days": "/api/v1/accounts?sort=change_7d",
    "list: urgency of one segment": "/api/v1/accounts?filter=segment:is:Segment%202&sort=-urgency",
    "list: an owner, from 900, renews in 90 days": (
        "/api/v1/accounts?filter=owner:is:Owner%207&filter=mrr:at_least:900&filter=renewal_days:at_most:90"
    ),
    "search: a name": "/api/v1/accounts?q=halverson%2012",
    "search: three letters": "/api/v1/accounts?q=lve",
}
CHANGES_A_SECOND = 2.0
PROBE_SECONDS = 0.05
IDLE_SECONDS = 10.0
_COLUMNS = "/api/v1/columns"


def probe(port: int, file: str) -> None:
    """Ask every 50 ms until the process is ended; a line for each answer: when it was asked for, and what it took."""
    with open(file, "w") as out:
        while True:
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            with suppress(OSError):
                while True:
                    begun = time.monotonic()
                    connection.request("GET", _COLUMNS)
                    connection.getresponse().read()
                    out.write(f"{begun:.4f} {1e3 * (time.monotonic() - begun):.2f}\n")
                    out.flush()
                    time.sleep(PROBE_SECONDS)
            connection.close()
            time.sleep(PROBE_SECONDS)


class Client:
    """One connection that is kept; no more of HTTP than is needed, so that what is measured is the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**24))

    async def get(self, path: str) -> bytes:
        """The body of the answer, which must be 200."""
        self._writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        body = await self._reader.readexactly(length)
        if " 200 " not in head[:14]:
            raise RuntimeError(f"{path}: {head} {body[:300]!r}")
        return body

    def close(self) -> None:
        self._writer.close()


class Served:
    """What is measured, and of which process."""

    def __init__(self, port: int, pid: int, probed: Path) -> None:
        self.port = port
        self.pid = pid
        self.found: dict[str, Any] = {}
        self._probed = probed

    def pause(self, name: str, begun: float) -> None:
        """Keep the longest wait of the probe since `begun`."""
        lines = (line.split() for line in self._probed.read_text().splitlines() if line.count(" ") == 1)
        waits = [float(took) for asked, took in lines if float(asked) >= begun - PROBE_SECONDS]
        self.found[name] = {
            "probes": len(waits),
            "p50_ms": round(percentile(waits, 0.5), 1),
            "p99_ms": round(percentile(waits, 0.99), 1),
            "longest_ms": round(max(waits, default=float("nan")), 1),
        }

    async def start(self, begun: float) -> None:
        """Wait for the first answer, and for the whole book."""
        served = cpu_served = 0.0
        while True:
            try:
                client = await Client.open(self.port)
                listing = json.loads(await client.get("/api/v1/accounts?limit=1"))
                client.close()
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)
                continue
            served, cpu_served = served or time.monotonic(), cpu_served or cpu_seconds(self.pid)
            if listing["is_whole"]:
                break
            seconds, cpu = time.monotonic() - begun, cpu_seconds(self.pid)
            print(f"{listing['book']['accounts']:,} accounts after {seconds:.0f} s, {cpu:.0f} s of CPU", flush=True)
            await asyncio.sleep(1 if seconds < 30 else 5)
        self.found |= {
            "accounts": listing["book"]["accounts"],
            "start_to_serving_s": round(served - begun, 2),
            "start_to_whole_s": round(time.monotonic() - begun, 1),
            "cpu_to_serving_s": round(cpu_served, 1),
            "cpu_to_whole_s": round(cpu_seconds(self.pid), 1),
            "rss_whole_mb": round(memory_mb(self.pid)),
        }
        self.pause("probe_while_filling", begun)

    async def idle(self, name: str) -> None:
        """Ten seconds in which nobody but the probe asks: seconds of processor a second."""
        before, begun = cpu_seconds(self.pid), time.monotonic()
        await asyncio.sleep(IDLE_SECONDS)
        self.found[f"{name}_cpu_share"] = round((cpu_seconds(self.pid) - before) / (time.monotonic() - begun), 3)

    async def ask(self, name: str, path_of: Callable[[int], str], requests: int, clients: int) -> None:
        """So many requests, by so many clients at once."""
        took: list[float] = []
        numbers = iter(range(requests))
        size = 0

        async def one() -> None:
            nonlocal size
            client = await Client.open(self.port)
            for number in numbers:
                begun = time.perf_counter()
                size = len(await client.get(path_of(number)))
                took.append(1e3 * (time.perf_counter() - begun))
            client.close()

        before = cpu_seconds(self.pid)
        await asyncio.gather(*(one() for _ in range(clients)))
        self.found[f"{name}, {clients} client{'s' * (clients > 1)}"] = {
            "p50_ms": round(percentile(took, 0.5), 1),
            "p99_ms": round(percentile(took, 0.99), 1),
            "cpu_ms_each": round(1e3 * (cpu_seconds(self.pid) - before) / requests, 2),
            "bytes": size,
            "load": round(os.getloadavg()[0], 1),
        }


async def measure(served: Served, redis: str, begun: float, requests: int) -> None:
    """All figures, into `served.found`."""
    await served.start(begun)
    accounts = served.found["accounts"]
    writer = Writer(redis)
    url = f"http://127.0.0.1:{served.port}"
    for name in ("portfolio: first", "portfolio: again"):
        await served.ask(name, lambda _: "/api/v1/portfolio", 1, 1)
    await served.idle("idle")
    changing = asyncio.ensure_future(writer.changing(CHANGES_A_SECOND, accounts))
    await served.idle("idle_while_accounts_change")
    changing.cancel()
    for clients in (1, 10):
        begun = time.monotonic()
        for name, path in LISTS.items():
            await served.ask(name, lambda _, path=path: path, requests, clients)  # type: ignore[misc]
        served.pause(f"probe_during_lists_{clients}", begun)
        begun = time.monotonic()
        await served.ask("account", lambda number: f"/api/v1/accounts/{_some(number, accounts)}", requests, clients)
        served.pause(f"probe_during_accounts_{clients}", begun)
        _print(served.found)
    changing = asyncio.ensure_future(writer.changing(CHANGES_A_SECOND, accounts))
    begun = time.monotonic()
    await served.ask("portfolio: while accounts change", lambda _: "/api/v1/portfolio", 5, 1)
    served.pause("probe_during_portfolio", begun)
    changing.cancel()
    await asyncio.wait({changing})
    begun = time.monotonic()
    served.found["first_view"] = await first_views(url)
    served.found["change_to_visible"] = await visible_after(url, writer, 50)
    served.pause("probe_during_browser", begun)
    await writer.close()
    served.found["rss_end_mb"] = round(memory_mb(served.pid))


def _some(number: int, accounts: int) -> str:
    """An account that was not asked for before."""
    return account_id(number * 7919 % accounts)


def _print(found: dict[str, Any]) -> None:
    print(json.dumps(found, indent=1), flush=True)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m bench.dashboard.served")
    parser.add_argument("--redis", required=True)
    parser.add_argument("--requests", type=int, default=500)
    given = parser.parse_args()
    with start_kafka() as broker, tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            kafka=broker.address,
            redis=given.redis,
            group=GROUP,
            data_dir=folder,
            idempotent=0,
            dashboard="local",
            dashboard_port=free_port(),
        )
        probed = Path(folder) / "probed.txt"
        asking = get_context("spawn").Process(target=probe, args=(settings.dashboard_port, str(probed)), daemon=True)
        asking.start()
        begun = time.monotonic()
        with running(settings, "dashboard") as commands:
            served = Served(settings.dashboard_port, commands[0].pid, probed)
            try:
                asyncio.run(measure(served, given.redis, begun, given.requests))
            except BaseException:
                print(commands[0].log.read_text()[-3_000:], flush=True)
                raise
            finally:
                asking.terminate()
                _print(served.found)


if __name__ == "__main__":
    main()
