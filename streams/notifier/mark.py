"""What is remembered of a delivered id: by which lane, and in which message. Pure."""

from __future__ import annotations

from typing import NamedTuple, cast, get_args

from alerts.delivery_record import DeliveryOutcome

_OUTCOMES = frozenset(get_args(DeliveryOutcome))


class Mark(NamedTuple):
    """By which lane ("route/sink") a step was delivered, in the message of which id, as what, and what made it wait."""

    lane: str
    message_id: str
    outcome: DeliveryOutcome
    held_by: str

    def text(self) -> str:
        """As it is stored.

        >>> Mark("day/slack", "a1", "in_digest", "digest").text()
        'day/slack a1 in_digest digest'
        """
        return " ".join(self)


def read_mark(text: str) -> Mark:
    """The mark in a stored text; one of nothing but an outcome, "duplicate", if it cannot be read.

    >>> read_mark("day/slack a1 in_digest digest").message_id, read_mark("?").outcome
    ('a1', 'duplicate')
    """
    parts = text.split(" ")
    if len(parts) != 4 or parts[2] not in _OUTCOMES:
        return Mark("", "", "duplicate", "")
    return Mark(parts[0], parts[1], cast("DeliveryOutcome", parts[2]), parts[3])
