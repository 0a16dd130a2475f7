"""One signal of one account, through the real fold. `NOON` of 1 March is the instant of judgement."""

from __future__ import annotations

from typing import Any

from scoring.model.model import Model
from tests.builders import Sent, a_model, at_ms, usage
from tests.support.watched_account import Watched

NOON = at_ms("2026-03-01T12:00Z")
HOUR, DAY = 3_600_000, 86_400_000
Table = dict[str, Any]


def model_of(table: Table, **header: Any) -> Model:
    """A model of this one signal, `it`; what it judges is another."""
    return a_model({"age": {"kind": "age"}, "it": table}, **header)


def watched(table: Table, *sent: Sent, **header: Any) -> Watched:
    """An account under a model of one signal that saw the events at noon."""
    account = Watched(model_of(table, **header), NOON)
    account.see(*sent)
    return account


def fact(table: Table, *sent: Sent, **header: Any) -> Any:
    """What the signal is at noon, the same in whatever order the events came."""
    facts = [watched(table, *order, **header).facts["it"] for order in (sent, sent[::-1])]
    assert facts[0] == facts[1]
    return facts[0]


def days_ago(*days: float, **fields: Any) -> list[Sent]:
    """A product event at each of these days before noon."""
    return [usage(at=NOON - round(day * DAY), **fields) for day in days]
