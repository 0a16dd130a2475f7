"""Whether the topics that a partition goes on with are those that its state was made from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.deployment.settings import Settings
from streams.engine.partition import Partition
from streams.kafka.topology import anew_words
from streams.topics import SCORES


def adopt(settings: Settings, partitions: Iterable[Partition], ids: Mapping[str, str]) -> str:
    """Note the ids of the topics with each partition; answers what to say, and end with, where one was made anew.

    `ids` are the topics' ids by plain name, of those whose brokers give any. Where `scores` was made anew, all answers
    are sent again.
    """
    for partition in partitions:
        before = partition.topic_ids
        changed = [name for name, known in before.items() if known and ids.get(name, known) != known]
        for name in changed:
            if name != SCORES:
                return anew_words(settings, settings.topic(name))
            partition.answer_all_again()
        partition.topic_ids = {**before, **{name: found for name, found in ids.items() if found}}
    return ""


def without_state(settings: Settings, partitions: Iterable[Partition], committed: Mapping[tuple[str, int], int]) -> str:
    """What to say, and end with, where a group has committed offsets of a partition whose changelog holds nothing.

    Every flush writes records before it commits, so they were deleted. `committed` are next offsets by (topic,
    partition).
    """
    bare = {partition.number for partition in partitions if not partition.has_record}
    if any(next_ and number in bare for (_, number), next_ in committed.items()):
        return anew_words(settings, settings.changelog_topic, is_state=True)
    return ""
