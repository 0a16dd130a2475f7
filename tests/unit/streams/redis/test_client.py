"""Redis URLs: what each means, what is refused, and that no password is ever shown."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from streams.deployment.access import RedisSecurity
from streams.deployment.secret import Secret
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.read_model.store import RedisReadModel
from streams.redis.client import RedisAddress, open_redis, read_address, shown_address, shown_url
from streams.redis.cluster import AdaptiveRedis
from tests.support.certificates import Authority

HOME = ("127.0.0.1", 6379)


@pytest.mark.parametrize(
    ("url", "means"),
    [
        ("redis://", RedisAddress(scheme="redis", hosts=(HOME,))),
        ("redis://cache", RedisAddress(scheme="redis", hosts=(("cache", 6379),))),
        ("REDIS://cache:7000/3", RedisAddress(scheme="redis", hosts=(("cache", 7000),), db=3)),
        ("redis://cache/?db=3", RedisAddress(scheme="redis", hosts=(("cache", 6379),), db=3)),
        ("redis://[::1]:7000/1", RedisAddress(scheme="redis", hosts=(("::1", 7000),), db=1)),
        ("redis://[::1]", RedisAddress(scheme="redis", hosts=(("::1", 6379),))),
        ("rediss://cache", RedisAddress(scheme="rediss", hosts=(("cache", 6379),))),
        ("redis://:p%2F%40%3A@cache", RedisAddress(scheme="redis", hosts=(("cache", 6379),), password="p/@:")),
        ("redis://o:p:q@cache", RedisAddress(scheme="redis", hosts=(("cache", 6379),), username="o", password="p:q")),
        ("redis://:p@q@cache", RedisAddress(scheme="redis", hosts=(("cache", 6379),), password="p@q")),
        ("redis://cache?password=p", RedisAddress(scheme="redis", hosts=(("cache", 6379),), password="p")),
        ("unix:///run/redis.sock?db=2", RedisAddress(scheme="unix", path="/run/redis.sock", db=2)),
        ("unix://:p@/run/redis.sock", RedisAddress(scheme="unix", path="/run/redis.sock", password="p")),
        (
            "redis+sentinel://a,b:7000,[::1]:7001/main/2",
            RedisAddress(
                scheme="redis+sentinel", hosts=(("a", 26379), ("b", 7000), ("::1", 7001)), master="main", db=2
            ),
        ),
        (
            "rediss+sentinel://ops:p@a/main",
            RedisAddress(
                scheme="rediss+sentinel", hosts=(("a", 26379),), master="main", username="ops", password="p"
            ),
        ),
    ],
)  # fmt: skip
def test_what_a_url_means(url: str, means: RedisAddress) -> None:
    assert read_address(url) == means


ODD = [
    "cache:6379",
    "http://:hunter2@cache",
    "redis://:hun/ter2@cache:6379/0",
    "redis://:hun?ter2@cache:6379/0",
    "redis://:hun#ter2@cache:6379/0",
    "redis://ops:hunter2@cache:70000/0",
    "redis://ops:hunter2@cache:0",
    "redis://ops:hunter2@cache:port",
    "redis://ops:hunter2@cache:-1",
    "redis://ops:hunter2@cache/x",
    "redis://ops:hunter2@cache/0/1",
    "redis://ops:hunter2@a,b/0",
    "redis://ops:hunter2@cache/0?ssl_cert_reqs=none&password=hunter2",
    "redis+sentinel://:hunter2@a,b",
    "redis+sentinel://:hunter2@a,b/",
    "redis+sentinel://:hunter2@a/main/x",
    "unix://hunter2.sock",
    "redis://hunter2@cache",
    "",
]


@pytest.mark.parametrize("url", ODD)
def test_an_odd_url_is_one_line_without_the_password(url: str) -> None:
    with pytest.raises(UserError, match=r"^VITALS_REDIS .*\.$") as wrong:
        open_redis(Settings(redis=url), connect_seconds=1, answer_seconds=1)
    assert "hunter" not in str(wrong.value).replace("hunter2.sock", "")
    assert "ter2" not in str(wrong.value)
    with pytest.raises(UserError):
        RedisReadModel.open(Settings(redis=url))


@pytest.mark.parametrize("url", [*ODD, "redis://ops:hunter2@cache/0", "redis+sentinel://:hunter2@a,b/main"])
def test_no_url_is_shown_with_its_password(url: str) -> None:
    settings = Settings(redis=url)
    if url not in ("unix://hunter2.sock",):
        assert "ter2" not in shown_url(settings)
        assert "ter2" not in repr(settings)


def test_an_address_is_shown_as_hosts_and_ports() -> None:
    def shown(url: str) -> str:
        return shown_address(Settings(redis=url))

    assert shown("rediss://ops:hunter2@cache/0") == "cache:6379"
    assert shown("unix://:hunter2@/run/redis.sock") == "/run/redis.sock"
    assert shown("redis+sentinel://:hunter2@a,[::1]:7000/main/0") == "a:26379,[::1]:7000 (sentinels of main)"
    assert "hunter2" not in repr(read_address("redis://ops:hunter2@cache/0"))


@pytest.mark.parametrize(
    ("url", "security", "words"),
    [
        ("redis://:a@cache", RedisSecurity(password=Secret("hunter2")), "remove one of them"),
        ("redis://ops:a@cache", RedisSecurity(username="it", password=Secret("hunter2")), "remove one of them"),
        ("redis://cache", RedisSecurity(ssl_ca_location="/ca.pem"), "start it with rediss://"),
        ("redis+sentinel://a/main", RedisSecurity(ssl_ca_location="/ca.pem"), r"start it with rediss\+sentinel://"),
        ("rediss://cache", RedisSecurity(ssl_ca_location="/nothing"), "VITALS_REDIS_SSL_CA_LOCATION names '/nothing'"),
        ("redis://cache", RedisSecurity(sentinel_password=Secret("hunter2")), "names no sentinels"),
    ],
)
def test_what_does_not_go_with_the_url_is_told(url: str, security: RedisSecurity, words: str) -> None:
    settings = msgspec.structs.replace(Settings(redis=url), redis_security=security)
    with pytest.raises(UserError, match=words) as wrong:
        open_redis(settings, connect_seconds=1, answer_seconds=1)
    assert "hunter2" not in str(wrong.value)


async def test_a_clusters_nodes_are_reached_with_the_keys_password_too(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("ops", password="k3y")
    security = RedisSecurity(
        ssl_ca_location=str(authority.ca),
        ssl_certificate_location=str(certificate),
        ssl_key_location=str(key),
        ssl_key_password=Secret("k3y"),
    )
    client = open_redis(Settings(redis="rediss://cache", redis_security=security), connect_seconds=1, answer_seconds=1)
    assert isinstance(client, AdaptiveRedis)
    cluster = client.to_cluster()
    [node] = cluster.nodes_manager.startup_nodes.values()
    for options in (node.connection_kwargs, cluster.nodes_manager.connection_kwargs):
        assert (options["ssl_password"], options["ssl_keyfile"]) == ("k3y", str(key))
    await client.aclose()
