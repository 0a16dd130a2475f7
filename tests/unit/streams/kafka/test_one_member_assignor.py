"""All partitions for one member, who keeps them."""

from __future__ import annotations

from typing import Any, cast

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from streams.kafka.one_member_assignor import OneMemberAssignor


class Cluster:
    """What the assignor asks of the cluster."""

    def partitions_for_topic(self, topic: str) -> set[int]:
        """Three, of every topic."""
        return {2, 0, 1}


def assigned(members: dict[str, OneMemberAssignor]) -> dict[str, list[int]]:
    """One rebalance: what each member gets, by name; each is informed."""
    metadata = {name: member.metadata(["alerts"]) for name, member in members.items()}
    found = OneMemberAssignor().assign(cast("Any", Cluster()), metadata)
    for name, member in members.items():
        # As it goes over the wire.
        member.on_assignment(ConsumerProtocolMemberAssignment.decode(found[name].encode()))
    return {name: [partition for _, partition in given.partitions()] for name, given in found.items()}


def test_one_gets_everything_and_keeps_it_when_others_join() -> None:
    members = {"m": OneMemberAssignor()}
    assert assigned(members) == {"m": [0, 1, 2]}
    members["a"] = OneMemberAssignor()
    assert assigned(members) == {"m": [0, 1, 2], "a": []}
    members["z"] = OneMemberAssignor()
    assert assigned(members) == {"m": [0, 1, 2], "a": [], "z": []}


def test_when_it_is_gone_another_gets_everything() -> None:
    members = {name: OneMemberAssignor() for name in ("m", "n")}
    assigned(members)
    del members["m"]
    assert assigned(members) == {"n": [0, 1, 2]}


def test_of_two_who_were_active_one_is_chosen() -> None:
    members = {name: OneMemberAssignor() for name in ("a", "b")}
    for name, member in members.items():
        assigned({name: member})
    assert assigned(members) == {"a": [0, 1, 2], "b": []}
