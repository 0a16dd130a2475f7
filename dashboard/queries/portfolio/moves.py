"""The accounts that changed their tier, and why."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.book.words import top_risk
from dashboard.queries.ground import Ground
from dashboard.queries.listing import explain
from dashboard.queries.portfolio.standing import Mask, Standing
from dashboard.values.portfolio import TierChange
from scoring.instants import DAY_MS, parse_instant
from scoring.result import ScoreSnapshot
from scoring.texts import Explanation

SHOWN_MAX = 100


class Moves(NamedTuple):
    """Who fell and who rose by row, those who pay most first."""

    fell: NDArray[np.intp]
    rose: NDArray[np.intp]

    @property
    def shown(self) -> list[int]:
        """The rows to show: those who fell before those who rose, a hundred of them at most."""
        few = min(len(self.rose), max(SHOWN_MAX // 4, SHOWN_MAX - len(self.fell)))
        return [int(row) for row in (*self.fell[: SHOWN_MAX - few], *self.rose[:few])]


def moves_of(book: Book, mask: Mask, now: Standing, then: Standing) -> Moves:
    """The accounts whose tier is another one than it was. Pure."""
    rows = np.flatnonzero(mask)
    both = now.has_score & then.has_score
    order = np.lexsort((book.id_places()[rows], -now.mrr))
    fell, rose = (both & (now.ranks < then.ranks))[order], (both & (now.ranks > then.ranks))[order]
    return Moves(rows[order][fell], rows[order][rose])


async def changes_of(ground: Ground, moves: Moves, day: int) -> tuple[TierChange, ...]:
    """The moves with their causes, since the close of `day`."""
    book = ground.book
    ids = {row: book.table.ids[row] for row in moves.shown}
    await explain(ground, tuple(ids.values()))
    then = book.at(day)
    return tuple(
        _change(book, row, book.table.texts["tier"][int(then.tiers[row])], float(then.score[row]), ground, day)
        for row, account_id in ids.items()
        if book.table.ids[row] == account_id
    )


def _change(book: Book, row: int, from_tier: str, before: float, ground: Ground, day: int) -> TierChange:
    table = book.table
    cause, at_ms = _cause(ground.words.last(table.ids[row]), table.label("tier", row), day)
    return TierChange(
        account_id=table.ids[row],
        account=table.label("name", row),
        from_tier=from_tier,
        to_tier=table.label("tier", row),
        before=before,
        after=table.number("score", row) or 0.0,
        cause=cause,
        mrr=table.number("mrr", row),
        at_ms=at_ms or table.instant("as_of_ms", row),
    )


def _cause(explained: tuple[ScoreSnapshot, Explanation] | None, tier: str, day: int) -> tuple[str, int]:
    """Why, and when; the words are "" when nothing says it."""
    if explained is None:
        return "", 0
    answer, explanation = explained
    last = answer.last_transition
    if last is not None and last.to_tier == tier and parse_instant(last.at) >= (day + 1) * DAY_MS:
        return explanation.last_transition or top_risk(explanation), parse_instant(last.at)
    return top_risk(explanation), 0
