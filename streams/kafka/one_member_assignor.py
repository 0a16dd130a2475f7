"""Gives all partitions of a group to one member, and none to the others, which stand by.

A lane keeps the order of each account and gathers steps of all partitions into one message, so one process does it all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

_VERSION = 0
_ACTIVE = b"active"


class OneMemberAssignor(AbstractPartitionAssignor):  # type: ignore[misc]  # aiokafka has no types
    """The assignor of one consumer. The member that has the partitions keeps them when others join."""

    name = "one-member"

    def __init__(self) -> None:
        self._is_active = False

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """What this member says when it joins: whether it has the partitions."""
        return ConsumerProtocolMemberMetadata(_VERSION, list(topics), _ACTIVE if self._is_active else b"")

    def assign(
        self, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """All partitions for the active member; for the first by name if none is, or several are."""
        chosen = min(members, key=lambda member: (members[member].user_data != _ACTIVE, member))
        topics = sorted({topic for metadata in members.values() for topic in metadata.subscription})
        everything = [(topic, sorted(cluster.partitions_for_topic(topic) or ())) for topic in topics]
        return {
            member: ConsumerProtocolMemberAssignment(_VERSION, everything if member == chosen else [], b"")
            for member in members
        }

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Remember whether this member has the partitions."""
        self._is_active = bool(assignment.partitions())
