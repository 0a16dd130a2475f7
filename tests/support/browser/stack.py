"""The dashboard on a real stack: worker, projector and dashboard as processes, a Redis of its own, a small book."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from scoring.instants import DAY_MS, HOUR_MS, rfc3339
from streams.deployment.settings import Settings
from streams.kafka.clients import new_producer
from streams.topics import partition_of
from tests.support.commands import Command, run_command, running
from tests.support.kafka.broker import RunningBroker
from vitals.local.embedded import free_port, start_redis
from vitals.local.sample_accounts import book
from vitals.local.sample_history import history

PATIENCE_SECONDS = 60.0
ACCOUNTS = 7
"""One of each story that moves."""
SEED = 7
HOSTILE = {
    "markup": "<script>document.title='pwned'</script><img src=x onerror=alert(1)>\"'&amp;",
    "emoji": "Škoda 🚗 & Söhne 株式会社 🏳️‍🌈",
    "right-to-left": "\u202eمؤسسة الأمل\u202c (evil\u202egnp.exe)",
    "long": "W" * 200,
    "<b>id</b> 'with' \"quotes\"/and?more#parts": "An id with everything",
}
"""Names that accounts have in the wild, by account id."""


def until(condition: Callable[[], bool], what: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for something outside the browser."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


class DashboardStack:
    """What runs, and how to make things happen. Owned by one thread, which may be Playwright's."""

    def __init__(self, settings: Settings, commands: list[Command], redis_pid: int) -> None:
        self.settings = settings
        self.commands = commands
        self.url = f"http://127.0.0.1:{settings.dashboard_port}"
        self._redis_pid = redis_pid
        self._other_thread = ThreadPoolExecutor(1)

    @property
    def dashboard_pid(self) -> int:
        return self.commands[-1].pid

    def get(self, path: str) -> httpx.Response:
        """An answer of the dashboard."""
        return httpx.get(self.url + path, timeout=10.0, trust_env=False)

    def publish(self, *events: dict[str, Any]) -> None:
        """Send events; each says its topic and account. Returns when the broker has them."""
        self._other_thread.submit(asyncio.run, self._sent(events)).result(20)

    async def _sent(self, events: tuple[dict[str, Any], ...]) -> None:
        producer = new_producer(self.settings, "test")
        await producer.start()
        try:
            for number, event in enumerate(events):
                topic, account_id = event["topic"], event["account_id"]
                value = {"event_id": f"{time.time_ns()}-{number}", "timestamp": rfc3339(now_ms()), **event}
                await producer.send_and_wait(
                    self.settings.topic(topic),
                    json.dumps(value).encode(),
                    key=account_id.encode(),
                    partition=partition_of(account_id.encode(), self.settings.partitions),
                )
        finally:
            await producer.stop()

    def wait_for_accounts(self, count: int) -> None:
        """Until the list has that many."""
        words = f"{count} accounts"
        until(
            lambda: words in self._page("/accounts?view=all"),
            lambda: f"no {words!r}: {[command.log.read_text()[-1500:] for command in self.commands]}",
        )

    def _page(self, path: str) -> str:
        try:
            return self.get(path).text
        except httpx.HTTPError:
            return ""

    def kill_dashboard(self) -> None:
        """kill -9."""
        self.commands[2].kill()

    def start_dashboard(self) -> None:
        """Start it again on its port; returns when it answers."""
        self.commands.append(Command(self.settings, "dashboard", Path(self.settings.data_dir) / "again.log"))
        until(lambda: bool(self._page("/accounts")), lambda: self.commands[-1].log.read_text()[-1500:])

    @contextmanager
    def without_redis(self) -> Iterator[None]:
        """Redis does not answer meanwhile."""
        os.kill(self._redis_pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._redis_pid, signal.SIGCONT)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def events_of_the_book(end_ms: int) -> list[dict[str, Any]]:
    """The sample's history, and the hostile names with four weeks of use."""
    sample = history(book(SEED, ACCOUNTS), SEED, end_ms // HOUR_MS * HOUR_MS)
    events = [{**json.loads(event.value), "topic": event.topic} for event in sample]
    for account_id, name in HOSTILE.items():
        about = {"topic": "billing", "account_id": account_id, "event": "subscription_started"}
        traits = {"company_name": name, "owner": name, "segment": name, "mrr": 100, "plan": "team"}
        events.append({**about, "timestamp": rfc3339(end_ms - 40 * DAY_MS), "properties": traits})
        events += [
            {
                "topic": "analytics",
                "account_id": account_id,
                "event": "report_viewed",
                "user_id": "u",
                "timestamp": rfc3339(end_ms - day * DAY_MS - HOUR_MS),
            }
            for day in range(28)
        ]
    return sorted(events, key=lambda event: str(event["timestamp"]))


@contextmanager
def dashboard_stack(broker: RunningBroker, folder: Path) -> Iterator[DashboardStack]:
    """The stack, with all accounts scored and on the page. Takes about ten seconds."""
    name = f"t{secrets.token_hex(4)}"
    with start_redis() as server:
        settings = Settings(
            kafka=broker.address,
            redis=server.address,
            group=name,
            topic_prefix=f"{name}.",
            partitions=2,
            session_timeout_ms=6_000,
            flush_ms=200,
            merge_wait_ms=100,
            data_dir=str(folder),
            idempotent=int(broker.is_apache),
            clock="event",
            alerts="at-once",
            dashboard="local",
            dashboard_port=free_port(),
        )
        end_ms = now_ms()
        events = events_of_the_book(end_ms)
        (folder / "events.ndjson").write_text("\n".join(map(json.dumps, events)), "utf-8")
        with running(settings, "worker", "project", "dashboard") as commands:
            run_command(settings, "publish", str(folder / "events.ndjson"), "--tick", rfc3339(end_ms))
            stack = DashboardStack(settings, commands, server.child.pid)
            stack.wait_for_accounts(ACCOUNTS + len(HOSTILE))
            yield stack
