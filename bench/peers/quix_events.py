"""How both jobs of Quix Streams read: the four topics as one stream, so that an account has one state."""

from __future__ import annotations

from quixstreams import Application
from quixstreams.dataframe import StreamingDataFrame

from bench.peers.topics import Task

COMMIT_SECONDS = 1.0
BUFFER_MESSAGES = 100_000
"""Concatenated topics are read through a buffer; with the default of 10,000 Quix Streams costs a quarter more."""


def events_of(application: Application, task: Task) -> StreamingDataFrame:
    """The events of all topics, decoded by the deserialiser for JSON."""
    first, *others = [
        application.dataframe(application.topic(name, key_deserializer="str", value_deserializer="json"))
        for name in task.topics
    ]
    for other in others:
        first = first.concat(other)
    return first
