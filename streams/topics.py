"""Logical topics, their order in records, and the partition of an account.

Pure: `streams.kafka.topic_admin` creates the topics.
"""

from __future__ import annotations

from scoring.event.topics import INPUT_TOPICS

CONTROL = "control"
SCORES = "scores"
MODELS = "models"
NOTIFICATIONS = "notifications"
ALERTS = "alerts"
DELIVERIES = "deliveries"
ARRIVALS = "arrivals"
DEAD_LETTERS = "dead-letters"
CHANGELOG = "accounts-changelog"
PREDICTIONS = "predictions"
ALIASES = "aliases"
UNATTRIBUTED = "unattributed"
HISTORY = "history"
WORKSPACE = "workspace"
AUDIT = "audit"
GUARD_TABLES = ("guard-windows-changelog", "guard-fallen-changelog", "guard-state-changelog")
"""The changelogs of the guard's tables. Faust makes the names, of the app's id and the table's name."""

TOPICS = (*INPUT_TOPICS, CONTROL)
"""The order of offsets in a record. It is part of the changelog's format."""
CONTROL_INDEX = TOPICS.index(CONTROL)

_WORD = 0xFFFFFFFF
_FACTOR = 0x5BD1E995
_SEED = 0x9747B28C


def partition_of(account_id: bytes, partitions: int) -> int:
    """The partition, 0 to `partitions` - 1, of an account's messages, as the Java client computes it.

    Takes a few microseconds: on a hot path, keep the result.

    >>> partition_of(b"acme", 4)
    0
    """
    return (_murmur2(account_id) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bits, with Kafka's seed (org.apache.kafka.common.utils.Utils.murmur2)."""
    whole = len(data) & ~3
    digest = _SEED ^ len(data)
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _FACTOR & _WORD
        word = (word ^ word >> 24) * _FACTOR & _WORD
        digest = digest * _FACTOR & _WORD ^ word
    if rest := data[whole:]:
        digest = (digest ^ int.from_bytes(rest, "little")) * _FACTOR & _WORD
    digest = (digest ^ digest >> 13) * _FACTOR & _WORD
    return digest ^ digest >> 15
