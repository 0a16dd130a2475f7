"""The rights that each process needs in Kafka, and which of them this user lacks.

The table is the one in `docs/security.md`; a test keeps both equal. The brokers are asked what the user may do; nothing
is tried out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Literal

import msgspec

from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.doctor.finding import Finding, fault, ok, unknown, warning
from streams.topics import (
    ALERTS,
    ALIASES,
    ARRIVALS,
    AUDIT,
    CHANGELOG,
    CONTROL,
    DEAD_LETTERS,
    DELIVERIES,
    GUARD_TABLES,
    HISTORY,
    MODELS,
    NOTIFICATIONS,
    PREDICTIONS,
    SCORES,
    UNATTRIBUTED,
    WORKSPACE,
)

Process = Literal[
    "worker",
    "projector",
    "dashboard",
    "notifier",
    "guard",
    "publish",
    "import",
    "override",
    "forget",
    "interactions",
    "gateway",
    "write-back",
    "verify",
    "dead-letters",
    "attribution",
    "alias",
    "alerts",
    "accuracy",
    "producer",
    "creator",
]
Resource = Literal["Topic", "Group"]
CHECK = "kafka.rights"


class Operation(IntEnum):
    """Kafka's operations by code, which is the position of their bit in a set of authorized operations."""

    READ = 3
    WRITE = 4
    CREATE = 5
    DESCRIBE = 8
    DESCRIBE_CONFIGS = 10

    @property
    def word(self) -> str:
        """The name as `docs/security.md` and `kafka-acls` write it.

        >>> Operation.DESCRIBE_CONFIGS.word
        'DescribeConfigs'
        """
        return "".join(part.capitalize() for part in self.name.split("_"))


class Right(msgspec.Struct, frozen=True, order=True):
    """One operation on one resource. `name` is its name in Kafka, or a prefix of names if `is_prefix`."""

    process: Process
    resource: Resource
    name: str
    is_prefix: bool
    operation: Operation

    def covers(self, name: str) -> bool:
        """Whether this is a prefix right that covers `name`."""
        return self.is_prefix and name.startswith(self.name)


READ, WRITE, CREATE = Operation.READ, Operation.WRITE, Operation.CREATE
DESCRIBE, DESCRIBE_CONFIGS = Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS
_SHOWING = frozenset((READ, WRITE, DESCRIBE))
"""Any one of these operations lets a user see a topic or group."""
_TOPICS: dict[Process, list[tuple[tuple[str, ...], tuple[Operation, ...]]]] = {
    "worker": [
        ((*INPUT_TOPICS, CONTROL, CHANGELOG), (READ, WRITE, DESCRIBE_CONFIGS)),
        ((SCORES, MODELS, NOTIFICATIONS, ALERTS, ARRIVALS, DEAD_LETTERS), (WRITE, DESCRIBE_CONFIGS)),
    ],
    "projector": [
        ((*INPUT_TOPICS, CONTROL, SCORES, MODELS, ALERTS, NOTIFICATIONS), (READ,)),
        ((HISTORY,), (READ, WRITE)),
    ],
    "dashboard": [
        (INPUT_TOPICS, (READ, WRITE)),
        ((CONTROL,), (WRITE, DESCRIBE_CONFIGS)),
        ((ALIASES, UNATTRIBUTED, DEAD_LETTERS, WORKSPACE, AUDIT), (READ, WRITE)),
    ],
    "notifier": [((ALERTS,), (READ,)), ((DELIVERIES,), (READ, WRITE)), ((CONTROL,), (WRITE,))],
    "guard": [
        ((NOTIFICATIONS,), (READ,)),
        ((ARRIVALS, *GUARD_TABLES), (READ, WRITE)),
        ((CONTROL, ALERTS), (WRITE,)),
    ],
    "publish": [((*INPUT_TOPICS, CONTROL), (WRITE, DESCRIBE_CONFIGS))],
    "import": [
        (INPUT_TOPICS, (WRITE, DESCRIBE_CONFIGS)),
        ((ALIASES,), (READ, WRITE)),
        ((UNATTRIBUTED,), (WRITE,)),
    ],
    "override": [((CONTROL,), (WRITE, DESCRIBE_CONFIGS))],
    "forget": [
        ((*INPUT_TOPICS, AUDIT), (DESCRIBE, DESCRIBE_CONFIGS)),
        ((CONTROL, HISTORY), (WRITE,)),
        ((SCORES, NOTIFICATIONS, ALERTS, DELIVERIES, DEAD_LETTERS), (READ,)),
        ((ALIASES, PREDICTIONS, WORKSPACE), (READ, WRITE)),
    ],
    "interactions": [((CONTROL,), (WRITE,))],
    "gateway": [
        (INPUT_TOPICS, (WRITE, DESCRIBE_CONFIGS)),
        ((ALIASES,), (READ, WRITE)),
        ((UNATTRIBUTED, DEAD_LETTERS), (WRITE,)),
    ],
    "write-back": [((SCORES, MODELS), (READ,))],
    "verify": [((*INPUT_TOPICS, CONTROL, SCORES, DEAD_LETTERS), (READ,))],
    "dead-letters": [
        ((DEAD_LETTERS, ALIASES), (READ, WRITE)),
        ((*INPUT_TOPICS, UNATTRIBUTED), (WRITE,)),
    ],
    "attribution": [
        ((*INPUT_TOPICS, DEAD_LETTERS), (WRITE,)),
        ((ALIASES,), (READ,)),
        ((UNATTRIBUTED,), (READ, WRITE)),
    ],
    "alias": [
        ((*INPUT_TOPICS, ALIASES), (READ, WRITE)),
        ((UNATTRIBUTED, SCORES), (READ,)),
        ((CONTROL,), (WRITE,)),
    ],
    "alerts": [((ALERTS, DELIVERIES), (READ,))],
    "accuracy": [((PREDICTIONS,), (READ, WRITE))],
    "producer": [(INPUT_TOPICS, (WRITE,))],
    "creator": [(INPUT_TOPICS, (CREATE, DESCRIBE))],
}
PROCESSES: tuple[Process, ...] = tuple(_TOPICS)
RUNNING: tuple[Process, ...] = ("worker", "projector", "notifier", "guard")
"""The long-running processes, which the doctor checks unless it is asked for others."""


