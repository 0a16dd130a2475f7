"""The guard's Faust app: two agents and three tables with changelogs, through Faust's public interface alone.

An agent on `notifications` passes each fall on to `arrivals`, whose one partition leads everything to one process. The
agent there counts in a tumbling table, and sends what `streams.guard.watch` decides. A decision is noted
only when the brokers have acknowledged its messages, so a crash sends them again, under the same ids. An error ends the
process.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from alerts.lifecycle.schema import AlertRules
from alerts.notification import Notification
from scoring.instants import MINUTE_MS, SECOND_MS
from scoring.model.model import Model
from streams.arrivals import Arrivals, Fall, decode_arrival, encode_arrival
from streams.control.messages import encode_control
from streams.deployment.access import OAUTHBEARER, KafkaSecurity
from streams.deployment.environment import restricted_environment
from streams.deployment.settings import Settings
from streams.guard.messages import ACCOUNT, alert_step, case_after, fleet_alarm, note_case
from streams.guard.rates import KEEP_MS, WINDOW_MS, Limits, Window
from streams.guard.watch import FLEET, SOURCE, TOPIC, Decision, State, Watch, with_falls
from streams.kafka.security import security_options
from streams.operations.guard_metrics import GuardMetrics
from streams.topics import ALERTS, ARRIVALS, CONTROL, NOTIFICATIONS, partition_of

with restricted_environment():  # Faust reads variables of its own when it is imported
    import faust

_LOG = logging.getLogger(__name__)
FALLING = ("event", "late", "expiry")
"""The causes of a fall that counts. A norm, another model or the end of an outage may move the whole fleet."""
BEHIND_MS = 10 * MINUTE_MS
"""What is older is only counted: the guard is catching up, and an alarm about then would hold back alerts of now."""
COUNTS, STATE = "counts", "state"


class Guard:
    """The agents, and what they share. Mutable; owned by one event loop."""

    def __init__(self, settings: Settings, rules: AlertRules, model: Model, metrics: GuardMetrics, folder: str) -> None:
        """`folder` is an empty one, for Faust's own directories."""
        limits = Limits.of(rules.guard, rules.header.zone)
        topics_of = {name: tuple(source.topics) for name, source in model.sources.items()}
        self.watch = Watch(limits, settings.partitions, topics_of)
        self._settings, self._model, self._metrics = settings, model, metrics
        self.app = app = _new_app(settings, folder)

        def topic(name: str, partitions: int) -> Any:
            return app.topic(settings.topic(name), value_type=bytes, value_serializer="raw", partitions=partitions)

        self._arrivals = topic(ARRIVALS, 1)
        self._control = topic(CONTROL, settings.partitions)
        self._alerts = topic(ALERTS, settings.partitions)
        self._windows = app.Table("windows", default=dict, partitions=1).tumbling(
            WINDOW_MS / 1_000, expires=KEEP_MS / 1_000
        )
        within = max(limits.within_ms, WINDOW_MS) / 1_000
        self._fallen = app.Table("fallen", default=int, partitions=1).tumbling(within, expires=3 * within)
        self._state = app.Table("state", value_type=bytes, partitions=1)
        app.on_partitions_revoked.connect(self.on_revoked)
        app.agent(self._arrivals, name="arrivals")(self.on_arrivals)
        app.agent(topic(NOTIFICATIONS, settings.partitions), name="notifications")(self.on_notifications)

    async def on_arrivals(self, stream: Any) -> None:
        """The agent on `arrivals`: counts, and decides."""
        async for event in stream.events():
            message, at_ms = decode_arrival(event.value), int(event.message.timestamp * 1_000)
            if isinstance(message, Arrivals):
                await self._safely(self._take_arrivals(message, at_ms))
            elif isinstance(message, Fall):
                await self._safely(self._take_fall(message, at_ms))
            self._metrics.progressed()

    async def on_notifications(self, stream: Any) -> None:
        """The agent on `notifications`: passes falls on."""
        async for event in stream.events():
            await self._safely(self._pass_on(event.value))

    async def on_revoked(self, _sender: Any, _revoked: Any, **_: Any) -> None:
        """Another process may decide from now on: this one says nothing of feeds until it has them again."""
        self._metrics.reported(0.0)
        self._metrics.feeds({})

    async def _safely(self, step: Awaitable[None]) -> None:
        """Await a step. Its error ends the app: Faust would go on with the next message, as if this one were done."""
        try:
            await step
        except Exception as error:
            await self.app.crash(error)
            raise

    async def _pass_on(self, value: bytes) -> None:
        if self._settings.clock == "event":  # a history is streamed: many fall in a second, and nobody is paged
            return
        try:
            each = msgspec.json.decode(value, type=Notification)
        except (msgspec.DecodeError, UnicodeDecodeError):  # the notifier counts them
            return
        if each.worse and each.cause.kind in FALLING:
            fall = encode_arrival(Fall(account_id=each.account_id, at_ms=each.as_of_ms))
            await (await self._arrivals.send(key=b"fall", value=fall, timestamp=each.as_of_ms / 1_000))

    async def _take_arrivals(self, message: Arrivals, at_ms: int) -> None:
        self._load()
        counted = self.watch.take(message, self._windows[COUNTS].current())
        if counted is None:
            return
        self._windows[COUNTS] = counted
        if self._is_current(at_ms):
            await self._carry_out(self.watch.decide(self._reader(at_ms)))
            self.watch.judged()
        self._save()
        self._report()

    async def _take_fall(self, fall: Fall, at_ms: int) -> None:
        """An account counts once in a window, however often it falls, and however often we hear of it."""
        if self._fallen[fall.account_id].current():
            return
        self._load()
        self._fallen[fall.account_id] = 1
        self._windows[COUNTS] = with_falls(self._windows[COUNTS].current(), 1)
        self._metrics.fall()
        fleet = self.watch.state.feeds.get(FLEET)
        if self._is_current(at_ms) and not (fleet is not None and fleet.alarm):
            now_ms = max(self.watch.now_ms, fall.at_ms)
            await self._carry_out(self.watch.decide_on_fleet(self._reader(at_ms), now_ms))
            self._save()

    async def _carry_out(self, decisions: list[Decision]) -> None:
        """Send what follows from each decision, to every partition and to operations, and note it once acknowledged."""
        for decision in decisions:
            state = self.watch.state
            case = case_after(state, decision)
            step = msgspec.json.encode(alert_step(state, decision, case, self._model))
            alarm = encode_control(fleet_alarm(decision))
            sent = [
                await self._control.send(value=alarm, partition=number) for number in range(self._settings.partitions)
            ]
            home = partition_of(ACCOUNT.encode(), self._settings.partitions)
            sent.append(await self._alerts.send(key=ACCOUNT.encode(), value=step, partition=home))
            for each in sent:
                await each
            self.watch.apply(decision)
            note_case(state, case)
            self._metrics.alarm(decision.kind, decision.change)
            _LOG.warning("%s: %s, alarm %s of %s", decision.kind, decision.change, decision.alarm, decision.name)

    # --- tables

    def _load(self) -> None:
        saved = self._state.get(STATE)
        self.watch.state = msgspec.json.decode(saved, type=State) if saved else State()

    def _save(self) -> None:
        self._state[STATE] = msgspec.json.encode(self.watch.state)

    def _reader(self, at_ms: int) -> Callable[[int], Window]:
        """Reads the window that begins at an instant, while a message of `at_ms` is processed."""
        counts = self._windows[COUNTS]

        def read(begin_ms: int) -> Window:
            window: Window = counts.delta((at_ms - begin_ms) / 1_000 - 1)  # a second within the window
            return window

        return read

    def _is_current(self, at_ms: int) -> bool:
        return at_ms >= time.time_ns() // 1_000_000 - BEHIND_MS

    def _report(self) -> None:
        watch, now_ms = self.watch, self.watch.now_ms
        self._metrics.reported(now_ms / 1_000)
        self._metrics.feeds(
            {
                name.removeprefix(TOPIC).replace(SOURCE, "source "): max(0, now_ms - feed.heard_ms) / SECOND_MS
                for name, feed in watch.state.feeds.items()
                if name != FLEET
            }
        )


