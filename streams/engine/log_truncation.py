"""Detects input logs that end before the offsets that a partition has applied."""

from __future__ import annotations

from collections.abc import Mapping

from streams.engine.engine import Engine
from streams.engine.ports import Cluster, EngineOptions, Exit, Place


class TruncationCheck:
    """Finds logs that end before their applied offset. Owned by a session."""

    def __init__(self, options: EngineOptions, engine: Engine, cluster: Cluster, end: Exit) -> None:
        self._options = options
        self._engine = engine
        self._cluster = cluster
        self._exit = end
        self._suspects: set[Place] = set()
        """Partitions whose last fetch reported a log end that is not beyond the applied offset."""

    def note(self, place: Place, end: int | None) -> None:
        """Note the log end that a fetch reported; None when it reported none."""
        if end is not None and end <= self._engine.applied(*place):
            self._suspects.add(place)

    def clear(self) -> None:
        """Forget the reported log ends, because the partitions are revoked."""
        self._suspects.clear()

    async def run(self) -> None:
        """End the process if the brokers confirm a truncation. Blocks for a round trip only if a fetch reported one."""
        suspects = set(self._suspects)
        self._suspects.clear()
        found = await self._cluster.log_ends(suspects) if suspects else {}
        for (topic, partition), end in found.items():
            name = self._options.topic(topic)
            applied = {name: self._engine.applied(topic, partition)}
            if (text := truncation_error(partition, applied, {name: end})) is not None:
                self._exit.abort(text)


def truncation_error(partition: int, applied: Mapping[str, int], ends: Mapping[str, int]) -> str | None:
    """The error text, with what to do, if a log ends before its applied offset; None otherwise.

    `applied` is the last offset applied, -1 for none, and `ends` the next offset to be written, by the topics' names.
    Topics that are in only one of the two are not checked. New messages of a truncated topic, up to the old offset,
    would be taken for repeats and not counted. A re-created topic that has grown past the old end is not detected.

    >>> truncation_error(0, {"analytics": 4}, {"analytics": 5})
    >>> (truncation_error(0, {"analytics": 4}, {"analytics": 4}) or "").partition(":")[0]
    'the topic analytics, partition 0, ends at offset 4, and 4 was applied already'
    """
    for topic, offset in applied.items():
        if (end := ends.get(topic)) is not None and end <= offset:
            return (
                f"the topic {topic}, partition {partition}, ends at offset {end}, and {offset} was applied already: "
                "it was deleted and re-created, or truncated, and its new messages would be taken for repeats. "
                "Restore the topic as it was; or stop all workers and set a new VITALS_GROUP, under which the state is "
                "rebuilt from what the topics hold."
            )
    return None
