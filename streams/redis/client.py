"""Opens every connection to Redis, and says how its address may be shown.

`VITALS_REDIS` is one of:

    redis://[user:password@]host[:port][/db]            plain
    rediss://...                                        TLS
    redis+sentinel://host[:port],host.../master[/db]    the master that sentinels name; rediss+sentinel:// with TLS
    unix:///path/to/socket[?db=0]
"""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialBackoff

from streams.deployment.access import RedisSecurity
from streams.deployment.secret import without_secrets
from streams.deployment.settings import Settings
from streams.deployment.tls import ssl_context
from streams.errors import UserError
from streams.redis.cluster import AdaptiveRedis

REDIS_PORT = 6379
SENTINEL_PORT = 26379
SENTINEL = "sentinel"
_SCHEMES = ("redis", "rediss", "redis+sentinel", "rediss+sentinel", "unix")
_LIKE = "redis://host:6379/0"


class RedisAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed Redis URL. `hosts` are the sentinels if `master` is set; `path` is that of a socket."""

    scheme: str
    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    master: str = ""
    db: int = 0
    username: str = ""
    password: str = ""

    @property
    def uses_tls(self) -> bool:
        return self.scheme.startswith("rediss")

    def __repr__(self) -> str:
        return f"RedisAddress({_shown(self)})"


def open_redis(
    settings: Settings, *, connect_seconds: float, answer_seconds: float, retry: Retry | None = None
) -> Redis:
    """A client of the deployment's Redis. It connects on the first command and returns bytes. It detects by itself
    whether the server is part of a cluster; all keys of one command must then be in one slot (`Settings.redis_prefix`).

    Without `retry` it uses redis-py's default: a few attempts within a second or two.

    Raises:
        UserError: when the URL, a certificate or a key file cannot be used, or settings contradict each other.
    """
    address = read_address(settings.redis)
    options: dict[str, Any] = {
        "socket_connect_timeout": connect_seconds,
        "socket_timeout": answer_seconds,
        **({} if retry is None else {"retry": retry}),
    }
    signing_in = _signing_in(address, settings.redis_security)
    tls = _tls(address, settings.redis_security)
    if not address.master and settings.redis_security.sentinel_password:
        raise UserError(
            "VITALS_REDIS_SENTINEL_PASSWORD is set, but VITALS_REDIS names no sentinels: unset it, or start the URL "
            "with redis+sentinel://."
        )
    if address.master:
        return _by_sentinel(address, settings.redis_security, {**options, **tls}, {**signing_in, "db": address.db})
    if address.path:
        return Redis(unix_socket_path=address.path, db=address.db, **signing_in, **options)
    [(host, port)] = address.hosts
    client = AdaptiveRedis(host=host, port=port, db=address.db, **signing_in, **tls, **options)
    client.to_cluster = functools.partial(_cluster, address, {**signing_in, **tls}, connect_seconds, answer_seconds)
    return client


def _cluster(
    address: RedisAddress, options: dict[str, Any], connect_seconds: float, answer_seconds: float
) -> RedisCluster:
    """A client of the whole cluster, which follows slots from node to node."""
    [(host, port)] = address.hosts
    client = RedisCluster(
        host=host,
        port=port,
        db=address.db,
        socket_connect_timeout=connect_seconds,
        socket_timeout=answer_seconds,
        # Covers a slot that has just moved or a primary that was just replaced; the caller retries for longer.
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 4),
        **{name: value for name, value in options.items() if name != "ssl_password"},
    )
    if "ssl_password" in options:  # its constructor does not accept it, but its connections do
        nodes = client.nodes_manager
        for of_each in (nodes.connection_kwargs, *(node.connection_kwargs for node in nodes.startup_nodes.values())):
            of_each["ssl_password"] = options["ssl_password"]
    return client


def shown_address(settings: Settings) -> str:
    """The address of Redis without user and password: hosts and ports, or the path of a socket.

    >>> shown_address(Settings(redis="redis://:hunter2@10.0.0.7/0"))
    '10.0.0.7:6379'

    Raises:
        UserError: when `VITALS_REDIS` is not a Redis URL.
    """
    return _shown(read_address(settings.redis))


def shown_url(settings: Settings) -> str:
    """The URL of Redis without user and password, even if it is malformed. It can be printed and pasted.

    >>> shown_url(Settings(redis="redis://:hunter2@10.0.0.7:6379/0"))
    'redis://10.0.0.7:6379/0'
    """
    return without_secrets(settings.redis)


def _shown(address: RedisAddress) -> str:
    if address.path:
        return address.path
    hosts = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in address.hosts)
    return f"{hosts} (sentinels of {address.master})" if address.master else hosts


def read_address(url: str) -> RedisAddress:
    """Parse a Redis URL.

    Raises:
        UserError: when it is not one. The text shows no part of the URL that may be a password.
    """
    scheme, mark, rest = url.strip().partition("://")
    scheme = scheme.lower()
    if not mark or scheme not in _SCHEMES:
        schemes = ", ".join(f"{each}://" for each in _SCHEMES)
        raise UserError(f"VITALS_REDIS is not a Redis URL (it begins with none of {schemes}): set it like {_LIKE}.")
    rest, _, query = rest.partition("?") if "@" not in rest.partition("?")[2] else (rest, "", "")
    user, at, place = rest.rpartition("@")
    if "/" in user or "?" in user or "#" in user:
        raise UserError(
            "VITALS_REDIS is not a Redis URL (its password contains / ? or #): write %2F, %3F or %23, or set "
            "VITALS_REDIS_PASSWORD."
        )
    name, _, password = user.partition(":") if at else ("", "", "")
    options = _read_query(query)
    signing_in: dict[str, Any] = {
        "username": unquote(name) or options.get("username", ""),
        "password": unquote(password) or options.get("password", ""),
    }
    if scheme == "unix":
        if not place.startswith("/"):
            raise UserError("VITALS_REDIS names no socket: set it like unix:///run/redis/redis.sock.")
        return RedisAddress(scheme=scheme, path=unquote(place), db=_db(options.get("db", "")), **signing_in)
    hosts, _, path = place.partition("/")
    steps = [unquote(step) for step in path.split("/")] if path else []
    master = ""
    if scheme.endswith(SENTINEL):
        master = steps.pop(0) if steps else ""
        if not master:
            raise UserError(
                "VITALS_REDIS names no master: set it like redis+sentinel://host:26379,host:26379/master-name/0."
            )
    if len([step for step in steps if step]) > 1 or ("," in hosts and not master):
        raise UserError(f"VITALS_REDIS is not a Redis URL: set it like {_LIKE}.")
    port = SENTINEL_PORT if master else REDIS_PORT
    return RedisAddress(
        scheme=scheme,
        hosts=tuple(_host(host, port) for host in hosts.split(",")),
        master=master,
        db=_db(options.get("db") or (steps[0] if steps else "")),
        **signing_in,
    )


def _read_query(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(set(options) - {"db", "username", "password"}):
        raise UserError(
            f"VITALS_REDIS ends with ?{unknown[0]}=, which Vitals does not read: remove it (TLS is set with "
            f"VITALS_REDIS_SSL_CA_LOCATION and its siblings)."
        )
    return options


def _host(text: str, default_port: int) -> tuple[str, int]:
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    number = int(port) if port.isascii() and port.isdigit() else default_port if not port else 0
    if not 1 <= number <= 65_535:
        raise UserError(f"VITALS_REDIS has a port outside 1 to 65535: set it like {_LIKE}.")
    return unquote(host) or "127.0.0.1", number


def _db(text: str) -> int:
    if not (text.isascii() and text.isdigit()) and text:
        raise UserError(f"VITALS_REDIS does not end with a database number: set it like {_LIKE}.")
    return int(text or 0)


def _signing_in(address: RedisAddress, security: RedisSecurity) -> dict[str, Any]:
    if (security.username and address.username) or (security.password and address.password):
        raise UserError(
            "VITALS_REDIS contains a user or a password, and VITALS_REDIS_USERNAME or VITALS_REDIS_PASSWORD is set "
            "too: remove one of them."
        )
    username, password = security.username or address.username, security.password.reveal() or address.password
    if username and not password:
        raise UserError("VITALS_REDIS names a user without a password: set VITALS_REDIS_PASSWORD too.")
    return {**({"username": username} if username else {}), **({"password": password} if password else {})}


def _tls(address: RedisAddress, security: RedisSecurity) -> dict[str, Any]:
    if not address.uses_tls:
        if security.ssl_ca_location or security.ssl_certificate_location:
            name = "CA" if security.ssl_ca_location else "CERTIFICATE"
            raise UserError(
                f"VITALS_REDIS_SSL_{name}_LOCATION is set, but VITALS_REDIS begins with {address.scheme}://, without "
                f"TLS: start it with {address.scheme.replace('redis', 'rediss')}://, or unset the other."
            )
        return {}
    ssl_context(security)  # raises a one-line error if a file is wrong
    return {
        "ssl": True,
        "ssl_ca_certs": security.ssl_ca_location or None,
        "ssl_certfile": security.ssl_certificate_location or None,
        "ssl_keyfile": security.ssl_key_location or None,
        "ssl_password": security.ssl_key_password.reveal() or None,
        "ssl_check_hostname": security.ssl_endpoint_identification_algorithm != "none",
    }


class _SentinelRedis(Redis):
    """A client of the master that also closes the connections to the sentinels."""

    sentinels: Sentinel

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        for sentinel in self.sentinels.sentinels:
            await sentinel.aclose()


def _by_sentinel(
    address: RedisAddress, security: RedisSecurity, options: dict[str, Any], of_master: dict[str, Any]
) -> Redis:
    of_sentinels = dict(options)
    if security.sentinel_username:
        of_sentinels["username"] = security.sentinel_username
    if security.sentinel_password:
        of_sentinels["password"] = security.sentinel_password.reveal()
    sentinels = Sentinel(list(address.hosts), sentinel_kwargs=of_sentinels)  # type: ignore[no-untyped-call]
    client: _SentinelRedis = sentinels.master_for(address.master, redis_class=_SentinelRedis, **options, **of_master)
    client.sentinels = sentinels
    return client
