"""The input topic of an event that its vendor knows by nothing but its name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from scoring.event.event import EVENT_NAME_MAX_CHARACTERS
from scoring.event.topics import INPUT_TOPICS
from scoring.model.event_names import Names
from scoring.model.event_sets import EventSets

_SETS = {"tickets": "tickets", "billing": "billing", "exceptions": "errors"}
"""Of an input topic, the shipped set of events whose names belong there."""


@lru_cache(maxsize=1)
def _names() -> Mapping[str, Names]:
    sets = EventSets({})
    return {topic: Names(sets.entries(name)) for topic, name in _SETS.items()}


def usual_topic(name: str) -> str:
    """Where the shipped models look for an event of this name: what nobody calls a ticket, money or an error is use.

    >>> usual_topic("Report Exported"), usual_topic("Subscription Started"), usual_topic("ticket_created")
    ('analytics', 'billing', 'tickets')
    """
    return _looked_up(name) if len(name) <= EVENT_NAME_MAX_CHARACTERS else INPUT_TOPICS[0]


@lru_cache(maxsize=4_096)
def _looked_up(name: str) -> str:
    return next((topic for topic, names in _names().items() if name in names), INPUT_TOPICS[0])
