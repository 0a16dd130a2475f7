"""How a deployment authenticates to Kafka and Redis: the settings, and which of them may be combined.

Values only. `streams.kafka.security` and `streams.redis.client` turn them into options of aiokafka and redis-py.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Self, TypeVar

import msgspec

from streams.deployment.secret import Secret, read_secret
from streams.errors import UserError

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
PASSWORD_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
OAUTHBEARER = "OAUTHBEARER"
MECHANISMS = (*PASSWORD_MECHANISMS, OAUTHBEARER)
_K = "VITALS_KAFKA_"
_Fields = TypeVar("_Fields", bound=msgspec.Struct)


class KafkaSecurity(msgspec.Struct, frozen=True, kw_only=True):
    """How a client authenticates to the brokers. A field is the variable of its name after `VITALS_KAFKA_`, and the
    property of that name in librdkafka: `ssl_ca_location` is `VITALS_KAFKA_SSL_CA_LOCATION` and `ssl.ca.location`.
    """

    PREFIX: ClassVar[str] = _K

    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = ""
    sasl_username: str = ""
    sasl_password: Secret = Secret()
    # Runs without a shell; prints a token, or JSON with `access_token` and `expires_in`.
    sasl_oauthbearer_token_command: str = ""
    # PEM files. Without a CA of your own, the system's CAs are trusted.
    ssl_ca_location: str = ""
    ssl_certificate_location: str = ""
    ssl_key_location: str = ""
    ssl_key_password: Secret = Secret()
    # `https`: the broker's certificate must match the host name; `none`: any certificate that the CA signed.
    ssl_endpoint_identification_algorithm: str = "https"

    @property
    def uses_tls(self) -> bool:
        return self.security_protocol in ("SSL", "SASL_SSL")

    @property
    def uses_sasl(self) -> bool:
        return self.security_protocol in ("SASL_PLAINTEXT", "SASL_SSL")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `VITALS_KAFKA_*`.

        Raises:
            UserError: when a value is not allowed, two values contradict each other, or a name is unknown.
        """
        security = _read(cls, environment)
        security = msgspec.structs.replace(
            security,
            security_protocol=security.security_protocol.upper(),
            sasl_mechanism=security.sasl_mechanism.upper(),
            ssl_endpoint_identification_algorithm=security.ssl_endpoint_identification_algorithm.lower(),
        )
        _check_protocol(security)
        _check_sasl(security)
        _check_tls(security)
        return security

    def environment(self) -> dict[str, str]:
        """The variables that `from_environment` reads as this value, secrets included: for child processes."""
        return _environment(self)


