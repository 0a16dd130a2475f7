"""What prefix and group make of names: two deployments never meet, and Kafka takes them all."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scoring.event.topics import INPUT_TOPICS
from streams.deployment.names import check_names, deployment_name, fingerprint_of_redis
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.topic_admin import planned_topics

PIECES = st.text("ab.-_05", max_size=6)
PAIRS = st.tuples(PIECES, PIECES.filter(bool))


def names(prefix: str, group: str, redis: str = "redis://cache/0") -> set[str]:
    """All that a deployment has to itself: topics but inputs, and consumer groups, one of which begins Redis keys."""
    settings = Settings(topic_prefix=prefix, group=group, redis=redis)
    inputs = {settings.topic(name) for name in INPUT_TOPICS}
    topics = {topic.name for topic in planned_topics(settings)} - inputs
    assert len(topics) == 17
    groups = {settings.deployment, settings.projector_group, settings.notifier_group("slack"), settings.guard_group}
    return {f"topic {name}" for name in topics} | {f"group {name}" for name in groups}


@given(PAIRS, PAIRS)
@example(("a", "b-c"), ("ab-", "c"))
@example(("", "a.b"), ("a.", "b"))
@example(("a-b.", "2"), ("a-", "b"))
@example(("", "1"), ("", "1.0"))
def test_two_pairs_have_no_name_in_common(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert one == other or not names(*one) & names(*other)


def test_a_group_that_is_called_like_anothers_projector_notifier_or_guard_is_apart() -> None:
    of_vitals = Settings()
    for group in (
        of_vitals.projector_group,
        of_vitals.notifier_group("slack"),
        of_vitals.guard_group,
        "vitals-accounts",
    ):
        assert not names("", group) & names("", "vitals")


def test_the_inputs_belong_to_the_prefix_alone() -> None:
    made = [Settings(topic_prefix="prod.", group=group).topic("analytics") for group in ("vitals", "trial")]
    assert made == ["prod.analytics"] * 2


def test_what_is_made_is_what_the_page_says() -> None:
    settings = Settings(topic_prefix="prod.")
    assert settings.topic("scores") == "prod.vitals-scores"
    assert settings.deployment == "prod.vitals"
    assert settings.notifier_group("slack") == "prod.vitals-notifier-slack"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("redis://cache", "redis://user:p%40ss@CACHE:6379/0", True),
        ("redis://cache/0", "rediss://cache/0?ssl_cert_reqs=none", True),
        ("redis://cache/0", "redis://cache/1", False),
        ("redis://cache:6379", "redis://cache:6380", False),
        ("redis://cache", "redis://other", False),
        ("unix:///run/redis.sock", "unix://user:secret@/run/redis.sock?db=0", True),
        ("unix:///run/redis.sock?db=0", "unix:///run/redis.sock?db=1", False),
        ("redis://a,b:6380/0", "redis://:secret@a:6379,b:6380", True),
    ],
)
def test_one_redis_has_one_fingerprint_whoever_asks(one: str, other: str, is_same: bool) -> None:
    assert (fingerprint_of_redis(one) == fingerprint_of_redis(other)) is is_same


@pytest.mark.parametrize("text", ["what a name", "a/b", "ä", "a\n", "a:b"])
def test_what_kafka_does_not_take_is_refused_with_the_variables_name(text: str) -> None:
    for environment in ({"VITALS_GROUP": text}, {"VITALS_TOPIC_PREFIX": text}):
        (variable,) = environment
        with pytest.raises(
            UserError, match=rf"^{variable} is .*: use only letters a to z, digits, '\.', '_' and '-'\.$"
        ):
            Settings.from_environment(environment)


def test_a_name_that_is_too_long_is_refused_with_how_much_too_long() -> None:
    for group in ("g" * 225, "g." * 111):
        check_names("", group)
    for prefix, group in itertools.product(("", "p.", "p-"), ("g" * 240, "g." * 120)):
        with pytest.raises(UserError, match=r"Kafka allows 249: shorten them by (\d+)\.$") as refused:
            check_names(prefix, group)
        excess = int(str(refused.value).rsplit(" ", 1)[1].rstrip("."))
        assert len(deployment_name(prefix, group)) + len("-guard-windows-changelog") - excess == 249
