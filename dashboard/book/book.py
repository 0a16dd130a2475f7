"""The book: all accounts in memory, one row each, in columns. Pure: `dashboard.book.follower` fills it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from dashboard.book.activity_values import ActivityValues
from dashboard.book.filling import Filling
from dashboard.book.row_values import RowValues
from dashboard.book.scale import Scale
from dashboard.book.store.closes import Closes, Past, Then
from dashboard.book.store.facts import Facts
from dashboard.book.store.judgements import LONG_AGO, RECENT, Judgements
from dashboard.book.store.milestones import Milestones
from dashboard.book.store.order import Order
from dashboard.book.store.search_text import SearchText
from dashboard.book.store.table import Table
from dashboard.book.store.top import Top
from dashboard.book.store.traits import Traits
from scoring.instants import DAY_MS
from streams.read_model.account_values import History

STARS = 10


class Book:
    """The accounts. Mutable; one event loop owns it. `version` grows with every change of a row."""

    def __init__(self) -> None:
        self.table = Table()
        self.closes = Closes(self.table.capacity)
        self.judgements = Judgements(self.table.capacity)
        self.traits = Traits(self.table.capacity)
        self.facts = Facts(self.table.capacity)
        self.milestones = Milestones(self.table.capacity)
        self._others = (self.closes, self.judgements, self.traits, self.facts, self.milestones)
        self.search = SearchText()
        self.filling, self.scale = Filling(), Scale()
        self.version = self.as_of_ms = 0
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        self._ids = Order()
        self.most_at_risk, self.most_paying = Top(STARS), Top(1)
        self._made: dict[str, tuple[int, NDArray[np.float64]]] = {}

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

    def account_ids(self) -> tuple[str, ...]:
        """All accounts."""
        return tuple(self._rows)

    def position(self, row: int) -> tuple[int, int]:
        """(generation, version) of the row's answer."""
        return self.table.instant("generation", row), self.table.instant("version", row)

    def reserve(self, accounts: int) -> None:
        """Make room for this many accounts at once."""
        if accounts > self.table.capacity:
            self.table.reserve(accounts)
            self._follow_capacity()

    def put(self, values: RowValues) -> bool:
        """Take in an answer; False when the book has it, or a later one."""
        row, day = self._rows.get(values.account_id), values.as_of_ms // DAY_MS
        if row is None:
            row = self._new_row(values.account_id)
            self.closes.begin(row, day)
        elif self.position(row) >= (values.generation, values.version):
            return False
        else:
            self._close(row, day, values.numbers.mrr)
        self._weigh(row, values.numbers.at_risk, values.numbers.mrr)
        if self.table.label("model", row) not in ("", values.labels.model):
            self.judgements.put_model(row, day)
        name = self.table.label("name", row)
        self.table.put(row, values)
        self.judgements.put(row, values.components)
        self.facts.put(row, values.facts)
        self._name(row, name)
        self.as_of_ms = max(self.as_of_ms, values.as_of_ms)
        self.version += 1
        return True

    def put_activity(self, account_id: str, values: ActivityValues) -> None:
        """Take in an account's activity; without effect when the account is not in the book."""
        row = self._rows.get(account_id)
        if row is not None:
            name = self.table.label("name", row)
            self.table.put_activity(row, values)
            self.traits.put(row, values.traits)
            self.milestones.put(row, values.reached_ms)
            self._name(row, name)
            self.version += 1

    def put_past(self, account_id: str, past: Past) -> None:
        """Take in an account's closes; without effect when the account is not in the book."""
        row = self._rows.get(account_id)
        if row is not None:
            day, mrr = self.table.instant("as_of_ms", row) // DAY_MS, float(self.table.numbers("mrr")[row])
            self.closes.put(row, past, day, mrr, self.table.texts["tier"].code)
            self.version += 1

    def put_points(self, account_id: str, history: History) -> None:
        """Take in an account's points at the closes of the last week, and since when its model is the one of now;
        without effect when the account is not in the book."""
        row = self._rows.get(account_id)
        if row is None or not history.days:
            return
        recent = history.days[-RECENT:]
        for each in recent:
            self.judgements.put_day(row, each.day, history.components, each.points)
        day = self.table.instant("as_of_ms", row) // DAY_MS
        for missing in range(max(recent[-1].day + 1, day - RECENT), day):
            self.judgements.put_day(row, missing, history.components, recent[-1].points)
        model = self.table.label("model", row)
        other = next((each.day for each in reversed(recent) if each.model not in ("", model)), None)
        self.judgements.put_model(row, LONG_AGO if other is None else other + 1)
        self.version += 1

    def remove(self, account_id: str) -> bool:
        """Forget an account; False when it is not in the book."""
        row = self._rows.pop(account_id, None)
        if row is None:
            return False
        self._weigh(row, np.nan, np.nan)
        self.table.clear(row)
        for part in self._others:
            part.clear(row)
        self.search.drop(row)
        self._ids.drop(row)
        self._free.append(row)
        self.version += 1
        return True

    def settling(self) -> Iterator[None]:
        """Take new ids and texts into their orders, one a step, so that the next list finds little to do."""
        self._ids.settle()
        yield
        for texts in self.table.texts.values():
            texts.settle()
            yield

    @property
    def waiting(self) -> int:
        """How many ids are not in their order yet."""
        return self._ids.waiting

    def id_places(self) -> NDArray[np.int32]:
        """By row: the place of its account id among all."""
        return self._ids.places()

    def id_place(self, account_id: str) -> float:
        """The place of an account id, between two places when it is not in the book."""
        return self._ids.place_of(account_id)

    def tier_rank(self, tier: str) -> int:
        """0 for the worst tier; an unknown tier, and none, come last."""
        return self.scale.tiers.index(tier) if tier in self.scale.tiers else len(self.scale.tiers)

    def tier_ranks(self, codes: NDArray[np.int32] | None = None) -> NDArray[np.int32]:
        """The ranks of these codes of tiers, of all rows' if none are given."""
        texts = self.table.texts["tier"]
        ranks = np.array([self.tier_rank(texts[code]) for code in range(len(texts))], np.int32)
        return ranks[self.table.codes("tier") if codes is None else codes]

    def at(self, day: int) -> Then:
        """All rows at the close of a day (since 1970); today's is as they are now."""
        return self.closes.at(day, self.table.numbers("score"), self.table.codes("tier"))

    def mrr_at(self, day: int) -> NDArray[np.float64]:
        """By row: what it paid a month at the close of a day."""
        return self.closes.mrr.at(day, self.table.numbers("mrr"))

    def cached(self, name: str, made: Callable[[Book], NDArray[np.float64]]) -> NDArray[np.float64]:
        """A column that is made of others, made again only when a row has changed."""
        version, values = self._made.get(name, (-1, None))
        if values is None or version != self.version:
            values = made(self)
            self._made[name] = (self.version, values)
        return values

    def _close(self, row: int, day: int, mrr: float) -> None:
        """The row's answer is about to be replaced by one of `day`: what it says holds for the days until then."""
        score, paid = float(self.table.numbers("score")[row]), float(self.table.numbers("mrr")[row])
        filled = self.closes.filled(row)
        if day - 1 > filled:
            self.judgements.hold(row, filled + 1, day)
        self.closes.hold(row, day, score, int(self.table.codes("tier")[row]), (paid, mrr))

    def _weigh(self, row: int, at_risk: float, mrr: float) -> None:
        self.most_at_risk.changed(float(self.table.numbers("at_risk")[row]), at_risk)
        self.most_paying.changed(float(self.table.numbers("mrr")[row]), mrr)

    def _name(self, row: int, before: str) -> None:
        name = self.table.label("name", row)
        if name != before:
            self.search.put(row, name, self.table.ids[row])

    def _new_row(self, account_id: str) -> int:
        row = self._free.pop() if self._free else self.table.append()
        self._follow_capacity()
        self._rows[account_id] = row
        self._ids.put(row, account_id)
        return row

    def _follow_capacity(self) -> None:
        if self.closes.capacity < self.table.capacity:
            for part in self._others:
                part.reserve(self.table.capacity)
