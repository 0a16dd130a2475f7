"""A line that forgets accounts, and what can be seen of it."""

from __future__ import annotations

from typing import Any

from alerts.lifecycle.loader import load_shipped
from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.changelog import records
from streams.changelog.record_types import ForgottenRecord
from streams.control.messages import Forget
from streams.topics import partition_of
from tests.builders import Sent, a_model, at_ms, usage
from tests.support.in_memory_cluster import Line

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, DAY = 60_000, 86_400_000
LEVEL = a_model(
    {"level": {"kind": "last", "property": "level", "label": "level"}, "mrr": {"kind": "last", "property": "mrr"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
COUNTED = a_model(
    {"use": {"kind": "count", "window": "30d", "topics": ["analytics"], "label": "use"}},
    {"use": {"shape": "ratio", "signal": "use", "of": 100, "weight": 1}},
)
"""The score is the number of events: so a lost or doubled one shows."""


def level(value: float, at: int = NOON, account: str = "acme", **fields: Any) -> Sent:
    return usage(account, at, level=value, **fields)


def a_line(*events: Sent, partitions: int = 1, model: Any = LEVEL, policy: Policy | None = None) -> Line:
    line = Line(Plan(model), partitions, policy=policy)
    for sent in events:
        line.send(sent)
    line.settle()
    return line


def forget(line: Line, account: str = "acme", at: int = NOON + MINUTE, **fields: Any) -> None:
    message = Forget(instant_ms=at, account_id=account, author="ann", **fields)
    line.control(message, partition_of(account.encode(), len(line.partitions)))


def kept(line: Line, number: int = 0) -> dict[bytes, bytes]:
    """What compaction leaves of a changelog."""
    return {key: value for key, value in dict(line.changelogs[number]).items() if value is not None}


def marker(line: Line, account: str = "acme") -> ForgottenRecord:
    number = partition_of(account.encode(), len(line.partitions))
    return records.decode_forgotten(kept(line, number)[records.forgotten_key(records.print_of(account))])


def outcomes(line: Line, topic: str = "analytics") -> dict[str, int]:
    counts: dict[str, int] = {}
    for partition in line.partitions:
        for (of, outcome), count in partition.outcomes.items():
            if of == topic:
                counts[outcome] = counts.get(outcome, 0) + count
    return counts


def a_policy(model: Any = LEVEL) -> Policy:
    return Policy(load_shipped("default", model).rules, model.tiers)
