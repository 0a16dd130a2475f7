"""From the columns of a replay to rows of numpy arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping

import numpy as np

from streams.backtest.panel import Bools, Floats, Judged
from streams.replay.columns import Columns


def judged_of(columns: Columns, instants_ms: Iterable[int] | None = None, facts: Columns | None = None) -> Judged:
    """The answers at `instants_ms`, all without it. `facts` are the columns of the same events at those instants, from
    which facts and texts are taken."""
    every = np.asarray(columns.instants_ms, dtype=np.int64)
    instant = np.asarray(columns.instant)
    kept = np.ones(len(every), dtype=np.bool_)
    if instants_ms is not None:
        kept = np.isin(every, np.fromiter(instants_ms, dtype=np.int64))
    rows = kept[instant]
    renumbered = np.cumsum(kept) - 1
    source = columns if facts is None else facts
    if facts is not None and len(facts) != int(rows.sum()):
        raise AssertionError(f"{len(facts)} rows of facts for {int(rows.sum())} answers")
    of_facts = rows if facts is None else np.ones(len(facts), dtype=np.bool_)
    model = columns.model
    return Judged(
        model=model.header.name,
        version=model.header.version,
        tiers=tuple(tier.name for tier in model.tiers),
        accounts=tuple(columns.accounts),
        first_event_ms=np.asarray(columns.first_event_ms, dtype=np.int64),
        instants_ms=every[kept],
        account=np.asarray(columns.account)[rows],
        instant=renumbered[instant[rows]],
        score=np.asarray(columns.score)[rows],
        tier=np.asarray(columns.tier)[rows],
        provisional=np.asarray(columns.provisional)[rows] != 0,
        standing=np.asarray(columns.standing)[rows],
        facts=_numbers(source.facts, of_facts),
        texts={name: np.array([word or "" for word in words])[of_facts] for name, words in source.texts.items()},
        judgements=_numbers(columns.judgements, rows),
        evidence=_numbers(columns.evidence, rows),
    )


def _numbers(columns: Mapping[str, array[float]], rows: Bools) -> dict[str, Floats]:
    return {name: np.asarray(values, dtype=np.float64)[rows] for name, values in columns.items()}
