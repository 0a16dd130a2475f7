"""Fixtures for all tests. Broker and Redis start when a test first needs them.

Test files run in parallel, in worker processes. All workers share one broker; each has its own Redis.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import redis
from hypothesis import settings as hypothesis_settings

from streams.deployment.settings import Settings
from streams.errors import UserError
from tests.support.examples import examples
from tests.support.kafka.broker import RunningBroker, SessionBroker
from tests.support.kafka.lost_connections import let_go_of_lost_connections, overlook_lost_sockets
from tests.support.kafka.parallel import BrokerServer, RemoteBroker
from vitals.local.embedded import start_redis

# numpy's threads wait by spinning: those of several test processes take each other's cores, ten times over.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
_BROKER = pytest.StashKey[SessionBroker | RemoteBroker]()
_SERVER = pytest.StashKey[BrokerServer]()
_LONGEST = [
    "exactness",
    "topic_watch",
    "up",
    "two_deployments",
    "repair",
    "transactions",
    "static_membership",
]
"""Test files that take about a minute. They run first, so that none of them is left for the end."""
_FOLDERS = ("faults", "integration", "simulation", "contracts", "scenarios", "properties")
"""The order of the other files, slow folders first."""
_WORKERS_PER_CORE, _MOST_WORKERS = 2, 8
"""More than one per core, because integration tests spend half of their time waiting."""


def pytest_configure(config: pytest.Config) -> None:
    let_go_of_lost_connections()
    hypothesis_settings.register_profile("vitals", examples(100))
    hypothesis_settings.load_profile("vitals")
    given = _given(config)
    config.stash[_BROKER] = RemoteBroker(given["broker"]) if given else SessionBroker(os.environ)


def pytest_sessionstart() -> None:
    overlook_lost_sockets()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_BROKER].close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """The number of workers of `-n auto`; 0 runs all tests in one process, which `VITALS_REDIS` needs."""
    return 0 if os.environ.get("VITALS_REDIS") else min(_MOST_WORKERS, _WORKERS_PER_CORE * (os.cpu_count() or 1))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker process where to ask for the broker."""
    stash = node.config.stash
    if _SERVER not in stash:
        stash[_SERVER] = BrokerServer(stash[_BROKER].running)
    node.workerinput["broker"] = stash[_SERVER].endpoint


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent

    def place(item: pytest.Item) -> tuple[int, int]:
        name, folder = item.path.stem.removeprefix("test_"), item.path.relative_to(tests).parts[0]
        return (
            _LONGEST.index(name) if name in _LONGEST else len(_LONGEST),
            _FOLDERS.index(folder) if folder in _FOLDERS else len(_FOLDERS),
        )

    items.sort(key=place)


def pytest_report_header(config: pytest.Config) -> str:
    return config.stash[_BROKER].plan


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("broker")
    for line in config.stash[_BROKER].report:
        terminalreporter.write_line(line)


def _given(config: pytest.Config) -> dict[str, Any]:
    """What a worker process was given; nothing in the controlling process."""
    given: dict[str, Any] = getattr(config, "workerinput", {})
    return given


def _end(request: pytest.FixtureRequest, why: str) -> NoReturn:
    """Fail, and end the session in all workers: no further test could pass."""
    request.session.shouldstop = why
    pytest.fail(why, pytrace=False)


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest) -> RunningBroker:
    """The broker of this session, running."""
    try:
        return request.config.stash[_BROKER].running()
    except UserError as error:
        why = str(error)
    _end(request, why)


@pytest.fixture(scope="session")
def kafka(broker: RunningBroker) -> str:
    """The host:port of the broker."""
    return broker.address


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A Redis whose database may be emptied: `VITALS_REDIS`, else an embedded one of this process."""
    own = os.environ.get("VITALS_REDIS", "")
    if own:
        if _given(request.config):
            _end(request, "VITALS_REDIS is set, and the tests empty its database: run them with `-n 0`.")
        if own.rpartition("/")[2] in ("", "0") or own.count("/") < 3:
            _end(request, f"VITALS_REDIS is {own}: the tests empty its database, so name one above 0.")
        yield own
        return
    with start_redis() as server:
        yield server.address


@pytest.fixture
def settings(broker: RunningBroker, kafka: str, redis_url: str, tmp_path: Path) -> Settings:
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