def _new_app(settings: Settings, folder: str) -> Any:
    """A Faust app that reads no variables, creates no topics and serves no pages."""
    session_seconds = settings.session_timeout_ms / 1_000
    with restricted_environment():
        return faust.App(
            settings.guard_group,
            env={},
            broker=[f"kafka://{address.strip()}" for address in settings.kafka.split(",")],
            broker_credentials=_credentials(settings.kafka_security),
            broker_client_id=f"{settings.deployment}-guard",
            store="memory://",  # the changelogs are the only durable copy
            datadir=folder,
            processing_guarantee="at_least_once",
            topic_partitions=1,
            topic_replication_factor=settings.replication,
            topic_allow_declare=False,  # `ensure_topics` creates them
            topic_disable_leader=True,
            table_standby_replicas=0,
            web_enabled=False,
            consumer_auto_offset_reset="earliest",  # a first start reads what `arrivals` still has, and knows the usual
            broker_session_timeout=session_seconds,
            broker_heartbeat_interval=session_seconds / 10,
            broker_request_timeout=session_seconds + 10,
            stream_wait_empty=False,
            loghandlers=[],
        )


def _credentials(security: KafkaSecurity) -> Any:
    """How Faust's clients authenticate: as all of ours do."""
    options = security_options(security)
    context = options.get("ssl_context")
    if security.uses_sasl and security.sasl_mechanism == OAUTHBEARER:
        return faust.auth.OAuthCredentials(oauth_cb=options["sasl_oauth_token_provider"], ssl_context=context)
    if security.uses_sasl:
        return faust.SASLCredentials(
            username=security.sasl_username,
            password=security.sasl_password.reveal(),
            ssl_context=context,
            mechanism=security.sasl_mechanism,
        )
    return faust.SSLCredentials(context) if security.uses_tls else None
