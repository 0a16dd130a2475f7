"""Access rights of a test broker: granted and taken away by Kafka's own requests, in milliseconds."""

from __future__ import annotations

import enum

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

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
    """Give these rights. `admin` is a super user's."""
    for right in rights:
        request = CreateAclsRequest(*_fields(right), _ALLOW)
        answer = await admin._send_to_controller(request)
        assert [code for code, *_ in answer.creation_responses] == [0], (str(right), answer)


async def revoke(admin: AIOKafkaAdminClient, *rights: Right) -> None:
    """Take these rights away again."""
    for right in rights:
        request = DeleteAclsRequest(*_fields(right), _ALLOW)
        answer = await admin._send_to_controller(request)
        assert [(code, len(gone)) for code, _, gone in answer.filter_responses] == [(0, 1)], (str(right), answer)


def _fields(right: Right) -> tuple[int, str, int, str, str, int]:
    return (right.resource, right.name, right.pattern, f"User:{right.user}", _ANY_HOST, right.operation)
