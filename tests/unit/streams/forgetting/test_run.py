"""What remains of a forgotten account, and until when."""

from __future__ import annotations

from scoring.instants import DAY_MS, parse_instant
from streams.deployment.settings import Settings
from streams.forgetting.run import remaining
from streams.kafka.retention import Rules
from streams.topics import ALERTS, DEAD_LETTERS

SETTINGS = Settings()
NOW_MS = parse_instant("2026-03-01T12:00:00Z")


def test_events_remain_until_the_retention_of_their_topic_is_over() -> None:
    rules = {
        SETTINGS.topic("analytics"): Rules(policy="delete", retention_ms=50 * DAY_MS),
        SETTINGS.topic("billing"): Rules(policy="delete", retention_ms=-1),
        SETTINGS.topic("tickets"): Rules(policy="compact", retention_ms=DAY_MS),
    }
    until = {each.where: each.until for each in remaining(SETTINGS, rules, {}, NOW_MS)}
    assert until[SETTINGS.topic("analytics")] == "2026-04-20T12:00:00Z"
    assert (
        until[SETTINGS.topic("billing")]
        == until[SETTINGS.topic("tickets")]
        == until[SETTINGS.topic("exceptions")]
        == ""
    )


def test_only_topics_that_hold_something_of_it_are_counted() -> None:
    found = {each.what: each.number for each in remaining(SETTINGS, {}, {ALERTS: 3}, NOW_MS)}
    assert found["alert steps"] == 3
    assert "dead letters with its id" not in found
    counted = [each for each in remaining(SETTINGS, {}, {DEAD_LETTERS: 1}, NOW_MS) if each.number >= 0]
    assert [(each.what, each.where) for each in counted] == [("dead letters with its id", SETTINGS.topic(DEAD_LETTERS))]
