"""Whether the clocks of the machines agree. Pure.

The worker rejects events that are more than five minutes ahead of its clock, and it notices silence by that clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from scoring.event.event import FUTURE_TOLERANCE_MS
from streams.doctor.finding import Finding, fault, ok, warning

SKEW_MAX_MS = 2_000
"""More than NTP ever leaves; far less than the five minutes beyond which events are rejected."""


def skew_text(skew_ms: int) -> str:
    """How far another clock is ahead of ours or behind it.

    >>> skew_text(-90_000)
    'is 90.0 s behind our clock'
    """
    return f"is {abs(skew_ms) / 1_000:.1f} s {'ahead of' if skew_ms > 0 else 'behind'} our clock"


def judge_newest(newest_ms: Mapping[str, int], now_ms: int) -> list[Finding]:
    """Judge by the newest message of each topic, `newest_ms` by topic: one in the future shows that two clocks differ.
    Times are milliseconds since 1970.

    A clock that is behind cannot be detected this way: its messages only look old.
    """
    if not newest_ms:
        return []
    topic, latest_ms = max(newest_ms.items(), key=lambda each: each[1])
    ahead_ms = latest_ms - now_ms
    advice = "synchronise the clocks of brokers, producers and this machine with NTP"
    if ahead_ms > FUTURE_TOLERANCE_MS:
        words = f"its newest message {skew_text(ahead_ms)}: events this far ahead are rejected"
        return [fault("kafka.clock", topic, words, advice)]
    if ahead_ms > SKEW_MAX_MS:
        return [warning("kafka.clock", topic, f"its newest message {skew_text(ahead_ms)}", advice)]
    return [ok("kafka.clock", "", f"no message of {len(newest_ms)} topics is ahead of our clock")]
