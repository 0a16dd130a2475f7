"""All that is kept of one account, and how the next message of `scores` changes it. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import msgspec

from scoring.result import ScoreSnapshot
from streams.read_model.records.answers import pack_alone, unpack_alone
from streams.read_model.records.closes import DAY_MS, Closes
from streams.read_model.records.moved import moved_between
from streams.read_model.records.movements import Movements

Outcome: TypeAlias = Literal["stored", "removed", "duplicate", "stale"]
_RECORD_FORMAT = 2


class Floor(NamedTuple):
    """Of an account that was read back from `history`, until its next answer: everything up to this `offset` of
    `scores`, inclusive, is in it. `source` is a checksum of the topic's identity: one that was created again counts
    from 0."""

    source: int
    offset: int


class Record(msgspec.Struct, frozen=True, array_like=True):
    """The value of a message on `history`, in MessagePack: what is kept of an account after a day of it was closed.

    Up to `offset` of `scores` it is complete; `answer` is the last one, JSON under zlib; `closes` and `movements` are
    packed by the modules of these names.
    """

    format: int
    source: int
    offset: int
    answer: bytes
    closes: bytes
    movements: bytes


_RECORDS = msgspec.msgpack.Decoder(Record)
_PACKER = msgspec.msgpack.Encoder()


class Account:
    """What is kept of one account. Mutable; `answer` is None while there is nothing.

    `has_closed`, `has_moved` and `was_removed` say what its changes did to it since it was made.
    """

    def __init__(
        self,
        answer: ScoreSnapshot | None = None,
        closes: Closes | None = None,
        movements: Movements | None = None,
        floor: Floor | None = None,
    ) -> None:
        self.answer = answer
        self.closes = closes or Closes()
        self.movements = movements or Movements()
        self.floor = floor
        self.has_closed = self.has_moved = self.was_removed = False

    def take(self, offset: int, answer: ScoreSnapshot | None, source: int) -> Outcome:
        """The message of `scores` at `offset`, of the topic with this checksum: an answer, or None for a removal. Of
        answers the greatest (generation, version) counts."""
        if self.floor is not None and self.floor.source == source and offset <= self.floor.offset:
            return "duplicate"
        held = self.answer
        if answer is None:
            self.was_removed = True
            self.answer, self.closes, self.movements, self.floor = None, Closes(), Movements(), None
            self.has_closed = self.has_moved = False
            return "duplicate" if held is None else "removed"
        if held is not None:
            if _version(answer) <= _version(held):
                return "duplicate" if _version(answer) == _version(held) else "stale"
            self.has_closed |= self.closes.close(held, answer.as_of_ms // DAY_MS)
            if (moved := moved_between(held, answer)) is not None:
                self.movements.add(moved)
                self.has_moved = True
        self.has_moved |= self.floor is not None
        self.answer, self.floor = answer, None
        return "stored"

    def at_rest(self) -> Account:
        """This account as it is after it was written: nothing has changed since. It has no closes: they are read when
        a day closes."""
        return Account(self.answer, None, self.movements, self.floor)

    def record(self, source: int, offset: int) -> bytes:
        """For `history`; see `read_record`. All up to `offset`, inclusive, is in it."""
        assert self.answer is not None
        return _PACKER.encode(
            Record(
                _RECORD_FORMAT,
                source,
                offset,
                pack_alone(self.answer),
                self.closes.pack(),
                self.movements.pack(),
            )
        )


def read_record(value: bytes) -> Account:
    """The account in a message on `history`.

    Raises:
        msgspec.DecodeError: when it is anything else, or of another version of Vitals.
    """
    record = _RECORDS.decode(value)
    if record.format != _RECORD_FORMAT:
        raise msgspec.DecodeError(f"it has the format {record.format}, not {_RECORD_FORMAT}")
    return Account(
        unpack_alone(record.answer),
        Closes.unpack(record.closes),
        Movements.unpack(record.movements),
        Floor(record.source, record.offset),
    )


def is_newer(answer: ScoreSnapshot, held: ScoreSnapshot) -> bool:
    """Whether `answer` comes after `held`, an answer of the same account."""
    return _version(answer) > _version(held)


def _version(answer: ScoreSnapshot) -> tuple[int, int]:
    return answer.generation, answer.version
