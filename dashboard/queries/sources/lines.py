"""Dead letters and waiting ids as lines of a page, from messages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aiokafka import ConsumerRecord, TopicPartition

from alerts.text import plain
from dashboard.values.sources import DeadLetterLine, UnattributedLine
from streams.dead_letter import DeadLetter
from streams.dead_letters.entry import Letter, LetterId, Replayed, entry_of
from streams.identity.unattributed import NotUnattributed, Unattributed, decode_unattributed

LINES_MAX = 100
EXCERPT_CHARACTERS = 300
NAME_CHARACTERS = 200


def letter_lines(tails: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> tuple[DeadLetterLine, ...]:
    """The newest first, without those that were sent again since."""
    found: list[Letter] = []
    again: set[LetterId] = set()
    for partition, messages in tails.items():
        for message in messages:
            entry = entry_of(message.value)
            if isinstance(entry, Replayed):
                again.add(entry.letter)
            elif isinstance(entry, DeadLetter):
                at = LetterId(partition.partition, message.offset)
                found.append(Letter(id=at, letter=entry, died_ms=message.timestamp))
    waiting = [letter for letter in found if letter.id not in again]
    return tuple(map(_letter_line, sorted(waiting, key=lambda letter: -letter.died_ms)[:LINES_MAX]))


def waiting_lines(messages: Iterable[ConsumerRecord]) -> tuple[tuple[UnattributedLine, ...], int]:
    """The ids with most events that wait, and how many ids there are among these messages."""
    events: dict[bytes, Unattributed] = {}
    for message in messages:
        key = message.key or b""
        try:
            found = decode_unattributed(message.value) if message.value else None
        except NotUnattributed:
            continue
        if found is None:
            events.pop(key, None)
        else:
            events[key] = found
    by_id: dict[tuple[str, str], list[Unattributed]] = {}
    for event in events.values():
        first = event.accounts[0]
        by_id.setdefault((first.kind, first.id), []).append(event)
    most = sorted(by_id.items(), key=lambda each: (-len(each[1]), each[0]))[:LINES_MAX]
    return tuple(_waiting_line(kind, foreign, of_it) for (kind, foreign), of_it in most), len(by_id)


def _letter_line(letter: Letter) -> DeadLetterLine:
    found = letter.letter
    return DeadLetterLine(
        id=str(letter.id),
        at_ms=letter.died_ms,
        topic=found.topic or found.source,
        reason=found.reason,
        words=found.words,
        account_id=_text(found.key, NAME_CHARACTERS) if found.key else "",
        can_replay=not letter.is_cut,
        excerpt=_text(found.value, EXCERPT_CHARACTERS) if found.value else "",
    )


def _waiting_line(kind: str, foreign_id: str, events: Sequence[Unattributed]) -> UnattributedLine:
    return UnattributedLine(
        kind=kind,
        id=foreign_id,
        events=len(events),
        since_ms=min(event.received_ms or event.occurred_at_ms for event in events),
        source=events[0].source or events[0].topic,
    )


def _text(value: bytes, limit: int) -> str:
    return plain(value[: 4 * limit].decode("utf-8", "replace"), limit)
