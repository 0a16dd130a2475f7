"""Finds out why the brokers cannot be used. aiokafka only says that it cannot connect, so this asks them step by step.

A client and a listener that disagree about TLS or SASL always fail alike: the connection closes. So each is tried.
`tests/contracts/test_reachability.py` names the private parts of aiokafka that this relies on.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiokafka.conn import AIOKafkaConnection, collect_hosts
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.metadata import MetadataRequest

from streams.deployment.access import OAUTHBEARER
from streams.deployment.settings import Settings
from streams.kafka.clients import connection
from streams.kafka.oauth import TokenCommandFailed

PROBE_SECONDS = 3.0
"""The time limit of each question. A broker is asked at most three."""
_PROTOCOL = "VITALS_KAFKA_SECURITY_PROTOCOL"


class BrokerProblem(msgspec.Struct, frozen=True):
    """Why a broker cannot be used; the text ends with what to do. `is_final`: waiting will not help."""

    text: str
    is_final: bool


async def broker_problem(settings: Settings) -> BrokerProblem | None:
    """Why the brokers cannot be used; None if one of them answers. May take some seconds per broker.

    Raises:
        UserError: when a certificate or a key file cannot be used.
    """
    problems = []
    for host, port, _ in collect_hosts(settings.kafka, randomize=False):
        problem = await problem_at(settings, host, port)
        if problem is None:
            return None
        problems.append(problem)
    return max(problems, key=lambda problem: problem.is_final, default=None)


async def problem_at(settings: Settings, host: str, port: int) -> BrokerProblem | None:
    """Why one broker cannot be used; None if it answers.

    Raises:
        UserError: when a certificate or a key file cannot be used.
    """
    return await _Probe(settings, host, port).broker_problem()


class _Probe:
    """The questions to one broker."""

    def __init__(self, settings: Settings, host: str, port: int) -> None:
        self._security = settings.kafka_security
        self._options = connection(settings, "probe")
        del self._options["bootstrap_servers"]
        self._host, self._port = host, port
        self._where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def broker_problem(self) -> BrokerProblem | None:
        try:
            async with self._opened(**self._options) as opened:
                try:
                    answer = await opened.send(MetadataRequest([]))
                except (KafkaError, TimeoutError) as error:
                    return await self._of_asking(error)
        except Exception as error:  # any error is the answer here
            return await self._of_connecting(error)
        if not answer.brokers and self._security.sasl_mechanism == OAUTHBEARER:
            # aiokafka ignores a rejected token; the broker then answers without brokers.
            return self._not_accepted("")
        return None

    @asynccontextmanager
    async def _opened(self, **options: Any) -> AsyncIterator[AIOKafkaConnection]:
        opened = AIOKafkaConnection(self._host, self._port, request_timeout_ms=int(PROBE_SECONDS * 1_000), **options)
        try:
            await opened.connect()
            yield opened
        finally:
            closed = opened.close()
            if opened._protocol is not None:
                await asyncio.wait([closed], timeout=PROBE_SECONDS)

    async def _of_connecting(self, error: Exception) -> BrokerProblem:
        user = self._security.sasl_username
        match error:
            case SaslAuthenticationFailed():
                return self._not_accepted(_error_text(error))
            case UnsupportedSaslMechanismError():
                return self._other_mechanism(await self._ask_mechanisms())
            case IllegalSaslStateError():
                better = "SSL" if self._security.uses_tls else "PLAINTEXT"
                return BrokerProblem(
                    f"the listener at {self._where} does not use SASL: set {_PROTOCOL} to {better}", True
                )
            case TokenCommandFailed():
                return BrokerProblem(_error_text(error).rstrip("."), False)
            case ssl.SSLCertVerificationError():
                return self._not_trusted(error)
            case socket.gaierror():
                return BrokerProblem(
                    f"the host {self._host!r} is not known: set VITALS_KAFKA to the brokers' names", False
                )
            case ConnectionRefusedError():
                return BrokerProblem(
                    f"nothing listens at {self._where}: start Kafka, or set VITALS_KAFKA to a broker that runs",
                    False,
                )
        if (about_tls := await self._of_tls(error)) is not None:
            return about_tls
        if user and self._security.uses_sasl and isinstance(error, ValueError):
            return self._not_accepted(_error_text(error))  # a SCRAM server that does not have our password
        return BrokerProblem(
            f"{self._where} does not answer ({_error_text(error)}): check that it is a broker and runs", False
        )

    async def _of_asking(self, error: Exception) -> BrokerProblem:
        """The broker took the connection and closed it at the first request, as a listener with SASL does."""
        if (about_tls := await self._of_tls(error)) is not None:
            return about_tls
        if not self._security.uses_sasl and (mechanisms := await self._ask_mechanisms()):
            better = "SASL_SSL" if self._security.uses_tls else "SASL_PLAINTEXT"
            return BrokerProblem(
                f"the listener at {self._where} requires a user (SASL: {', '.join(mechanisms)}): set {_PROTOCOL} to "
                f"{better}, and VITALS_KAFKA_SASL_MECHANISM",
                True,
            )
        return BrokerProblem(f"{self._where} does not answer ({_error_text(error)}): check that it runs", False)

    async def _of_tls(self, error: Exception) -> BrokerProblem | None:
        if not self._security.uses_tls:
            if not await self._speaks_tls():
                return None
            better = "SASL_SSL" if self._security.uses_sasl else "SSL (or SASL_SSL, if it requires a user)"
            return BrokerProblem(
                f"the listener at {self._where} uses TLS, but {_PROTOCOL} is {self._security.security_protocol}: set "
                f"it to {better}",
                True,
            )
        if (alert := _alert(error)) is not None:
            return self._alerted(alert)
        if await self._answers_plainly():
            better = "SASL_PLAINTEXT" if self._security.uses_sasl else "PLAINTEXT"
            return BrokerProblem(
                f"the listener at {self._where} does not use TLS, but {_PROTOCOL} is "
                f"{self._security.security_protocol}: set it to {better}, or VITALS_KAFKA to a listener with TLS",
                True,
            )
        return None

    def _not_accepted(self, reason: str) -> BrokerProblem:
        user, mechanism = self._security.sasl_username, self._security.sasl_mechanism
        who = f"the user {user!r}" if user else "the token"
        advice = "VITALS_KAFKA_SASL_USERNAME and VITALS_KAFKA_SASL_PASSWORD" if user else "the command that prints it"
        return BrokerProblem(
            f"Kafka does not accept {who} with {mechanism} ({reason or 'it does not say why'}): check {advice}, and "
            f"that the broker knows the user",
            True,
        )

    def _other_mechanism(self, offered: list[str]) -> BrokerProblem:
        return BrokerProblem(
            f"the listener at {self._where} does not support {self._security.sasl_mechanism}: set "
            f"VITALS_KAFKA_SASL_MECHANISM to one of {', '.join(offered) or 'those that it supports'}",
            True,
        )

    def _not_trusted(self, error: ssl.SSLCertVerificationError) -> BrokerProblem:
        why = error.verify_message
        if error.verify_code in _WRONG_NAME:
            advice = (
                "set VITALS_KAFKA to a name that is in it, or, on a network that you trust, "
                "VITALS_KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM to none"
            )
        elif error.verify_code in _WRONG_TIME:
            advice = "have the broker's certificate renewed, or check the clock of this machine"
        else:
            advice = "set VITALS_KAFKA_SSL_CA_LOCATION to the certificate of the CA that signed it"
        return BrokerProblem(f"the certificate of {self._where} cannot be trusted ({why}): {advice}", True)

    def _alerted(self, alert: str) -> BrokerProblem:
        if self._security.ssl_certificate_location:
            advice = "set VITALS_KAFKA_SSL_CERTIFICATE_LOCATION to a certificate signed by a CA that the broker trusts"
        else:
            advice = "set VITALS_KAFKA_SSL_CERTIFICATE_LOCATION and VITALS_KAFKA_SSL_KEY_LOCATION"
        return BrokerProblem(f"{self._where} does not accept our TLS or certificate ({alert}): {advice}", True)

    async def _speaks_tls(self) -> bool:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                _, writer = await asyncio.open_connection(self._host, self._port, ssl=context)
        except ssl.SSLError as error:
            # An alert: the other side uses TLS, and only wants more from us.
            return _alert(error) is not None
        except (OSError, TimeoutError):
            return False
        writer.transport.abort()
        await asyncio.sleep(0)
        return True

    async def _answers_plainly(self) -> bool:
        try:
            async with self._opened():
                return True
        except (KafkaError, OSError, TimeoutError, AssertionError):
            return False

    async def _ask_mechanisms(self) -> list[str]:
        """The SASL mechanisms that the listener supports; empty if it does not use SASL."""
        options = {**self._options, "security_protocol": "SSL" if self._security.uses_tls else "PLAINTEXT"}
        try:
            async with self._opened(**options) as opened:
                answer = await opened.send(SaslHandShakeRequest("none"))
        except (KafkaError, OSError, TimeoutError):
            return []
        return sorted(answer.enabled_mechanisms)


_WRONG_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_WRONG_TIME = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED


def _alert(error: BaseException | None) -> str | None:
    """The TLS alert that the other side sent, from `error` or any error that caused it: «certificate required»."""
    while error is not None:
        if isinstance(error, ssl.SSLError) and (found := re.search(r"ALERT_(\w+)", str(error))):
            return found[1].lower().replace("_", " ")
        error = error.__cause__ or error.__context__
    return None


def _error_text(error: Exception) -> str:
    """The error's text without aiokafka's number and class name."""
    return re.sub(r"^(\[Error \d+\] )?\w+: ", "", str(error)) or type(error).__name__
