"""What the commands of identity share: ids as people give them, a reason, and a quiet Kafka client."""

from __future__ import annotations

import logging
import time

from scoring.event.ids import text_id
from streams.control.overrides import REASON_MAX_CHARACTERS
from streams.errors import UserError
from streams.identity.alias import ACCOUNT, ID_MAX_CHARACTERS, ForeignId
from vitals.commands.by_hand import check_text


def foreign_id_of(kind: str, given: str) -> ForeignId:
    """An id of another system, as the gateway would read it.

    Raises:
        UserError: when it cannot be one.
    """
    check_text("KIND", kind)
    check_text("ID", given)
    kind, found = kind.strip(), text_id(given)
    if kind == ACCOUNT:
        raise UserError("To make an account part of another, use `vitals alias merge FROM INTO`.")
    for name, text in (("A kind", kind), ("An id", found)):
        if not 0 < len(text) <= ID_MAX_CHARACTERS or "\0" in text:
            raise UserError(f"{name} has 1 to {ID_MAX_CHARACTERS} characters: give one that has.")
    return ForeignId(kind, found)


def check_reason(reason: str) -> None:
    """Check the reason that a person gives.

    Raises:
        UserError: when it is empty or too long.
    """
    check_text("--reason", reason)
    if not 0 < len(reason.strip()) <= REASON_MAX_CHARACTERS:
        raise UserError(f"--reason has 1 to {REASON_MAX_CHARACTERS} characters: say in a sentence why.")


def now_ms() -> int:
    """Wall time."""
    return time.time_ns() // 1_000_000


def quiet_kafka() -> None:
    """Errors of the Kafka client are reported once, by us."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
