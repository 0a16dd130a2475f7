"""Requests that aiokafka's admin client does not offer: the ids of topics (a re-created topic has another id), what a
user may do with topics and groups, and which request versions a broker supports.

Besides `streams.worker.faust_app` and `streams.kafka.reachability`, this is the only module that uses private API of
aiokafka: its protocol types, and how its admin client sends a request. `tests/contracts/test_topic_ids.py` names what
it relies on.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    IncompatibleBrokerVersion,
    InvalidTopicError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.admin import ApiVersionRequest, DescribeGroupsRequest_v3, DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

_METADATA = 3
_VERSION = 11
"""Of the metadata request: the last version that asks for topics by name only. Kafka has it since 2.8."""
_UUID_BYTES = 16
_NO_ID = bytes(_UUID_BYTES)
_NOT_REPORTED = -(2**31)
"""What a broker sends instead of the set of operations if it does not report them."""
_TAGS = ("tags", TaggedFields)


class TopicFound(msgspec.Struct, frozen=True, kw_only=True):
    """A topic as its cluster describes it. `id` is "" where the brokers give none; `replicas` is the smallest number of
    any partition; `has_leaders`: each partition can be read and written."""

    name: str
    id: str
    partitions: int
    replicas: int
    has_leaders: bool


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]  # aiokafka has no types
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(_UUID_BYTES)


class _TopicsResponse(Response):  # type: ignore[misc]
    API_KEY = _METADATA
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                _TAGS,
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        _TAGS,
                    ),
                ),
                ("authorized_operations", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _TopicsRequestStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = _METADATA
    API_VERSION = _VERSION
    RESPONSE_TYPE = _TopicsResponse
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("topic", CompactString("utf-8")), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


class _TopicsRequest(Request[_TopicsRequestStruct]):  # type: ignore[misc]
    API_KEY = _METADATA

    def __init__(self, names: Sequence[str], *, with_operations: bool = False) -> None:
        self._names = names
        self._with_operations = with_operations

    def build(self, request_struct_class: type[_TopicsRequestStruct]) -> _TopicsRequestStruct:
        return request_struct_class([(_NO_ID, name, {}) for name in self._names], False, self._with_operations, {})


async def find_topics(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, TopicFound]:
    """Those of the topics `names` that exist, by name. Asking never creates a topic.

    Raises:
        KafkaError: when the broker does not answer, or denies access.
    """
    try:
        answer: Any = await admin._send_request(_TopicsRequest(names))
    except (IncompatibleBrokerVersion, NotImplementedError):
        # A broker older than 2.8. Ask for all topics: asking for one by name may create it.
        described = [topic for topic in await admin.describe_topics() if topic["topic"] in names]
    else:
        described = answer.to_object()["topics"]
    return {topic["topic"]: _found(topic) for topic in described if _is_there(topic)}


async def find_operations(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, int | None]:
    """What this user may do with each of the topics that exist, as bits: operation code `n` of Kafka is bit `n`.
    0 for a topic that is hidden from the user; None where the broker does not say.

    Raises:
        KafkaError: when the broker does not answer.
    """
    rights: dict[str, int | None] = {}
    try:
        answer: Any = await admin._send_request(_TopicsRequest(names, with_operations=True))
    except (IncompatibleBrokerVersion, NotImplementedError):
        there = {topic["topic"] for topic in await admin.describe_topics()}
        return {name: None for name in names if name in there}
    for topic in answer.to_object()["topics"]:
        error = for_code(topic["error_code"])
        if error is TopicAuthorizationFailedError:
            rights[topic["topic"]] = 0
        elif not topic["error_code"] or (error.retriable and error is not UnknownTopicOrPartitionError):
            bits = int(topic["authorized_operations"])
            rights[topic["topic"]] = None if bits == _NOT_REPORTED else bits
    return rights


class _GroupsRequestStruct(DescribeGroupsRequest_v3):  # type: ignore[misc]
    """aiokafka decodes the answer to this version with an older schema, which lacks the operations."""

    RESPONSE_TYPE = DescribeGroupsResponse_v3


class _GroupsRequest(Request[_GroupsRequestStruct]):  # type: ignore[misc]
    API_KEY = DescribeGroupsRequest_v3.API_KEY

    def __init__(self, group: str) -> None:
        self._group = group

    def build(self, request_struct_class: type[_GroupsRequestStruct]) -> _GroupsRequestStruct:
        return request_struct_class([self._group], True)


async def find_group_operations(admin: AIOKafkaAdminClient, group: str) -> int | None:
    """What this user may do with a consumer group, as bits (see `find_operations`). The group need not exist.

    Raises:
        KafkaError: when the broker does not answer.
    """
    try:
        coordinator = await admin.find_coordinator(group)
        answer: Any = await admin._send_request(_GroupsRequest(group), coordinator)
    except GroupAuthorizationFailedError:
        return 0
    except (IncompatibleBrokerVersion, NotImplementedError):
        return None
    [described] = answer.to_object()["groups"]
    error, bits = for_code(described["error_code"]), int(described["authorized_operations"])
    if error is GroupAuthorizationFailedError:
        return 0
    return None if described["error_code"] or bits == _NOT_REPORTED else bits


async def supported_versions(admin: AIOKafkaAdminClient) -> dict[int, int]:
    """The newest version of each request that the broker supports, by Kafka's API key.

    Raises:
        KafkaError: when the broker does not answer.
    """
    answer: Any = await admin._send_request(ApiVersionRequest())
    return {key: newest for key, _, newest in answer.api_versions}


def _is_there(topic: dict[str, Any]) -> bool:
    error = for_code(topic["error_code"])
    # InvalidTopicError is the answer while the topic is being created.
    if error in (UnknownTopicOrPartitionError, InvalidTopicError):
        return False
    if topic["error_code"] and not error.retriable:
        raise error(topic["topic"])
    return bool(topic["partitions"])


def _found(topic: dict[str, Any]) -> TopicFound:
    partitions = topic["partitions"]
    topic_id: bytes = topic.get("topic_id", _NO_ID)
    return TopicFound(
        name=topic["topic"],
        id="" if topic_id == _NO_ID else topic_id.hex(),
        partitions=len(partitions),
        replicas=min(len(each["replicas"]) for each in partitions),
        has_leaders=all(each["leader"] >= 0 for each in partitions),
    )
