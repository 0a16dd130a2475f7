"""`python -m bench.load`: a broker and a gateway, at most speed, at half of the goals, and while the broker falls."""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import os
import platform
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from bench.fixture import ROOT
from bench.load.figures import Load, Phase, Verdict, percentile_ms, write_json
from bench.load.requests import ACCOUNTS, EVENT_BYTES, Batch, mixed, requests, signed, with_key
from bench.load.sender import Outcome, Sender
from bench.load.system import KEY, SECRET, cores, gateway, settings_of
from bench.load.verification import verify
from bench.processes import broker_seconds, busy_seconds, cpu_seconds, pid_that_serves
from streams.errors import UserError
from tests.support.kafka.java import JavaKafka
from vitals.local.child import Child
from vitals.local.embedded import HOST, free_port

JSON_PATH = ROOT / "build" / "load.json"
BATCH = 100
GOALS = {1: 3_000, BATCH: 40_000 / BATCH}
"""Requests a second, by the events in each. Latency is measured at half of that, or of less where less is reached."""
CONNECTIONS = 64
SPEED_SECONDS, HALF_SECONDS, BOUNCE_SECONDS = 30.0, 30.0, 60.0
QUICK_SPEED_SECONDS, QUICK_HALF_SECONDS, QUICK_BOUNCE_SECONDS = 6.0, 6.0, 18.0
WARM_SECONDS = 3.0
EVENTS_BEFORE = {1: 40_000, 10: 1_000, BATCH: 2_500}
"""By the events in a request, how many requests are made before a phase."""
DOWN_SECONDS = 3.0
BACK_SECONDS = 60.0
BOUNCES_EVERY_SECONDS = 12.0
BOUNCE_SHARE = 0.25
"""The rate while the broker falls, of the highest one."""


_COLUMNS = ("others' cores", "p50 ms", "p99 ms", "sent again")


