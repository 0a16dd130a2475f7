"""Recognises the form of a file by its first bytes, unpacks it, and hands it to the reader of that form."""

from __future__ import annotations

from streams.replay.forms.csv_text import CsvText
from streams.replay.forms.form import PARQUET_MAGIC, FileForm, Kind, kind_of_name, separator_for
from streams.replay.forms.gunzip import GZIP_MAGIC, Gunzip
from streams.replay.forms.json_array import JsonArray
from streams.replay.forms.text import LineText, Text
from streams.text_encoding import HEAD_BYTES, foreign_encoding, foreign_kind, without_byte_order_mark

_KIND_OF_BYTE: dict[bytes, Kind] = {b"[": "json", b"{": "ndjson"}
_BLANK_MAX = 64 * 1024
"""The most white space before the first bracket of an array."""


class FileText:
    """Takes the bytes of a file in chunks and returns lines of NDJSON: see `Text`. Mutable.

    `kind` is "" until the form is known. Raises ValueError when the file is not a text, or of another form than named.
    """

    def __init__(self, name: str, path: str, form: FileForm) -> None:
        self.kind: Kind | None = form.kind or None
        self._name, self._path, self._form = name, path, form
        self._head: bytes | None = b""
        """The first bytes, until there are enough to recognise gzip; then None."""
        self._gunzip: Gunzip | None = None
        self._text_head = b""
        """The first bytes of the text, until there are enough to recognise its form."""
        self._text: Text | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is known that the file is not compressed."""
        return self._head is None and self._gunzip is None

    def feed(self, chunk: bytes) -> bytes:
        """The lines that can be made with these further bytes."""
        if self._head is not None:
            chunk = self._head + chunk
            if len(chunk) < len(GZIP_MAGIC):
                self._head = chunk
                return b""
            self._head = None
            self._gunzip = Gunzip() if chunk.startswith(GZIP_MAGIC) else None
        data = self._gunzip.feed(chunk) if self._gunzip else chunk
        if self._text is not None:
            return self._text.feed(data)
        data = self._text_head + data
        if not self._is_enough(data):
            self._text_head = data
            return b""
        return self._begun(data)

    def finish(self) -> bytes:
        """The last lines."""
        if self._gunzip and not self._gunzip.is_whole:
            raise EOFError("the gzip is truncated")
        text = b"" if self._text is not None else self._begun(self._text_head or self._head or b"")
        assert self._text is not None
        return text + self._text.finish()

    def place(self, number: int) -> str:
        """Where the event with this number is, as text; "" where the number is that of a line."""
        return "" if self._text is None else self._text.place(number)

    def _is_enough(self, data: bytes) -> bool:
        """Whether these first bytes of the text show its form."""
        if self._form.kind in ("ndjson", "csv"):
            return len(data) >= HEAD_BYTES or b"\n" in data
        return len(data) > _BLANK_MAX or (len(data) >= HEAD_BYTES and bool(without_byte_order_mark(data).strip()))

    def _begun(self, data: bytes) -> bytes:
        text = self._text = self._reader(data)
        return text.feed(data if isinstance(text, CsvText) else without_byte_order_mark(data))

    def _reader(self, data: bytes) -> Text:
        if data.startswith(PARQUET_MAGIC):
            raise ValueError("it is a Parquet file, which cannot be read from a pipe or a gzip: give its path")
        if kind := foreign_kind(data):
            raise ValueError(f"it is {kind}: unpack or export it first")
        first = without_byte_order_mark(data).lstrip()[:1]
        is_array = first == b"["
        self.kind = self._form.kind or _KIND_OF_BYTE.get(first) or kind_of_name(self._path)
        if self.kind == "csv":
            return self._csv(data)
        if encoding := foreign_encoding(data):
            raise ValueError(f"it is {encoding}, not UTF-8: save it as UTF-8")
        if self.kind == "parquet":
            raise ValueError("it is not a Parquet file: leave --format, or name another")
        if self.kind == "json":
            if not is_array:
                raise ValueError("it is not a JSON array, which begins with a bracket: leave --format, or name another")
            return JsonArray()
        return LineText()

    def _csv(self, data: bytes) -> CsvText:
        encoding = foreign_encoding(data)
        if encoding and not self._form.encoding.replace("_", "-").startswith(encoding.lower()):
            raise ValueError(f"it is {encoding}, not {self._form.encoding}: give --encoding {encoding.lower()}")
        return CsvText(self._name, self._form, separator_for(self._form, self._path))
