"""Which messages are for a lane, and what becomes of those that are not delivered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from aiokafka import ConsumerRecord

from alerts.lifecycle.schema import Route
from alerts.sinks.port import Sink
from alerts.step import CANARY_ACCOUNT, AlertStep
from streams.notifier.lanes.plans import LanePlan
from streams.notifier.lanes.steps import StepFilter
from tests.builders import an_alert_step
from tests.fakes import RecordingNotifierMetrics, RecordingSink


class ShowsNews(RecordingSink):
    """Shows nothing that people did."""

    def shows(self, step: AlertStep, /) -> bool:
        return step.reason != "action"


def read(step: AlertStep | bytes, *, sink: Sink | None, route: str = "all", max_age_ms: int = 0) -> Any:
    """The outcome, or "other" when the message is not for the lane."""
    value = step if isinstance(step, bytes) else msgspec.json.encode(step)
    timestamp = an_alert_step().as_of_ms + 60_000
    record = ConsumerRecord("alerts", 0, 7, timestamp, 0, b"acme", value, 0, 0, 0, ())
    plan = LanePlan(route, "s", Route(), lambda step: step.rule != "other")
    found = StepFilter(plan, sink, RecordingNotifierMetrics(), max_age_ms).read(record)
    return "other" if found.step is None else found.outcome


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (an_alert_step(), None),
        (an_alert_step(outcome="suppressed", reason="dwell"), "other"),
        (an_alert_step(rule="other"), "other"),
        (an_alert_step(account_id=CANARY_ACCOUNT), "other"),
        (an_alert_step(reason="action", step="acknowledged"), "not_shown"),
        (b"{}", "other"),
        (msgspec.json.encode(an_alert_step(id="a\r\nb")), "other"),
    ],
)
def test_what_is_for_the_lane(step: AlertStep | bytes, outcome: str | None) -> None:
    assert read(step, sink=ShowsNews()) == outcome


def test_a_route_to_nobody_records() -> None:
    assert read(an_alert_step(), sink=None) == "muted_route"
    assert read(an_alert_step(), sink=None, route="") == "no_route"


def test_what_was_old_when_it_was_put_on_the_topic_is_stale() -> None:
    assert read(an_alert_step(), sink=RecordingSink(), max_age_ms=59_999) == "stale"
    assert read(an_alert_step(), sink=RecordingSink(), max_age_ms=60_000) is None
