"""The types of changelog records; the codec reads the annotations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from scoring.result import Baseline, LastTransition
from streams.dead_letter import DeadLetter

Stored = tuple[bytes, bytes]
"""A record: (key, value)."""


class Retention(msgspec.Struct, array_like=True, frozen=True):
    """State is complete since `since_ms` (0: always), as far back as `reach_ms`; a reach of 0 means for ever (latest
    values)."""

    since_ms: int
    reach_ms: int


class Pending(msgspec.Struct, array_like=True, frozen=True):
    """A message of `control` that was deferred while a norm was awaited."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """None: nothing forwards these messages."""
        return ()

    @property
    def timestamp_type(self) -> int:
        """Of the producer: the instant is what counts."""
        return 0


class Walk(msgspec.Struct, array_like=True, frozen=True):
    """A visit to every account of a partition as of `as_of_ms`; `streams.engine.partition.timekeeper` names the
    reasons. `alarms` are the ids of the fleet alarms that begin or end with it, `offset` that of the message on
    `control`, -1 for an end without one."""

    kind: str
    as_of_ms: int
    offset: int = -1
    alarms: tuple[str, ...] = ()


class ActiveAlarm(msgspec.Struct, array_like=True, frozen=True):
    """A fleet alarm that is on: since when, since when its feeds are silent, and the model's sources and the input
    topics that have stopped."""

    id: str
    begun_ms: int
    since_ms: int
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


class AlarmProgress(msgspec.Struct, array_like=True, frozen=True):
    """The fleet alarms that an account was visited for: the offset of the last message that began or ended one, and the
    ids of those that are on."""

    offset: int
    on: tuple[str, ...] = ()


class Key(NamedTuple):
    """The parts of a record's key. `kind` is "h", "t", "l", "o", "i", "p" or "f". `number` is a tile's day, a block of
    daily totals, the identity of items, or the number of a chunk of ids."""

    kind: bytes
    account_id: str
    number: int


class Rank(NamedTuple):
    """The rank of a record: of two records of one key the greater (epoch, version) wins."""

    epoch: int
    version: int


class HeadPrefix(NamedTuple):
    """The part of a head that can be read without decoding the rest: the next timer in milliseconds since 1970, the
    number of the flush that wrote it, the tier's number under that writer's model (-1 without one), the MRR, and
    whether an alert case is open."""

    due_at_ms: int
    flush: int
    tier: int
    mrr: float
    has_cases: bool


class ShadowBaseline(msgspec.Struct, array_like=True, frozen=True):
    """An account's tier under a shadow model, "" before the first, and how often it has changed."""

    tier: str
    transitions: int


class OpaquePart(msgspec.Struct, array_like=True, frozen=True):
    """The part of a head that only this program reads. Shadows are by "name@version"."""

    sequence: int
    outbox: list[bytes]
    baseline: Baseline | None
    matters: dict[str, bytes]
    """By kind, the snapshot of each matter that is open; see `streams.engine.matters`."""
    shadows: dict[str, ShadowBaseline]
    last_transition: LastTransition | None
    created_after_control_offset: int
    """The last control message before the account was created: earlier messages about it were refused."""
    settled_ms: int
    """Under the wall clock, the instant from which its transitions are notified; 0 means always."""
    alerts: list[bytes]
    """The alert steps of the latest flush: sent again after a crash, like `outbox`. See `streams.changelog.outbox`."""
    refused: dict[int, str]
    """The latest control messages about the account that were refused, by offset, with the reason."""
    alarm_progress: AlarmProgress | None


ID_KEY_BYTES = 16
"""The length of the key of a partition's event ids."""


class PartitionRecord(msgspec.Struct, array_like=True, frozen=True):
    """The state of a partition besides its accounts.

    `acknowledged_flushes` is, by epoch of the writer, its last flush whose scores and notifications were all
    acknowledged. `outbox` holds the control messages (partition, bytes) of the latest flush, and `refused` the dead
    letters of that topic: they are sent again after a crash. `pending` are the messages that were deferred while a norm
    was awaited. `model` is the plan's identity, `norm_meanings` the definition of each signal of the norm, and `kept`
    the retention of each source of a signal, by its identity.
    """

    applied_offsets: list[int]
    as_of_ms: int
    flush: int
    acknowledged_flushes: dict[int, int]
    norm_as_of_ms: int
    norm: dict[str, float]
    parts: dict[int, dict[int, dict[str, float]]]
    outbox: list[tuple[int, bytes]]
    awaiting_norm_ms: int
    pending: list[Pending]
    refused: list[DeadLetter]
    model: str
    norm_meanings: dict[str, int]
    kept: dict[int, Retention]
    topic_ids: dict[str, str] = {}
    """The ids of the topics that the state was made from, by logical name, if the brokers give any."""
    walks: list[Walk] = []
    """The walks over all accounts that have not ended: each starts again from its beginning."""
    alarms: list[ActiveAlarm] = []
    """The fleet alarms that are on."""
    ended_alarms: list[str] = []
    """The ids of the latest ones that ended."""
    rules: str = ""
    """The identity of the alert rules that the accounts were judged by."""
    id_key: bytes = b""
    """The key of the fingerprints of event ids, 16 bytes; see `streams.engine.folds.id_prints`."""
    id_key_epoch: int = 0
    """The epoch of the worker that drew the key. It found no record of the partition, so accounts with a lesser epoch
    are of a worker that had committed nothing, and have another key: their events are read again."""


class ForgottenRecord(msgspec.Struct, array_like=True, frozen=True):
    """What is kept of an account that was forgotten. Its key is a fingerprint of the id, see `records.forgotten_key`.

    `control_offset` is that of the last message that forgot the account or let it come again. Events up to
    `applied_offsets`, by topic, came before it. `into` is the account that it was merged into, "" for none.
    """

    control_offset: int
    applied_offsets: list[int]
    epoch: int
    version: int
    """The greatest rank, with `epoch`, that a record of the account may have: what is greater came afterwards."""
    into: str = ""
    is_lifted: bool = False
    """Whether the account may come again."""
    sequence: int = 0
    steps: int = 0
    cases: int = 0
    """How many notifications, alert steps and cases it had. They are counted on, so that no id is given twice."""
    account_id: str = ""
    """The id, until the outputs of this record are acknowledged."""
    outbox: list[bytes] = []
    """Its last notifications, until they are acknowledged."""
    alerts: list[bytes] = []
    """Its last alert steps, until they are acknowledged. See `streams.changelog.outbox`."""


class AccountProgress(NamedTuple):
    """The part of a head that is not the account's own state; see `OpaquePart`. `applied_offsets` are by topic."""

    applied_offsets: list[int]
    sequence: int
    outbox: list[bytes]
    baseline: Baseline | None
    matters: dict[str, bytes]
    shadows: dict[str, ShadowBaseline]
    last_transition: LastTransition | None
    created_after_control_offset: int
    settled_ms: int
    alerts: list[bytes]
    refused: dict[int, str]
    alarm_progress: AlarmProgress | None = None
