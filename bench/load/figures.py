"""From outcomes to figures: rates, percentiles, and the JSON. Pure but for `write_json`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of the run. Latencies are milliseconds. `cpu_us`, `broker_us` and `senders_us` are CPU time for an event:
    the gateway's, the broker's and ours. `other_cores` is how many cores everything else on the machine used."""

    name: str
    seconds: float
    requests: int
    events: int
    cpu_us: float
    busy: float
    """The gateway's share of its core, 0-1."""
    broker_us: float
    senders_us: float
    other_cores: float
    p50_ms: float
    p99_ms: float
    repeated: int = 0

    @property
    def events_per_second(self) -> float:
        """Acknowledged events a second."""
        return self.events / self.seconds


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events. `lost` were acknowledged and are on no topic, or missing from state; `doubled` count
    twice in state. `copies` are the messages beyond one an event, which the fold recognises."""

    acknowledged: int
    lost: int
    doubled: int
    copies: int
    restarts: int


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """`build/load.json`."""

    single_per_second: float
    batched_events_per_second: float
    p99_ms: float
    lost: int
    doubled: int
    details: dict[str, object]


def percentile_ms(latencies: Sequence[float], share: float) -> float:
    """The smallest of these seconds that a `share` of them does not exceed, in milliseconds; 0 without any.

    >>> percentile_ms([0.003, 0.001, 0.002], 0.5), percentile_ms([], 0.99)
    (2.0, 0.0)
    """
    if not latencies:
        return 0.0
    return sorted(latencies)[max(0, math.ceil(share * len(latencies)) - 1)] * 1_000


def verdict_of(
    acknowledged: set[int], on_topics: dict[int, int], counted: dict[str, int], sent: dict[str, set[int]], restarts: int
) -> Verdict:
    """Compare event by event. `on_topics` counts messages by event; `counted` is the state of each account, and
    `sent` the events that the topics hold for it.

    >>> verdict_of({1, 2, 3}, {1: 2, 2: 1}, {"a": 2}, {"a": {1, 2}}, 0)
    Verdict(acknowledged=3, lost=1, doubled=0, copies=1, restarts=0)
    """
    missing = sum(max(0, len(events) - counted.get(account, 0)) for account, events in sent.items())
    doubled = sum(max(0, count - len(sent.get(account, ()))) for account, count in counted.items())
    return Verdict(
        acknowledged=len(acknowledged),
        lost=len(acknowledged - on_topics.keys()) + missing,
        doubled=doubled,
        copies=sum(on_topics.values()) - len(on_topics),
        restarts=restarts,
    )


def write_json(path: Path, load: Load) -> None:
    """Write the figures; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(load), indent=2) + b"\n")
