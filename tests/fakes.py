"""Fakes: small, honest implementations of our ports, for tests that need none of the outside world."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from alerts.gathered import Why
from alerts.sinks.port import DeliveryFailed, FailureReason, Message
from alerts.step import AlertStep
from streams.notifier.delivered_ids import Claim, DeliveredIdsUnavailable
from streams.notifier.notifier_metrics import Outcome
from streams.score_sinks.value import LastWrite
from streams.score_sinks.written import WrittenUnavailable
from tests.support.read_model.in_memory import InMemoryReadModel as InMemoryReadModel


class ManualClock:
    """Time that passes only when somebody sleeps on it, or when a test says so."""

    def __init__(self, seconds: float = 1_000.0) -> None:
        self.seconds = seconds

    def monotonic(self) -> float:
        """The clock in seconds."""
        return self.seconds

    def now_ms(self) -> int:
        """The clock in milliseconds."""
        return round(self.seconds * 1_000)

    async def sleep(self, seconds: float) -> None:
        """Pass `seconds` at once."""
        self.seconds += seconds
        await asyncio.sleep(0)


class InMemoryDeliveredIds:
    """`DeliveredIds` in a dictionary, leases by a `ManualClock`. `another` is a second claimant on the same ids."""

    def __init__(
        self,
        clock: ManualClock,
        *,
        lease_seconds: float = 90.0,
        down_until_seconds: float = 0.0,
        claims: dict[str, tuple[object, float]] | None = None,
        marks: dict[str, str] | None = None,
    ) -> None:
        """Until the clock says `down_until_seconds` every call raises `DeliveredIdsUnavailable`."""
        self.down_until_seconds = down_until_seconds
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._claims: dict[str, tuple[object, float]] = {} if claims is None else claims
        self._marks: dict[str, str] = {} if marks is None else marks

    def another(self) -> InMemoryDeliveredIds:
        """A claimant of its own on the same ids."""
        return InMemoryDeliveredIds(
            self._clock, lease_seconds=self._lease_seconds, claims=self._claims, marks=self._marks
        )

    async def claim(self, delivery_id: str, /) -> Claim:
        """See `DeliveredIds.claim`."""
        self._answer()
        holder, until = self._claims.get(delivery_id, (None, 0.0))
        if holder == "sent":
            return Claim.SENT
        if holder not in (None, self) and until > self._clock.seconds:
            return Claim.HELD
        self._claims[delivery_id] = (self, self._clock.seconds + self._lease_seconds)
        return Claim.OURS

    async def mark_sent(self, delivery_id: str, mark: str = "", /) -> None:
        """See `DeliveredIds.mark_sent`."""
        await self.mark_all((delivery_id,), mark)

    async def mark_all(self, delivery_ids: Sequence[str], mark: str, /) -> None:
        """See `DeliveredIds.mark_all`."""
        self._answer()
        for delivery_id in delivery_ids:
            self._claims[delivery_id] = ("sent", 0.0)
            self._marks[delivery_id] = mark

    async def marks(self, delivery_ids: Sequence[str], /) -> dict[str, str]:
        """See `DeliveredIds.marks`."""
        self._answer()
        return {each: self._marks[each] for each in delivery_ids if each in self._marks}

    async def release(self, delivery_id: str, /) -> None:
        """See `DeliveredIds.release`."""
        self._answer()
        if self._claims.get(delivery_id, (None, 0.0))[0] is self:
            del self._claims[delivery_id]

    def _answer(self) -> None:
        if self._clock.seconds < self.down_until_seconds:
            raise DeliveredIdsUnavailable("down")


class RecordingSink:
    """A `Sink` that keeps what it was given. `failures` are raised first, one a call, in their order. It shows every
    step; it is one that gathers unless `is_gathering` is set to False."""

    def __init__(self, *failures: Exception, name: str = "recording", is_gathering: bool = True) -> None:
        self.name = name
        self.is_gathering = is_gathering
        self.tried: list[Message] = []
        self.delivered: list[Message] = []
        self._failures: Iterable[Exception] = iter(failures)

    def shows(self, _: AlertStep, /) -> bool:
        """See `Sink.shows`."""
        return True

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver`."""
        self.tried.append(message)
        for failure in self._failures:
            raise failure
        self.delivered.append(message)

    @property
    def steps(self) -> list[AlertStep]:
        """The steps that were delivered one by one."""
        return [message for message in self.delivered if isinstance(message, AlertStep)]


