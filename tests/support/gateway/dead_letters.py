"""Dead letters for tests: only what matters shows in a test."""

from __future__ import annotations

from typing import Any

from streams.dead_letter import DeadLetter
from streams.dead_letters.entry import Letter, LetterId
from tests.builders import at_ms

DIED_MS = at_ms("2026-03-01T10:00:05Z")
EVENT = b'{"account_id":"acme","event":"login","timestamp":"2026-03-01T10:00:00Z"}'


def a_letter(*, at: str = "0:17", replayed_ms: int = 0, **fields: Any) -> Letter:
    """A dead letter of the topic analytics, that could be used by now."""
    partition, offset = map(int, at.split(":"))
    value = fields.pop("value", EVENT)
    given: dict[str, Any] = {
        "reason": "in_the_future",
        "words": "it was early",
        "topic": "analytics",
        "partition": 3,
        "offset": 99,
        "timestamp_ms": at_ms("2026-03-01T10:00:00Z"),
        "key": b"acme",
        "value": value,
        "value_bytes": len(value or b""),
        **fields,
    }
    id_ = LetterId(partition, offset)
    return Letter(id=id_, letter=DeadLetter(**given), died_ms=DIED_MS, replayed_ms=replayed_ms)
