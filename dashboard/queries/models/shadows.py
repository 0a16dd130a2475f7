"""Shadow models beside the live one, by the answers of the accounts that pay most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from dashboard.queries.ground import Ground
from dashboard.queries.models.live_book import LiveBook
from dashboard.values.model import ShadowLine
from scoring.result import ScoreSnapshot, ShadowScore

LOOKED_AT = 2_000
"""Accounts whose answers are read: all of a smaller book. A line says of how many it is."""
AT_ONCE = 500


async def shadows(ground: Ground, live: LiveBook) -> tuple[ShadowLine, ...]:
    """A line for each shadow that has scores.

    Raises:
        ReadModelUnavailable: the read model does not answer.
    """
    most = live.rows[np.lexsort((live.rows, -live.mrr))][:LOOKED_AT]
    ids = [live.book.table.ids[row] for row in most]
    answers: list[ScoreSnapshot] = []
    for first in range(0, len(ids), AT_ONCE):
        answers += (await ground.read_model.get_many(ids[first : first + AT_ONCE])).values()
        if first == 0 and not any(answer.shadows for answer in answers):
            return ()  # a model without shadows has none in any answer
    return shadow_lines(answers, [tier.name for tier in live.plan.model.tiers])


def shadow_lines(answers: Iterable[ScoreSnapshot], tiers: Sequence[str]) -> tuple[ShadowLine, ...]:
    """The lines, by name and version. `tiers` are the live model's, the worst first: where a shadow's tiers have other
    names nothing is better or worse."""
    by_shadow: dict[tuple[str, int], list[tuple[ScoreSnapshot, ShadowScore]]] = {}
    for answer in answers:
        for shadow in answer.shadows:
            if shadow.score is not None:
                by_shadow.setdefault((shadow.model, shadow.model_version), []).append((answer, shadow))
    return tuple(_line(name, version, tiers, pairs) for (name, version), pairs in sorted(by_shadow.items()))


def _line(
    name: str, version: int, tiers: Sequence[str], pairs: Sequence[tuple[ScoreSnapshot, ShadowScore]]
) -> ShadowLine:
    ranks = {tier: number for number, tier in enumerate(tiers)}
    steps = [
        ranks[shadow.tier] - ranks[answer.tier]
        for answer, shadow in pairs
        if shadow.tier in ranks and answer.tier in ranks
    ]
    differences = [
        shadow.score - own
        for answer, shadow in pairs
        if shadow.score is not None and (own := answer.score if answer.override is None else answer.beneath) is not None
    ]
    counts = Counter(shadow.tier for _, shadow in pairs)
    return ShadowLine(
        model=name,
        version=version,
        accounts=len(pairs),
        shares={tier: number / len(pairs) for tier, number in counts.items()},
        better=sum(step > 0 for step in steps),
        worse=sum(step < 0 for step in steps),
        mean_difference=sum(differences) / len(differences) if differences else None,
    )
