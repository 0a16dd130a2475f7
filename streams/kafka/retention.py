"""Whether a topic keeps messages long enough for its readers. Pure: the caller passes the topic's settings under
Kafka's names.

Kafka deletes by the time of a message. If that is the time of the event (`CreateTime`), a backfill, or messages that
waited out an outage, may be deleted before anything reads them. If it is the time of arrival (`LogAppendTime`), every
message stays for the whole retention.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from scoring.instants import DAY_MS
from streams.clock_kind import ClockKind

CREATE_TIME, LOG_APPEND_TIME = "CreateTime", "LogAppendTime"
SHORTEST_OUTAGE_MS = DAY_MS
"""A shorter retention does not survive a night in which the workers are down."""
_FOREVER = -1
_NO_BOUND = 2**63 - 1


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a topic as far as they are known; None if the broker does not say. Durations are milliseconds."""

    policy: str | None = None
    time_type: str | None = None
    retention_ms: int | None = None
    retention_bytes: int | None = None
    before_max_ms: int | None = None
    after_max_ms: int | None = None
    message_bytes: int | None = None
    compaction_lag_ms: int | None = None
    insync: int | None = None

    @property
    def deletes(self) -> bool:
        """Whether Kafka deletes messages by age or by the size of the log."""
        return self.policy is None or "delete" in self.policy

    @property
    def compacts(self) -> bool:
        """Whether only the last message of each key is certain to stay."""
        return self.policy is not None and "compact" in self.policy

    @property
    def keeps_by_event_time(self) -> bool:
        """Whether the age of a message is the age of its event. This is Kafka's default."""
        return self.time_type != LOG_APPEND_TIME


def rules_of(configs: Mapping[str, str | None]) -> Rules:
    """The rules in a topic's settings, by Kafka's names. A value that should be a number and is not counts as unknown.

    >>> rules_of({"cleanup.policy": "delete", "retention.ms": "-1"}).retention_ms
    -1
    """

    def number(name: str) -> int | None:
        try:
            return int(configs.get(name) or "")
        except ValueError:
            return None

    return Rules(
        policy=configs.get("cleanup.policy"),
        time_type=configs.get("message.timestamp.type"),
        retention_ms=number("retention.ms"),
        retention_bytes=number("retention.bytes"),
        before_max_ms=number("message.timestamp.before.max.ms"),
        after_max_ms=number("message.timestamp.after.max.ms"),
        message_bytes=number("max.message.bytes"),
        compaction_lag_ms=number("min.compaction.lag.ms"),
        insync=number("min.insync.replicas"),
    )


def refusal(topic: str, rules: Rules, instant_ms: int, now_ms: int) -> tuple[str, str]:
    """(code, text): why a message with the time `instant_ms` must not be sent to a topic now; ("", "") if it may.

    The broker would reject it, or Kafka would delete it before it can be read.

    >>> refusal("t", Rules(retention_ms=10), 0, 100)[0]
    'deleted_at_once'
    >>> refusal("t", Rules(retention_ms=10, time_type="LogAppendTime"), 0, 100)
    ('', '')
    """
    if not rules.keeps_by_event_time:
        return "", ""
    age_ms = now_ms - instant_ms
    stamp = "set message.timestamp.type to LogAppendTime"
    if rules.before_max_ms is not None and age_ms > rules.before_max_ms:
        text = f"the topic {topic} rejects events older than {days(rules.before_max_ms)}"
        return "refused_by_age", f"{text} (message.timestamp.before.max.ms): raise that, or {stamp}"
    if rules.after_max_ms is not None and -age_ms > rules.after_max_ms:
        text = f"the topic {topic} rejects events more than {days(rules.after_max_ms)} ahead"
        return "refused_by_age", f"{text} (message.timestamp.after.max.ms): raise that, or {stamp}"
    if rules.deletes and rules.retention_ms is not None and 0 <= rules.retention_ms < age_ms:
        text = f"the topic {topic} deletes events older than {days(rules.retention_ms)}, before they are read"
        return "deleted_at_once", f"{text}: {stamp}, or retention.ms to -1"
    return "", ""


class UnsuitableSetting(msgspec.Struct, frozen=True):
    """A setting under which messages may be lost: what it causes, and the settings that fix it."""

    text: str
    settings: Mapping[str, str]


def unsuitable_settings(
    rules: Rules, clock: ClockKind, window_ms: int = 0, dedupe_ms: int = 0
) -> Iterator[UnsuitableSetting]:
    """What is wrong with how an input topic, or `control`, keeps its messages; worst first.

    `window_ms` is how far back the model looks and `dedupe_ms` how long it remembers event ids. The state is rebuilt
    and verified from the inputs, so they should keep the sum of both. 0 means no such need.
    """
    if rules.compacts:
        yield UnsuitableSetting(
            "is compacted, so it keeps only the last event of each account", {"cleanup.policy": "delete"}
        )
    needed_ms = max(SHORTEST_OUTAGE_MS, window_ms + dedupe_ms)
    oldest_ms = _NO_BOUND if clock == "event" else needed_ms
    if rules.keeps_by_event_time and rules.before_max_ms is not None and rules.before_max_ms < oldest_ms:
        text = f"rejects events older than {days(rules.before_max_ms)}, late ones and backfills among them"
        yield UnsuitableSetting(text, {"message.timestamp.before.max.ms": str(_NO_BOUND)})
    if not rules.deletes:
        return
    age_ms = rules.retention_ms
    ends = age_ms is not None and age_ms != _FOREVER
    if clock == "event":
        if rules.time_type == LOG_APPEND_TIME:
            text = "is ordered by arrival, so a history is not read in the order in which it happened"
            yield UnsuitableSetting(text, {"message.timestamp.type": CREATE_TIME, "retention.ms": "-1"})
        elif ends:
            text = f"deletes events older than {days(age_ms or 0)}, perhaps before a history is read"
            yield UnsuitableSetting(text, {"retention.ms": "-1"})
    elif ends and rules.time_type == CREATE_TIME:
        text = f"deletes events that happened {days(age_ms or 0)} ago, even if they arrived just now"
        yield UnsuitableSetting(text, {"message.timestamp.type": LOG_APPEND_TIME})
    if ends and clock == "wall" and 0 <= (age_ms or 0) < needed_ms:
        text = f"keeps {days(age_ms or 0)}; to survive an outage or rebuild the state takes {days(needed_ms)}"
        yield UnsuitableSetting(text, {"retention.ms": str(needed_ms)})
    if rules.retention_bytes is not None and rules.retention_bytes >= 0:
        text = f"deletes at {rules.retention_bytes} bytes a partition, even events that were not read yet"
        yield UnsuitableSetting(text, {"retention.bytes": "-1"})


def days(duration_ms: int) -> str:
    """A duration as text, in the largest unit that divides it.

    >>> days(35 * 86_400_000), days(90_000), days(0)
    ('35 d', '90 s', '0 s')
    """
    for unit, name in ((DAY_MS, "d"), (3_600_000, "h"), (1_000, "s")):
        if duration_ms >= unit and duration_ms % unit == 0:
            return f"{duration_ms // unit:,} {name}"
    return "for ever" if duration_ms in (_FOREVER, _NO_BOUND) else f"{duration_ms / 1_000:g} s"
