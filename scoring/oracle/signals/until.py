"""Days until an instant that a property names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds, is_number, sent
from scoring.oracle.order import place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR = 2000
_MILLISECONDS_FROM = 100_000_000_000


def until(model: Model, signal: schema.Until, events: Iterable[OracleEvent], today: int) -> int | None:
    """From `today`, a day since 1970, to the day of the latest instant by place."""
    named = []
    for event in events:
        day = _day_of(sent(event, signal.property)) if feeds(signal, event) else None
        if day is not None:
            named.append((place(model, event), day))
    return max(named)[1] - today if named else None


def _day_of(found: object) -> int | None:
    """The day of UTC, since 1970, of a date, an instant as text, or epoch seconds or milliseconds."""
    try:
        if is_number(found):
            moment = _EPOCH + timedelta(seconds=found if found < _MILLISECONDS_FROM else found / 1000)
        elif isinstance(found, str):
            moment = _moment(found.strip().upper())
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return (moment.date() - date(1970, 1, 1)).days if moment.year >= _FIRST_YEAR else None


def _moment(text: str) -> datetime:
    for zone in (" UTC", "UTC", " GMT", "GMT"):
        text = text.replace(zone, "Z")
    if text[4:5] != "-" or text[7:8] != "-" or (len(text) > 10 and ":" not in text):
        raise ValueError("neither a day nor RFC 3339")
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
