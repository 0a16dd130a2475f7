"""What the doctor makes of what it is told; that it is told the truth is `tests/integration/kafka/test_doctor.py`'s."""

from __future__ import annotations

import msgspec

from scoring.event.event import FUTURE_TOLERANCE_MS
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.changelog.record_types import PartitionRecord, Retention
from streams.changelog.records import NO_RECORD
from streams.deployment.settings import Settings
from streams.doctor.clocks import SKEW_MAX_MS, judge_newest
from streams.doctor.finding import Finding, Status
from streams.doctor.network import judge_expiry
from streams.doctor.redis import judge_clock, judge_info
from streams.doctor.rights import PROCESSES, Operation, Right, judge_rights, rights_of
from streams.doctor.sessions import judge_sessions
from streams.doctor.stored import judge_stored
from streams.doctor.versions import judge_versions
from tests.builders import at_ms
from tests.support.rights import documented_rights

SETTINGS = Settings(group="g", topic_prefix="p.")
ALL = (1 << 12) - 1
NOW_MS = at_ms("2026-03-01T00:00:00Z")


def statuses(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.check, str(finding.status)) for finding in findings]


# --- rights


def test_the_table_is_that_of_the_security_page() -> None:
    documented = {
        (right.user, right.resource.name, right.name, right.pattern.name == "prefixed", right.operation.name)
        for right in documented_rights(SETTINGS)
    }
    ours = {
        (right.process, right.resource, right.name, right.is_prefix, right.operation.word)
        for process in PROCESSES
        for right in rights_of(process, SETTINGS)
    }
    assert ours == documented


def bits(*operations: Operation) -> int:
    return sum(1 << operation for operation in operations)


def test_a_right_that_is_missing_is_named_with_the_command_that_gives_it() -> None:
    name = SETTINGS.topic("scores")
    held = {name: bits(Operation.DESCRIBE)}
    groups = {SETTINGS.projector_group: bits(Operation.READ, Operation.DESCRIBE)}
    [found] = judge_rights(SETTINGS, ["projector"], held, groups)
    assert (found.status, found.subject) == (Status.FAULT, name)
    assert f"--operation Read --topic {name}" in found.advice


def test_a_group_that_is_hidden_lacks_every_right() -> None:
    [found] = judge_rights(SETTINGS, ["projector"], {SETTINGS.topic("scores"): ALL}, {SETTINGS.projector_group: 0})
    assert found.advice.endswith("--operation Read --group p.g-projector- --resource-pattern-type prefixed")


def test_what_is_only_a_look_at_settings_is_a_warning() -> None:
    held = {right.name: ALL & ~bits(Operation.DESCRIBE_CONFIGS) for right in rights_of("override", SETTINGS)}
    [found] = judge_rights(SETTINGS, ["override"], held, {})
    assert found.status is Status.WARNING


def test_a_topic_that_does_not_exist_is_not_judged_and_one_that_is_not_told_is_unknown() -> None:
    assert [found.status for found in judge_rights(SETTINGS, ["override"], {}, {})] == [Status.OK]
    [found] = judge_rights(SETTINGS, ["override"], {SETTINGS.topic("control"): None}, {})
    assert found.status is Status.UNKNOWN


def test_rights_are_told_apart_by_process() -> None:
    assert Right("verify", "Topic", "p.billing", False, Operation.READ) in rights_of("verify", SETTINGS)
    assert not any(right.operation is Operation.WRITE for right in rights_of("verify", SETTINGS))


# --- sessions, versions, clocks


def test_a_session_must_fit_the_brokers_bounds_and_leave_room_for_flushes() -> None:
    bounds = {"group.min.session.timeout.ms": "6000", "group.max.session.timeout.ms": "1800000"}
    slow = Settings(session_timeout_ms=6_000, flush_ms=5_000)
    assert [each.status for each in judge_sessions(Settings(), bounds, 3.0)] == [Status.OK]
    assert [each.status for each in judge_sessions(slow, bounds, 3.0)] == [Status.WARNING]
    assert [each.status for each in judge_sessions(Settings(), bounds, 3_000.0)] == [Status.WARNING]
    short = list(judge_sessions(Settings(session_timeout_ms=5_000), bounds, 3.0))
    assert (short[0].status, short[0].advice) == (Status.FAULT, "set it to 6000 or more")
    long = list(judge_sessions(Settings(session_timeout_ms=1_800_001), bounds, 3.0))
    assert (long[0].status, long[0].advice) == (Status.FAULT, "set it to 1800000 or less")
    assert Status.UNKNOWN in [each.status for each in judge_sessions(Settings(), {}, 3.0)]


