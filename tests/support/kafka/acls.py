"""Access rights of a test broker: granted and taken away by Kafka's own requests, in milliseconds."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from tests.support.kafka.topic import until

_ALLOW = 3
_ANY_HOST = "*"


class Resource(enum.IntEnum):
    """Kafka's numbers of resource types."""

    Topic = 2
    Group = 3
    Cluster = 4
    TransactionalId = 5


class Pattern(enum.IntEnum):
    """Kafka's numbers of pattern types."""

    literal = 3
    prefixed = 4


class Operation(enum.IntEnum):
    """Kafka's numbers of operations."""

    All = 2
    Read = 3
    Write = 4
    Create = 5
    Delete = 6
    Alter = 7
    Describe = 8
    ClusterAction = 9
    DescribeConfigs = 10
    AlterConfigs = 11
    IdempotentWrite = 12


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """One operation that one user may do on the resources of one pattern."""

    user: str
    resource: Resource
    name: str
    pattern: Pattern
    operation: Operation

    def __str__(self) -> str:
        return f"{self.user}: {self.operation.name} on {self.resource.name} {self.name} ({self.pattern.name})"


async def grant(admin: AIOKafkaAdminClient, *rights: Right) -> None:
    """Give these rights; they hold when this returns. `admin` is a super user's."""
    for right in rights:
        answer = await admin._send_to_controller(CreateAclsRequest(*_fields(right), _ALLOW))
        assert [code for code, *_ in answer.creation_responses] == [0], (str(right), answer)
    await _until_known(admin, rights, held=True)


async def revoke(admin: AIOKafkaAdminClient, *rights: Right) -> None:
    """Take these rights away again; they are gone when this returns."""
    for right in rights:
        answer = await admin._send_to_controller(DeleteAclsRequest(*_fields(right), _ALLOW))
        assert [(code, len(gone)) for code, _, gone in answer.filter_responses] == [(0, 1)], (str(right), answer)
    await _until_known(admin, rights, held=False)


async def _until_known(admin: AIOKafkaAdminClient, rights: Sequence[Right], *, held: bool) -> None:
    """The controller answers before the broker's authorizer has heard of it."""
    for right in rights:

        async def is_known(right: Right = right) -> bool:
            answer = await admin._send_request(DescribeAclsRequest(*_fields(right), _ALLOW))
            return bool(answer.to_object()["resources"]) is held

        await until(is_known, within_seconds=20, what=f"the broker does not hear of {right}")


def _fields(right: Right) -> tuple[int, str, int, str, str, int]:
    return (right.resource, right.name, right.pattern, f"User:{right.user}", _ANY_HOST, right.operation)
