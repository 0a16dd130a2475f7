"""The oracle of `scoring.oracle`, asked about events as a test sends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scoring import oracle
from scoring.model.model import Model
from scoring.oracle import Fact, OracleEvent, OracleScore, score_of, tier_of
from scoring.oracle.events import id_of
from tests.builders import Sent, at_ms

__all__ = ["DAY_MS", "UNITS_MS", "Fact", "OracleEvent", "OracleScore", "happened", "score_of", "tier_of", "verdicts"]
DAY_MS = 86_400_000
UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": DAY_MS}


def verdicts(
    model: Model, sent: Iterable[Sent], as_of_ms: int, norms: Mapping[str, float] | None = None
) -> dict[str, OracleScore]:
    """Every account with an event that occurred up to `as_of_ms`, judged at that instant: under fresh norms, unless
    others are given."""
    return oracle.verdicts(model, map(happened, sent), as_of_ms, norms)


def happened(sent: Sent) -> OracleEvent:
    """What the event says: its canonical JSON, with a time of RFC 3339 or milliseconds."""
    body = sent.body
    stamp = body["timestamp"]
    return OracleEvent(
        account_id=id_of(body["account_id"]),
        topic=sent.topic,
        name=body.get("event") or "$exception",
        at_ms=stamp if isinstance(stamp, int) else at_ms(stamp),
        event_id=id_of(body.get("id")),
        user_id=id_of(body.get("user_id")),
        properties=body.get("properties", {}),
    )
