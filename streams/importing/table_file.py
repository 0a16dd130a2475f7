"""The rows of an export: a CSV file, read in chunks, with what spreadsheets add to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from streams.errors import UserError
from streams.replay.forms.csv_cells import BadRow, CsvCells, Row, declared_separator, is_undecodable
from streams.text_encoding import foreign_encoding, foreign_kind

CHUNK_BYTES = 256 * 1024


class TableFile:
    """The header of a file, and its rows. `size` and `position` are in bytes."""

    def __init__(self, path: str, separator: str, encoding: str) -> None:
        """Read the header. Blocks.

        Raises:
            UserError: when the file cannot be read, is of another encoding, or has no header.
        """
        self.path = path
        self._separator, self._encoding = separator, encoding
        self.size = self.position = 0
        self._rows = self._read()
        self.header = self._header()

    def rows(self, progress: Callable[[int], None] = lambda position: None) -> Iterator[Row]:
        """The rows after the header, with their lines. Blank ones are left out. Blocks.

        Raises:
            UserError: when the file cannot be read further.
        """
        for number, cells in self._rows:
            progress(self.position)
            if not isinstance(cells, BadRow) and any(map(is_undecodable, cells)):
                yield number, BadRow(f"not {self._encoding}: name the file's encoding in the map")
            else:
                yield number, cells

    def _read(self) -> Iterator[Row]:
        reader = CsvCells(self._separator, self._encoding)
        try:
            with open(self.path, "rb") as file:
                self.size = os.fstat(file.fileno()).st_size
                while chunk := file.read(CHUNK_BYTES):
                    if not self.position:
                        self._check(chunk)
                    self.position += len(chunk)
                    yield from reader.feed(chunk)
                yield from reader.finish()
        except UnicodeError as error:
            raise self._unreadable(f"it is not {self._encoding} ({error.args[-1]})") from None
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from None

    def _check(self, head: bytes) -> None:
        if kind := foreign_kind(head):
            raise self._unreadable(f"it is {kind}: export it as CSV")
        encoding = foreign_encoding(head)
        if encoding and not self._encoding.replace("_", "-").startswith(encoding.lower()):
            raise self._unreadable(f'it is {encoding}: write encoding = "{encoding.lower()}" into the map')

    def _header(self) -> list[str]:
        found = next(self._rows, None)
        if found is not None and self._declares(found[1]):
            found = next(self._rows, None)
        if found is None:
            raise UserError(f"{self.path} is empty: give a CSV file whose first row names its columns.")
        _, cells = found
        if isinstance(cells, BadRow):
            raise UserError(f"{self.path}: the header is {cells}.")
        if any(map(is_undecodable, cells)):
            raise self._unreadable(f"its header is not {self._encoding}: name its encoding in the map")
        names = [cell.lstrip("\ufeff").strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        return names

    def _declares(self, cells: list[str] | BadRow) -> bool:
        """Whether these are the line `sep=;` that Excel reads and writes. It must agree with the map."""
        declared = declared_separator(cells, self._separator)
        if not declared:
            return False
        if declared != self._separator:
            word = "tab" if declared == "\t" else declared
            advice = f'write separator = "{word}" into the map.'
            raise UserError(f"{self.path} says that its separator is {word!r}: {advice}")
        return True

    def _unreadable(self, why: str) -> UserError:
        return UserError(f"{self.path} cannot be read ({why}).")