class Run:
    """One run on a broker and a gateway. Mutable."""

    def __init__(self, broker: JavaKafka, child: Child, port: int, *, quick: bool, progress: Console) -> None:
        self.phases: list[Phase] = []
        self.acknowledged: set[int] = set()
        self.restarts = 0
        self.back_seconds: list[float] = []
        """For each fall, how long after the broker answered again the gateway acknowledged a request."""
        self._broker, self._child, self._progress = broker, child, progress
        self._sender = Sender(HOST, port, CONNECTIONS)
        self._numbers = itertools.count()
        self._at_ms = time.time_ns() // 1_000_000
        speed = (QUICK_SPEED_SECONDS, QUICK_HALF_SECONDS, QUICK_BOUNCE_SECONDS)
        self._seconds = speed if quick else (SPEED_SECONDS, HALF_SECONDS, BOUNCE_SECONDS)

    async def measure(self) -> None:
        """All phases, one after another."""
        speed_seconds, half_seconds, _ = self._seconds
        await self._sender.at_most_speed(self._keyed(1), WARM_SECONDS)
        single = await self._phase("one event a request", self._sender.at_most_speed(self._keyed(1), speed_seconds))
        await self._phase("one event, signed", self._sender.at_most_speed(self._signed(), speed_seconds / 2))
        batched = await self._phase(
            f"{BATCH} events a request", self._sender.at_most_speed(self._keyed(BATCH), speed_seconds)
        )
        reached = {1: single.requests / single.seconds, BATCH: batched.requests / batched.seconds}
        for size, rate in reached.items():
            due = min(rate, GOALS[size]) / 2
            name = f"half of the goal, {size} a request"
            await self._phase(name, self._sender.at_rate(self._keyed(size), due, half_seconds))
        await self._bounce(BOUNCE_SHARE * reached[1])

    async def _bounce(self, per_second: float) -> None:
        """Under load the broker is killed and started again, several times. Refused requests are sent again."""
        seconds = self._seconds[2]
        batches = mixed([self._keyed(1), self._keyed(1), self._keyed(1), self._keyed(10)])
        sending = asyncio.ensure_future(
            self._phase("while the broker falls", self._sender.at_rate(batches, per_second, seconds))
        )
        until = time.monotonic() + seconds - DOWN_SECONDS
        while time.monotonic() + DOWN_SECONDS < until and not sending.done():
            await asyncio.sleep(min(BOUNCES_EVERY_SECONDS / 2, seconds / 6))
            await asyncio.to_thread(self._broker.kill)
            await asyncio.sleep(DOWN_SECONDS)
            await asyncio.to_thread(self._broker.start)
            self.restarts += 1
            self.back_seconds.append(await self._until_back())
            await asyncio.sleep(min(BOUNCES_EVERY_SECONDS / 2, seconds / 6))
        await sending

    async def _until_back(self) -> float:
        """Seconds from now, when the broker answers again, until the gateway acknowledges a request."""
        answers = time.monotonic()
        while self._sender.last_taken < answers and time.monotonic() < answers + BACK_SECONDS:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return time.monotonic() - answers

    async def _phase(self, name: str, sending: object) -> Phase:
        gc.collect()
        gc.freeze()
        gc.disable()  # a collection of the senders would be a pause of the gateway's answers
        self._progress.log(f"{name} …")
        before = self._cpu()
        outcome: Outcome = await sending  # type: ignore[misc]
        cpu, broker, senders, everything = (now - then for now, then in zip(self._cpu(), before, strict=True))
        events = max(outcome.events, 1)
        for first, count in outcome.acknowledged:
            self.acknowledged.update(range(first, first + count))
        phase = Phase(
            name=name,
            seconds=outcome.seconds,
            requests=outcome.requests,
            events=outcome.events,
            cpu_us=cpu / events * 1e6,
            busy=cpu / outcome.seconds,
            broker_us=max(0.0, broker) / events * 1e6,
            senders_us=senders / events * 1e6,
            other_cores=max(0.0, everything - cpu - broker - senders) / outcome.seconds,
            p50_ms=percentile_ms(outcome.latencies, 0.5),
            p99_ms=percentile_ms(outcome.latencies, 0.99),
            repeated=outcome.repeated,
        )
        self.phases.append(phase)
        return phase

    def _cpu(self) -> tuple[float, float, float, float]:
        """CPU seconds so far: the gateway's, the broker's, ours, and all. A killed broker counts from zero again."""
        broker = pid_that_serves(int(self._broker.address.rpartition(":")[2]))
        return cpu_seconds(self._child.pid), broker_seconds(broker), time.process_time(), busy_seconds()

    def _keyed(self, size: int) -> Iterator[Batch]:
        return _made_before(requests(self._numbers, size, lambda body: with_key(body, KEY), self._at_ms), size)

    def _signed(self) -> Iterator[Batch]:
        secret = SECRET.encode()
        return _made_before(requests(self._numbers, 1, lambda body: signed(body, secret), self._at_ms), 1)


def _made_before(batches: Iterator[Batch], size: int) -> Iterator[Batch]:
    """The same requests, of which the first are made now: making them takes time of the core that sends."""
    return itertools.chain(list(itertools.islice(batches, EVENTS_BEFORE[size])), batches)


