"""Whether the clocks of the machines agree. Pure.

An event that is more than five minutes ahead of the worker's clock is refused, and silence is noticed by that clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from scoring.event.event import FUTURE_TOLERANCE_MS
from streams.doctor.finding import Finding, fault, ok, warning

SKEW_MAX_MS = 2_000
"""More than NTP ever leaves; far less than the five minutes from which events are refused."""


def skew_words(skew_ms: int) -> str:
    """How far another clock is ahead of ours, or behind.

    >>> skew_words(-90_000)
    'is 90.0 s behind our clock'
    """
    return f"is {abs(skew_ms) / 1_000:.1f} s {'ahead of' if skew_ms > 0 else 'behind'} our clock"


def judge_newest(newest_ms: Mapping[str, int], now_ms: int) -> list[Finding]:
    """Judge by the newest message of each topic, `newest_ms` by topic: one that lies in the future shows two clocks
    that differ. Times are milliseconds since 1970.

    A clock that is behind cannot be seen so: its messages only look old.
    """
    if not newest_ms:
        return []
    topic, latest_ms = max(newest_ms.items(), key=lambda each: each[1])
    ahead_ms = latest_ms - now_ms
    mend = "let the brokers, the producers and this machine keep their clocks by NTP"
    if ahead_ms > FUTURE_TOLERANCE_MS:
        words = f"its newest message {skew_words(ahead_ms)}: events so far ahead are refused"
        return [fault("kafka.clock", topic, words, mend)]
    if ahead_ms > SKEW_MAX_MS:
        return [warning("kafka.clock", topic, f"its newest message {skew_words(ahead_ms)}", mend)]
    return [ok("kafka.clock", "", f"no message of {len(newest_ms)} topics is ahead of our clock")]
