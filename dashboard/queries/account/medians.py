"""The median judgement of a segment by component: the dashed shape behind an account's radar."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dashboard.book.book import Book

KEPT_SECONDS = 60.0
"""A million accounts take some hundred milliseconds; a shape may be a minute old."""


@dataclass(slots=True)
class Medians:
    """The medians of the segments that were asked for. Mutable; one event loop owns it."""

    _made: dict[str, tuple[float, Mapping[str, float]]] = field(default_factory=dict)

    def of(self, book: Book, segment: str) -> Mapping[str, float]:
        """By component, of the accounts of the segment ("" for those without one) that have evidence for it."""
        made_at, medians = self._made.get(segment, (float("-inf"), {}))
        if time.monotonic() - made_at >= KEPT_SECONDS:
            medians = medians_of(book, segment)
            self._made[segment] = (time.monotonic(), medians)
        return medians


def medians_of(book: Book, segment: str) -> Mapping[str, float]:
    """The medians now."""
    code = book.table.texts["segment"].known(segment)
    rows = np.flatnonzero(book.table.alive & (book.table.codes("segment") == code))
    found = {}
    for name, column in zip(book.judgements.names, book.judgements.now("judgement", book.table.rows), strict=True):
        judged = column[rows]
        judged = judged[~np.isnan(judged)]
        if len(judged):
            found[name] = float(np.median(judged))
    return found
