"""Fixtures of the integration tests alone."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from streams.errors import UserError
from tests.support.kafka.secured import PASSWORDS, SecuredKafka


@pytest.fixture(scope="session")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """Apache Kafka from its Maven artifacts, whatever the session's broker is: no other has these listeners."""
    try:
        server = SecuredKafka(tmp_path_factory.mktemp("secured"), PASSWORDS)
    except UserError as error:
        if os.environ.get("VITALS_REQUIRE_KAFKA") == "1":
            pytest.fail(f"VITALS_REQUIRE_KAFKA=1, and no secured Kafka could be had: {error}")
        pytest.skip(f"no secured Kafka: {error}")
    try:
        server.start()
        yield server
    finally:
        server.close()
