"""The models behind answers, for words: those that the dashboard knows, and the read model's where one is new."""

from __future__ import annotations

from collections.abc import Set

from dashboard.queries.ground import Ground
from scoring.explain.explainer import Explainer
from scoring.model.model_json import model_key
from scoring.result import ScoreSnapshot


async def explainer_of(ground: Ground, *answers: ScoreSnapshot) -> Explainer:
    """What explains these answers, as far as their models are in the read model.

    Raises:
        ReadModelUnavailable: a model is new, and the read model does not answer.
    """
    wanted = {model_key(each.model, each.model_version) for each in answers}
    for last in [each.last_transition for each in answers]:
        if last is not None:
            wanted.add(model_key(last.model, last.model_version))
    return await learned(ground, wanted)


async def learned(ground: Ground, wanted: Set[str]) -> Explainer:
    """What explains the models of these keys, as far as they are in the read model. Raises as above."""
    if not wanted <= ground.words.models.keys():
        ground.words.learn(await ground.read_model.models())
    return ground.words.explainer
