"""Accounts by a part of their name or id: one long text of all of them, looked through at the speed of memory. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.book.store.texts import folded

FEW = 4_096
"""Up to this many places of a part are found one by one, more of them by columns of bytes."""
SAMPLED = 1_009
END = b"\0"


class SearchText:
    """Names and ids of all accounts, in no case. Mutable; a changed one is added at the end, and blanked before."""

    def __init__(self) -> None:
        self._text = bytearray(END)
        self._begins = np.zeros(1_024, np.int64)
        self._owners = np.full(1_024, -1, np.int32)
        self._pieces = 0
        self._piece_of: dict[int, int] = {}
        self._wasted = 0

    def put(self, row: int, name: str, account_id: str) -> None:
        """The row has this name and id from now on."""
        self.drop(row)
        piece = folded(account_id).encode(errors="surrogatepass").replace(END, b"\1")
        if name and name != account_id:
            piece = folded(name).encode(errors="surrogatepass").replace(END, b"\1") + END + piece
        if self._pieces == len(self._begins):
            self._begins = np.concatenate((self._begins, np.zeros_like(self._begins)))
            self._owners = np.concatenate((self._owners, np.full_like(self._owners, -1)))
        self._begins[self._pieces] = len(self._text)
        self._owners[self._pieces] = row
        self._piece_of[row] = self._pieces
        self._pieces += 1
        self._text += piece + END

    def drop(self, row: int) -> None:
        """The row has no name any more."""
        piece = self._piece_of.pop(row, None)
        if piece is None:
            return
        begin, end = self._span(piece)
        self._text[begin:end] = END * (end - begin)
        self._owners[piece] = -1
        self._wasted += end - begin
        if self._wasted > len(self._text) // 2 and self._wasted > 65_536:
            self._compact()

    def rows(self, part: str) -> NDArray[np.int32]:
        """The rows whose name or id has this part, each once, in any order."""
        needle = folded(part).encode(errors="surrogatepass")
        if not needle or END in needle:
            return np.empty(0, np.int32)
        at = self._few_places(needle)
        if at is None:
            at = self._many_places(needle)
        owners = self._owners[self._pieces_at(at)]
        return owners[owners >= 0]

    def _pieces_at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The pieces that these places lie in, each once."""
        begins = self._begins[: self._pieces]
        if len(places) <= self._pieces // 8:
            return np.unique(np.searchsorted(begins, places, side="right") - 1)
        is_place = np.zeros(len(self._text), np.bool_)
        is_place[places] = True
        return np.flatnonzero(np.logical_or.reduceat(is_place, begins))

    def _few_places(self, needle: bytes) -> NDArray[np.int64] | None:
        found: list[int] = []
        at = self._text.find(needle)
        while at >= 0:
            if len(found) == FEW:
                return None
            found.append(at)
            # The rest of this account is passed over.
            at = self._text.find(needle, self._text.find(END, at))
        return np.array(found, np.int64)

    def _many_places(self, needle: bytes) -> NDArray[np.int64]:
        text = np.frombuffer(self._text, np.uint8)
        # The byte that is met least is looked for, the others where it is.
        counts = np.bincount(text[::SAMPLED], minlength=256)
        rare = min(range(len(needle)), key=lambda offset: int(counts[needle[offset]]))
        places = np.flatnonzero(text[rare : len(text) - len(needle) + 1 + rare] == needle[rare])
        for offset, byte in enumerate(needle):
            if offset != rare:
                places = places[text[places + offset] == byte]
        return places.astype(np.int64, copy=False)

    def _span(self, piece: int) -> tuple[int, int]:
        begin = int(self._begins[piece])
        return begin, int(self._begins[piece + 1]) if piece + 1 < self._pieces else len(self._text)

    def _compact(self) -> None:
        kept = [(row, bytes(self._text[slice(*self._span(piece))])) for row, piece in self._piece_of.items()]
        self._text, self._pieces, self._wasted = bytearray(END), 0, 0
        self._piece_of = {}
        for row, piece in kept:
            self._begins[self._pieces], self._owners[self._pieces] = len(self._text), row
            self._piece_of[row] = self._pieces
            self._pieces += 1
            self._text += piece
        self._owners[self._pieces :] = -1
