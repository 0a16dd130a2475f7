"""What the commands of dead letters share: which letters are asked for, and a letter as people see it."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Sequence

import msgspec

from scoring.instants import parse_duration, parse_instant, rfc3339
from streams.dead_letters.entry import Letter, LetterId, letter_id
from streams.errors import UserError

VALUE_SHOWN = 2_000
"""The most characters of a value that `show` prints; `--json` has all of it."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter for people and programs. `value` is its text, or with `is_base64` its bytes in base64, and
    `value_bytes` how many there were. `replayed_at` is None if it was never sent again. Without `source` the
    coordinates are those of the message on its input topic."""

    id: str
    reason: str
    words: str
    died_at: str
    replayed_at: str | None
    source: str
    topic: str
    partition: int
    offset: int
    time: str
    key: str | None
    headers: dict[str, str]
    value: str | None
    is_base64: bool
    value_bytes: int
    is_cut: bool


def shown(letter: Letter) -> Shown:
    """A letter as the commands print it."""
    found = letter.letter
    value, is_base64 = _text(found.value)
    return Shown(
        id=str(letter.id),
        reason=found.reason,
        words=found.words,
        died_at=rfc3339(letter.died_ms),
        replayed_at=rfc3339(letter.replayed_ms) if letter.replayed_ms else None,
        source=found.source,
        topic=found.topic,
        partition=found.partition,
        offset=found.offset,
        time=rfc3339(found.timestamp_ms),
        key=None if found.key is None else found.key.decode(errors="backslashreplace"),
        headers=found.headers,
        value=value,
        is_base64=is_base64,
        value_bytes=found.value_bytes,
        is_cut=letter.is_cut,
    )


def _text(value: bytes | None) -> tuple[str | None, bool]:
    try:
        return (None if value is None else value.decode()), False
    except UnicodeDecodeError:
        return base64.b64encode(value or b"").decode(), True


def since_ms_of(since: str) -> int:
    """The instant in `--since`: RFC 3339, or a duration before now; 0 for "".

    Raises:
        UserError: when it is neither.
    """
    if not since:
        return 0
    try:
        return time.time_ns() // 1_000_000 - parse_duration(since)
    except ValueError:
        pass
    try:
        return parse_instant(since)
    except ValueError as error:
        raise UserError(f"--since: {error}. Give an instant, or a duration like 2h.") from None


def ids_of(given: Sequence[str]) -> frozenset[LetterId]:
    """The ids in the arguments.

    Raises:
        UserError: when one of them is none.
    """
    try:
        return frozenset(letter_id(each) for each in given)
    except ValueError as error:
        raise UserError(f"{error}; `vitals dead-letters list` shows them.") from None


def quiet_kafka() -> None:
    """Errors of the Kafka client are reported once, by us."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
