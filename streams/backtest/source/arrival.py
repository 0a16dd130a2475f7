"""When an event counts as known, and the words for it."""

from __future__ import annotations

from streams.backtest.source.survey import Survey
from streams.replay.by_account.reading import BY_EVENT, IN_ORDER

AUTO = "auto"
ARRIVED = "vitals_arrived_at"
"""The field of a line from a topic with the time of its message: the greatest of its partition up to it."""


def chosen(asked: str, found: Survey) -> str:
    """The rule that is meant: the one asked for, or else the order of lines, where they seem to have one."""
    if asked != AUTO:
        return asked
    return IN_ORDER if found.is_in_order else BY_EVENT


def words(arrival: str, asked: str) -> str:
    """The rule in words. `asked` is the option, `AUTO` when nobody asked."""
    if arrival == IN_ORDER:
        return "an event counts from when the latest event before it in the file happened, as lines seem to arrive"
    if arrival == BY_EVENT:
        disorder = "" if asked != AUTO else ", since lines are in no order of arrival"
        return f"an event counts from when it happened{disorder}"
    if arrival == ARRIVED:
        return "an event counts from the time of its message, and not before it happened"
    return f"an event counts from its {arrival}, and not before it happened"