def test_brokers_that_cannot_do_what_is_asked_of_them_are_faults() -> None:
    modern = {1: 17, 3: 13, 11: 9, 22: 5}
    assert [each.status for each in judge_versions(Settings(), modern)] == [Status.OK]
    embedded = {1: 12, 3: 12, 11: 9}
    assert [each.status for each in judge_versions(Settings(), embedded)] == [Status.FAULT, Status.OK]
    assert [each.status for each in judge_versions(Settings(idempotent=0), embedded)] == [Status.OK]
    old = {1: 10, 3: 8, 11: 4, 22: 1}
    assert [each.status for each in judge_versions(Settings(group_instance_id="a"), old)] == [
        Status.FAULT,
        Status.WARNING,
    ]
    assert [each.status for each in judge_versions(Settings(), {})] == [Status.UNKNOWN]


def test_a_message_of_the_future_shows_clocks_that_differ() -> None:
    assert judge_newest({}, NOW_MS) == []
    assert [each.status for each in judge_newest({"a": NOW_MS + SKEW_MAX_MS, "b": 0}, NOW_MS)] == [Status.OK]
    assert [each.status for each in judge_newest({"a": NOW_MS + SKEW_MAX_MS + 1}, NOW_MS)] == [Status.WARNING]
    ahead = judge_newest({"a": NOW_MS + FUTURE_TOLERANCE_MS + 1, "b": NOW_MS}, NOW_MS)
    assert [(each.status, each.subject) for each in ahead] == [(Status.FAULT, "a")]


def test_the_time_of_redis_is_known_to_within_the_time_of_asking() -> None:
    assert judge_clock("r", SKEW_MAX_MS + 500, 500).status is Status.OK
    assert judge_clock("r", -SKEW_MAX_MS - 501, 500).status is Status.WARNING


def test_a_certificate_that_ends_soon_is_a_warning() -> None:
    ends, at_seconds = "Jan 15 00:00:00 2026 GMT", at_ms("2026-01-01T00:00:00Z") / 1_000
    assert judge_expiry("k", ends, at_seconds).status is Status.OK
    assert judge_expiry("k", ends, at_seconds + 1).status is Status.WARNING


# --- Redis


HEALTHY = {"redis_version": "7.2.4", "role": "master", "maxmemory_policy": "noeviction", "aof_enabled": 1}


def test_a_redis_as_it_should_be_has_no_findings_to_mend() -> None:
    assert [each for each in judge_info("r", HEALTHY) if each.advice] == []


def test_what_is_wrong_with_a_redis_is_named() -> None:
    cases: list[tuple[dict[str, object], str, Status]] = [
        ({"maxmemory_policy": "allkeys-lru"}, "redis.policy", Status.WARNING),
        ({"maxmemory_policy": ""}, "redis.policy", Status.UNKNOWN),
        ({"maxmemory": 100, "used_memory": 90}, "redis.memory", Status.WARNING),
        ({"aof_enabled": 0}, "redis.persistence", Status.WARNING),
        ({"role": "slave", "master_host": "db1"}, "redis.role", Status.FAULT),
        ({"redis_version": "4.0.14"}, "redis.version", Status.FAULT),
        ({"loading": 1}, "redis.loading", Status.WARNING),
    ]
    for change, check, status in cases:
        found = {each.check: each.status for each in judge_info("r", {**HEALTHY, **change})}
        assert found[check] is status, change


# --- the model


def test_a_state_of_another_model_is_told_with_the_signals_that_begin_anew() -> None:
    plan, other = Plan(load_preset("default")), Plan(load_preset("four-inputs"))
    own = record_of(plan)
    assert judge_stored("c", plan, {}).status is Status.OK
    assert judge_stored("c", plan, {0: own, 1: own}).status is Status.OK
    found = judge_stored("c", other, {0: own})
    assert found.status is Status.WARNING
    assert "four-inputs" in found.words
    assert "features_30d" in found.words


def record_of(plan: Plan) -> PartitionRecord:
    kept = {identity: Retention(0, reach_ms) for identity, reach_ms in plan.identities.items()}
    return msgspec.structs.replace(NO_RECORD, model=plan.identity, kept=kept)
