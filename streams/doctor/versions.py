"""Whether the brokers speak what we need. Pure: `judge_versions` is given what they say that they speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from streams.deployment.settings import Settings
from streams.doctor.finding import Finding, fault, ok, unknown, warning

_CHECK = "kafka.version"
_FETCH, _METADATA, _JOIN_GROUP, _INIT_PRODUCER_ID = 1, 3, 11, 22
OLDEST_FETCH = 4
"""Of the fetch request: the first that can leave out what a transaction took back. Kafka has it since 0.11."""
TOPIC_IDS = 11
"""Of the metadata request: the first that we use which tells topic ids. Kafka has it since 2.8."""
STATIC_MEMBERS = 5
"""Of the join request: the first with static members. Kafka has it since 2.3."""


def judge_versions(settings: Settings, spoken: Mapping[int, int]) -> Iterator[Finding]:
    """`spoken` has the newest version of each request that the broker takes, by Kafka's number of the request."""
    where = settings.kafka
    if not spoken:
        yield unknown(_CHECK, where, "the broker does not tell what it speaks")
        return
    if spoken.get(_FETCH, 0) < OLDEST_FETCH:
        yield fault(_CHECK, where, "cannot leave out what a transaction took back", "use Kafka 2.8 or newer")
        return
    if settings.idempotent and _INIT_PRODUCER_ID not in spoken:
        mend = "set VITALS_IDEMPOTENT to 0: a batch that is sent again may then be doubled, which state and scores bear"
        yield fault(_CHECK, where, "has no idempotent producer", mend)
    if settings.group_instance_id and spoken.get(_JOIN_GROUP, 0) < STATIC_MEMBERS:
        yield fault(_CHECK, where, "has no static members", "unset VITALS_GROUP_INSTANCE_ID, or use Kafka 2.3 or newer")
    if spoken.get(_METADATA, 0) < TOPIC_IDS:
        words = "does not tell topic ids, so a topic that is re-created is noticed only while it is shorter than before"
        yield warning(_CHECK, where, words, "use Kafka 2.8 or newer")
    else:
        yield ok(_CHECK, where, "is Kafka 2.8 or newer, or as good")