class RedisSecurity(msgspec.Struct, frozen=True, kw_only=True):
    """How a client authenticates to Redis, in addition to `VITALS_REDIS`. A field is the variable of its name after
    `VITALS_REDIS_`.
    """

    PREFIX: ClassVar[str] = "VITALS_REDIS_"

    # Instead of those in the URL.
    username: str = ""
    password: Secret = Secret()
    # PEM files, for rediss://. Without a CA of your own, the system's CAs are trusted.
    ssl_ca_location: str = ""
    ssl_certificate_location: str = ""
    ssl_key_location: str = ""
    ssl_key_password: Secret = Secret()
    ssl_endpoint_identification_algorithm: str = "https"
    # For the sentinels themselves, if they require a user.
    sentinel_username: str = ""
    sentinel_password: Secret = Secret()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `VITALS_REDIS_*`.

        Raises:
            UserError: when a value is not allowed, two values contradict each other, or a name is unknown.
        """
        security = _read(cls, environment)
        security = msgspec.structs.replace(
            security, ssl_endpoint_identification_algorithm=security.ssl_endpoint_identification_algorithm.lower()
        )
        _check_files(security)
        if security.username and not security.password:
            raise UserError("VITALS_REDIS_USERNAME is set without a password: set VITALS_REDIS_PASSWORD too.")
        if security.sentinel_username and not security.sentinel_password:
            raise UserError(
                "VITALS_REDIS_SENTINEL_USERNAME is set without a password: set VITALS_REDIS_SENTINEL_PASSWORD too."
            )
        return security

    def environment(self) -> dict[str, str]:
        """The variables that `from_environment` reads as this value, secrets included: for child processes."""
        return _environment(self)


def check_brokers(brokers: str) -> None:
    """Check that `VITALS_KAFKA` holds only hosts and ports, and no password, which would be shown in logs.

    Raises:
        UserError: when it holds a user, a password or a scheme.
    """
    if "@" in brokers:
        raise UserError(
            "VITALS_KAFKA contains an @: name only hosts and ports in it, and set the user with "
            "VITALS_KAFKA_SASL_USERNAME and VITALS_KAFKA_SASL_PASSWORD."
        )
    if "://" in brokers:
        raise UserError(
            f"VITALS_KAFKA is {brokers!r}: remove {brokers.partition('://')[0]}://, and set it to host:port; "
            f"TLS is set with {_K}SECURITY_PROTOCOL."
        )


_SERVICE_LINK = re.compile(r"(SERVICE_HOST|(SERVICE_)?PORT(_.*)?)")
"""The variables that Kubernetes sets in every container for a service called `vitals-kafka` or `vitals-redis`."""
_OTHERS = {
    f"{_K}BOOTSTRAP_SERVERS": "VITALS_KAFKA",
    f"{_K}BROKERS": "VITALS_KAFKA",
    f"{_K}BROKER": "VITALS_KAFKA",
    f"{_K}SASL_PLAIN_USERNAME": f"{_K}SASL_USERNAME",
    f"{_K}SASL_PLAIN_PASSWORD": f"{_K}SASL_PASSWORD",
    f"{_K}SASL_MECHANISMS": f"{_K}SASL_MECHANISM",
    f"{_K}SSL_CAFILE": f"{_K}SSL_CA_LOCATION",
    f"{_K}SSL_CERTFILE": f"{_K}SSL_CERTIFICATE_LOCATION",
    f"{_K}SSL_KEYFILE": f"{_K}SSL_KEY_LOCATION",
    f"{_K}SSL_CHECK_HOSTNAME": f"{_K}SSL_ENDPOINT_IDENTIFICATION_ALGORITHM",
    f"{_K}GROUP_INSTANCE_ID": "VITALS_GROUP_INSTANCE_ID",
    f"{_K}GROUP_ID": "VITALS_GROUP",
    "VITALS_REDIS_URL": "VITALS_REDIS",
    "VITALS_REDIS_USER": "VITALS_REDIS_USERNAME",
    "VITALS_REDIS_SSL_CAFILE": "VITALS_REDIS_SSL_CA_LOCATION",
    "VITALS_REDIS_SSL_CA_CERTS": "VITALS_REDIS_SSL_CA_LOCATION",
}
"""The names that other clients use."""


def check_variables(environment: Mapping[str, str]) -> None:
    """Check that every variable about Kafka or Redis is one that we read: a misspelt one would silently be ignored.

    Raises:
        UserError: on the first unknown variable, with the name that was probably meant.
    """
    for fields in (KafkaSecurity, RedisSecurity):
        known = [*known_names(fields), *(["VITALS_REDIS_FILE"] if fields is RedisSecurity else [])]
        for name in sorted(environment):
            rest = name.removeprefix(fields.PREFIX)
            if rest == name or name in known or _SERVICE_LINK.fullmatch(rest):
                continue
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            suggestion = _OTHERS.get(name, close[0] if close else "")
            advice = f"set {suggestion} instead" if suggestion else "unset it; docs/security.md lists all names"
            raise UserError(f"{name} is not a setting of Vitals: {advice}.")


def known_names(fields: type[KafkaSecurity] | type[RedisSecurity]) -> list[str]:
    """The variables that `fields` reads, including those of secret files."""
    plain, names = fields(), []
    for field in fields.__struct_fields__:
        name = f"{fields.PREFIX}{field.upper()}"
        names += [name, f"{name}_FILE"] if isinstance(getattr(plain, field), Secret) else [name]
    return names


def _read(fields: type[_Fields], environment: Mapping[str, str]) -> _Fields:
    prefix, plain = fields.PREFIX, fields()  # type: ignore[attr-defined]
    values: dict[str, Any] = {}
    for field in fields.__struct_fields__:
        name = f"{prefix}{field.upper()}"
        if isinstance(getattr(plain, field), Secret):
            values[field] = Secret(read_secret(environment, name))
        elif text := environment.get(name, "").strip():
            values[field] = text
    return fields(**values)


def _environment(security: KafkaSecurity | RedisSecurity) -> dict[str, str]:
    found = {}
    for field in security.__struct_fields__:
        value = getattr(security, field)
        found[f"{security.PREFIX}{field.upper()}"] = value.reveal() if isinstance(value, Secret) else value
    return found


def _check_protocol(security: KafkaSecurity) -> None:
    protocol = security.security_protocol
    if protocol not in PROTOCOLS:
        raise UserError(f"{_K}SECURITY_PROTOCOL is {protocol!r}: set it to {_one_of(PROTOCOLS)}.")
    plain = KafkaSecurity()
    for kind, uses, other in (("SASL", security.uses_sasl, "SASL_SSL"), ("SSL", security.uses_tls, "SSL")):
        given = [
            field
            for field in security.__struct_fields__
            if field.startswith(f"{kind.lower()}_") and getattr(security, field) != getattr(plain, field)
        ]
        if given and not uses:
            better = "SASL_SSL" if security.uses_sasl else other
            raise UserError(
                f"{_K}{given[0].upper()} is set, but has no effect while {_K}SECURITY_PROTOCOL is {protocol}: "
                f"set {_K}SECURITY_PROTOCOL to {better}, or unset {_K}{given[0].upper()}."
            )


def _check_sasl(security: KafkaSecurity) -> None:
    if not security.uses_sasl:
        return
    mechanism, protocol = security.sasl_mechanism, security.security_protocol
    if not mechanism:
        raise UserError(
            f"{_K}SECURITY_PROTOCOL is {protocol} without a mechanism: set {_K}SASL_MECHANISM to {_one_of(MECHANISMS)}."
        )
    if mechanism not in MECHANISMS:
        raise UserError(f"{_K}SASL_MECHANISM is {mechanism!r}: set it to {_one_of(MECHANISMS)}.")
    passwords = {"SASL_USERNAME": bool(security.sasl_username), "SASL_PASSWORD": bool(security.sasl_password)}
    command = {"SASL_OAUTHBEARER_TOKEN_COMMAND": bool(security.sasl_oauthbearer_token_command)}
    needed, useless = (command, passwords) if mechanism == OAUTHBEARER else (passwords, command)
    for name, is_given in needed.items():
        if not is_given:
            raise UserError(f"{_K}SASL_MECHANISM is {mechanism} without {_K}{name}: set {_K}{name}.")
    for name, is_given in useless.items():
        if is_given:
            raise UserError(
                f"{_K}{name} is set, but has no effect while {_K}SASL_MECHANISM is {mechanism}: unset one of them."
            )


def _check_tls(security: KafkaSecurity) -> None:
    _check_files(security)


def _check_files(security: KafkaSecurity | RedisSecurity) -> None:
    prefix = security.PREFIX
    certificate, key = security.ssl_certificate_location, security.ssl_key_location
    if certificate and not key:
        raise UserError(
            f"{prefix}SSL_CERTIFICATE_LOCATION is set without its key: set {prefix}SSL_KEY_LOCATION too (to the same "
            f"file, if it holds both)."
        )
    if key and not certificate:
        raise UserError(
            f"{prefix}SSL_KEY_LOCATION is set without its certificate: set {prefix}SSL_CERTIFICATE_LOCATION too."
        )
    if security.ssl_key_password and not key:
        raise UserError(f"{prefix}SSL_KEY_PASSWORD is set without a key: set {prefix}SSL_KEY_LOCATION too.")
    if security.ssl_endpoint_identification_algorithm not in ("https", "none"):
        raise UserError(
            f"{prefix}SSL_ENDPOINT_IDENTIFICATION_ALGORITHM is {security.ssl_endpoint_identification_algorithm!r}: "
            f"set it to https or none."
        )


def _one_of(words: Collection[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}"
