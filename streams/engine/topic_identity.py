"""Whether the topics of a partition are still the ones that its state was made from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.engine.partition.partition import Partition
from streams.engine.ports import Place
from streams.topics import SCORES


def adopt_topics(partitions: Iterable[Partition], ids: Mapping[str, str]) -> str:
    """Store the ids of the topics in each partition. Returns the logical name of a re-created topic, "" for none.

    `ids` are by logical name, without topics for which the brokers give no id. A re-created `scores` is filled again,
    and not returned.
    """
    for partition in partitions:
        before = partition.topic_ids
        changed = [name for name, known in before.items() if known and ids.get(name, known) != known]
        for name in changed:
            if name != SCORES:
                return name
            partition.answer_all_again()
        partition.topic_ids = {**before, **{name: found for name, found in ids.items() if found}}
    return ""


def has_lost_state(partitions: Iterable[Partition], committed: Mapping[Place, int]) -> bool:
    """Whether the group has committed offsets of a partition whose changelog holds nothing.

    Every flush writes records before it commits, so the records were deleted. `committed` are next offsets.
    """
    bare = {partition.number for partition in partitions if not partition.has_record}
    return any(next_ and number in bare for (_, number), next_ in committed.items())
