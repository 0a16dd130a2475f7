"""Fixtures that every test may use. Broker and Redis start when a test first asks for them, once a session."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import settings as hypothesis_settings

from streams.deployment.settings import Settings
from streams.errors import UserError
from tests.support.examples import examples
from tests.support.kafka.broker import Broker, SessionBroker
from vitals.local.embedded import start_redis

_BROKER = pytest.StashKey[SessionBroker]()


def pytest_configure(config: pytest.Config) -> None:
    hypothesis_settings.register_profile("vitals", examples(100))
    hypothesis_settings.load_profile("vitals")
    config.stash[_BROKER] = SessionBroker(os.environ)


def pytest_report_header(config: pytest.Config) -> str:
    return config.stash[_BROKER].plan


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("broker")
    for line in config.stash[_BROKER].report:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """The broker of this session, running. Whoever stops it starts it again."""
    session = request.config.stash[_BROKER]
    try:
        yield session.get()
    except UserError as error:
        pytest.exit(str(error), returncode=1)
    finally:
        session.close()


@pytest.fixture(scope="session")
def kafka(broker: Broker) -> str:
    """The host:port of the broker."""
    return broker.address


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis whose database may be emptied: `VITALS_REDIS`, else the embedded one."""
    own = os.environ.get("VITALS_REDIS", "")
    if own:
        if own.rpartition("/")[2] in ("", "0") or own.count("/") < 3:
            pytest.exit(f"VITALS_REDIS is {own}: the tests empty its database, so name one above 0.", returncode=1)
        yield own
        return
    with start_redis() as server:
        yield server.address


@pytest.fixture
def settings(broker: Broker, kafka: str, redis_url: str, tmp_path: Path) -> Settings:
    """A deployment of this test's own: topics and group that no other test has, and an empty Redis."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    name = f"t{secrets.token_hex(4)}"
    return Settings(
        kafka=kafka,
        redis=redis_url,
        group=name,
        topic_prefix=f"{name}.",
        partitions=4,
        session_timeout_ms=6_000,
        flush_ms=200,
        data_dir=str(tmp_path),
        idempotent=int(broker.is_apache),
    )
