"""What moved the health index: its change by component, model, and accounts that came or left. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.queries.decimals import apportioned
from dashboard.queries.portfolio.standing import Mask, Standing
from dashboard.values.portfolio import CauseShare

UNIT = 0.01
SHOWN_MAX = 10
MOVED = 0.05
"""Points by which a component must have moved an account: those of closes have one decimal."""
REST_MOVED = 0.5
"""The same for what is left over: ten components that are rounded are added."""
REST = "Limits, overrides and the neutral start"
OTHERS = "Everything else"
CAME, LEFT = "Accounts with a first score", "Accounts without a score now"


class _Part(NamedTuple):
    cause: str
    accounts: int
    points: float


def causes_of(
    book: Book, mask: Mask, day: int, now: Standing, then: Standing, labels: Mapping[str, str]
) -> tuple[CauseShare, ...]:
    """The change of the index since the close of `day`, one of the last seven, by cause: those that took points first.

    `labels` are those of components. The points have two decimals, and their sum is the change with two decimals.
    """
    both = now.has_score & then.has_score
    if not both.any() or now.by_account is None or then.by_account is None:
        return ()
    rows = np.flatnonzero(mask)[both]
    change = now.score[both] - then.score[both]
    is_remade = book.judgements.model_days(book.table.rows)[rows] > day
    parts = [*_by_model(book, rows[is_remade], change[is_remade], len(rows))]
    parts += _by_component(book, rows[~is_remade], change[~is_remade], len(rows), day, labels)
    parts += _by_membership(now, then, both)
    kept = sorted((each for each in parts if each.accounts), key=lambda each: -abs(each.points))
    few, others = kept[:SHOWN_MAX], kept[SHOWN_MAX:]
    if others:
        few.append(_Part(OTHERS, max(each.accounts for each in others), sum(each.points for each in others)))
    total = round(round(now.by_account - then.by_account, 2) / UNIT)
    units = apportioned([each.points for each in few], total, UNIT)
    found = [
        CauseShare(cause=each.cause, accounts=each.accounts, points=round(unit * UNIT, 2))
        for each, unit in zip(few, units, strict=True)
    ]
    return tuple(sorted(found, key=lambda each: (each.points, each.cause)))


def _by_model(book: Book, rows: NDArray[np.intp], change: NDArray[np.float64], size: int) -> list[_Part]:
    codes, texts = book.table.codes("model")[rows], book.table.texts["model"]
    return [
        _Part(_model_words(texts[int(code)]), int(np.count_nonzero(codes == code)), _share(change[codes == code], size))
        for code in np.unique(codes)
    ]


def _model_words(model: str) -> str:
    name, _, version = model.rpartition("@")
    return f"Model {name} v{version}"


def _by_component(
    book: Book, rows: NDArray[np.intp], change: NDArray[np.float64], size: int, day: int, labels: Mapping[str, str]
) -> list[_Part]:
    parts: list[_Part] = []
    after = book.judgements.now("points", book.table.rows)
    before = book.judgements.then(day, book.table.rows)
    rest = change.copy()
    for place, name in enumerate(book.judgements.names):
        moved = np.nan_to_num(after[place, rows]).astype(np.float64) - np.nan_to_num(before[place, rows])
        rest -= moved
        label = labels.get(name, name)
        for words, is_it in (("fell", moved < -MOVED), ("rose", moved > MOVED)):
            parts.append(_Part(f"{label} {words}", int(np.count_nonzero(is_it)), _share(moved[is_it], size)))
    parts.append(_Part(REST, int(np.count_nonzero(np.abs(rest) > REST_MOVED)), _share(rest, size)))
    return parts


def _by_membership(now: Standing, then: Standing, both: Mask) -> list[_Part]:
    """Accounts that are in one of both means only move it without moving themselves."""
    came, left = now.has_score & ~both, then.has_score & ~both
    assert now.by_account is not None
    assert then.by_account is not None
    return [
        _Part(CAME, int(np.count_nonzero(came)), now.by_account - float(now.score[both].mean())),
        _Part(LEFT, int(np.count_nonzero(left)), float(then.score[both].mean()) - then.by_account),
    ]


def _share(points: NDArray[np.float64], size: int) -> float:
    return float(points.sum()) / size
