"""The book: all accounts in memory, one row each, in columns. Pure: who fills it is `dashboard.book.follower`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dashboard.book.order import Order
from dashboard.book.row_values import RowValues
from dashboard.book.scale import Scale
from dashboard.book.search_text import SearchText
from dashboard.book.table import Table
from scoring.instants import DAY_MS

STARS = 10


class Book:
    """The accounts. Mutable; one event loop owns it. `version` grows with every change.

    `is_whole` is False while it is being filled, `words` says how far that is. `trouble` says what does not answer at
    the moment and since when it does not, "" while all is well; the book keeps what it has.
    """

    def __init__(self) -> None:
        self.table = Table()
        self.search = SearchText()
        self.scale = Scale()
        self.version = 0
        self.as_of_ms = 0
        self.is_whole = False
        self.words = "The book is empty: it is being filled."
        self.trouble = ""
        self.trouble_since_ms = 0
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        self._ids = Order()
        self._derived: dict[str, tuple[int, NDArray[np.float64]]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, account_id: str) -> bool:
        return account_id in self._rows

    @property
    def today(self) -> int:
        """The day (since 1970) of the latest instant of judgement."""
        return self.as_of_ms // DAY_MS

    def row(self, account_id: str) -> int | None:
        """The account's row; None when it is not in the book."""
        return self._rows.get(account_id)

    def reserve(self, accounts: int) -> None:
        """Make room for this many accounts at once."""
        self.table.reserve(accounts)

    def put(self, values: RowValues) -> bool:
        """Take in an answer; False when the book has it, or a later one. The order of answers does not matter."""
        row = self._rows.get(values.account_id)
        if row is None:
            row = self._new_row(values.account_id)
        elif self.position(row) >= (values.generation, values.version):
            return False
        if self.table.label("name", row) != values.labels.name:
            self.search.put(row, values.labels.name, values.account_id)
        self.table.set(row, values)
        self.as_of_ms = max(self.as_of_ms, values.as_of_ms)
        self.version += 1
        return True

    def remove(self, account_id: str) -> bool:
        """Forget an account; False when it is not in the book."""
        row = self._rows.pop(account_id, None)
        if row is None:
            return False
        self.table.clear(row)
        self.search.drop(row)
        self._ids.drop(row)
        self._free.append(row)
        self.version += 1
        return True

    def position(self, row: int) -> tuple[int, int]:
        """(generation, version) of the row's answer."""
        return int(self.table.instants("generation")[row]), int(self.table.instants("version")[row])

    def settle(self) -> None:
        """Take new ids and texts into their orders, so that the next list finds little to do."""
        self._ids.settle()
        for texts in self.table.texts.values():
            texts.settle()

    @property
    def waiting(self) -> int:
        """How many ids are not in their order yet."""
        return self._ids.waiting

    def account_ids(self) -> tuple[str, ...]:
        """All accounts."""
        return tuple(self._rows)

    def id_places(self) -> NDArray[np.int32]:
        """By row: the place of its account id among all."""
        return self._ids.places()

    def id_place(self, account_id: str) -> float:
        """The place of an account id, between two places when it is not in the book."""
        return self._ids.place_of(account_id)

    def tier_ranks(self) -> NDArray[np.int32]:
        """By row: the rank of its tier, 0 the worst; without a score one more than the best's."""
        texts = self.table.texts["tier"]
        ranks = [self.tier_rank(texts[code]) for code in range(len(texts))]
        return np.array(ranks, np.int32)[self.table.codes("tier")]

    def tier_rank(self, tier: str) -> int:
        """0 for the worst tier; an unknown tier, and none, come last."""
        return self.scale.tiers.index(tier) if tier in self.scale.tiers else len(self.scale.tiers)

    def urgency(self) -> NDArray[np.float64]:
        """By row: the points below green × the account's share of the largest MRR; NaN without a score or MRR."""
        return self._cached("urgency", self._urgency)

    def _urgency(self) -> NDArray[np.float64]:
        mrr = self.table.numbers("mrr")
        largest = np.nanmax(mrr, initial=0.0, where=self.table.alive) if len(mrr) else 0.0
        below = np.maximum(0.0, self.scale.green - self.table.numbers("score"))
        return below * mrr / largest if largest > 0 else below * mrr

    def starred(self) -> frozenset[int]:
        """The rows with a star: not green, and among the ten with most MRR at risk."""
        rows = self._cached("starred", self._starred)
        return frozenset(map(int, rows))

    def _starred(self) -> NDArray[np.float64]:
        risk = self.table.numbers("at_risk")
        rows = np.flatnonzero(~np.isnan(risk))
        if len(rows) > STARS:
            least = np.partition(risk[rows], len(rows) - STARS)[len(rows) - STARS]
            rows = rows[risk[rows] >= least]
            rows = rows[np.lexsort((self.id_places()[rows], -risk[rows]))][:STARS]
        best = self.table.texts["tier"].known(self.scale.best)
        starred: NDArray[np.float64] = rows[self.table.codes("tier")[rows] != best].astype(np.float64)
        return starred

    def _cached(self, name: str, made: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        version, values = self._derived.get(name, (-1, None))
        if values is None or version != self.version:
            values = made()
            self._derived[name] = (self.version, values)
        return values

    def _new_row(self, account_id: str) -> int:
        row = self._free.pop() if self._free else self.table.append()
        self._rows[account_id] = row
        self._ids.put(row, account_id)
        return row
