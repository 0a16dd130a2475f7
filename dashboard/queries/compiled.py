"""The models behind the answers, compiled once each and kept: what turns numbers and names into words."""

from __future__ import annotations

import time

from scoring.explain.explainer import Explainer
from scoring.model.model_json import model_key
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.read_model.port import ReadModel

LOOK_AGAIN_SECONDS = 2.0
"""How often the read model is asked for a model that it lacked."""


class CompiledModels:
    """The models of a read model. Mutable; one event loop owns it."""

    def __init__(self, read_model: ReadModel) -> None:
        self._read_model = read_model
        self._held: dict[str, bytes] = {}
        self._explainer = Explainer(self._held)
        self._read_at = float("-inf")

    async def explainer_of(self, *answers: ScoreSnapshot) -> Explainer:
        """What explains these answers, as far as their models are in the read model.

        Raises:
            ReadModelUnavailable: when the read model must be asked and does not answer.
        """
        wanted = {model_key(answer.model, answer.model_version) for answer in answers}
        wanted |= {
            model_key(last.model, last.model_version) for each in answers if (last := each.last_transition) is not None
        }
        return await self._knowing(wanted)

    async def plan(self, name: str, version: int) -> Plan | None:
        """A compiled model; None when the read model has it not, or this release cannot read it. Raises as above."""
        return (await self._knowing({model_key(name, version)})).plan(name, version)

    async def all(self) -> dict[str, bytes]:
        """All models of the read model, by "name@version", as JSON. Raises as above."""
        await self._read()
        return dict(self._held)

    async def _knowing(self, keys: set[str]) -> Explainer:
        if not keys <= self._held.keys() and time.monotonic() - self._read_at >= LOOK_AGAIN_SECONDS:
            await self._read()
        return self._explainer

    async def _read(self) -> None:
        found = await self._read_model.models()
        self._read_at = time.monotonic()
        if found != self._held:
            self._held = found
            self._explainer = Explainer(found)
