"""Whether the brokers support the request versions that we need. Pure: the caller asks the brokers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from streams.deployment.settings import Settings
from streams.doctor.finding import Finding, fault, ok, unknown, warning

_CHECK = "kafka.version"
_FETCH, _METADATA, _JOIN_GROUP, _INIT_PRODUCER_ID = 1, 3, 11, 22
OLDEST_FETCH = 4
"""Fetch version 4 is the first that can leave out aborted transactions. Kafka has it since 0.11."""
TOPIC_IDS = 11
"""Metadata version 11 is the one that we use to read topic ids. Kafka has it since 2.8."""
STATIC_MEMBERS = 5
"""JoinGroup version 5 is the first with static members. Kafka has it since 2.3."""


def judge_versions(settings: Settings, versions: Mapping[int, int]) -> Iterator[Finding]:
    """`versions` has the newest version of each request that the broker supports, by API key."""
    where = settings.kafka
    if not versions:
        yield unknown(_CHECK, where, "the broker does not report its versions")
        return
    if versions.get(_FETCH, 0) < OLDEST_FETCH:
        yield fault(_CHECK, where, "cannot leave out aborted transactions", "use Kafka 2.8 or newer")
        return
    if settings.idempotent and _INIT_PRODUCER_ID not in versions:
        advice = (
            "set VITALS_IDEMPOTENT to 0: a retried batch may then be written twice, which state and scores tolerate"
        )
        yield fault(_CHECK, where, "has no idempotent producer", advice)
    if settings.group_instance_id and versions.get(_JOIN_GROUP, 0) < STATIC_MEMBERS:
        yield fault(_CHECK, where, "has no static members", "unset VITALS_GROUP_INSTANCE_ID, or use Kafka 2.3 or newer")
    if versions.get(_METADATA, 0) < TOPIC_IDS:
        words = "does not report topic ids, so a re-created topic is noticed only while it is shorter than before"
        yield warning(_CHECK, where, words, "use Kafka 2.8 or newer")
    else:
        yield ok(_CHECK, where, "is Kafka 2.8 or newer, or equivalent")
