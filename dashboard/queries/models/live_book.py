"""The accounts that the live model judges, in columns: scores, money, judgements, evidence, profiles and floors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.queries.explained import learned
from dashboard.queries.ground import Ground
from scoring.model.model_json import model_key
from scoring.plan.plan import Plan

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class LiveBook:
    """The book under its live model: the one that made most of the scores. `rows` are its accounts with a score."""

    plan: Plan
    book: Book
    rows: Rows

    @property
    def scores(self) -> NDArray[np.float64]:
        return self.book.table.numbers("score")[self.rows]

    @property
    def mrr(self) -> NDArray[np.float64]:
        """A month's, 0 where it is not known."""
        return np.nan_to_num(self.book.table.numbers("mrr")[self.rows])

    @property
    def by_hand(self) -> NDArray[np.bool_]:
        """Which scores a person set."""
        return ~np.isnan(self.book.table.numbers("override_until_ms")[self.rows])

    def profiles(self) -> Mapping[str, Rows]:
        """Places in `rows` by profile, "" for the model's own weights."""
        return self._by_text("profile")

    def caps(self) -> NDArray[np.float64]:
        """What floors hold each account down to, 100 without one."""
        floors, caps = self.plan.model.floors, np.full(len(self.rows), 100.0)
        for names, places in self._by_text("flags").items():
            held = [floors[name].to for name in names.split(", ") if name in floors]
            if held:
                caps[places] = min(held)
        return caps

    def judged(self, field: str, rows: Rows) -> NDArray[np.float64]:
        """ "judgement", "evidence", "possible" or "points" by component in the model's order, and row of the book."""
        held = self.book.judgements
        found = np.full((len(self.plan.model.components), len(rows)), np.nan)
        values = held.now(field, self.book.table.rows)
        for number, name in enumerate(self.plan.model.components):
            if name in held.names:
                found[number] = values[held.names.index(name)][rows]
        return found

    def _by_text(self, name: str) -> dict[str, Rows]:
        codes = self.book.table.codes(name)[self.rows]
        texts = self.book.table.texts[name]
        return {texts[int(code)]: np.flatnonzero(codes == code) for code in np.unique(codes)}


async def live_book(ground: Ground) -> LiveBook | None:
    """The book under its live model; None while it has no score, or the model is not known here.

    Raises:
        ReadModelUnavailable: the model is new, and the read model does not answer.
    """
    book = ground.book
    table = book.table
    scored = table.alive & ~np.isnan(table.numbers("score"))
    codes = table.codes("model")
    counts = np.bincount(codes[scored]) if scored.any() else np.zeros(0, np.intp)
    if not len(counts):
        return None
    live = int(counts.argmax())
    name, _, version = table.texts["model"][live].rpartition("@")
    explainer = await learned(ground, {model_key(name, int(version))})
    plan = explainer.plan(name, int(version))
    if plan is None:
        return None
    return LiveBook(plan, book, np.flatnonzero(scored & (codes == live)))
