"""The security options of every connection to Kafka: from our settings to aiokafka's options."""

from __future__ import annotations

import logging
from typing import Any

from streams.deployment.access import OAUTHBEARER, KafkaSecurity
from streams.deployment.tls import ssl_context
from streams.kafka.oauth import CommandTokens

_LOG = logging.getLogger(__name__)
_warned: set[str] = set()


def security_options(security: KafkaSecurity) -> dict[str, Any]:
    """The options with which every aiokafka client authenticates. Reads the PEM files.

    Raises:
        UserError: when a file cannot be used.
    """
    options: dict[str, Any] = {"security_protocol": security.security_protocol}
    if security.uses_tls:
        options["ssl_context"] = ssl_context(security)
    if security.uses_sasl:
        options["sasl_mechanism"] = security.sasl_mechanism
        if security.sasl_mechanism == OAUTHBEARER:
            options["sasl_oauth_token_provider"] = CommandTokens(security.sasl_oauthbearer_token_command)
        else:
            options["sasl_plain_username"] = security.sasl_username
            options["sasl_plain_password"] = security.sasl_password.reveal()
    if security.security_protocol == "SASL_PLAINTEXT" and security.sasl_mechanism in ("PLAIN", OAUTHBEARER):
        logging.getLogger("aiokafka.conn").addFilter(_is_not_said_by_us)
        _warn_once(
            f"{security.sasl_mechanism} over SASL_PLAINTEXT sends the password or token unencrypted: set "
            f"VITALS_KAFKA_SECURITY_PROTOCOL to SASL_SSL, or use a SCRAM mechanism"
        )
    if security.uses_tls and security.ssl_endpoint_identification_algorithm == "none":
        _warn_once(
            "host names in broker certificates are not checked: anyone with a certificate of that CA can pose as one"
        )
    return options


def _is_not_said_by_us(record: logging.LogRecord) -> bool:
    """False for aiokafka's own warning, which it repeats at every connection."""
    return not str(record.msg).startswith("Sending username and password in the clear")


def _warn_once(text: str) -> None:
    if text not in _warned:
        _warned.add(text)
        _LOG.warning(text)
