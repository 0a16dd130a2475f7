"""Signs that the use of an account may not come from a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from scoring.instants import DAY_MS, HOUR_MS, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds

USER_CHARACTERS = 200
T = TypeVar("T")


class OracleSign(NamedTuple):
    """A sign: the number of events, and the name, user and hour of the day (UTC) that they all share.

    `event` and `user` are "" when the events differ, or have none; `hour` is None when they differ.
    """

    name: str
    number: int
    event: str
    user: str
    hour: int | None


def signs(model: Model, events: Sequence[OracleEvent], as_of_ms: int) -> tuple[OracleSign, ...]:
    """The signs of an account; `events` are all of its events up to `as_of_ms`."""
    found = []
    for name, sign in model.signs.items():
        signal = model.signals[sign.signal]
        assert isinstance(signal, schema.Count)
        first_day = (as_of_ms - parse_duration(signal.window)) // DAY_MS + 1
        counted = [event for event in events if feeds(signal, event) and event.at_ms // DAY_MS >= first_day]
        if len(counted) < sign.at_least or len({event.at_ms // DAY_MS for event in counted}) < sign.days:
            continue
        event = _only(event.name for event in counted) or ""
        user = _only(event.user_id[:USER_CHARACTERS] for event in counted) or ""
        hour = _only(event.at_ms % DAY_MS // HOUR_MS for event in counted) if model.resolution_ms <= HOUR_MS else None
        if event or user or hour is not None:
            found.append(OracleSign(name, len(counted), event, user, hour))
    return tuple(found)


def _only(values: Iterable[T]) -> T | None:
    """The only value, None when there are several."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
