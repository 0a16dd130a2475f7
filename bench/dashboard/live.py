"""Many open tabs against one dashboard: from a change to its arrival in each, and what the process costs.

    python -m bench.dashboard.live --tabs 100 --minutes 3

It starts a broker, Redis, worker, projector, dashboard and a small book. Tabs are plain connections that read their
stream as a browser does. It prints JSON. `--rate` adds changes of other accounts, as many a second; the account whose
arrivals are timed changes every 1.5 s. `--samples` names a file for the memory of the dashboard, a line a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from dashboard.live.keys import row_key
from scoring.instants import rfc3339
from streams.kafka.clients import new_producer
from streams.topics import partition_of
from tests.support.browser.stack import SEED, DashboardStack, dashboard_stack, now_ms
from tests.support.kafka.broker import SessionBroker
from vitals.local.sample_accounts import book

MOVING = tuple(account.account_id for account in book(SEED, 6)[1:6])
_VERSION = re.compile(r'data-account="([^"]*)" data-version="([^"]*)"')
_LIVE = re.compile(r'name="vitals-live" content="([^"]*)"')
_ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@dataclass(slots=True)
class Tabs:
    """What the tabs have received."""

    wanted: dict[str, float] = field(default_factory=dict)
    """When the change of each account was sent, until it has come everywhere."""
    delays: list[float] = field(default_factory=list)
    events: int = 0
    bytes: int = 0
    resyncs: int = 0


def percentile(values: list[float], share: float) -> float:
    """The nearest rank; NaN of nothing.

    >>> percentile([3.0, 1.0, 2.0], 0.5)
    2.0
    """
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def memory_mb(pid: int) -> float:
    """What the process holds in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def tab(client: httpx.AsyncClient, address: str, tabs: Tabs, stop: asyncio.Event) -> None:
    """One tab: reads its stream, and comes back when it ends."""
    last_id, counted = "", 0.0
    while not stop.is_set():
        headers = {"last-event-id": last_id} if last_id else {}
        async with client.stream("GET", address, headers=headers, timeout=httpx.Timeout(60.0)) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                tabs.bytes += len(line)
                if line.startswith("id: "):
                    last_id = line[4:]
                elif line.startswith("event: resync"):
                    tabs.resyncs += 1
                elif found := _VERSION.search(line):
                    tabs.events += 1
                    if (sent := tabs.wanted.get(found[1], counted)) != counted:  # only its first arrival
                        tabs.delays.append(time.monotonic() - sent)
                        counted = sent
                if stop.is_set():
                    return


