"""The first driver of a score, in words: from the snapshot and its model, which is on the topic `models`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from aiokafka.errors import KafkaError

from alerts.text import driver_text
from scoring.explain.explanation import explain, explain_by_name
from scoring.model.model import ModelError
from scoring.model.model_json import decode_model, model_key
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.read_model.models import ModelLog

logger = logging.getLogger(__name__)
LOOK_AGAIN_SECONDS = 10.0
MODELS_KEPT = 16


class Drivers:
    """Reads models when one is unknown, and keeps the last 16 compiled. Without its model, a driver is named as in the
    snapshot. Mutable; one event loop owns it."""

    def __init__(self, source: ModelLog, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._monotonic = monotonic
        self._raw: dict[str, bytes] = {}
        self._plans: dict[str, Plan | None] = {}
        self._read_at = -LOOK_AGAIN_SECONDS

    async def first(self, snapshot: ScoreSnapshot) -> str:
        """What lowers the score most: "Usage (no login in 15 days)", or ""."""
        if not snapshot.components:
            return ""
        plan = await self._plan(model_key(snapshot.model, snapshot.model_version))
        explanation = explain_by_name(snapshot) if plan is None else explain(plan, snapshot)
        return driver_text(explanation.drivers[0]) if explanation.drivers else ""

    async def _plan(self, key: str) -> Plan | None:
        if key in self._plans:
            return self._plans[key]
        if key not in self._raw and self._monotonic() - self._read_at >= LOOK_AGAIN_SECONDS:
            self._read_at = self._monotonic()
            try:
                self._raw.update(await self._source.read())
            except KafkaError as error:
                logger.info("the topic of models is not read (%s); it is read again later", error)
        if key not in self._raw:
            return None
        try:
            plan = Plan(decode_model(self._raw.pop(key)))
        except ModelError as error:
            logger.warning("drivers of the model %s are not in words: %s", key, error)
            plan = None
        while len(self._plans) >= MODELS_KEPT:
            self._plans.pop(next(iter(self._plans)))
        self._plans[key] = plan
        return plan