def rights_of(process: Process, settings: Settings) -> Iterator[Right]:
    """Every right that `process` needs, and no other."""
    for names, operations in _TOPICS[process]:
        for name in names:
            for operation in operations:
                yield Right(process, "Topic", settings.topic(name), False, operation)
    match process:
        case "worker":
            yield Right(process, "Group", settings.deployment, False, READ)
        case "projector":
            yield Right(process, "Group", f"{settings.deployment}-projector-", True, READ)
        case "notifier":
            yield Right(process, "Group", settings.notifier_group(""), True, READ)
        case "write-back":
            yield Right(process, "Group", settings.write_back_group(""), True, READ)
        case "gateway":
            yield Right(process, "Group", settings.gateway_group(""), True, READ)
        case "attribution":
            yield Right(process, "Group", settings.attribution_group, False, READ)
        case "guard":
            yield Right(process, "Group", settings.guard_group, False, READ)
        case "creator":
            for operation in (CREATE, DESCRIBE, DESCRIBE_CONFIGS):
                yield Right(process, "Topic", f"{settings.deployment}-", True, operation)
        case _:
            pass


def judge_rights(
    settings: Settings, processes: Iterable[Process], topics: Mapping[str, int | None], groups: Mapping[str, int | None]
) -> Iterator[Finding]:
    """Which rights are missing.

    `topics` and `groups` hold what this user may do, as a set of bits, by name; None if the broker does not say, 0 if
    it hides the topic or group from the user. A topic that is not in `topics` does not exist.
    """
    for process in processes:
        needed = [(right, bits) for right in rights_of(process, settings) for bits in _held(right, topics, groups)]
        missing = [right for right, bits in needed if bits is not None and _lacks(right, bits)]
        yield from (_missing(settings, right) for right in missing)
        if unseen := sorted({right.name for right, bits in needed if bits is None}):
            yield unknown(CHECK, process, f"the brokers do not say what this user may do with {', '.join(unseen)}")
        elif not missing:
            yield ok(CHECK, process, "this user has every right that it needs on what exists")


def _lacks(right: Right, bits: int) -> bool:
    """Whether `right` is certainly missing. If something is hidden, only the rights that would show it are."""
    return not bits >> right.operation & 1 if bits else right.operation in _SHOWING


def _held(right: Right, topics: Mapping[str, int | None], groups: Mapping[str, int | None]) -> list[int | None]:
    """What this user may do with each thing that the right is about.

    Topics that may still be created cannot be asked about: their creation will show it.
    """
    if right.resource == "Group":
        return [bits for name, bits in groups.items() if name == right.name or right.covers(name)]
    return [] if right.is_prefix or right.name not in topics else [topics[right.name]]


def _missing(settings: Settings, right: Right) -> Finding:
    word, option = right.operation.word, right.resource.lower()
    pattern = " --resource-pattern-type prefixed" if right.is_prefix else ""
    words = f"the {right.process} needs {word} on the {option} {right.name}, and this user does not have it"
    user = settings.kafka_security.sasl_username or "NAME"
    advice = (
        f"kafka-acls --bootstrap-server {settings.kafka} --add --allow-principal User:{user} "
        f"--operation {word} --{option} {right.name}{pattern}"
    )
    if right.operation is DESCRIBE_CONFIGS:
        return warning(CHECK, right.name, f"{words}: a retention that is too short goes unnoticed", advice)
    return fault(CHECK, right.name, words, advice)
