"""Reads a file of events line by line, whatever its form. `streams.replay.event_line` parses the lines.

NDJSON, JSON arrays and CSV may be gzipped and may come from a pipe. A file may come from anywhere: no long line and no
gzip bomb takes more than some tens of megabytes of memory. `streams.replay.forms` makes lines of NDJSON of each form.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import IO, Self

from streams.errors import UserError
from streams.replay.forms.file_text import FileText
from streams.replay.forms.form import AS_FOUND, PARQUET_MAGIC, FileForm
from streams.replay.forms.parquet import ParquetRows
from streams.text_encoding import format_advice

CHUNK_BYTES = 32 * 1024
WIDE_CHUNK_BYTES = 1024 * 1024
"""A chunk of a file that is not compressed, where it is read in blocks."""
STDIN = "-"

Line = tuple[int, bytes]
"""A line's number, from 1, and its bytes. In a JSON array it is the element's number, in Parquet the row's."""


class EventFile:
    """An open file of events, read in chunks; gzip and the form are detected by its first bytes. A context manager.

    `name` is for messages, `size` is the number of bytes in the file (0 if unknown, as for a pipe), and `position` is
    the number of bytes read.
    """

    position: int
    _lines_read: int
    _is_finished: bool
    _reader: FileText
    _rows: ParquetRows | None

    def __init__(self, path: str, form: FileForm = AS_FOUND, *, twice: bool = False) -> None:
        """Open `path`; "-" is standard input. With `twice`, a pipe is copied while it is read, so that it can be
        rewound.

        Raises:
            UserError: when it cannot be opened.
        """
        self.name = "Standard input" if path == STDIN else path or "''"
        self._path, self._form = path, form
        self._stack = ExitStack()
        self._first_line = b""
        if path == STDIN and sys.stdin is None:
            raise UserError("Standard input is closed: give the path of a file.")
        with self._readable():
            source = sys.stdin.fileno() if path == STDIN else path
            self._raw: io.RawIOBase | IO[bytes] = self._stack.enter_context(io.FileIO(source, closefd=path != STDIN))
            os.set_blocking(self._raw.fileno(), True)  # a parent may have made our standard input non-blocking
        can_rewind = self._raw.seekable()
        self.size = os.fstat(self._raw.fileno()).st_size if can_rewind else 0
        self._copy: IO[bytes] | None = None
        if twice and not can_rewind:
            with self._copyable():
                self._copy = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # the stack closes it
        self._rows = None
        try:
            self._begin()
        except UserError:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_rows()
        self._stack.close()

    def fileno(self) -> int:
        """For a selector that waits until `read` would not block."""
        return self._raw.fileno()

    def read(self) -> list[Line] | None:
        """The lines of the next chunk, without blank lines, so perhaps none; None at the end.

        Blocks while a pipe is empty, then returns what is there without waiting for a full chunk.

        Raises:
            UserError: when the file cannot be read further: a disk error, a damaged or truncated gzip.
        """
        text = self._read_text(CHUNK_BYTES)
        if text is None:
            return None
        lines = lines_of(text)
        first = self._lines_read + 1
        self._lines_read += len(lines)
        found = [(number, line) for number, line in enumerate(lines, first) if line and not line.isspace()]
        if found and not self._first_line:
            self._first_line = found[0][1]
        return found

    def read_block(self, size: int) -> bytes | None:
        """The next whole lines, `lines_of` splits them: at least `size` bytes of text if there are as many left, and
        hardly more; None at the end. Otherwise as `read`, and not to be mixed with it."""
        parts: list[bytes] = []
        found = 0
        while found < size and (text := self._read_text(WIDE_CHUNK_BYTES)) is not None:
            parts.append(text)
            found += len(text)
        if not parts:
            return None
        block = b"".join(parts)
        if not self._first_line:
            self._first_line = next((line for line in lines_of(block) if line and not line.isspace()), b"")
        return block

    def lines(self) -> Iterator[Line]:
        """All lines from here to the end; see `read`."""
        while (lines := self.read()) is not None:
            yield from lines

    def rewind(self) -> None:
        """Start again at the beginning. A pipe must have been opened with `twice` and read to its end."""
        if self._copy is not None:
            self._raw, self._copy = self._copy, None
        self._raw.seek(0)
        self._begin()

    def place(self, number: int) -> str:
        """Where the event with this number is, as text; "" where the number is that of a line."""
        return (self._rows or self._reader).place(number)

    def without_events(self, so: str = "") -> UserError:
        """The error for a file none of whose lines is an event. It says what the file is instead, as far as the first
        line shows, and the consequence `so`. Lines that are objects are events, each rejected for its own reason."""
        is_lines = self._rows is None and self._reader.kind == "ndjson"
        if not self._first_line:
            what = "an NDJSON file, each line" if is_lines else "a file, each row or element"
            return UserError(f"{self.name} is empty: give {what} an event with its topic.")
        shape = format_advice(self._first_line) if is_lines else ""
        if not is_lines or (not shape and self._first_line.lstrip().startswith(b"{")):
            each = "lines" if is_lines else "events"
            return UserError(f"{self.name}: all its {each} were rejected{so}. Fix them for the reasons listed.")
        text = f"{self.name}: no line of it is an event{so}{f'; {shape}' if shape else ''}."
        return UserError(f"{text} Give NDJSON, each line an event with its topic.")

    def _read_text(self, wide_bytes: int) -> bytes | None:
        """The whole lines of the next chunk, at most `wide_bytes` of it unless it is compressed; None at the end."""
        if self._is_finished:
            return None
        if self._rows is not None:
            rows = self._rows.next()
            self._is_finished = rows is None
            self.position = int(self.size * self._rows.share)
            return rows
        with self._readable():
            chunk = self._raw.read(wide_bytes if self._reader.is_plain else CHUNK_BYTES) or b""
            text = self._reader.feed(chunk) if chunk else self._reader.finish()
        if self._copy is not None:
            with self._copyable():
                self._copy.write(chunk)
        self.position += len(chunk)
        self._is_finished = not chunk
        return text

    def _begin(self) -> None:
        self.position = self._lines_read = 0
        self._is_finished = False
        self._reader = FileText(self.name, self._path, self._form)
        self._close_rows()
        if self._is_parquet():
            # By its descriptor: DuckDB takes a path with a star or a bracket for a pattern of several files.
            self._rows = ParquetRows(f"/dev/fd/{self._raw.fileno()}", self.name)

    def _is_parquet(self) -> bool:
        if not self._raw.seekable() or self._form.kind not in ("", "parquet"):
            return False
        with self._readable():
            return os.pread(self._raw.fileno(), len(PARQUET_MAGIC), 0) == PARQUET_MAGIC

    def _close_rows(self) -> None:
        if self._rows is not None:
            self._rows.close()
        self._rows = None

    @contextmanager
    def _copyable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UserError(
                f"{self.name} must be read twice, but no copy of it can be written ({error.strerror or error}): free "
                f"some space for temporary files, or save it as a file and give its path."
            ) from None

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, EOFError, zlib.error) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise UserError(
                f"{self.name} cannot be read ({reason}): give NDJSON, a JSON array, CSV or Parquet."
            ) from None


def lines_of(text: bytes) -> list[bytes]:
    """The lines of a text, without their line breaks.

    >>> lines_of(b"one\n\ntwo\n"), lines_of(b"one\ntwo")
    ([b'one', b'', b'two'], [b'one', b'two'])
    """
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines
