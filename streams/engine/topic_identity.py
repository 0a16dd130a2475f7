"""Whether the topics that a partition goes on with are those that its state was made from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.engine.partition.partition import Partition
from streams.engine.ports import Place
from streams.topics import SCORES


def adopt_topics(partitions: Iterable[Partition], ids: Mapping[str, str]) -> str:
    """Note the ids of the topics with each partition. Returns the logical name of one that was recreated, "" for none.

    `ids` are by logical name, without those whose brokers give none. A recreated `scores` is filled again, and not
    returned.
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

    Every flush writes records before it commits, so they were deleted. `committed` are next offsets.
    """
    bare = {partition.number for partition in partitions if not partition.has_record}
    return any(next_ and number in bare for (_, number), next_ in committed.items())
