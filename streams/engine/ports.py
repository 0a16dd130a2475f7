"""The ports of a session, as protocols: time, tasks, the group, logs, metrics, the end of the process.

`streams.worker` implements them with Faust, aiokafka and asyncio, the simulation with a modelled network. A method
raises only the errors that it names. The caller ends the process on an error that it does not handle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NoReturn, Protocol

import msgspec

from streams.clock_kind import ClockKind
from streams.engine.flush import Flush
from streams.engine.partition.partition import Partition

Place = tuple[str, int]
"""(a topic's logical name, partition)."""


class EngineOptions(Protocol):
    """The deployment's settings of scoring and of the group; `streams.deployment.settings.Settings` implements it."""

    @property
    def partitions(self) -> int: ...
    @property
    def clock(self) -> ClockKind: ...
    @property
    def settle_ms(self) -> int: ...
    @property
    def merge_wait_ms(self) -> int: ...
    @property
    def catch_up_flush_ms(self) -> int: ...
    @property
    def session_timeout_ms(self) -> int: ...
    @property
    def group_instance_id(self) -> str: ...
    @property
    def deployment(self) -> str: ...
    def topic(self, name: str) -> str:
        """The Kafka name of a topic, by its logical name."""
        ...


class Clock(Protocol):
    """Time. Neither method blocks."""

    def now_ms(self) -> int:
        """Wall time, milliseconds since 1970 UTC. May step back."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary zero. They never go back, and also count while the process is stopped."""
        ...


class Signal(Protocol):
    """A flag that a task waits for; `asyncio.Event` is one."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def is_set(self) -> bool: ...
    async def wait(self) -> object: ...


class Tasks(Protocol):
    """The parts of an event loop that a session needs."""

    async def pause(self, seconds: float) -> None:
        """Let other tasks run for at least `seconds`; with 0, for one iteration of the loop."""
        ...

    def new_signal(self) -> Signal: ...

    def new_lock(self) -> AbstractAsyncContextManager[object]:
        """A fair lock: one task holds it at a time, in the order of their requests."""
        ...


class Group(Protocol):
    """The membership in the consumer group. It can change at any time, since another thread maintains it."""

    @property
    def generation(self) -> int:
        """The last generation that this process has joined; never one that is still being negotiated."""
        ...

    def is_assigned(self, place: Place) -> bool:
        """Whether the group has assigned this partition to this process, as far as the client knows."""
        ...

    async def commit(self, offsets: Mapping[Place, int], generation: int) -> bool:
        """Commit next offsets to read, as a member of `generation`. False when the group has moved on.

        Brokers accept a commit of any partition from any member of the current generation. So this method must refuse
        it when the membership is of another generation by now.

        Raises:
            Exception: when the brokers do not answer; it is then unknown whether the offsets are committed. Also when
                a partition is not assigned: the caller leaves those out.
        """
        ...


class Restored(msgspec.Struct, frozen=True):
    """Partitions restored from their changelogs, and the number of records read."""

    partitions: list[Partition]
    records: int


class Changelog(Protocol):
    """Reads the changelog. Both methods may be cancelled at any point."""

    async def restore(self, numbers: Sequence[int], generation: int) -> Restored:
        """Read the changelogs of these partitions to their ends. Blocks in proportion to their length.

        Raises:
            Exception: when the brokers stop answering, or a record cannot be read.
        """
        ...

    async def find_overtaken(self, partitions: Sequence[Partition]) -> Mapping[int, Collection[bytes]] | None:
        """By partition, the keys whose last record since the restore is from an earlier writer. None when the brokers
        do not answer now: call again later."""
        ...


class FlushWriter(Protocol):
    """Writes flushes. Each method returns when all is acknowledged, or raises; it is then unknown what is written."""

    async def write_changelog(self, flushes: Sequence[Flush]) -> None: ...

    async def write_outputs(self, flushes: Sequence[Flush]) -> None: ...


class Cluster(Protocol):
    """Metadata from the brokers. Each method may block for some round trips."""

    async def check_members(self) -> None:
        """End the process if another member scores differently and this one has to give way."""
        ...

    async def topic_ids(self) -> Mapping[str, str]:
        """The ids of the topics that the state is made from, by logical name; unknown ids are left out."""
        ...

    async def log_ends(self, places: Collection[Place]) -> Mapping[Place, int]:
        """The next offsets to be written; those that are unavailable now are left out."""
        ...


class Gaps(Protocol):
    """Counts messages that are missing in the input logs; see `streams.kafka.gap_report.GapReport`."""

    def passed(self, place: Place, expected: int, found: int) -> None:
        """Reading continued at offset `found`, where `expected` was next."""
        ...

    def seek(self) -> None:
        """Reading begins again at other offsets."""
        ...


class Exit(Protocol):
    """Ends the process at once, without a commit, a flush or leaving the group. No method returns."""

    def crash(self, why: str, error: BaseException | None = None) -> NoReturn:
        """End after a failure: a restart replays the unwritten work."""
        ...

    def abort(self, text: str) -> NoReturn:
        """End in a state that a restart does not fix; `text` says what to do."""
        ...

    def abort_recreated(self, topic: str, *, is_state: bool) -> NoReturn:
        """End because a topic, by its logical name, was re-created since the state was made from it. `is_state`: the
        changelog is lost."""
        ...


class EngineMetrics(Protocol):
    """The metrics of engine and session; see `streams.operations.metrics.WorkerMetrics`. No method blocks or raises."""

    def ready(self) -> None: ...
    def progressed(self) -> None: ...
    def apply_seconds(self, seconds: float) -> None: ...
    def end_to_end_seconds(self, seconds: float) -> None: ...
    def flush_seconds(self, seconds: float) -> None: ...
    def recovery_seconds(self, seconds: float) -> None: ...
    def recovered_records(self, count: int) -> None: ...
    def state_bytes(self, size: int) -> None: ...
    def events(self, topic: str, outcome: str, count: int) -> None: ...
    def dead_letter(self, reason: str, count: int) -> None: ...
    def transition(self, from_tier: str, to_tier: str, cause: str, count: int) -> None: ...
    def shadow_transition(self, model: str, from_tier: str, to_tier: str, count: int) -> None: ...
    def accounts(self, count_by_tier: Mapping[str, int], count_by_standing: Mapping[str, int]) -> None: ...
    def mrr_cents(self, by_tier: Mapping[str, int], by_standing: Mapping[str, int], total: int) -> None: ...
    def open_cases(self, count_by_rule_and_status: Mapping[tuple[str, str], int]) -> None: ...
    def alert_decision(self, rule: str, outcome: str, reason: str, count: int) -> None: ...
    def fleet_alarms(self, sources: Collection[str]) -> None: ...
    def type_mismatches(self, signal: str, count: int) -> None: ...
    def unusable_ids(self, field: str, count: int) -> None: ...
    def past_bounds(self, of: str, count: int) -> None: ...
    def fold(self, name: str) -> None: ...


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """All ports of one process."""

    clock: Clock
    tasks: Tasks
    group: Group
    changelog: Changelog
    writer: FlushWriter
    cluster: Cluster
    gaps: Gaps
    exit: Exit
    metrics: EngineMetrics


IsCurrent = Callable[[], bool]
"""Whether a flush may continue: the partitions and positions are still those that it began with. Ends the process if
another may have replaced it."""
