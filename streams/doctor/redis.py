"""Whether Redis is fit for use: it answers, accepts writes, evicts nothing, and its clock agrees with ours."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError

from streams.deployment.settings import Settings
from streams.doctor.clocks import SKEW_MAX_MS, skew_text
from streams.doctor.finding import Finding, fault, ok, unknown, warning
from streams.errors import UserError
from streams.redis.client import open_redis, shown_address
from streams.redis.errors import problem_and_advice

OLDEST_VERSION = (5, 0)
"""The first Redis whose scripts replicate by effect, as ours need; every Valkey is newer."""
FULL_SHARE = 0.9
"""The share of `maxmemory` from which the next rebuild may not fit."""
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0


async def check_redis(settings: Settings) -> list[Finding]:
    """All checks of Redis. May take some seconds. Errors of Redis become findings."""
    try:
        where = shown_address(settings)
        once_again = Retry(ConstantBackoff(0.2), 1)
        client = open_redis(settings, connect_seconds=CONNECT_SECONDS, answer_seconds=ANSWER_SECONDS, retry=once_again)
    except UserError as error:
        words, _, advice = str(error).rpartition(": ")
        return [fault("redis.address", "VITALS_REDIS", words or advice, advice)]
    try:
        began_ms = _wall_ms()
        seconds, micros = await client.time()
        ended_ms = _wall_ms()
        found = [ok("redis.reachable", where, "answers and accepts this user")]
        skew_ms = seconds * 1_000 + micros // 1_000 - (began_ms + ended_ms) // 2
        found.append(judge_clock(where, skew_ms, ended_ms - began_ms))
        try:
            info = await client.info()
        except RedisError as error:
            found.append(unknown("redis.info", where, f"does not answer INFO ({error})", "allow INFO for this user"))
        else:
            found.extend(judge_info(where, info))
        return found
    except (RedisError, OSError) as error:
        return [fault("redis.reachable", where, *problem_and_advice(error))]
    except UserError as error:
        words, _, advice = str(error).rpartition(": ")
        return [fault("redis.reachable", where, words or advice, advice)]
    finally:
        await client.aclose()


def judge_clock(where: str, skew_ms: int, round_trip_ms: int) -> Finding:
    """`skew_ms` is how far Redis's clock is ahead of ours, accurate to `round_trip_ms`."""
    if abs(skew_ms) <= SKEW_MAX_MS + round_trip_ms:
        return ok("redis.clock", where, f"agrees with our clock within {abs(skew_ms):,} ms")
    return warning("redis.clock", where, skew_text(skew_ms), "synchronise both machines' clocks with NTP")


def judge_info(where: str, info: Mapping[str, object]) -> Iterator[Finding]:
    """Judge `info`, the answer to INFO, by field."""
    version = str(info.get("valkey_version") or info.get("redis_version") or "")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers and numbers < OLDEST_VERSION:
        yield fault("redis.version", where, f"is version {version}", "use Redis 5 or newer, or any Valkey")
    if info.get("role") in ("slave", "replica"):
        host = info.get("master_host", "its primary")
        yield fault("redis.role", where, f"is a read-only replica of {host}", f"point VITALS_REDIS at {host}")
    if info.get("loading"):
        yield warning("redis.loading", where, "is still loading its data", "wait until it has finished")
    yield from _memory(where, info)
    if not info.get("aof_enabled"):
        yield warning(
            "redis.persistence",
            where,
            "writes no append-only file, so after a crash it may have forgotten which notifications were delivered",
            "set appendonly to yes, or accept that some notifications are delivered twice",
        )
    mode = "a cluster" if info.get("cluster_enabled") else str(info.get("redis_mode", "one server"))
    yield ok("redis.mode", where, f"{mode}, version {version or 'unknown'}")


def _memory(where: str, info: Mapping[str, object]) -> Iterator[Finding]:
    policy, most, used = str(info.get("maxmemory_policy", "")), _number(info, "maxmemory"), _number(info, "used_memory")
    if not policy:
        yield unknown("redis.policy", where, "does not report its maxmemory-policy", "check that it is noeviction")
    elif policy != "noeviction":
        yield warning(
            "redis.policy",
            where,
            f"has maxmemory-policy {policy}: when its memory is full it evicts our keys, and with them all accounts",
            "set maxmemory-policy to noeviction",
        )
    else:
        yield ok("redis.policy", where, "never evicts (noeviction)")
    if most and used >= FULL_SHARE * most:
        yield warning(
            "redis.memory", where, f"uses {used:,} of {most:,} bytes", "give it a larger maxmemory before writes fail"
        )


def _number(info: Mapping[str, object], field: str) -> int:
    value = info.get(field, 0)
    return value if isinstance(value, int) else 0


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
