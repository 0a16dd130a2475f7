"""How topics keep their messages, judged."""

from __future__ import annotations

import pytest

from scoring.instants import DAY_MS
from streams.clock_kind import ClockKind
from streams.kafka.retention import Rules, refusal, rules_of, unsuitable_settings

NOW_MS = 1_000 * DAY_MS
BY_ARRIVAL = Rules(policy="delete", time_type="LogAppendTime", retention_ms=35 * DAY_MS, retention_bytes=-1)
BY_EVENT = Rules(policy="delete", time_type="CreateTime", retention_ms=35 * DAY_MS, retention_bytes=-1)


def test_rules_are_read_from_kafkas_own_names_and_what_is_not_told_is_not_known() -> None:
    told = {"cleanup.policy": "compact,delete", "retention.ms": "10", "message.timestamp.before.max.ms": "x"}
    rules = rules_of(told)
    assert (rules.policy, rules.retention_ms, rules.before_max_ms) == ("compact,delete", 10, None)
    assert rules.deletes
    assert rules.compacts
    assert rules.keeps_by_event_time


@pytest.mark.parametrize(
    ("rules", "age_ms", "code"),
    [
        (BY_EVENT, 34 * DAY_MS, ""),
        (BY_EVENT, 35 * DAY_MS, ""),
        (BY_EVENT, 35 * DAY_MS + 1, "deleted_at_once"),
        (BY_ARRIVAL, 3_000 * DAY_MS, ""),
        (Rules(retention_ms=-1), 900 * DAY_MS, ""),
        (Rules(policy="compact", retention_ms=1), DAY_MS, ""),
        (Rules(retention_ms=-1, before_max_ms=DAY_MS), DAY_MS + 1, "refused_by_age"),
        (Rules(retention_ms=-1, after_max_ms=1_000), -1_001, "refused_by_age"),
        (Rules(retention_ms=-1, after_max_ms=1_000), -1_000, ""),
        (Rules(), 900 * DAY_MS, ""),
    ],
)
def test_what_a_topic_would_not_keep_until_it_is_read_is_refused(rules: Rules, age_ms: int, code: str) -> None:
    found, words = refusal("analytics", rules, NOW_MS - age_ms, NOW_MS)
    assert found == code
    assert (not code) or ("analytics" in words and "message.timestamp.type" in words)


@pytest.mark.parametrize(
    ("rules", "clock", "fixes"),
    [
        (BY_ARRIVAL, "wall", []),
        (BY_EVENT, "wall", ["message.timestamp.type"]),
        (Rules(policy="delete", time_type="CreateTime", retention_ms=-1, retention_bytes=-1), "event", []),
        (BY_EVENT, "event", ["retention.ms"]),
        (BY_ARRIVAL, "event", ["message.timestamp.type"]),
        (Rules(policy="delete", time_type="LogAppendTime", retention_ms=DAY_MS - 1), "wall", ["retention.ms"]),
        (Rules(policy="delete", time_type="LogAppendTime", retention_bytes=1), "wall", ["retention.bytes"]),
        (Rules(policy="compact", time_type="LogAppendTime", retention_ms=1), "wall", ["cleanup.policy"]),
        (Rules(policy="compact,delete", time_type="LogAppendTime"), "wall", ["cleanup.policy"]),
        (Rules(time_type="CreateTime", before_max_ms=DAY_MS - 1), "wall", ["message.timestamp.before.max.ms"]),
        (Rules(time_type="CreateTime", before_max_ms=DAY_MS), "wall", []),
        (Rules(time_type="LogAppendTime", before_max_ms=1), "wall", []),
        (Rules(time_type="CreateTime", before_max_ms=900 * DAY_MS), "event", ["message.timestamp.before.max.ms"]),
        (Rules(time_type="CreateTime", before_max_ms=2**63 - 1), "event", []),
        (Rules(), "wall", []),
        (Rules(), "event", []),
    ],
)
def test_each_setting_under_which_events_may_be_lost_is_named_with_its_mend(
    rules: Rules, clock: ClockKind, fixes: list[str]
) -> None:
    assert [next(iter(unsuitable.settings)) for unsuitable in unsuitable_settings(rules, clock)] == fixes


def test_the_inputs_should_hold_as_much_as_the_model_looks_back_when_that_is_asked() -> None:
    (unsuitable,) = unsuitable_settings(BY_ARRIVAL, "wall", window_ms=60 * DAY_MS, dedupe_ms=3 * DAY_MS)
    assert unsuitable.settings == {"retention.ms": str(63 * DAY_MS)}