class InMemorySinkMemory:
    """`SinkMemory` in a dictionary, without expiry; `clear` empties it. While `is_down`, `get` fails and `set` keeps
    nothing."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.is_down = False

    async def get(self, key: str, /) -> str | None:
        """See `SinkMemory.get`."""
        if self.is_down:
            raise DeliveryFailed("down", reason="store")
        return self.values.get(key)

    async def set(self, key: str, value: str, /, *, seconds: int) -> None:
        """See `SinkMemory.set`."""
        assert seconds > 0
        if not self.is_down:
            self.values[key] = value

    def clear(self) -> None:
        """Lose everything."""
        self.values.clear()


class InMemoryWrittenValues:
    """`WrittenValues` in a dictionary, which is down until the clock says `down_until`."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.values: dict[str, LastWrite] = {}
        self.down_until = 0.0

    async def get(self, account_ids: Sequence[str], /) -> Mapping[str, LastWrite]:
        """See `WrittenValues.get`."""
        self._answer()
        return {account: self.values[account] for account in account_ids if account in self.values}

    async def set(self, account_id: str, written: LastWrite, /) -> None:
        """See `WrittenValues.set`."""
        self._answer()
        self.values[account_id] = written

    async def remove(self, account_ids: Sequence[str], /) -> int:
        """See `WrittenValues.remove`."""
        self._answer()
        return sum(self.values.pop(account_id, None) is not None for account_id in account_ids)

    async def clear(self) -> None:
        """See `WrittenValues.clear`."""
        self._answer()
        self.values.clear()

    def _answer(self) -> None:
        if self._clock.seconds < self.down_until:
            raise WrittenUnavailable("Redis is down")


class RecordingNotifierMetrics:
    """`NotifierMetrics` that a test can read; `waits` are the reasons given."""

    def __init__(self) -> None:
        self.is_ready = False
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.waits: list[str] = []
        self.progress = 0
        self.lags: list[dict[tuple[str, int], int]] = []
        self.holds: list[tuple[str, float]] = []
        self.failures: Counter[tuple[str, str]] = Counter()
        self.whys: Counter[str] = Counter()
        self.lanes: dict[tuple[str, str], tuple[int, int]] = {}
        self.notices: dict[str, str] = {}

    def ready(self) -> None:
        """See `NotifierMetrics.ready`."""
        self.is_ready = True

    def notification(self, outcome: Outcome, count: int = 1, /) -> None:
        """See `NotifierMetrics.notification`."""
        self.outcomes[outcome] += count

    def delivery_seconds(self, seconds: float, /) -> None:
        """See `NotifierMetrics.delivery_seconds`."""
        self.seconds.append(seconds)

    def waiting(self, reason: str, /) -> None:
        """See `NotifierMetrics.waiting`."""
        self.waits.append(reason)

    def progressed(self) -> None:
        """See `NotifierMetrics.progressed`."""
        self.progress += 1

    def lost(self, topic: str, count: int, /) -> None:
        """See `NotifierMetrics.lost`."""
        self.outcomes["expired"] += count

    def notice(self, about: str, words: str, /) -> None:
        """See `NotifierMetrics.notice`."""
        self.notices[about] = words

    def lag(self, messages: Mapping[tuple[str, int], int], /) -> None:
        """See `NotifierMetrics.lag`."""
        self.lags.append(dict(messages))

    def held(self, sink: str, since_seconds: float, /) -> None:
        """See `NotifierMetrics.held`."""
        self.holds.append((sink, since_seconds))

    def failed(self, sink: str, reason: FailureReason, /) -> None:
        """See `NotifierMetrics.failed`."""
        self.failures[sink, reason] += 1

    def gathered(self, why: Why, /) -> None:
        """See `NotifierMetrics.gathered`."""
        self.whys[why] += 1

    def lane(self, route: str, sink: str, lag: int, gathering: int, /) -> None:
        """See `NotifierMetrics.lane`."""
        self.lanes[route, sink] = lag, gathering
