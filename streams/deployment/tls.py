"""TLS to Kafka and Redis: the CAs that we trust, and our client certificate."""

from __future__ import annotations

import ssl
import time

from streams.deployment.access import KafkaSecurity, RedisSecurity
from streams.errors import UserError


def ssl_context(security: KafkaSecurity | RedisSecurity) -> ssl.SSLContext:
    """A TLS context (1.2 or newer) from these settings. Reads the files.

    Raises:
        UserError: when a file cannot be read or has the wrong content; the text names the variable.
    """
    prefix = security.PREFIX
    context = _trusting(f"{prefix}SSL_CA_LOCATION", security.ssl_ca_location)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # Debian's Python leaves it to the library's configuration
    context.check_hostname = security.ssl_endpoint_identification_algorithm != "none"
    if security.ssl_certificate_location:
        _present_certificate(context, security)
    return context


def _trusting(name: str, location: str) -> ssl.SSLContext:
    if not location:
        return ssl.create_default_context()
    _check_readable(name, location)
    try:
        return ssl.create_default_context(cafile=location)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise UserError(
            f"{name} names {location!r}, which holds no PEM certificate (-----BEGIN CERTIFICATE-----): name the "
            f"certificate of the CA in PEM format."
        ) from error


def _present_certificate(context: ssl.SSLContext, security: KafkaSecurity | RedisSecurity) -> None:
    prefix, certificate, key = security.PREFIX, security.ssl_certificate_location, security.ssl_key_location
    _check_readable(f"{prefix}SSL_CERTIFICATE_LOCATION", certificate)
    _check_readable(f"{prefix}SSL_KEY_LOCATION", key)
    asked = False

    def password() -> str:  # without a callback, OpenSSL would ask on the terminal
        nonlocal asked
        asked = True
        return security.ssl_key_password.reveal()

    try:
        context.load_cert_chain(certificate, key, password)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise UserError(_certificate_error(error, security, asked=asked)) from error
    if (expired_on := _expired_on(certificate)) is not None:
        raise UserError(
            f"{prefix}SSL_CERTIFICATE_LOCATION names {certificate!r}, which expired on {expired_on}: have it renewed."
        )


def _expired_on(certificate: str) -> str | None:
    """When a certificate expired, as it says itself; None if it is still valid, or if Python cannot tell."""
    decode = getattr(getattr(ssl, "_ssl", None), "_test_decode_cert", None)
    ends: str = "" if decode is None else decode(certificate).get("notAfter", "")
    return ends if ends and ssl.cert_time_to_seconds(ends) < time.time() else None


def _certificate_error(error: Exception, security: KafkaSecurity | RedisSecurity, *, asked: bool) -> str:
    prefix, certificate, key = security.PREFIX, security.ssl_certificate_location, security.ssl_key_location
    if "KEY_VALUES_MISMATCH" in str(error):
        return (
            f"The key {key!r} does not belong to the certificate {certificate!r}: set {prefix}SSL_KEY_LOCATION to the "
            f"key that does."
        )
    if asked and not security.ssl_key_password:
        return f"The key {key!r} is encrypted: set {prefix}SSL_KEY_PASSWORD or {prefix}SSL_KEY_PASSWORD_FILE."
    if asked:
        return f"The password does not decrypt the key {key!r}: set {prefix}SSL_KEY_PASSWORD to the right one."
    return (
        f"The certificate {certificate!r} and the key {key!r} cannot be used ({error}): set "
        f"{prefix}SSL_CERTIFICATE_LOCATION and {prefix}SSL_KEY_LOCATION to a certificate and its key in PEM format."
    )


def _check_readable(name: str, location: str) -> None:
    try:
        with open(location, "rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{name} names {location!r}, which cannot be read ({reason}): name a readable file.") from error
