"""Reads a file of events (NDJSON, plain or gzipped) line by line. `streams.replay.event_line` parses the lines.

A file may come from anywhere: no long line and no gzip bomb takes more than some tens of megabytes of memory. Lines end
in LF, CR LF or CR; a byte order mark at the beginning is ignored.
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

from scoring.event.event import EVENT_MAX_BYTES
from streams.errors import UserError
from streams.text_encoding import HEAD_BYTES, foreign_encoding, foreign_kind, format_advice, without_byte_order_mark

CHUNK_BYTES = 32 * 1024
WIDE_CHUNK_BYTES = 1024 * 1024
"""A chunk of a file that is not compressed, where it is read in blocks."""
STDIN = "-"
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_FORMAT = 31  # zlib's number for «gzip, with the largest window»

Line = tuple[int, bytes]
"""A line's number, from 1, and its bytes."""


class EventFile:
    """An open file of events, read in chunks; gzip is detected by its first bytes. A context manager.

    `name` is for messages, `size` is the number of bytes in the file (0 if unknown, as for a pipe), and `position` is
    the number of bytes read.
    """

    position: int
    _lines_read: int
    _is_finished: bool
    _reader: _LineReader

    def __init__(self, path: str, *, twice: bool = False) -> None:
        """Open `path`; "-" is standard input. With `twice`, a pipe is copied while it is read, so that it can be
        rewound.

        Raises:
            UserError: when it cannot be opened.
        """
        self.name = "Standard input" if path == STDIN else path or "''"
        self._stack = ExitStack()
        self._first_line = b""
        if path == STDIN and sys.stdin is None:
            raise UserError("Standard input is closed: give the path of an NDJSON file.")
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
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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

    def without_events(self, so: str = "") -> UserError:
        """The error for a file none of whose lines is an event. It says what the file is instead, as far as the first
        line shows, and the consequence `so`. Lines that are objects are events, each rejected for its own reason."""
        if not self._first_line:
            return UserError(f"{self.name} is empty: give an NDJSON file, each line an event with its topic.")
        shape = format_advice(self._first_line)
        if not shape and self._first_line.lstrip().startswith(b"{"):
            return UserError(f"{self.name}: all its lines were rejected{so}. Fix them for the reasons listed.")
        text = f"{self.name}: no line of it is an event{so}{f'; {shape}' if shape else ''}."
        return UserError(f"{text} Give NDJSON, each line an event with its topic.")

    def _read_text(self, wide_bytes: int) -> bytes | None:
        """The whole lines of the next chunk, at most `wide_bytes` of it unless it is compressed; None at the end."""
        if self._is_finished:
            return None
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
        self._reader = _LineReader()

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
            raise UserError(f"{self.name} cannot be read ({reason}): give an NDJSON file, gzipped or not.") from None


def lines_of(text: bytes) -> list[bytes]:
    """The lines of a text, without their line breaks.

    >>> lines_of(b"one\n\ntwo\n"), lines_of(b"one\ntwo")
    ([b'one', b'', b'two'], [b'one', b'two'])
    """
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


class _LineReader:
    """Takes chunks of a file and returns text of whole lines, each of which ends in LF but perhaps the last of all.

    A line over `EVENT_MAX_BYTES` is cut, but stays longer than that.

    Raises ValueError when the file is not UTF-8 text.
    """

    def __init__(self) -> None:
        self._head: bytes | None = b""
        """The first bytes, until there are enough to recognise gzip; then None."""
        self._gunzip: _Gunzip | None = None
        self._text_head: bytes | None = b""
        """The first bytes of the text, until there are enough to recognise its encoding; then None."""
        self._rest = b""
        self._ends_in_cr = False

    @property
    def is_plain(self) -> bool:
        """Whether it is known that the file is not compressed."""
        return self._head is None and self._gunzip is None

    def feed(self, chunk: bytes) -> bytes:
        if self._head is not None:
            chunk = self._head + chunk
            if len(chunk) < len(_GZIP_MAGIC):
                self._head = chunk
                return b""
            self._head = None
            self._gunzip = _Gunzip() if chunk.startswith(_GZIP_MAGIC) else None
        data = self._gunzip.feed(chunk) if self._gunzip else chunk
        if self._text_head is not None:
            data = self._text_head + data
            if len(data) < HEAD_BYTES and b"\n" not in data:
                self._text_head = data
                return b""
            data = self._begun(data)
        return self._whole(data)

    def finish(self) -> bytes:
        """The last line, which need not end in a line break."""
        if self._gunzip and not self._gunzip.is_whole:
            raise EOFError("the gzip is truncated")
        text = self._whole(self._begun(self._text_head or self._head or b"")) if self._text_head is not None else b""
        return text + self._rest

    def _begun(self, data: bytes) -> bytes:
        self._text_head = None
        if encoding := foreign_encoding(data):
            raise ValueError(f"it is {encoding}, not UTF-8: save it as UTF-8")
        if kind := foreign_kind(data):
            raise ValueError(f"it is {kind}: unpack or export it first")
        return without_byte_order_mark(data)

    def _whole(self, data: bytes) -> bytes:
        if self._ends_in_cr and data:  # that line has ended; the LF of its CR LF is not another line
            data, self._ends_in_cr = data.removeprefix(b"\n"), False
        if b"\r" in data:
            self._ends_in_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = data.rfind(b"\n") + 1
        if not end:
            self._rest = (self._rest + data)[: EVENT_MAX_BYTES + 1]
            return b""
        text, self._rest = self._rest + data[:end], data[end:][: EVENT_MAX_BYTES + 1]
        return text


class _Gunzip:
    """A gzip of one or more members, perhaps followed by zeros, as tapes and some tools write."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_FORMAT)

    @property
    def is_whole(self) -> bool:
        return self._member.eof

    def feed(self, data: bytes) -> bytes:
        found: list[bytes] = []
        while data:
            if self._member.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                self._member = zlib.decompressobj(_GZIP_FORMAT)
            found.append(self._member.decompress(data))
            data = self._member.unused_data
        return b"".join(found)
