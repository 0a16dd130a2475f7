"""What a row does and what it promises, in the words of the tables and of bench.json: every such text is here."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Job(StrEnum):
    """What a row does with an event. Rows of one job are of equal work."""

    MODEL = "model `default`"
    NARROW = "narrow: five components"
    COUNTING = "counting"
    READING = "reading"


class Promise(StrEnum):
    """What is left of an event after a crash."""

    ONCE = (
        "duplicates by id dropped; state and progress one record: each event counted once after a crash; "
        "each notification with one id"
    )
    IN_KAFKA = (
        "exactly once inside Kafka: state, offsets and scores one transaction; what a producer sent twice counts twice"
    )
    IN_CHECKPOINTS = (
        "exactly once: state and offsets one checkpoint (here on local disk), scores one transaction with it; "
        "what a producer sent twice counts twice"
    )
    IN_SNAPSHOTS = (
        "state and offsets one snapshot on local disk, lost with the disk; what it sends at least once; "
        "what a producer sent twice counts twice"
    )
    IN_INPUTS = (
        "all input is on local disk, lost with the disk, and state is computed from it again; what it sends "
        "at least once; what a producer sent twice counts twice"
    )
    AT_LEAST_ONCE = "at least once: what is replayed after a crash may count twice"
    NONE = "nothing durable"


class Terms(msgspec.Struct, frozen=True):
    """A row's job and its promise."""

    job: Job
    promise: Promise
