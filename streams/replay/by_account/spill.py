"""Files of events sorted by account: chunks of columns, each of one partition and one block of the input.

The files have no name any more once all processes have opened them: nothing stays behind, however the replay ends.
"""

from __future__ import annotations

import errno
import marshal
import os
from array import array
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

import msgspec

from streams.errors import UserError

WholeEvent = tuple[int, bytes]
"""The number of the topic among `INPUT_TOPICS`, and the message: decoded again when it is folded."""


class Chunk(msgspec.Struct):
    """Events of one partition, from one block, in the order of the file, as parallel columns, and the whole events.

    `accounts` are numbers that the writer gave, and so are `routes`: twice the number, plus 1 for an event that is kept
    whole. `known` is when the event was known, in milliseconds like `occurred`. `prints` are fingerprints of ids and
    `users` those of users, 0 for none; for a whole event, its place in `whole`.
    """

    accounts: array[int]
    routes: array[int]
    occurred: array[int]
    known: array[int]
    prints: array[int]
    users: array[int]
    whole: list[WholeEvent]


def empty_chunk() -> Chunk:
    return Chunk(array("I"), array("I"), array("q"), array("q"), array("Q"), array("Q"), [])


class Place(msgspec.Struct, frozen=True):
    """Where a chunk is: its block, its writer, and where in that writer's file. `events` are how many it has."""

    block: int
    writer: int
    offset: int
    length: int
    events: int


class SpillPort(Protocol):
    """Where chunks are kept."""

    def write(self, block: int, chunk: Chunk) -> Place: ...

    def read(self, place: Place) -> Chunk: ...

    def write_bytes(self, data: bytes) -> Place: ...

    def read_bytes(self, place: Place) -> bytes: ...


class MemorySpill:
    """Keeps chunks in memory, for a small input. One writer."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._bytes: list[bytes] = []

    def write(self, block: int, chunk: Chunk) -> Place:
        self._chunks.append(chunk)
        return Place(block, 0, len(self._chunks) - 1, 0, len(chunk.accounts))

    def read(self, place: Place) -> Chunk:
        return self._chunks[place.offset]

    def write_bytes(self, data: bytes) -> Place:
        self._bytes.append(data)
        return Place(0, 0, len(self._bytes) - 1, len(data), 0)

    def read_bytes(self, place: Place) -> bytes:
        return self._bytes[place.offset]


class Spill:
    """The files of all writers; each writes to its own, and reads all. Writing and reading may block."""

    def __init__(self, paths: Sequence[str], writer: int) -> None:
        """Open the files at `paths`, which exist and are empty.

        Raises:
            UserError: when one cannot be opened.
        """
        try:
            self._files = [os.open(path, os.O_RDWR) for path in paths]
        except OSError as error:
            raise unwritable(error) from None
        self._writer = writer
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            os.close(file)

    def write(self, block: int, chunk: Chunk) -> Place:
        """Append a chunk.

        Raises:
            UserError: when the disk is full.
        """
        data = _packed(chunk)
        place = self.write_bytes(data)
        return Place(block, self._writer, place.offset, place.length, len(chunk.accounts))

    def read(self, place: Place) -> Chunk:
        return _unpacked(self.read_bytes(place), place.events)

    def write_bytes(self, data: bytes) -> Place:
        """Append any bytes; see `write`."""
        offset, rest = self._end, memoryview(data)
        try:
            while rest:
                rest = rest[os.pwrite(self._files[self._writer], rest, self._end + len(data) - len(rest)) :]
        except OSError as error:
            raise unwritable(error) from None
        self._end += len(data)
        return Place(0, self._writer, offset, len(data), 0)

    def read_bytes(self, place: Place) -> bytes:
        data = os.pread(self._files[place.writer], place.length, place.offset)
        while len(data) < place.length:  # one call reads 2 GB at most
            data += os.pread(self._files[place.writer], place.length - len(data), place.offset + len(data))
        return data


def _packed(chunk: Chunk) -> bytes:
    return b"".join([*(column.tobytes() for column in _columns(chunk)), marshal.dumps(chunk.whole)])


def _unpacked(data: bytes, events: int) -> Chunk:
    chunk, begin, view = empty_chunk(), 0, memoryview(data)
    for column in _columns(chunk):
        end = begin + events * column.itemsize
        column.frombytes(view[begin:end])
        begin = end
    chunk.whole = marshal.loads(view[begin:])
    return chunk


def _columns(chunk: Chunk) -> tuple[array[int], ...]:
    return chunk.accounts, chunk.routes, chunk.occurred, chunk.known, chunk.prints, chunk.users


def unwritable(error: OSError) -> UserError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError(
            "The disk for temporary files is full: a replay sorts the events there, and needs about a third of the "
            "size of the file. Free some space, or name another folder in TMPDIR."
        )
    return UserError(
        f"Temporary files cannot be written ({error.strerror or error}): name a folder that can be in TMPDIR."
    )
