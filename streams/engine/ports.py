"""What a session needs from outside, as protocols: time, tasks, the group, logs, metrics, the end of the process.

`streams.worker` implements them with Faust, aiokafka and asyncio; the simulation with a modelled network.
A port raises what its method names and nothing else; the caller ends the process on anything that it does not handle.
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
    """What a deployment decides about scoring and about the group; `streams.deployment.settings.Settings` has it."""

    @property
    def partitions(self) -> int: ...
    @property
    def clock(self) -> ClockKind: ...
    @property
    def settle_ms(self) -> int: ...
    @property
    def merge_wait_ms(self) -> int: ...
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
        """Seconds that never go back, from an arbitrary zero. They pass also while the process is stopped."""
        ...


class Signal(Protocol):
    """A flag that a task waits for; `asyncio.Event` is one."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def is_set(self) -> bool: ...
    async def wait(self) -> object: ...


class Tasks(Protocol):
    """The event loop, as far as a session needs one."""

    async def pause(self, seconds: float) -> None:
        """Give the loop to others, for at least so many seconds; with 0 for one turn."""
        ...

    def new_signal(self) -> Signal: ...

    def new_lock(self) -> AbstractAsyncContextManager[object]:
        """Held by one task at a time, in the order of asking."""
        ...


class Group(Protocol):
    """The membership in the consumer group. It changes at any time: another thread keeps it."""

    @property
    def generation(self) -> int:
        """The generation that the process has last heard of; never one that was not yet agreed on."""
        ...

    def is_assigned(self, place: Place) -> bool:
        """Whether the group gave this partition to this process, as far as the client knows now."""
        ...

    async def commit(self, offsets: Mapping[Place, int], generation: int) -> bool:
        """Commit next offsets to read, as a member of `generation`. False when the group has moved on.

        Brokers take a commit of any partition from any member of the current generation; so it must be refused here
        when the membership is of another generation by now.

        Raises:
            Exception: when the brokers do not answer; then it is not known what is committed. Also when a partition is
                not assigned: the caller leaves those out.
        """
        ...


class Restored(msgspec.Struct, frozen=True):
    """Partitions as their changelogs had them, and how many records were read."""

    partitions: list[Partition]
    records: int


class Changelog(Protocol):
    """Reads the changelog. Both methods may be cancelled at any point."""

    async def restore(self, numbers: Sequence[int], generation: int) -> Restored:
        """Read the changelogs of these partitions to their ends. Blocks for as long as they are long.

        Raises:
            Exception: when the brokers stop answering, or a record cannot be read.
        """
        ...

    async def find_overtaken(self, partitions: Sequence[Partition]) -> Mapping[int, Collection[bytes]] | None:
        """By partition, the keys whose last record since the restore is of an earlier writer. None when the brokers do
        not answer now: ask again later."""
        ...


class FlushWriter(Protocol):
    """Writes flushes. Each method returns when all is acknowledged, or raises; then it is not known what is there."""

    async def write_changelog(self, flushes: Sequence[Flush]) -> None: ...

    async def write_outputs(self, flushes: Sequence[Flush]) -> None: ...


class Cluster(Protocol):
    """What the brokers say, beside messages. Each method may block for some round trips."""

    async def check_members(self) -> None:
        """End the process when another member scores otherwise and this one has to give way."""
        ...

    async def topic_ids(self) -> Mapping[str, str]:
        """The ids of the topics that the state is made from, by logical name; those that are not known are missing."""
        ...

    async def log_ends(self, places: Collection[Place]) -> Mapping[Place, int]:
        """The next offsets to be written; those that cannot be had now are missing."""
        ...


class Gaps(Protocol):
    """Counts what is missing in the logs that are read; see `streams.kafka.gap_report.GapReport`."""

    def passed(self, place: Place, expected: int, found: int) -> None:
        """Reading went on at `found`, where `expected` was to come."""
        ...

    def seek(self) -> None:
        """Reading begins again elsewhere."""
        ...


class Exit(Protocol):
    """The end of the process: at once, without a commit, a flush or a goodbye to the group. No method returns."""

    def crash(self, why: str, error: BaseException | None = None) -> NoReturn:
        """A failure, after which a restart replays what was not written."""
        ...

    def abort(self, text: str) -> NoReturn:
        """A state that a restart does not mend; `text` says what to do."""
        ...

    def abort_recreated(self, topic: str, *, is_state: bool) -> NoReturn:
        """The topic with this logical name is not the one that the state was made from; `is_state`: it held it."""
        ...


class EngineMetrics(Protocol):
    """What engine and session report; see `streams.operations.metrics.WorkerMetrics`. No method blocks or raises."""

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
    def accounts(self, count_by_tier: Mapping[str, int], mrr_by_tier: Mapping[str, float]) -> None: ...
    def type_mismatches(self, signal: str, count: int) -> None: ...
    def unusable_ids(self, field: str, count: int) -> None: ...
    def past_bounds(self, of: str, count: int) -> None: ...


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, for one process."""

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
"""Whether a flush may go on: the partitions and positions are still those that it was begun with. Ends the process when
it may have been replaced."""
