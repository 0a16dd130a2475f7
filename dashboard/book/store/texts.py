"""Texts as small numbers: a column of text has one number a row. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dashboard.book.store.order import Order


def folded(text: str) -> str:
    """`text` as it is compared: composed, and in no case.

    >>> folded("Straße"), folded("CAFE\u0301") == folded("café")
    ('strasse', True)
    """
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


class Texts:
    """Distinct texts with their codes; "" has the code 0. Mutable: it only grows, and a code never changes."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {"": 0}
        self._texts: list[str] = [""]
        self._order = Order()

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, code: int) -> str:
        return self._texts[code]

    def code(self, text: str) -> int:
        """The code of a text, a new one if need be."""
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self._texts)
            self._texts.append(text)
            self._order.put(found, _key(text))
        return found

    def known(self, text: str) -> int:
        """The code of a text; -1 when no row ever had it."""
        return self._codes.get(text, -1)

    def settle(self) -> None:
        """Take new texts into the order, so that the next sort finds little to do."""
        self._order.settle()

    @property
    def waiting(self) -> int:
        """How many texts are not in the order yet."""
        return self._order.waiting

    def places(self) -> NDArray[np.float64]:
        """By code: its place in the order of texts, in no case; NaN for ""."""
        places = np.empty(len(self._texts))
        places[: len(self._texts)] = self._order.places()[: len(self._texts)] if len(self._texts) > 1 else 0
        places[0] = np.nan
        return places

    def place_of(self, text: str) -> float:
        """The place of a text, between two places when no row has it."""
        return self._order.place_of(_key(text))

    def where(self, holds: Callable[[str], bool]) -> NDArray[np.bool_]:
        """By code: whether `holds` is true of its text."""
        return np.fromiter(map(holds, self._texts), np.bool_, len(self._texts))

    def folded_is(self, text: str) -> NDArray[np.bool_]:
        """By code: whether its text is `text`, in any case."""
        wanted = folded(text)
        return self.where(lambda each: folded(each) == wanted)


def _key(text: str) -> str:
    return f"{folded(text)}\0{text}"
