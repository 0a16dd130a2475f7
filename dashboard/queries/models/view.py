"""The page of the model: its formula, its components in the book, its tiers, and its shadows."""

from __future__ import annotations

import numpy as np

from dashboard.queries.ground import Ground
from dashboard.queries.models.changed import model_file
from dashboard.queries.models.distribution import histogram_of, tier_lines
from dashboard.queries.models.formula import formula_of
from dashboard.queries.models.live_book import LiveBook, live_book
from dashboard.queries.models.shadows import shadows
from dashboard.queries.port import BadRequest
from dashboard.values.model import ComponentLine, ModelView, WhatIfRequest

NO_MODEL = "There is no model yet: it comes with the first score."


async def model(ground: Ground) -> ModelView:
    """See `Queries.model`."""
    live = await live_book(ground)
    if live is None:
        return ModelView(
            name="",
            version=0,
            description="",
            formula=(),
            components=(),
            tiers=(),
            histogram=histogram_of(np.zeros(0)),
            shadows=(),
            versions=versions_of(ground),
            accounts=0,
            as_of_ms=ground.book.as_of_ms,
            can_what_if=False,
            why_not=NO_MODEL,
        )
    known, scores = live.plan.model, live.scores
    return ModelView(
        name=known.name,
        version=known.version,
        description=known.header.description,
        formula=formula_of(known),
        components=_components(live),
        tiers=tier_lines(known, scores, live.mrr),
        histogram=histogram_of(scores),
        shadows=await shadows(ground, live),
        versions=versions_of(ground),
        accounts=len(live.rows),
        as_of_ms=ground.book.as_of_ms,
    )


async def model_toml(ground: Ground, request: WhatIfRequest) -> str:
    """See `Queries.model_toml`."""
    live = await live_book(ground)
    if live is None:
        raise BadRequest(NO_MODEL)
    return model_file(live.plan.model, request)


def versions_of(ground: Ground) -> tuple[str, ...]:
    """The models that are known, as "name@version", by name and version."""

    def order(key: str) -> tuple[str, int]:
        name, _, version = key.rpartition("@")
        return name, int(version) if version.isdigit() else 0

    return tuple(sorted(ground.words.models, key=order))


def _components(live: LiveBook) -> tuple[ComponentLine, ...]:
    known = live.plan.model
    weights = sum(each.weight for each in known.components.values())
    labels = {component.name: component.label for component in live.plan.primary.components}
    judgements = live.judged("judgement", live.rows)
    lost = live.judged("possible", live.rows) - live.judged("points", live.rows)
    lines = []
    for number, (name, each) in enumerate(known.components.items()):
        has = ~np.isnan(judgements[number])
        losses = lost[number][~np.isnan(lost[number])]
        lines.append(
            ComponentLine(
                name=name,
                label=labels[name],
                weight=each.weight,
                share=each.weight / weights if weights else 0.0,
                judges=f"{each.shape}: {each.formula_text()}",
                mean_judgement=float(judgements[number][has].mean()) if has.any() else None,
                with_evidence=float(has.mean()) if len(has) else 0.0,
                mean_lost=float(losses.sum() / len(live.rows)) if len(live.rows) else 0.0,
            )
        )
    return tuple(lines)
