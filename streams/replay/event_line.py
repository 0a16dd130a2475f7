"""Parses one line of an event file into an event and its message value, and counts the rejected lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from scoring.event.bodies import BYTE_ORDER_MARK, refuse_envelope
from scoring.event.event import EVENT_MAX_BYTES, Event, EventDecoder, Rejected
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import rfc3339
from streams.replay.forms.text import refuse_marked
from streams.replay.undated_lines import is_undated, undated_text, value_at
from streams.text_encoding import format_advice

LINES_NAMED = 5
TOPICS = {**{name: name for name in INPUT_TOPICS}, "exception": "exceptions", "ticket": "tickets"}
"""What a line may call its topic."""
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NAME = msgspec.json.Decoder(str)


class NotesAccounts(Protocol):
    """Notes the accounts of events, as `SimilarAccounts` does."""

    def note(self, account_id: str, written: str) -> None: ...


Place = Callable[[int], str]
"""Where the event with a number is; "" if on that line."""


class RejectedLines(msgspec.Struct, frozen=True, kw_only=True):
    """The lines rejected for one `reason`: their count, the numbers of the first five, and the text of the first."""

    reason: str
    count: int
    lines: tuple[int, ...]
    words: str


class RejectionCounts:
    """Counts rejected lines. Mutable; its size does not depend on the number of lines."""

    def __init__(self) -> None:
        self._found: dict[str, RejectedLines] = {}

    def add(self, line_number: int, rejected: Rejected, place: Place = lambda number: "") -> None:
        """Count one more rejected line; line numbers start at 1. `place` says where the first one is, if that is not
        the line of this number."""
        reason = rejected.reason
        before = self._found.get(reason)
        if before is None:
            before = RejectedLines(reason=reason, count=0, lines=(), words=_placed(str(rejected), place(line_number)))
        lines = before.lines if before.count >= LINES_NAMED else (*before.lines, line_number)
        self._found[reason] = RejectedLines(reason=reason, count=before.count + 1, lines=lines, words=before.words)

    def add_all(self, refused: Iterable[RejectedLines], lines_before: int, place: Place = lambda number: "") -> None:
        """Count lines that were counted by themselves; their numbers are those after `lines_before` others."""
        for each in refused:
            before = self._found.get(each.reason)
            if before is None:
                words = _placed(each.words, place(lines_before + each.lines[0]))
                before = RejectedLines(reason=each.reason, count=0, lines=(), words=words)
            lines = (*before.lines, *(lines_before + number for number in each.lines))[:LINES_NAMED]
            self._found[each.reason] = RejectedLines(
                reason=each.reason, count=before.count + each.count, lines=lines, words=before.words
            )

    def by_reason(self) -> tuple[RejectedLines, ...]:
        """Most frequent reason first."""
        return tuple(sorted(self._found.values(), key=lambda refused: (-refused.count, refused.reason)))


def read_event(
    decoder: EventDecoder,
    line: bytes,
    message_time_ms: int,
    now_ms: int,
    similar: NotesAccounts | None = None,
    time_field: str = "",
) -> tuple[Event, bytes]:
    """The event in a line, and the value of its message: the line's JSON without `topic`, all values unchanged.

    An event without a timestamp takes the value at the path `time_field`, which then is its `timestamp` in the message
    too, or else `message_time_ms`; 0 rejects it. `now_ms` is wall time, in milliseconds. `similar` notes the
    account. A byte order mark before the line is ignored.

    Raises:
        Rejected: for anything that is not an event.
    """
    if len(line) > EVENT_MAX_BYTES:
        raise Rejected("oversize", f"the line has more than {EVENT_MAX_BYTES:,} bytes")
    line = line.lstrip(BYTE_ORDER_MARK)
    try:
        fields = _FIELDS.decode(line)
    except msgspec.ValidationError as error:
        refuse_envelope(line)
        raise Rejected("invalid", format_advice(line) or str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        refuse_marked(line)
        raise Rejected("malformed", f"not JSON: {format_advice(line) or error}") from None
    topic = _topic(fields.pop("topic", None))
    undated = is_undated(fields)
    if undated and time_field and (taken := value_at(fields, time_field)) is not None:
        fields["timestamp"], undated = taken, False
    value = msgspec.json.encode(fields)
    try:
        event = decoder.decode(topic, value, message_time_ms, now_ms)
    except Rejected as rejected:
        if undated and not message_time_ms and rejected.reason == "bad_timestamp":
            raise Rejected("bad_timestamp", undated_text(fields, time_field)) from None
        raise
    if similar is not None:
        similar.note(event.account_id, _text(fields.get("account_id")))
    return event, value


def with_timestamp(value: bytes, instant_ms: int) -> bytes:
    """The same event at another time: replaces `timestamp` with an RFC 3339 text and changes nothing else.

    >>> with_timestamp(b'{"event":"login","timestamp":0}', 86_400_000)
    b'{"event":"login","timestamp":"1970-01-02T00:00:00Z"}'
    """
    fields = _FIELDS.decode(value)
    fields["timestamp"] = msgspec.Raw(f'"{rfc3339(instant_ms)}"'.encode())
    return msgspec.json.encode(fields)


def _placed(words: str, place: str) -> str:
    return f"{words} ({place})" if place else words


def _topic(name: msgspec.Raw | None) -> str:
    if name is None:
        raise Rejected("no_topic", f"the line names no topic: give one of {', '.join(INPUT_TOPICS)}")
    try:
        return TOPICS[_NAME.decode(name).strip()]
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        raise Rejected("unknown_topic", f"the line's topic is not one of {', '.join(INPUT_TOPICS)}") from None


def _text(field: msgspec.Raw | None) -> str:
    """The string in a field; "" if it is missing or not a string."""
    return "" if field is None or not bytes(field).startswith(b'"') else _NAME.decode(field)
