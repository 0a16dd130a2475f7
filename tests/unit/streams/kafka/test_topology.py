"""The topics of a deployment, judged together."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from streams.deployment.settings import Settings
from streams.kafka.retention import rules_of
from streams.kafka.topic_admin import planned_topics
from streams.kafka.topic_ids import TopicFound
from streams.kafka.topology import Finding, ObservedTopic, check_topics, next_group

SETTINGS = Settings(kafka="k:9092", partitions=4)
PLANNED = planned_topics(SETTINGS)
NAME = {"changelog": SETTINGS.changelog_topic, **{n: SETTINGS.topic(n) for n in ("analytics", "control", "scores")}}


def topics(
    counts: Mapping[str, int] | None = None, changed: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, ObservedTopic]:
    """The topics as they should be, but for these numbers of partitions and these settings, by plain name."""
    counts = {NAME.get(name, SETTINGS.topic(name)): count for name, count in (counts or {}).items()}
    kept = {NAME.get(name, SETTINGS.topic(name)): dict(values) for name, values in (changed or {}).items()}
    return {
        topic.name: ObservedTopic(
            TopicFound(
                name=topic.name,
                id=f"id of {topic.name}",
                partitions=counts.get(topic.name, topic.partitions),
                replicas=1,
                has_leaders=True,
            ),
            rules_of({**topic.kept, **kept.get(topic.name, {})}),
        )
        for topic in PLANNED
    }


def found(
    seen: dict[str, ObservedTopic], settings: Settings = SETTINGS, ids: Mapping[str, str] | None = None
) -> list[Finding]:
    return check_topics(settings, planned_topics(settings), seen, ids or {})


def test_topics_as_they_are_made_are_good() -> None:
    assert found(topics()) == []


def test_one_input_that_has_grown_gives_one_advice_for_all_with_commands_for_the_others() -> None:
    (finding,) = found(topics({"analytics": 6}))
    assert finding.is_fatal
    for name in ("exceptions", "billing", "tickets"):
        command = f"kafka-topics --bootstrap-server k:9092 --alter --topic {name} --partitions 6"
        assert command in finding.text
    assert "--topic analytics" not in finding.text
    assert "VITALS_PARTITIONS to 6 and VITALS_GROUP to vitals-2" in finding.text


def test_after_the_commands_alone_the_advice_is_the_rest_of_the_same_way() -> None:
    grown = dict.fromkeys(("analytics", "exceptions", "billing", "tickets"), 6)
    (finding,) = found(topics(grown))
    assert "kafka-topics" not in finding.text
    assert "VITALS_PARTITIONS to 6 and VITALS_GROUP to vitals-2" in finding.text


def test_after_the_setting_alone_too() -> None:
    six = msgspec.structs.replace(SETTINGS, partitions=6)
    (finding,) = found(topics({"analytics": 6}), six)
    assert finding.text.count("--partitions 6") == 3
    assert "VITALS_GROUP to vitals-2" in finding.text


def test_at_the_end_of_the_way_nothing_is_wrong() -> None:
    moved = msgspec.structs.replace(SETTINGS, partitions=6, group="vitals-2")
    names = ("analytics", "exceptions", "billing", "tickets")
    grown = topics(dict.fromkeys(names, 6))
    inputs = {name: grown[name] for name in names}
    assert check_topics(moved, [topic for topic in planned_topics(moved) if topic.name in inputs], inputs, {}) == []


@pytest.mark.parametrize("count", [2, 8])
def test_a_setting_that_fits_none_of_topics_that_agree_is_what_is_wrong(count: int) -> None:
    (finding,) = found(topics(), msgspec.structs.replace(SETTINGS, partitions=count))
    assert "Set VITALS_PARTITIONS to 4." in finding.text
    assert ("--partitions 8" in finding.text) == (count == 8)


def test_scores_may_have_more_partitions_and_never_fewer() -> None:
    assert found(topics({"scores": 5, "notifications": 9, "dead-letters": 3})) == []
    (finding,) = found(topics({"scores": 3}))
    assert "VITALS_GROUP to vitals-2" in finding.text


def test_a_control_topic_or_a_changelog_that_has_grown_needs_a_new_group() -> None:
    for name in ("control", "changelog"):
        (finding,) = found(topics({name: 5}))
        assert "set VITALS_GROUP to vitals-2" in finding.text


@pytest.mark.parametrize(
    ("name", "values", "code", "fix"),
    [
        ("analytics", {"cleanup.policy": "compact"}, "compacted", "cleanup.policy=delete"),
        ("control", {"cleanup.policy": "compact,delete"}, "compacted", "cleanup.policy=delete"),
        ("notifications", {"cleanup.policy": "compact"}, "compacted", "cleanup.policy=delete"),
        ("scores", {"cleanup.policy": "delete"}, "not_compacted", "cleanup.policy=compact"),
        ("changelog", {"cleanup.policy": "compact,delete"}, "not_compacted", "cleanup.policy=compact"),
        ("changelog", {"max.message.bytes": "100000"}, "message_bytes", "max.message.bytes=2097152"),
        ("scores", {"max.message.bytes": "999999"}, "message_bytes", "max.message.bytes=2097152"),
        ("notifications", {"max.message.bytes": "1000"}, "message_bytes", "max.message.bytes=1048588"),
        ("dead-letters", {"max.message.bytes": "1000"}, "message_bytes", "max.message.bytes=4194304"),
        ("changelog", {"min.insync.replicas": "2"}, "insync", "min.insync.replicas=1"),
    ],
)
def test_what_would_lose_something_is_fatal_and_names_the_command(
    name: str, values: dict[str, str], code: str, fix: str
) -> None:
    (finding,) = found(topics(changed={name: values}))
    assert (finding.code, finding.is_fatal) == (code, True)
    assert f"--entity-name {finding.topic} --add-config {fix}, then start again" in finding.text


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("billing", {"message.timestamp.type": "CreateTime"}, "retention"),
        ("notifications", {"retention.ms": "60000"}, "retention"),
        ("changelog", {"min.compaction.lag.ms": "0"}, "compaction_lag"),
        ("analytics", {"min.insync.replicas": "2"}, "insync"),
        ("analytics", {"max.message.bytes": "999999"}, "message_bytes"),
        (
            "analytics",
            {"message.timestamp.type": "CreateTime", "message.timestamp.before.max.ms": "1000", "retention.ms": "-1"},
            "retention",
        ),
    ],
)
def test_what_may_lose_something_is_a_warning(name: str, values: dict[str, str], code: str) -> None:
    (finding,) = found(topics(changed={name: values}))
    assert (finding.code, finding.is_fatal) == (code, False)
    assert "kafka-configs --bootstrap-server k:9092 --alter --entity-type topics" in finding.text


def test_fewer_copies_than_wanted_are_a_warning_for_each_topic() -> None:
    findings = found(topics(), msgspec.structs.replace(SETTINGS, replication=3))
    assert {finding.code for finding in findings} == {"replication"}
    assert len(findings) == len(PLANNED)


def test_a_topic_with_another_id_than_before_was_made_anew() -> None:
    ids = {name: each.found.id for name, each in topics().items()}
    assert found(topics(), ids=ids) == []
    assert found(topics(), ids=dict.fromkeys(ids, "")) == []
    (finding,) = found(topics(), ids={**ids, "analytics": "another"})
    assert (finding.code, finding.is_fatal) == ("recreated", True)
    assert "set VITALS_GROUP to vitals-2" in finding.text
    (finding,) = found(topics(), ids={**ids, NAME["scores"]: "another"})
    assert "start again" in finding.text


def test_a_broker_that_gives_no_ids_says_nothing_about_them() -> None:
    seen = topics()
    nameless = {
        name: ObservedTopic(msgspec.structs.replace(each.found, id=""), each.rules) for name, each in seen.items()
    }
    assert found(nameless, ids=dict.fromkeys(seen, "an id")) == []


def test_a_topic_that_is_gone_is_told() -> None:
    seen = topics()
    del seen["analytics"]
    (finding,) = found(seen)
    assert (finding.code, finding.topic) == ("gone", "analytics")


def test_groups_are_counted_on() -> None:
    assert [next_group(name) for name in ("vitals", "vitals-2", "eu-west", "a-9-9")] == [
        "vitals-2",
        "vitals-3",
        "eu-west-2",
        "a-9-10",
    ]
