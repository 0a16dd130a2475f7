"""The whole pipeline on a Kafka that denies by default: each process is a user of its own, which signs in its own way,
and has the rights that `docs/security.md` lists and no others."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError
from redis import Redis

from scoring.instants import rfc3339
from streams.deployment.access import KafkaSecurity
from streams.deployment.secret import Secret
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_admin, new_consumer, new_producer
from streams.kafka.reachability import broker_problem
from streams.kafka.topic_admin import ensure_topics
from tests.support.certificates import Authority
from tests.support.commands import Command, environment_of
from tests.support.kafka.acls import Operation, Resource, grant, revoke
from tests.support.kafka.secured import PASSWORDS, SecuredKafka, unsecured_token
from tests.support.rights import documented_rights
from vitals.local.embedded import start_redis

KEY_PASSWORD = "key-Pa55w0rd"
REDIS_PASSWORD = "redis-Pa55w0rd"
DEADLINE_SECONDS = 60.0
ACCOUNTS = ("acme", "globex", "initech")
replace = msgspec.structs.replace


@pytest.fixture
def kafka(secured_kafka: SecuredKafka) -> SecuredKafka:
    return secured_kafka


@pytest.fixture
def settings(kafka: SecuredKafka, tmp_path: Path) -> Iterator[Settings]:
    """A deployment as its super user sees it."""
    with start_redis() as redis:
        port = redis.address.rpartition(":")[2].partition("/")[0]
        with Redis(port=int(port)) as client:
            client.config_set("requirepass", REDIS_PASSWORD)
        yield Settings(
            kafka=kafka.address,
            redis=f"redis://:{REDIS_PASSWORD}@127.0.0.1:{port}/0",
            group=f"g{time.monotonic_ns()}",
            topic_prefix=f"eu{time.monotonic_ns()}.",
            partitions=2,
            session_timeout_ms=6_000,
            flush_ms=200,
            merge_wait_ms=200,
            data_dir=str(tmp_path),
        )


def token_command(folder: Path, user: str) -> str:
    """A command that prints a token of this user, in a folder whose name has a space."""
    script = folder / "a folder" / "token.sh"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\necho \'{{"access_token": "{unsecured_token(user)}", "expires_in": 3600}}\'\n')
    script.chmod(0o755)
    return shlex.quote(str(script))


def signed_in(kafka: SecuredKafka, settings: Settings, folder: Path) -> dict[str, Settings]:
    """The settings of each process: all ways to sign in, among them."""
    by_token = KafkaSecurity(
        security_protocol="SASL_SSL",
        sasl_mechanism="OAUTHBEARER",
        sasl_oauthbearer_token_command=token_command(folder, "notifier"),
        ssl_ca_location=str(kafka.authority.ca),
    )
    ways = {
        "creator": kafka.security("creator"),
        "worker": kafka.security("worker", "SCRAM-SHA-512"),
        "projector": kafka.by_certificate("projector", KEY_PASSWORD),
        "notifier": by_token,
        "guard": kafka.security("guard", "SCRAM-SHA-512"),
        "publish": kafka.security("publish", "PLAIN"),
        "override": kafka.security("override", "SCRAM-SHA-256"),
        "verify": kafka.security("verify", "SCRAM-SHA-512", "SASL_PLAINTEXT"),
        "producer": kafka.security("producer", "PLAIN", "SASL_PLAINTEXT"),
    }
    return {
        user: replace(settings, kafka=kafka.address_of(way.security_protocol), kafka_security=way)
        for user, way in ways.items()
    }


@asynccontextmanager
async def signed_in_as_admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = new_admin(settings, "test")
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def give_documented_rights(settings: Settings) -> None:
    async with signed_in_as_admin(settings) as admin:
        await grant(admin, *documented_rights(settings))


def vitals(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command, run to its end. Its secrets are files, as in production."""
    environment = environment_of(settings)
    command = [sys.executable, "-m", "vitals", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def succeeded(settings: Settings, *arguments: str) -> str:
    done = vitals(settings, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" or "ERROR" not in done.stderr
    return done.stdout + done.stderr


def until(is_so: Callable[[], bool], what: str, processes: list[Command]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        for process in processes:
            assert process.is_running, process.log.read_text()
        assert time.monotonic() < deadline, what + "\n" + "\n".join(each.log.read_text() for each in processes)
        time.sleep(0.2)


def events(folder: Path) -> str:
    """Usage of three accounts for forty days, up to now."""
    now_ms = time.time_ns() // 1_000_000
    usage = {"topic": "analytics", "event": "dashboard_view", "user_id": "u1"}
    lines = [
        {**usage, "account_id": account, "timestamp": rfc3339(now_ms - day * 86_400_000 - 1_000)}
        for account in ACCOUNTS
        for day in range(40)
    ]
    path = folder / "events.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def process_list() -> str:
    return subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout


async def test_each_process_works_with_the_rights_of_the_docs_and_no_others(
    kafka: SecuredKafka, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITALS_LOG_LEVEL", "debug")  # no more may be said, a secret least of all
    # Without these, an alert would come after half a day.
    settings = msgspec.structs.replace(settings, alerts="at-once", settle_ms=1)
    users = signed_in(kafka, settings, tmp_path)
    await give_documented_rights(settings)
    said = [succeeded(users["creator"], "topics")]
    processes = [
        Command(users[user], command, tmp_path / f"{user}.log")
        for user, command in {
            "worker": "worker",
            "projector": "project",
            "notifier": "notify",
            "guard": "guard",
        }.items()
    ]
    listed = ""
    try:
        said.append(succeeded(users["publish"], "publish", events(tmp_path), "--as-if-now", "--tick", "now"))

        def scored() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = json.loads(vitals(settings, "scores", "--json").stdout or "[]")
            return found

        until(lambda: len(scored()) == len(ACCOUNTS), "no scores", processes)
        listed = process_list()
        said.append(succeeded(users["verify"], "verify", "--json"))
        assert json.loads(said[-1][: said[-1].rindex("}") + 1])["mismatches"] == []
        override = ("override", "acme", "--score", "10", "--reason", "a call", "--for", "1d", "--author", "ops")
        said.append(succeeded(users["override"], *override))
        until(lambda: scored()[0]["account_id"] == "acme" and scored()[0]["score"] == 10.0, "no override", processes)
        until(lambda: "acme" in processes[2].log.read_text(), "no notification", processes)
        await another_producer_sends_and_may_not_read(users["producer"])
        assert [process.stop() for process in processes] == [0, 0, 0, 0]
    finally:
        for process in processes:
            if process.is_running:
                process.kill()
    logs = [process.log.read_text() for process in processes]
    assert [line for log in logs for line in log.splitlines() if "uthoriz" in line] == []
    for secret in [*PASSWORDS.values(), KEY_PASSWORD, REDIS_PASSWORD, unsecured_token("notifier")[:40]]:
        assert secret not in "".join([*said, *logs, listed])


async def another_producer_sends_and_may_not_read(settings: Settings) -> None:
    name = settings.topic("analytics")
    async with new_producer(settings, "test") as producer:
        await producer.send_and_wait(name, b'{"account_id": "acme", "event": "dashboard_view"}', key=b"acme")
    async with new_consumer(settings, "test", auto_offset_reset="earliest") as consumer:
        consumer.subscribe([name])
        with pytest.raises(TopicAuthorizationFailedError):
            await asyncio.wait_for(consumer.getone(), 10)


def unlike(way: KafkaSecurity, **fields: Any) -> KafkaSecurity:
    return replace(way, **fields)


async def test_why_no_broker_can_be_used_is_told_for_each_way_to_get_it_wrong(
    kafka: SecuredKafka, tmp_path: Path
) -> None:
    plain = KafkaSecurity()
    scram, clear = kafka.security("worker"), kafka.security("worker", "PLAIN", "SASL_PLAINTEXT")
    ca, mutual = str(kafka.authority.ca), kafka.by_certificate("worker")
    certificate, key = map(str, Authority(tmp_path, "another-ca").issue("stranger"))
    stranger = unlike(mutual, ssl_certificate_location=certificate, ssl_key_location=key)
    no_certificate = KafkaSecurity(security_protocol="SSL", ssl_ca_location=ca)
    token = KafkaSecurity(security_protocol="SASL_SSL", sasl_mechanism="OAUTHBEARER", ssl_ca_location=ca)
    cases = [
        ("SASL_SSL", plain, "uses TLS, but VITALS_KAFKA_SECURITY_PROTOCOL is PLAINTEXT: set it to SSL"),
        ("SASL_SSL", clear, "uses TLS, but VITALS_KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT: set it to SASL_SSL"),
        ("SASL_SSL", no_certificate, r"OAUTHBEARER, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512\): set .* to SASL_SSL"),
        ("SASL_SSL", unlike(scram, sasl_password=Secret("x")), "does not accept the user 'worker' with SCRAM-SHA-512"),
        ("SASL_SSL", unlike(scram, sasl_username="nobody"), "does not accept the user 'nobody'"),
        ("SASL_SSL", unlike(scram, ssl_ca_location=""), "cannot be trusted .*SSL_CA_LOCATION"),
        ("SASL_SSL", unlike(token, sasl_oauthbearer_token_command="echo x"), "does not accept the token"),
        ("SASL_SSL", unlike(token, sasl_oauthbearer_token_command="false"), "ended with exit code 1 .*run it yourself"),
        ("SASL_PLAINTEXT", plain, r"requires a user \(SASL: PLAIN, SCRAM-SHA-512\): set .* to SASL_PLAINTEXT"),
        ("SASL_PLAINTEXT", scram, "does not use TLS, .* is SASL_SSL: set it to SASL_PLAINTEXT"),
        ("SASL_PLAINTEXT", unlike(clear, sasl_mechanism="SCRAM-SHA-256"), "set .* to one of PLAIN, SCRAM-SHA-512"),
        ("SASL_PLAINTEXT", unlike(clear, sasl_password=Secret("x")), "does not accept the user 'worker' with PLAIN"),
        ("PLAINTEXT", clear, "does not use SASL: set VITALS_KAFKA_SECURITY_PROTOCOL to PLAINTEXT"),
        ("PLAINTEXT", scram, "does not use TLS"),
        ("PLAINTEXT", mutual, "does not use TLS, .* is SSL: set it to PLAINTEXT"),
        ("SSL", plain, "uses TLS"),
        ("SSL", no_certificate, "does not accept our TLS or certificate .*set VITALS_KAFKA_SSL_CERTIFICATE_LOCATION"),
        ("SSL", stranger, "does not accept our TLS or certificate .*CA"),
    ]
    for protocol, way, words in cases:
        found = await broker_problem(Settings(kafka=kafka.address_of(protocol), kafka_security=way))
        assert found is not None, (protocol, way)
        assert re.search(words, found.text), (protocol, way, found)
        assert found.is_final or "exit code" in words
        assert not re.search("Pa55w0rd", found.text)
    for protocol, way in (("PLAINTEXT", plain), ("SASL_SSL", scram), ("SASL_PLAINTEXT", clear), ("SSL", mutual)):
        assert await broker_problem(Settings(kafka=kafka.address_of(protocol), kafka_security=way)) is None


async def test_a_certificate_for_another_name_is_refused_unless_names_are_not_checked(kafka: SecuredKafka) -> None:
    port = kafka.address_of("SASL_SSL").rpartition(":")[2]
    way = kafka.security("worker")
    by_another_name = Settings(kafka=f"ip6-localhost:{port},127.1:{port}", kafka_security=way)
    found = await broker_problem(by_another_name)
    assert found is not None
    assert re.search("cannot be trusted .*ENDPOINT_IDENTIFICATION_ALGORITHM", found.text)
    unchecked = unlike(way, ssl_endpoint_identification_algorithm="none")
    assert await broker_problem(replace(by_another_name, kafka_security=unchecked)) is None


def test_a_wrong_password_ends_a_command_at_once_and_in_one_line(kafka: SecuredKafka, settings: Settings) -> None:
    wrong = unlike(kafka.security("publish"), sasl_password=Secret("wr0ng-Pa55w0rd"))
    began = time.monotonic()
    for arguments in (("worker",), ("notify",), ("topics",)):
        done = vitals(replace(settings, kafka=kafka.address_of("SASL_SSL"), kafka_security=wrong), *arguments)
        assert done.returncode == 1
        last = done.stderr.splitlines()[-1]
        assert last.startswith("error: Kafka does not accept the user 'publish' with SCRAM-SHA-512 (")
        assert "Traceback" not in done.stderr
        assert "Pa55w0rd" not in done.stdout + done.stderr
    assert time.monotonic() - began < DEADLINE_SECONDS


@pytest.mark.parametrize(
    ("user", "taken", "words"),
    [
        ("publish", "-control", r"does not show the topic \S+-control to this user"),
        ("worker", "-notifications", r"does not show the topic \S+-notifications"),
        ("projector", "-scores", r"does not show the topic \S+-scores"),
    ],
)
async def test_a_topic_that_may_not_be_seen_is_named(
    kafka: SecuredKafka, settings: Settings, user: str, taken: str, words: str
) -> None:
    own = replace(settings, kafka=kafka.address_of("SASL_SSL"), kafka_security=kafka.security(user))
    await ensure_topics(settings, "topics")
    rights = [each for each in documented_rights(settings) if each.user == user]
    async with signed_in_as_admin(settings) as admin:
        await grant(admin, *rights)
        await ensure_topics(own, user)
        await revoke(admin, *(each for each in rights if each.name.endswith(taken)))
        with pytest.raises(UserError, match=words):
            await ensure_topics(own, user)


async def test_a_right_to_write_that_is_missing_is_told_as_such(kafka: SecuredKafka, settings: Settings) -> None:
    await ensure_topics(settings)
    read_only = [replace(each, user="publish") for each in documented_rights(settings) if each.user == "verify"]
    async with signed_in_as_admin(settings) as admin:
        await grant(admin, *read_only)
    own = replace(settings, kafka=kafka.address_of("SASL_SSL"), kafka_security=kafka.security("publish"))
    done = await asyncio.to_thread(vitals, own, "publish", events(Path(settings.data_dir)), "--as-if-now")
    assert done.returncode == 1
    assert "give this user the rights that docs/security.md lists" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("user", "command", "resource", "end", "operation"),
    [
        ("worker", "worker", Resource.Group, "", Operation.Read),
        ("worker", "worker", Resource.Topic, "-accounts-changelog", Operation.Write),
        ("projector", "project", Resource.Topic, "-scores", Operation.Read),
        ("notifier", "notify", Resource.Group, "", Operation.Read),
    ],
)
async def test_a_process_without_one_of_its_rights_ends_and_says_so(
    kafka: SecuredKafka, settings: Settings, user: str, command: str, resource: Resource, end: str, operation: Operation
) -> None:
    await ensure_topics(settings, "topics")
    await asyncio.to_thread(succeeded, settings, "publish", events(Path(settings.data_dir)), "--as-if-now")
    rights = [each for each in documented_rights(settings) if each.user == user]
    taken = [each for each in rights if (each.resource, each.operation) == (resource, operation)]
    taken = [each for each in taken if each.name.endswith(end)]
    seen = [replace(each, operation=Operation.Describe) for each in rights]
    assert len(taken) == 1 if end or resource is Resource.Group else taken
    async with signed_in_as_admin(settings) as admin:
        await grant(admin, *(each for each in rights if each not in taken), *seen)
    own = replace(settings, kafka=kafka.address_of("SASL_SSL"), kafka_security=kafka.security(user))
    done = await asyncio.to_thread(vitals, own, command)
    assert done.returncode in (1, 70), done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.endswith("give this user the rights that docs/security.md lists."), done.stderr


def test_a_session_timeout_that_the_brokers_refuse_is_told(settings: Settings) -> None:
    for command in ("worker", "project"):
        done = vitals(replace(settings, session_timeout_ms=2_000), command)
        assert done.returncode in (1, 70), done.stderr
        assert "Traceback" not in done.stderr
        assert "set VITALS_SESSION_TIMEOUT_MS to what the brokers allow" in done.stderr.splitlines()[-1]
