"""The steps of one lane, among the messages of the topic `alerts`."""

from __future__ import annotations

import logging
import re
from typing import NamedTuple

import msgspec
from aiokafka import ConsumerRecord

from alerts.delivery_record import DeliveryOutcome
from alerts.sinks.port import Sink
from alerts.step import CANARY_ACCOUNT, AlertStep
from streams.notifier.lanes.plans import LanePlan
from streams.notifier.notifier_metrics import NotifierMetrics

logger = logging.getLogger(__name__)


class LaneStep(NamedTuple):
    """A message of the topic, and its step if it may be told and is the lane's. `outcome` is what becomes of a step
    that is not delivered; None if it is to be."""

    message: ConsumerRecord
    step: AlertStep | None
    outcome: DeliveryOutcome | None = None

    def delivery_id(self, sink: str) -> str:
        """The step's id among those that were delivered to `sink`; "" without a step."""
        return f"{sink}:{self.step.id}" if self.step is not None else ""


class StepFilter:
    """Which messages are for one lane. The canary is for nobody: `streams.notifier.canary` reads it."""

    def __init__(self, plan: LanePlan, sink: Sink | None, metrics: NotifierMetrics, max_age_ms: int = 0) -> None:
        """`sink` is None for a route to nobody. A step is stale if its instant of judgement was more than `max_age_ms`
        before it was put on the topic; 0 means never. The time it has waited since then does not count: a sink that was
        down for a week still gets that week."""
        self._plan = plan
        self._sink = sink
        self._metrics = metrics
        self._max_age_ms = max_age_ms
        self._decoder = msgspec.json.Decoder(AlertStep)

    def read(self, message: ConsumerRecord) -> LaneStep:
        """Decode and judge `message`. What cannot be decoded is counted and logged."""
        try:
            step = self._decoder.decode(message.value or b"")
            _check_id(step.id)
        # ValueError also covers bytes that are not UTF-8; endless nesting has its own error.
        except (ValueError, RecursionError) as error:
            self._metrics.notification("undecodable")
            place = (message.topic, message.partition, message.offset)
            logger.error("skipped %s[%d]@%d: not an alert step: %s", *place, error)
            return LaneStep(message, None)
        if step.account_id == CANARY_ACCOUNT or not step.is_told or not self._plan.takes(step):
            return LaneStep(message, None)
        return LaneStep(message, step, self._outcome(message, step))

    def _outcome(self, message: ConsumerRecord, step: AlertStep) -> DeliveryOutcome | None:
        if self._max_age_ms and message.timestamp - step.as_of_ms > self._max_age_ms:
            return "stale"
        if self._sink is None:
            return "muted_route" if self._plan.route else "no_route"
        return None if self._sink.shows(step) else "not_shown"


def _check_id(step_id: str) -> None:
    """Check that an id is a hash. It becomes a Redis key and an HTTP header; anything else is not our message."""
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,128}", step_id):
        raise ValueError(f"its id {step_id[:40]!r} is no hash")
