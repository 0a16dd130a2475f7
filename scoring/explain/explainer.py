"""Explains snapshots, each by the model that made it."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.explain.explanation import explain, explain_by_name
from scoring.model.model import Model, ModelError
from scoring.model.model_json import decode_model, model_key
from scoring.plan.plan import Plan
from scoring.result import Explanation, LastTransition, ScoreSnapshot


class Explainer:
    """Explains snapshots of several models. Mutable: a model is decoded and compiled on first use."""

    def __init__(self, models: Mapping[str, bytes]) -> None:
        """`models` is the content of the topic `models`: JSON by key."""
        self._models = models
        self._plans: dict[str, Plan | None] = {}

    def explain(self, snapshot: ScoreSnapshot) -> Explanation | None:
        """The snapshot in words; None when its model is unknown or this release cannot read it."""
        plan = self.plan(snapshot.model, snapshot.model_version)
        if plan is None:
            return None
        return explain(plan, snapshot, self._plan_then(snapshot.last_transition))

    def explain_anyway(self, snapshot: ScoreSnapshot) -> Explanation:
        """The snapshot in words; with the bare names of its numbers when its model is unknown."""
        return self.explain(snapshot) or explain_by_name(snapshot)

    def plan(self, name: str, version: int) -> Plan | None:
        """The compiled model; None when it is unknown."""
        key = model_key(name, version)
        if key not in self._plans:
            self._plans[key] = _compiled(self._models.get(key))
        return self._plans[key]

    def model(self, name: str, version: int) -> Model | None:
        """The model; None when it is unknown."""
        plan = self.plan(name, version)
        return None if plan is None else plan.model

    def _plan_then(self, last: LastTransition | None) -> Plan | None:
        return None if last is None else self.plan(last.model, last.model_version)


def _compiled(value: bytes | None) -> Plan | None:
    if value is None:
        return None
    try:
        return Plan(decode_model(value))
    except ModelError:
        return None