def main(quick: Annotated[bool, typer.Option("--quick", help="Within two minutes.")] = False) -> None:
    """Measure one gateway on one core: requests a second, latency, and events lost or doubled while a broker falls."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit("It was asked to end (SIGTERM)."))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console, progress = Console(width=None if sys.stdout.isatty() else 160), Console(stderr=True)
    own, others = cores()
    load_before = os.getloadavg()[0]
    try:
        if own != others:
            os.sched_setaffinity(0, others)  # the broker, our child, is there too
        broker = JavaKafka(is_measured=True)
        try:
            broker.start()
            run, verdict = _measured(broker, quick=quick, progress=progress)
        finally:
            broker.close()
    except UserError as error:
        progress.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    conditions = _conditions(broker.name, load_before, pinned=own != others)
    load = _load(run, verdict, conditions)
    write_json(JSON_PATH, load)
    console.print(_table(run.phases, conditions))
    console.print(
        f"{verdict.acknowledged:,} events acknowledged, through {verdict.restarts} falls of the broker: "
        f"{verdict.lost:,} lost, {verdict.doubled:,} doubled in state; {verdict.copies:,} copies on the topics, which "
        f"the fold recognised. The gateway wrote again within {max(run.back_seconds, default=0.0):.1f} s of the broker."
    )
    if verdict.lost or verdict.doubled:
        raise typer.Exit(1)


def _measured(broker: JavaKafka, *, quick: bool, progress: Console) -> tuple[Run, Verdict]:
    port = free_port()
    settings = settings_of(broker.address, f"load-{secrets.token_hex(3)}-", port)
    with tempfile.TemporaryDirectory(prefix="vitals-load-") as scratch:
        with gateway(settings, scratch) as child:
            run = Run(broker, child, port, quick=quick, progress=progress)
            uvloop.run(run.measure())
        progress.log("reading every event …")
        return run, asyncio.run(verify(settings, run.acknowledged, run.restarts))


def _conditions(broker: str, load_before: float, *, pinned: bool) -> str:
    where = "pinned to a core, senders and broker on the others" if pinned else "not pinned"
    return (
        f"events of {EVENT_BYTES} bytes, {ACCOUNTS:,} accounts, {CONNECTIONS} connections; {broker}, acks=all; "
        f"one gateway, {where}; Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load {load_before:.1f} before"
    )


def _load(run: Run, verdict: Verdict, conditions: str) -> Load:
    single, signed_, batched, half_single, half_batched, bounced = run.phases
    return Load(
        single_per_second=round(single.events_per_second),
        batched_events_per_second=round(batched.events_per_second),
        p99_ms=round(max(half_single.p99_ms, half_batched.p99_ms), 1),
        lost=verdict.lost,
        doubled=verdict.doubled,
        details={
            "conditions": conditions,
            "phases": [*map(_rounded, (single, signed_, batched, half_single, half_batched, bounced))],
            "verdict": verdict,
            "back_after_seconds": [round(each, 2) for each in run.back_seconds],
        },
    )


def _rounded(phase: Phase) -> dict[str, object]:
    return {
        "name": phase.name,
        "seconds": round(phase.seconds, 1),
        "requests": phase.requests,
        "events": phase.events,
        "events_per_second": round(phase.events_per_second),
        "cpu_us_per_event": round(phase.cpu_us, 1),
        "broker_us_per_event": round(phase.broker_us, 1),
        "senders_us_per_event": round(phase.senders_us, 1),
        "busy": round(phase.busy, 2),
        "cores_used_by_others": round(phase.other_cores, 2),
        "p50_ms": round(phase.p50_ms, 1),
        "p99_ms": round(phase.p99_ms, 1),
        "repeated": phase.repeated,
    }


def _table(phases: list[Phase], conditions: str) -> Table:
    table = Table(title=f"The gateway: {conditions}", title_justify="left")
    table.add_column("phase")
    for name in (*("requests/s", "events/s", "CPU µs/event", "its core", "broker µs", "senders µs"), *_COLUMNS):
        table.add_column(name, justify="right")
    for each in phases:
        table.add_row(
            each.name,
            f"{each.requests / each.seconds:,.0f}",
            f"{each.events_per_second:,.0f}",
            f"{each.cpu_us:.1f}",
            f"{each.busy:.0%}",
            f"{each.broker_us:.1f}",
            f"{each.senders_us:.1f}",
            f"{each.other_cores:.1f}",
            f"{each.p50_ms:.1f}",
            f"{each.p99_ms:.1f}",
            f"{each.repeated:,}",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
