"""Whether the logs that a partition reads still hold all that it has applied. Pure: the lane asks the brokers."""

from __future__ import annotations

from collections.abc import Mapping


def shortened(partition: int, applied: Mapping[str, int], ends: Mapping[str, int]) -> str | None:
    """What is wrong and what to do, when a log ends before what was applied of it; None when all is well.

    `applied` is the last offset applied, -1 for none, and `ends` the next offset to be written, by the topics' names;
    of a topic that only one of the two has nothing is said. Whatever such a topic brings up to the old offset would be
    taken for a repeat, and never count. One that has grown longer than it was before cannot be told from the old one.

    >>> shortened(0, {"analytics": 4}, {"analytics": 5})
    >>> (shortened(0, {"analytics": 4}, {"analytics": 4}) or "").partition(":")[0]
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
