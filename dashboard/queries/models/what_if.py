"""The book under other weights and bounds: every account scored again, in columns.

The judgements of the book are kept in four bytes each, so a score made of them is some millionths of a point off. What
is shown is the exact score plus the difference that the change makes, both sides made of the same judgements: without a
change every score is the account's own to the last bit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.queries.ground import Ground
from dashboard.queries.models.changed import changed
from dashboard.queries.models.distribution import histogram_of, tier_lines
from dashboard.queries.models.live_book import LiveBook, Rows, live_book
from dashboard.queries.models.weighed import Weighed, scores, weighed
from dashboard.queries.port import BadRequest
from dashboard.values.model import Moved, WhatIfRequest, WhatIfView
from scoring.model.model import Model

TURN = 65_536
"""Accounts that are scored before other work has its turn: some ten milliseconds."""
MOVED = 20
UNKNOWN = 0.01
"""Points by which a score must agree with what its judgements make: one that does not stays as it is."""
Column = NDArray[np.float64]


class Rescored(NamedTuple):
    """Every account of a live book under a changed model. `after` is NaN where nothing can be judged any more."""

    live: LiveBook
    model: Model
    before: Column
    after: Column


async def what_if(ground: Ground, request: WhatIfRequest) -> WhatIfView:
    """See `Queries.what_if`."""
    begun = time.perf_counter()
    found = await rescored(ground, request)
    return _view(found, begun)


async def rescored(ground: Ground, request: WhatIfRequest) -> Rescored:
    """Every account of the live model, before and after.

    Raises:
        BadRequest: names or numbers that a model cannot have, and while there is no live model.
        ReadModelUnavailable: as `live_book`.
    """
    live = await live_book(ground)
    if live is None:
        raise BadRequest("There is no model to change yet: ask again when accounts have scores.")
    model = changed(live.plan.model, request)
    before = live.scores
    after = before.copy()
    if model.components != live.plan.model.components:
        by_hand, caps = live.by_hand, live.caps()
        for profile, places in live.profiles().items():
            now, then = _weights(live.plan.model, profile), _weights(model, profile)
            if now == then:
                continue
            for turn in _turns(places[~by_hand[places]]):
                after[turn] = _after(live, now, then, turn, before[turn], caps[turn])
                await asyncio.sleep(0)
    return Rescored(live, model, before, after)


def _weights(model: Model, profile: str) -> Weighed:
    """The weights of a profile, which only the model's own change; "" for these."""
    own = {name: each.weight for name, each in model.components.items()}
    taken = model.profiles[profile].weights if profile in model.profiles else own
    return weighed(model.header, tuple(taken.get(name, 0.0) for name in model.components))


def _turns(places: Rows) -> Iterator[Rows]:
    for start in range(0, len(places), TURN):
        yield places[start : start + TURN]


def _after(live: LiveBook, now: Weighed, then: Weighed, turn: Rows, exact: Column, caps: Column) -> Column:
    rows = live.rows[turn]
    judgements, evidence = live.judged("judgement", rows), live.judged("evidence", rows)
    was = np.minimum(scores(live.plan, now, judgements, evidence), caps)
    will = np.minimum(scores(live.plan, then, judgements, evidence), caps)
    after = np.clip(exact + (will - was), 0.0, caps)
    is_known = np.abs(was - exact) < UNKNOWN
    return np.where(is_known, after, exact)


def _view(found: Rescored, begun: float) -> WhatIfView:
    live, before = found.live, found.before
    has_score = ~np.isnan(found.after)
    after, mrr = found.after[has_score], live.mrr
    old, new = _ranks(live.plan.model, before), _ranks(found.model, found.after)
    moved = np.flatnonzero(has_score & (old != new))
    largest = moved[np.lexsort((moved, -mrr[moved]))][:MOVED]
    return WhatIfView(
        accounts=len(after),
        tiers=tier_lines(found.model, after, mrr[has_score]),
        histogram=histogram_of(after),
        better=int(np.count_nonzero(new[moved] > old[moved])),
        worse=int(np.count_nonzero(new[moved] < old[moved])),
        moved=tuple(_moved(found, int(place), int(old[place]), int(new[place])) for place in largest),
        mean=float(after.mean()) if len(after) else None,
        mean_before=float(before.mean()) if len(before) else None,
        milliseconds=(time.perf_counter() - begun) * 1_000.0,
    )


def _ranks(model: Model, scores_: Column) -> NDArray[np.intp]:
    """The number of each score's tier, 0 the worst; half-open, on the unrounded score."""
    return np.searchsorted([tier.lower for tier in model.tiers], scores_, side="right") - 1


def _moved(found: Rescored, place: int, old: int, new: int) -> Moved:
    table, row = found.live.book.table, int(found.live.rows[place])
    tiers = [tier.name for tier in found.model.tiers]
    return Moved(
        account_id=table.ids[row],
        account=table.label("name", row),
        before=float(found.before[place]),
        after=float(found.after[place]),
        from_tier=tiers[old],
        to_tier=tiers[new],
        mrr=table.number("mrr", row),
    )
