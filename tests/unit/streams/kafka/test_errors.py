"""Kafka's errors that an operator can mend."""

from __future__ import annotations

import pytest
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, TopicAuthorizationFailedError

from streams.kafka.errors import advice_for, operator_text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TopicAuthorizationFailedError(), "docs/security.md"),
        (MessageSizeTooLargeError(), "raise max.message.bytes of the topic"),
    ],
)
def test_an_error_that_an_operator_can_mend_has_its_mend_also_as_the_cause_of_another(
    error: KafkaError, words: str
) -> None:
    assert words in advice_for(error, "?")
    above = RuntimeError("a flush failed")
    above.__cause__ = error
    assert words in (operator_text(above) or "")


def test_what_no_setting_mends_is_told_by_whoever_asked() -> None:
    assert advice_for(KafkaTimeoutError(), "see that it runs") == "see that it runs"
    assert operator_text(KafkaTimeoutError()) is None
