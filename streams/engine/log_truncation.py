"""Whether the logs that a partition reads still hold all that it has applied."""

from __future__ import annotations

from collections.abc import Mapping

from streams.engine.engine import Engine
from streams.engine.ports import Cluster, EngineOptions, Exit, Place


class TruncationCheck:
    """Looks for logs that are shorter than what was applied of them. Owned by a session."""

    def __init__(self, options: EngineOptions, engine: Engine, cluster: Cluster, end: Exit) -> None:
        self._options = options
        self._engine = engine
        self._cluster = cluster
        self._exit = end
        self._suspects: set[Place] = set()
        """Where the last fetch's end of the log was not beyond what was applied."""

    def note(self, place: Place, end: int | None) -> None:
        """A fetch said that a log ends at this offset; None when it did not."""
        if end is not None and end <= self._engine.applied(*place):
            self._suspects.add(place)

    def clear(self) -> None:
        """Forget what fetches said: the partitions go."""
        self._suspects.clear()

    async def run(self) -> None:
        """End the process where the brokers say so too. Blocks for a round trip when a fetch said so, else not."""
        suspects = set(self._suspects)
        self._suspects.clear()
        found = await self._cluster.log_ends(suspects) if suspects else {}
        for (topic, partition), end in found.items():
            name = self._options.topic(topic)
            applied = {name: self._engine.applied(topic, partition)}
            if (text := truncation_error(partition, applied, {name: end})) is not None:
                self._exit.abort(text)


def truncation_error(partition: int, applied: Mapping[str, int], ends: Mapping[str, int]) -> str | None:
    """What is wrong and what to do, when a log ends before what was applied of it; None when all is well.

    `applied` is the last offset applied, -1 for none, and `ends` the next offset to be written, by the topics' names;
    of a topic that only one of the two has nothing is said. Whatever such a topic brings up to the old offset would be
    taken for a repeat, and never count. One that has grown longer than it was before cannot be told from the old one.

    >>> truncation_error(0, {"analytics": 4}, {"analytics": 5})
    >>> (truncation_error(0, {"analytics": 4}, {"analytics": 4}) or "").partition(":")[0]
    'the topic analytics, partition 0, ends at offset 4, and 4 was applied already'
    """
    for topic, offset in applied.items():
        if (end := ends.get(topic)) is not None and end <= offset:
            return (
                f"the topic {topic}, partition {partition}, ends at offset {end}, and {offset} was applied already: "
                "it was deleted and re-created, or cut short, and what comes into it now would be taken for a repeat. "
                "Restore the topic as it was; or stop all workers and set a new VITALS_GROUP, under which the state is "
                "rebuilt from what the topics hold."
            )
    return None
