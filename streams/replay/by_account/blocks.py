"""The blocks of lines of several files of events, one file after another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from streams.errors import UserError
from streams.replay.event_file import STDIN, EventFile
from streams.replay.forms.form import AS_FOUND, FileForm

BLOCK_BYTES = 2 * 1024 * 1024
"""Text that is sorted at once."""
_PACKED = (".gz", ".parquet")
_PACKED_RATIO = 8

Progress = Callable[[int], None]


class Blocks:
    """Reads files in blocks, which are numbered from 0. Reading may block."""

    def __init__(
        self, sources: Sequence[str], progress: Progress = lambda position: None, form: FileForm = AS_FOUND
    ) -> None:
        """`progress` is called with the bytes read of all files together."""
        self._sources = sources
        self._progress = progress
        self._form = form
        self._files: list[tuple[int, EventFile]] = []
        """Each file's first block, and the file."""
        self.starts: set[int] = set()
        """The first block of each file, for files read so far."""
        self.no_event: UserError | None = None
        """What is wrong with the first file, if no line of it is an event; known when it has been read."""

    def place(self, block: int, line: int) -> str:
        """Where an event is that was on this line, from the beginning of the file that this block is of; see
        `EventFile.place`."""
        return next(file for first, file in reversed(self._files) if first <= block).place(line)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Every block with its number.

        Raises:
            UserError: when a file cannot be read.
        """
        number = before = 0
        for source in self._sources:
            self.starts.add(number)
            with EventFile(source, self._form) as file:
                self._files.append((number, file))
                while (text := file.read_block(BLOCK_BYTES)) is not None:
                    self._progress(before + file.position)
                    yield number, text
                    number += 1
                before += file.position
                self.no_event = self.no_event or file.without_events()


def input_bytes(sources: Sequence[str]) -> int:
    """The size of all files together, as they are on disk; 0 when it is not known."""
    if any(source == STDIN or not os.path.isfile(source) for source in sources):
        return 0
    return sum(map(os.path.getsize, sources))


def text_bytes(sources: Sequence[str]) -> int:
    """About how much text there is in all files together, 0 when it is not known."""
    if not input_bytes(sources):
        return 0
    return sum(os.path.getsize(source) * (_PACKED_RATIO if source.endswith(_PACKED) else 1) for source in sources)
