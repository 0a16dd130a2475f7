"""Small books of events for tests: accounts that are used steadily, some of which fade before they cancel."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from scoring.instants import DAY_MS, parse_instant, rfc3339

START_MS = parse_instant("2026-01-01T00:00:00Z")
MODEL = """
[model]
name = "{name}"
version = 1

[tiers]
red = 0
yellow = 40
green = 70

[signals.usage]
kind = "count"
topics = ["{topic}"]
window = "14d"

[components.usage]
shape = "linear"
signal = "usage"
points = [[0, 0], [{full}, 100]]
weight = 1
"""


def event(topic: str, name: str, day: float, account: str, **fields: Any) -> dict[str, Any]:
    at = rfc3339(START_MS + int(day * DAY_MS))
    return {"topic": topic, "account_id": account, "event": name, "timestamp": at, **fields}


def book(accounts: int = 60, days: int = 210, seed: int = 1, fades: bool = True) -> list[dict[str, Any]]:
    """Events in order of time. A third of the accounts cancel; with `fades` their use stops about 25 days before."""
    rng = random.Random(seed)
    events: list[dict[str, Any]] = []
    for number in range(accounts):
        name, plan = f"a{number:03}", ("basic", "pro")[number % 2]
        begins = rng.uniform(0, 20)
        leaves = rng.uniform(70, days) if number % 3 == 0 else float(days + 999)
        silent = leaves - rng.uniform(10, 40) if fades else leaves
        start = event("billing", "subscription_started", begins, name, properties={"mrr": 100 + number, "plan": plan})
        events.append(start)
        day = begins + rng.expovariate(0.5)
        while day < min(days, silent):
            events.append(event("analytics", "login", day, name, user_id="u"))
            day += rng.expovariate(0.5)
        if leaves < days:
            events.append(event("billing", "subscription_canceled", leaves, name))
    events.append(event("analytics", "login", days, "a001", user_id="u"))
    return sorted(events, key=lambda each: each["timestamp"])


def written(path: Path, events: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(map(json.dumps, events)))
    return str(path)


def a_model(folder: Path, name: str = "plain", topic: str = "analytics", full: int = 7) -> str:
    path = folder / f"{name}.toml"
    path.write_text(MODEL.format(name=name, topic=topic, full=full))
    return str(path)