async def first_view(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """Requests and bytes of a page as it first opens: the page, and what its head names."""
    page = await client.get(path)
    sizes = [int(page.headers.get("content-length", len(page.content)))]
    scripts = 0
    for asset in dict.fromkeys(_ASSET.findall(page.text)):
        answer = await client.get(asset)
        size = int(answer.headers.get("content-length", 0))
        sizes.append(size)
        scripts += size if asset.endswith(".js") else 0
    return {"path": path, "requests": len(sizes), "bytes": sum(sizes), "page_bytes": sizes[0], "script_bytes": scripts}


async def latency(client: httpx.AsyncClient, path: str, times: int = 200) -> dict[str, Any]:
    """An address asked again and again, one after another."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        (await client.get(path)).raise_for_status()
        took.append((time.perf_counter() - began) * 1_000)
    return {"path": path, "p50_ms": round(percentile(took, 0.5), 2), "p99_ms": round(percentile(took, 0.99), 2)}


async def changing(stack: DashboardStack, rate: float) -> None:
    """Change the accounts that are not timed, in turns, that many a second, until cancelled."""
    settings, number = stack.settings, 0
    producer = new_producer(settings, "bench")
    await producer.start()
    try:
        while True:
            account = MOVING[1 + number % (len(MOVING) - 1)]
            value = {
                "event_id": f"{time.time_ns()}-more",
                "timestamp": rfc3339(now_ms()),
                "account_id": account,
                "event": "support_ticket_opened",
                "properties": {"ticket_id": f"more-{number}", "severity": "low"},
            }
            key = account.encode()
            place = partition_of(key, settings.partitions)
            await producer.send_and_wait(
                settings.topic("tickets"), json.dumps(value).encode(), key=key, partition=place
            )
            number += 1
            await asyncio.sleep(1 / rate)
    finally:
        await producer.stop()


async def sampling(pid: int, file: Path, tabs: Tabs) -> None:
    """A line a minute, until cancelled: minutes, MB, seconds of processor, events received."""
    began = time.monotonic()
    while True:
        line = f"{(time.monotonic() - began) / 60:.1f} {memory_mb(pid):.1f} {cpu_seconds(pid):.1f} {tabs.events}\n"
        with file.open("a") as out:
            out.write(line)
        await asyncio.sleep(60)


async def measure(
    stack: DashboardStack, number: int, minutes: float, rate: float, samples: Path | None
) -> dict[str, Any]:
    """Everything, for that many minutes."""
    pid = stack.dashboard_pid
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=stack.url, limits=limits, trust_env=False, timeout=30.0) as client:
        views = [await first_view(client, path) for path in ("/", "/accounts?view=all", f"/accounts/{MOVING[0]}")]
        paths = ("/api/v1/accounts?limit=50", f"/api/v1/accounts/{MOVING[0]}", "/accounts?view=all")
        asked = [await latency(client, path) for path in paths]
        page = (await client.get("/accounts?view=all")).text
        rows = ".".join(map(row_key, MOVING))
        address = (_LIVE.findall(page)[0]).replace("&amp;", "&") + f"&rows={rows}&age=0"
        tabs, stop = Tabs(), asyncio.Event()
        before_mb, before_cpu = memory_mb(pid), cpu_seconds(pid)
        running = [asyncio.ensure_future(tab(client, address, tabs, stop)) for _ in range(number)]
        await asyncio.sleep(3)
        running += [asyncio.ensure_future(changing(stack, rate))] if rate else []
        running += [asyncio.ensure_future(sampling(pid, samples, tabs))] if samples else []
        began, changes, most_mb = time.monotonic(), 0, memory_mb(pid)
        while time.monotonic() - began < minutes * 60:
            account = MOVING[0 if rate else changes % len(MOVING)]
            ticket = {"ticket_id": str(changes), "severity": "low"}
            event = {"topic": "tickets", "account_id": account, "event": "support_ticket_opened", "properties": ticket}
            await asyncio.to_thread(stack.publish, event)
            tabs.wanted = {account: time.monotonic()}
            changes += 1
            await asyncio.sleep(1.5)
            tabs.wanted = {}
            most_mb = max(most_mb, memory_mb(pid))
        spent = cpu_seconds(pid) - before_cpu
        stop.set()
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return {
        "tabs": number,
        "minutes": minutes,
        "changes": changes,
        "received": len(tabs.delays),
        "change_to_received_p50_ms": round(percentile(tabs.delays, 0.5) * 1_000),
        "change_to_received_p99_ms": round(percentile(tabs.delays, 0.99) * 1_000),
        "rows_sent": tabs.events,
        "bytes_read": tabs.bytes,
        "resyncs": tabs.resyncs,
        "dashboard_mb_before": round(before_mb, 1),
        "dashboard_mb_most": round(most_mb, 1),
        "dashboard_kb_per_tab": round((most_mb - before_mb) * 1_000 / number, 1),
        "dashboard_cpu_share": round(spent / (minutes * 60), 3),
        "first_view": views,
        "asked_again": asked,
    }


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tabs", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--samples", type=Path, default=None)
    asked = parser.parse_args()
    broker = SessionBroker(os.environ)
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            dashboard_stack(broker.running(), Path(folder)) as stack,
        ):
            found = asyncio.run(measure(stack, asked.tabs, asked.minutes, asked.rate, asked.samples))
            print(json.dumps(found, indent=1))
    finally:
        broker.close()


if __name__ == "__main__":
    main()
