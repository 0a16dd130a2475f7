"""The events of adjustments: those of the instant of the account, whether they were kept or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from scoring.explain.counterfactuals import AdjustmentKind, event_of
from scoring.plan.plan import Plan
from scoring.result import Adjustment
from streams.kernel import tried_events
from streams.kernel.effects import packed_event
from streams.kernel.tried_events import TriedEvents
from tests.builders import a_model, at_ms
from tests.oracle import DAY_MS

SIGNALS: Mapping[str, Mapping[str, Any]] = {
    "usage": {"kind": "count", "window": "30d"},
    "days": {"kind": "distinct", "of": "day", "events": ["login"], "window": "30d"},
    "hours": {
        "kind": "duration",
        "topics": ["tickets"],
        "events": ["opened"],
        "closed_by": ["closed"],
        "item": "ticket_id",
        "window": "30d",
        "within": "30d",
    },
    "nps": {"kind": "last", "events": ["survey"], "property": "nps"},
}
BEGINS_MS = at_ms("2026-01-03T10:00:07.006Z")
INSTANTS = [BEGINS_MS + each for each in (0, 1, 3_600_000, 400 * DAY_MS, 0, 7 * DAY_MS, 1)]


def kind_of(topic: str, event: str, vary: str) -> AdjustmentKind:
    template = Adjustment(signal="", number=0, topic=topic, event=event, vary=vary, item="", properties={})
    return AdjustmentKind(template, 1, 9, "")


@pytest.mark.parametrize(
    "kind",
    [
        kind_of("analytics", "viewed", ""),
        kind_of("analytics", "viewed", "user"),
        kind_of("analytics", "login", ""),
        kind_of("tickets", "opened", "ticket_id"),
        kind_of("analytics", "survey", "=nps"),
    ],
)
@pytest.mark.parametrize("kept", [3, 4096])
def test_each_is_that_of_its_instant(kind: AdjustmentKind, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the instant itself, which comes first and which the kernel sets."""
    monkeypatch.setattr(tried_events, "KEPT_MAX", kept)
    plan = Plan(a_model(SIGNALS))
    tried = TriedEvents(plan)
    for instant_ms in INSTANTS:
        for index in range(5):
            whole = packed_event(plan, event_of(plan, kind.template, instant_ms, index))
            assert tried.event(kind, index, instant_ms)[8:] == whole[8:]


def test_some_differ_by_the_day_and_some_by_the_instant() -> None:
    plan = Plan(a_model(SIGNALS))
    tried = TriedEvents(plan)

    def differ(kind: AdjustmentKind, after_ms: int) -> bool:
        return tried.event(kind, 1, BEGINS_MS)[8:] != tried.event(kind, 1, BEGINS_MS + after_ms)[8:]

    plain, daily, item = (
        kind_of("analytics", "viewed", ""),
        kind_of("analytics", "login", ""),
        kind_of("tickets", "opened", "ticket_id"),
    )
    assert [differ(each, DAY_MS) for each in (plain, daily, item)] == [False, True, True]
    assert [differ(each, 1) for each in (plain, daily, item)] == [False, False, True]
