"""Redis behind TLS, with a user of few rights, and by sentinels: each of our two keepers works through it."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import redis as blocking

from streams.deployment.access import RedisSecurity
from streams.deployment.secret import Secret
from streams.deployment.settings import Settings
from streams.notifier.delivered_ids import Claim, RedisDeliveredIds
from streams.read_model.port import Batch, Change, ReadModelUnavailable
from streams.read_model.store import RedisReadModel
from streams.redis.client import open_redis
from tests.support.certificates import Authority
from tests.support.tls_proxy import tls_in_front_of
from vitals.local.child import Child, wait_until_ready
from vitals.local.embedded import HOST, free_port, redis_program, start_redis

PAGE = Path(__file__).parents[3] / "docs" / "security.md"
PASSWORD = "p/a#s:s@w0rd"
replace = msgspec.structs.replace


@pytest.fixture
def port() -> Iterator[int]:
    with start_redis() as server:
        yield urlsplit(server.address).port or 0


def give_documented_rights(port: int, user: str, deployment: str) -> None:
    """What the docs have for a user, for this one."""
    [line] = re.findall(r"^ACL SETUSER vitals .*$", PAGE.read_text(), re.MULTILINE)
    words = line.replace(">password", f">{PASSWORD}").split()
    words = [word.replace("{vitals}", f"{{{deployment}}}") for word in words]
    with blocking.Redis(port=port) as client:
        client.execute_command("ACL", "SETUSER", user, *words[3:])


async def both_keepers_work(settings: Settings) -> None:
    model = RedisReadModel.open(settings)
    try:
        await model.clear()
        assert await model.worst_first() == []
        assert await model.progress() == {}
        await model.write(Batch(partition=0, start=0, end=7, changes=[Change(3, "acme", None)]))
        assert await model.progress() == {0: 7}
    finally:
        await model.close()
    client = open_redis(settings, connect_seconds=2, answer_seconds=2)
    async with client:
        ids = RedisDeliveredIds(client, prefix=settings.redis_prefix)
        fresh = uuid.uuid4().hex
        assert await ids.claim(fresh) is Claim.OURS
        await ids.mark_sent(fresh)
        assert await ids.claim(fresh) is Claim.SENT
        await ids.release(fresh)


@pytest.mark.parametrize("is_mutual", [False, True])
async def test_tls_with_a_ca_of_ones_own_and_a_user_with_the_rights_of_the_docs(
    port: int, tmp_path: Path, is_mutual: bool
) -> None:
    authority = Authority(tmp_path)
    mine, key = authority.issue("vitals", password="k3y")
    settings = Settings(
        redis="",
        redis_security=RedisSecurity(
            username="ops",
            password=Secret(PASSWORD),
            ssl_ca_location=str(authority.ca),
            ssl_certificate_location=str(mine) if is_mutual else "",
            ssl_key_location=str(key) if is_mutual else "",
            ssl_key_password=Secret("k3y" if is_mutual else ""),
        ),
    )
    give_documented_rights(port, "ops", settings.deployment)
    with tls_in_front_of(port, *authority.issue("redis", HOST), authority.ca if is_mutual else None) as secured:
        settings = replace(settings, redis=f"rediss://{HOST}:{secured}/0")
        await both_keepers_work(settings)
        await another_deployments_keys_are_out_of_reach(settings)
        if is_mutual:
            return
        for wrong, words in (
            (replace(settings.redis_security, ssl_ca_location=""), "certificate verify failed"),
            (replace(settings.redis_security, password=Secret("x")), "rejects our user or password"),
        ):
            await is_refused(replace(settings, redis_security=wrong), words)
        await is_refused(replace(settings, redis=f"rediss://127.1:{secured}/0"), "127.1")
        await is_refused(replace(settings, redis=f"rediss://{HOST}:{port}/0"), "and only if")
        plain = replace(settings.redis_security, ssl_ca_location="")
        await is_refused(replace(settings, redis=f"redis://{HOST}:{secured}/0", redis_security=plain), "rediss:// if")
        unchecked = replace(settings.redis_security, ssl_endpoint_identification_algorithm="none")
        await both_keepers_work(replace(settings, redis=f"rediss://127.1:{secured}/0", redis_security=unchecked))


async def another_deployments_keys_are_out_of_reach(settings: Settings) -> None:
    await is_refused(replace(settings, group="another"), "(?i)no permissions|can't access")


async def is_refused(settings: Settings, words: str) -> None:
    model = RedisReadModel.open(settings)
    try:
        with pytest.raises(ReadModelUnavailable, match=words) as refused:
            await model.progress()
    finally:
        await model.close()
    assert PASSWORD not in str(refused.value)


class Sentinel:
    """A master, its replica, and one sentinel that watches them; the sentinel wants a password."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.master = stack.enter_context(start_redis())
        self.port, replica = free_port(), stack.enter_context(start_redis())
        master_port, replica_port = (urlsplit(each.address).port or 0 for each in (self.master, replica))
        for number in (master_port, replica_port):
            with blocking.Redis(port=number) as client:
                client.config_set("masterauth", PASSWORD)
                client.config_set("requirepass", PASSWORD)
        with blocking.Redis(port=replica_port, password=PASSWORD) as client:
            client.replicaof(HOST, master_port)
            deadline = time.monotonic() + 20
            while client.info("replication")["master_link_status"] != "up":
                assert time.monotonic() < deadline
                time.sleep(0.05)
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {self.port}\nbind {HOST}\nrequirepass s3ntinel\nsentinel monitor main {HOST} {master_port} 1\n"
            f'sentinel auth-pass main "{PASSWORD}"\nsentinel down-after-milliseconds main 500\n'
            f"sentinel failover-timeout main 3000\n"
        )
        self._child = Child("The sentinel", [redis_program(), str(config), "--sentinel"], directory=folder)
        self._child.start()
        stack.callback(self._child.kill)
        wait_until_ready(self._child, self._knows_the_replica, 20.0)

    def _knows_the_replica(self) -> bool:
        try:
            with blocking.Redis(port=self.port, password="s3ntinel") as client:
                return len(client.execute_command("SENTINEL", "REPLICAS", "main")) == 1
        except blocking.RedisError:
            return False


@pytest.fixture
async def sentinel(tmp_path: Path) -> AsyncIterator[Sentinel]:
    with ExitStack() as stack:
        yield await asyncio.to_thread(Sentinel, tmp_path, stack)


async def written(model: RedisReadModel) -> ReadModelUnavailable | None:
    try:
        await model.write(Batch(partition=1, start=0, end=5, changes=[Change(1, "acme", None)]))
    except ReadModelUnavailable as error:
        return error
    return None


async def test_the_master_that_sentinels_name_is_used_and_the_next_one_after_it(sentinel: Sentinel) -> None:
    settings = Settings(
        redis=f"redis+sentinel://{HOST}:{free_port()},{HOST}:{sentinel.port}/main/0",
        redis_security=RedisSecurity(password=Secret(PASSWORD), sentinel_password=Secret("s3ntinel")),
    )
    await both_keepers_work(settings)
    model = RedisReadModel.open(settings)
    try:
        sentinel.master.child.kill()
        deadline = time.monotonic() + 40
        while (error := await written(model)) is not None:
            assert PASSWORD not in str(error)
            assert time.monotonic() < deadline, error
            await asyncio.sleep(0.2)
        assert (await model.progress())[1] == 5
    finally:
        await model.close()
