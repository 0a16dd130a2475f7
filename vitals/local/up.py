"""`vitals up`: all of Vitals on one machine, with sample accounts or a file of events.

It starts the processes of `vitals.local.stack`, publishes a history, and goes live: it sends ticks, so that silence is
noticed, and plays the sample's events. Everything it shows is read back from the running system.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import sys
import time
from collections.abc import Awaitable, Mapping
from pathlib import Path

from aiokafka.errors import KafkaError
from rich.console import Console

from scoring.instants import HOUR_MS
from scoring.plan.plan import Plan
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.gateway.sources.ready import LOCAL
from streams.kafka.topic_admin import ensure_topics
from streams.model_files import read_model
from streams.redis.client import shown_url
from streams.replay.event_file import EventFile
from streams.replay.event_line import RejectedLines
from streams.replay.forms.form import AS_FOUND, FileForm
from streams.replay.publish import as_if_now, publish
from streams.replay.undated_lines import REJECT_UNDATED, UndatedPolicy
from vitals.local.feed import Feed, now_ms
from vitals.local.frame import View, is_good
from vitals.local.own_python import shell_command
from vitals.local.pid_file import PidFile
from vitals.local.sample_accounts import SampleAccount, book
from vitals.local.sample_history import history
from vitals.local.sample_live import live
from vitals.local.sample_profiles import aliases_of
from vitals.local.screen import Screen, open_screen
from vitals.local.stack import Stack
from vitals.local.view import Reading, SystemReader

SEED = 7
SHOW_SECONDS = 0.5
CHECK_SECONDS = 0.2
SETTLED_SECONDS = 1.5
"""Scores are settled when none has changed for this long: an answer is held back for a second, then flushed."""
SETTLED_MAX_SECONDS = 10.0
"""The limit for that wait: while others publish too, scores never settle."""
NO_SAMPLE = "(no sample added: the topics had events)"
STARTING, LOADING, LIVE, STOPPING = "starting", "loading the history", "live", "stopping"


def run_up(
    data: Path | None,
    model: str,
    accounts: int,
    seconds: float | None,
    undated: UndatedPolicy = REJECT_UNDATED,
    form: FileForm = AS_FOUND,
) -> int:
    """Run everything until Ctrl-C, SIGTERM or for `seconds`, then stop it. Returns the exit code.

    Blocks. `data` is a file of events to publish, as if its last event happened now, instead of the sample of
    `accounts` accounts; `undated` says what to do with lines without a timestamp, `form` how it is read. `model` is a
    preset or a file. An existing broker gets the sample only if its topics are empty. With the embedded broker and
    Redis nothing is kept. An error that the user can fix is printed to standard error and returns 1; so does a process
    of ours that ends by itself, with its last output.
    """
    # When a broker goes away we report it; aiokafka's lines would be written across the screen.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        with PidFile(os.environ.get("VITALS_PID_FILE", "")) as pid_file:
            up = Up(os.environ, model, book(SEED, accounts), data, pid_file, undated, form)
            with open_screen(Console()) as screen:
                asyncio.run(up.run(screen, seconds))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("Stopped.")
    return 0


class Up:
    """One run of `vitals up`."""

    def __init__(
        self,
        environment: Mapping[str, str],
        model: str,
        accounts: tuple[SampleAccount, ...],
        data: Path | None,
        pid_file: PidFile,
        undated: UndatedPolicy,
        form: FileForm,
    ) -> None:
        """Check what can be checked before anything starts.

        Raises:
            UserError: when the model, the settings or the file cannot be used.
        """
        self._plan = Plan(read_model(model))
        self._stack = Stack(environment, model)
        self._book = accounts
        self._data, self._undated, self._form = data, undated, form
        self._pid_file = pid_file
        if data is not None and not data.is_fifo():  # opening a pipe would lose what is in it
            with EventFile(str(data), form):
                pass  # it can be opened
        self._watch: SystemReader | None = None
        self._phase, self._detail, self._note = STARTING, "", ""
        self._start: dict[str, float] = {}
        self._began = time.monotonic()

    async def run(self, screen: Screen, seconds: float | None) -> None:
        """Run until a signal comes or `seconds` are over. However it ends, everything that was started is stopped.

        Raises:
            UserError: when something cannot be started, or ends by itself.
        """
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        signals = (signal.SIGTERM, signal.SIGINT)
        for number in signals:
            loop.add_signal_handler(number, stop.set)
        try:
            await _first_of(stop.wait(), self._show(screen), self._work(), seconds=seconds)
        except KafkaError as error:
            self._stack.check()
            where = self._stack.settings.kafka
            raise UserError(f"Kafka at {where} failed ({error!r}): check that it runs, then start again.") from error
        finally:
            # A second Ctrl-C ends this process at once, and its children with it.
            for number in signals:
                loop.remove_signal_handler(number)
            self._phase, self._detail = STOPPING, ""
            try:
                screen.show(self._view())
            finally:
                self._stack.stop()

    async def _work(self) -> None:
        stack = self._stack
        stack.start_servers()
        await ensure_topics(stack.settings)
        stack.start_processes()
        self._pid_file.write_addresses({"Kafka": stack.settings.kafka, **stack.metrics})
        self._watch = watch = SystemReader(stack.settings, stack.metrics["worker"])
        feed = Feed(stack.settings)
        await feed.start()
        try:
            await _first_of(self._guard(), watch.run(), watch.follow_alerts(), self._play(feed, watch))
        finally:
            await feed.stop()

    async def _guard(self) -> None:
        while True:
            self._stack.check()
            await asyncio.sleep(CHECK_SECONDS)

    async def _show(self, screen: Screen) -> None:
        """Draw the view repeatedly. Returns only when the reader of our output has gone away."""
        while True:
            try:
                screen.show(self._view())
            except SystemExit:  # how rich reports a broken pipe
                return
            await asyncio.sleep(SHOW_SECONDS)

    async def _play(self, feed: Feed, watch: SystemReader) -> None:
        """Publish the history, wait until its scores have settled, then play the live part; never returns."""
        self._phase = LOADING
        # The silent account's fall is due at the whole hour, so the first tick of the live part triggers it.
        last_ms = now_ms() if self._data else now_ms() // HOUR_MS * HOUR_MS - 1
        has_sample = not self._data and (self._stack.is_own_kafka or not await feed.finds_events())
        events = 0
        if self._data:
            events = await self._publish_file(last_ms)
        elif has_sample:
            events = await self._publish_sample(feed, last_ms)
        self._detail = f"({events:,} events)"
        await watch.until(lambda reading: reading.events >= events and reading.lag == 0)
        declares = bool(self._plan.norm_signals)
        await feed.tick(last_ms, declare=declares)
        await self._until_settled(watch)
        self._start = {each.account_id: each.score for each in watch.reading.answers if each.score is not None}
        self._phase, self._detail = LIVE, "" if has_sample or self._data else NO_SAMPLE
        ticks = feed.tick_for_ever(declares=declares)
        await (_first_of(ticks, feed.live(live(self._book, SEED))) if has_sample else ticks)

    async def _publish_sample(self, feed: Feed, last_ms: int) -> int:
        events = await asyncio.to_thread(history, self._book, SEED, last_ms + 1)
        await feed.history(events)
        await feed.aliases(alias for account in self._book for alias in aliases_of(account, SEED, last_ms))
        return len(events)

    async def _publish_file(self, last_ms: int) -> int:
        with EventFile(str(self._data), self._form, twice=True) as file:
            timing = await asyncio.to_thread(as_if_now, file, last_ms, self._undated)

            def progress(position: int) -> None:
                self._detail = f"({position / file.size:.0%} published)" if file.size else ""

            published = await publish(self._stack.settings, file, timing=timing, progress=progress)
            no_event = file.without_events
        if published.refused:
            self._note = "; ".join(map(_rejected_text, published.refused))
        if not published.total:
            raise UserError(f"{no_event()}{f' Rejected: {self._note}' if self._note else ''}")
        return published.total

    async def _until_settled(self, watch: SystemReader) -> None:
        try:
            async with asyncio.timeout(SETTLED_MAX_SECONDS):
                await watch.until(lambda reading: bool(reading.answers) and watch.seconds_unchanged >= SETTLED_SECONDS)
        except TimeoutError:
            pass  # others publish here too: the live part starts while scores are moving

    def _view(self) -> View:
        reading = self._watch.reading if self._watch else Reading()
        settings, metrics = self._stack.settings, self._stack.metrics
        look = ("open", f"http://{settings.dashboard_host}:{settings.dashboard_port}")
        servers = [("Kafka", settings.kafka), ("Redis", shown_url(settings)), ("events", gateway_url(settings))]
        addresses = [look, *servers, *metrics.items()] if metrics else []
        return View(
            phase=self._phase,
            detail=self._detail,
            seconds=time.monotonic() - self._began,
            reading=reading,
            start=self._start,
            tiers=self._plan.primary.tier_names,
            note=self._note,
            commands=_commands(settings, reading) if self._phase == LIVE else (),
            addresses=addresses if self._phase != STOPPING else (),
        )


def _commands(settings: Settings, reading: Reading) -> list[str]:
    """Commands to paste into another terminal: for all accounts, and for the first account in an alert."""
    plain = Settings()
    named = {"VITALS_REDIS": shown_url(settings)}
    if settings.group != plain.group:
        named["VITALS_GROUP"] = settings.group
    if settings.topic_prefix != plain.topic_prefix:
        named["VITALS_TOPIC_PREFIX"] = settings.topic_prefix
    line = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in named.items()), shell_command()])
    fallen = [step.account_id for step in reading.steps if not is_good(step)]
    accounts = fallen or [answer.account_id for answer in reading.answers]
    reads_kafka = f"VITALS_KAFKA={shlex.quote(settings.kafka)} VITALS_ALERTS={shlex.quote(settings.alerts)} {line}"
    about = [
        command
        for account in map(shlex.quote, accounts[:1])
        for command in (f"{reads_kafka} alerts why {account}", f"{line} explain {account}")
    ]
    return [f"{line} scores", f"{line} alerts list", *about, *_to_send(settings)]


def gateway_url(settings: Settings) -> str:
    """Where producers send events."""
    return f"http://{settings.gateway_host}:{settings.gateway_port}"


def _to_send(settings: Settings) -> list[str]:
    """A command that sends an event, where that takes no key."""
    if settings.gateway != LOCAL:
        return []
    event = '{"topic": "analytics", "account_id": "my-first-account", "event": "report_viewed", "user_id": "ann"}'
    return [f"curl {gateway_url(settings)}/v1/events -H 'Content-Type: application/json' -d '{event}'"]


def _rejected_text(refused: RejectedLines) -> str:
    lines = f"{refused.count:,} line{'s' if refused.count != 1 else ''}"
    return f"{lines} rejected as {refused.reason} (line {refused.lines[0]}: {refused.words})"


async def _first_of(*steps: Awaitable[object], seconds: float | None = None) -> None:
    """Run `steps` concurrently until one ends or `seconds` pass, then cancel the others; raises that step's error."""
    tasks = [asyncio.ensure_future(step) for step in steps]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            # One call may not be enough: before Python 3.12, `wait_for` swallows a cancellation that meets its result.
            while not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=1.0)
