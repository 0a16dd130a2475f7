"""How long a topic keeps its messages, judged against what is to be read of them. Pure: whoever asks the brokers hands
over a topic's settings as they name them.

Kafka deletes by a message's time. Where that is the time of the event (`CreateTime`), a backfill, or what waited for
the end of an outage, may be deleted before anybody has read it. Where it is the time of its arrival (`LogAppendTime`),
all of it stays for the whole retention.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from scoring.instants import DAY_MS
from streams.clock_kind import ClockKind

CREATE_TIME, LOG_APPEND_TIME = "CreateTime", "LogAppendTime"
SHORTEST_OUTAGE_MS = DAY_MS
"""A retention below it does not outlast a night in which the workers stood still."""
_FOREVER = -1
_NO_BOUND = 2**63 - 1


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a topic's settings; None is what its broker does not tell. Durations are milliseconds."""

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
        """Whether messages are deleted for their age or for the size of the log."""
        return self.policy is None or "delete" in self.policy

    @property
    def compacts(self) -> bool:
        """Whether only the last message of each key is sure to stay."""
        return self.policy is not None and "compact" in self.policy

    @property
    def keeps_by_event_time(self) -> bool:
        """Whether a message's age is that of its event. Kafka's own default is so."""
        return self.time_type != LOG_APPEND_TIME


def rules_of(told: Mapping[str, str | None]) -> Rules:
    """The rules in a topic's settings, by Kafka's names; what is not a number where one belongs is not known.

    >>> rules_of({"cleanup.policy": "delete", "retention.ms": "-1"}).retention_ms
    -1
    """

    def number(name: str) -> int | None:
        try:
            return int(told.get(name) or "")
        except ValueError:
            return None

    return Rules(
        policy=told.get("cleanup.policy"),
        time_type=told.get("message.timestamp.type"),
        retention_ms=number("retention.ms"),
        retention_bytes=number("retention.bytes"),
        before_max_ms=number("message.timestamp.before.max.ms"),
        after_max_ms=number("message.timestamp.after.max.ms"),
        message_bytes=number("max.message.bytes"),
        compaction_lag_ms=number("min.compaction.lag.ms"),
        insync=number("min.insync.replicas"),
    )


def refusal(topic: str, rules: Rules, instant_ms: int, now_ms: int) -> tuple[str, str]:
    """(code, words) why a message with the time `instant_ms` is not to be sent to a topic now; ("", "") when it may.

    The broker would refuse it, or it would be deleted before it can be read.

    >>> refusal("t", Rules(retention_ms=10), 0, 100)[0]
    'deleted_at_once'
    >>> refusal("t", Rules(retention_ms=10, time_type="LogAppendTime"), 0, 100)
    ('', '')
    """
    if not rules.keeps_by_event_time:
        return "", ""
    age_ms = now_ms - instant_ms
    stamp = "set its message.timestamp.type to LogAppendTime"
    if rules.before_max_ms is not None and age_ms > rules.before_max_ms:
        words = f"the topic {topic} takes no event older than {days(rules.before_max_ms)}"
        return "refused_by_age", f"{words} (message.timestamp.before.max.ms): raise that, or {stamp}"
    if rules.after_max_ms is not None and -age_ms > rules.after_max_ms:
        words = f"the topic {topic} takes no event more than {days(rules.after_max_ms)} ahead"
        return "refused_by_age", f"{words} (message.timestamp.after.max.ms): raise that, or {stamp}"
    if rules.deletes and rules.retention_ms is not None and 0 <= rules.retention_ms < age_ms:
        words = f"the topic {topic} deletes events older than {days(rules.retention_ms)}, before they are read"
        return "deleted_at_once", f"{words}: {stamp}, or its retention.ms to -1"
    return "", ""


class Unfit(msgspec.Struct, frozen=True):
    """One setting under which messages may be lost: what comes of it, and the settings that mend it."""

    words: str
    mend: Mapping[str, str]


def unfit_for_input(rules: Rules, clock: ClockKind, window_ms: int = 0, dedupe_ms: int = 0) -> Iterator[Unfit]:
    """What is wrong with how an input, or `control`, keeps its messages, worst first.

    `window_ms` is how far back the model looks and `dedupe_ms` how long it remembers ids: state is built anew, and
    verified, from what the inputs hold, so they should hold as much. 0 asks for neither.
    """
    if rules.compacts:
        yield Unfit("is compacted, so of the events of an account only the last is kept", {"cleanup.policy": "delete"})
    needed_ms = max(SHORTEST_OUTAGE_MS, window_ms + dedupe_ms)
    oldest_ms = _NO_BOUND if clock == "event" else needed_ms
    if rules.keeps_by_event_time and rules.before_max_ms is not None and rules.before_max_ms < oldest_ms:
        words = f"refuses events that happened {days(rules.before_max_ms)} ago, late ones and a backfill among them"
        yield Unfit(words, {"message.timestamp.before.max.ms": str(_NO_BOUND)})
    if not rules.deletes:
        return
    age_ms = rules.retention_ms
    ends = age_ms is not None and age_ms != _FOREVER
    if clock == "event":
        if rules.time_type == LOG_APPEND_TIME:
            words = "is ordered by arrival, so a history is not seen in the order in which it happened"
            yield Unfit(words, {"message.timestamp.type": CREATE_TIME, "retention.ms": "-1"})
        elif ends:
            words = f"deletes events older than {days(age_ms or 0)}, a history perhaps before it is read"
            yield Unfit(words, {"retention.ms": "-1"})
    elif ends and rules.time_type == CREATE_TIME:
        words = f"deletes events that happened {days(age_ms or 0)} ago, also those that came in just now"
        yield Unfit(words, {"message.timestamp.type": LOG_APPEND_TIME})
    if ends and clock == "wall" and 0 <= (age_ms or 0) < needed_ms:
        words = f"keeps {days(age_ms or 0)}; an outage, or a rebuild of the state, needs {days(needed_ms)}"
        yield Unfit(words, {"retention.ms": str(needed_ms)})
    if rules.retention_bytes is not None and rules.retention_bytes >= 0:
        words = f"is cut at {rules.retention_bytes} bytes a partition, whether or not the events were read"
        yield Unfit(words, {"retention.bytes": "-1"})


def days(duration_ms: int) -> str:
    """A duration as people say it, to the unit that fits.

    >>> days(35 * 86_400_000), days(90_000), days(0)
    ('35 d', '90 s', '0 s')
    """
    for unit, name in ((DAY_MS, "d"), (3_600_000, "h"), (1_000, "s")):
        if duration_ms >= unit and duration_ms % unit == 0:
            return f"{duration_ms // unit:,} {name}"
    return "for ever" if duration_ms in (_FOREVER, _NO_BOUND) else f"{duration_ms / 1_000:g} s"
