"""Whether each broker can be reached and accepts our user, address by address."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable

from aiokafka.conn import collect_hosts

from streams.deployment.settings import Settings
from streams.deployment.tls import ssl_context
from streams.doctor.finding import Finding, fault, ok, warning
from streams.errors import UserError
from streams.kafka.reachability import problem_at

CONNECT_SECONDS = 5.0
EXPIRES_SOON_DAYS = 14
REACHABLE, ADVERTISED, TLS = "kafka.reachable", "kafka.advertised", "kafka.tls"


async def check_bootstrap(settings: Settings) -> list[Finding]:
    """Check each address of `VITALS_KAFKA`. One that answers is enough to start, but all should."""
    try:
        hosts = bootstrap_hosts(settings)
    except (ValueError, OverflowError):
        words = f"{settings.kafka!r} is not a list of addresses"
        return [fault(REACHABLE, "VITALS_KAFKA", words, "set it to host:port, separated by commas")]
    return await check_addresses(settings, hosts, REACHABLE)


def bootstrap_hosts(settings: Settings) -> list[tuple[str, int]]:
    """The hosts and ports of `VITALS_KAFKA`.

    >>> bootstrap_hosts(Settings(kafka="kafka-1:9093,[fd00::7]:9093"))
    [('kafka-1', 9093), ('fd00::7', 9093)]

    Raises:
        ValueError, OverflowError: when it is not a list of addresses.
    """
    return [(str(host), int(port)) for host, port, _ in collect_hosts(settings.kafka, randomize=False)]


async def check_addresses(settings: Settings, addresses: Iterable[tuple[str, int]], check: str) -> list[Finding]:
    """Check all addresses concurrently, as the user of the settings. Takes some seconds."""
    found = await asyncio.gather(*(_try(settings, host, port, check) for host, port in addresses))
    return [finding for findings in found for finding in findings]


async def _try(settings: Settings, host: str, port: int, check: str) -> list[Finding]:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        problem = await problem_at(settings, host, port)
    except (UserError, ValueError, OverflowError) as error:
        words, _, advice = str(error).rpartition(": ")
        return [fault(check, where, words or advice, advice)]
    if problem is not None:
        words, _, advice = problem.text.partition(": ")
        return [fault(check, where, words, advice)]
    found = [ok(check, where, "is reachable and accepts this user")]
    return [*found, *await _certificate(settings, host, port, where)]


async def _certificate(settings: Settings, host: str, port: int, where: str) -> list[Finding]:
    """Until when the certificate of a reachable broker is valid; no finding without TLS."""
    if not settings.kafka_security.uses_tls:
        return []
    context = ssl_context(settings.kafka_security)
    async with asyncio.timeout(CONNECT_SECONDS):
        _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    expires = str((writer.get_extra_info("peercert") or {}).get("notAfter", ""))
    writer.transport.abort()
    return [judge_expiry(where, expires, time.time())] if expires else []


def judge_expiry(where: str, expires: str, now_seconds: float) -> Finding:
    """`expires` is in the format of certificates, `now_seconds` is since 1970.

    >>> judge_expiry("kafka:9093", "Jan  5 09:34:43 2018 GMT", 1515144883 - 86_400).words
    'its certificate expires in 1 day, on Jan  5 09:34:43 2018 GMT'
    """
    days = int((ssl.cert_time_to_seconds(expires) - now_seconds) // 86_400)
    if days >= EXPIRES_SOON_DAYS:
        return ok(TLS, where, f"its certificate is valid until {expires}")
    words = f"its certificate expires in {days} day{'s' * (days != 1)}, on {expires}"
    return warning(TLS, where, words, "renew it before then: no client can connect afterwards")
