"""Apache Kafka that lets nobody do anything but what was granted, with a listener of each kind.

PLAINTEXT        as the super user: for the test itself
SASL_SSL         PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER (unsecured tokens)
SASL_PLAINTEXT   PLAIN, SCRAM-SHA-512
SSL              with a client certificate, whose common name is the user
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from streams.deployment.access import KafkaSecurity
from streams.deployment.secret import Secret
from streams.doctor.rights import PROCESSES
from tests.support.certificates import Authority
from tests.support.kafka.java import JavaKafka
from vitals.local.embedded import HOST, free_port

_SASL = "org.apache.kafka.common.security"
_OURS = secrets.token_hex(4)
PASSWORDS: dict[str, str] = {user: f"{user}-{_OURS}-Pa55w0rd" for user in PROCESSES}
"""The users that the tests share: one a process of Vitals. Another test process, whose commands `ps` shows too, has
other passwords."""
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")


class SecuredKafka(JavaKafka):
    """A broker of its own; see `JavaKafka`. `passwords` are its users; who has a client certificate needs none."""

    def __init__(self, folder: Path, passwords: Mapping[str, str]) -> None:
        self.authority = Authority(folder)
        self.passwords = dict(passwords)
        self._addresses = {
            protocol: f"{HOST}:{free_port()}" for protocol in ("PLAINTEXT", "SASL_SSL", "SASL_PLAINTEXT", "SSL")
        }
        controller = f"{HOST}:{free_port()}"
        port = int(self._addresses["PLAINTEXT"].rpartition(":")[2])
        super().__init__(port, self._secured(folder, controller))
        self._scram = [
            f"{mechanism}=[name={user},password={password}]"
            for user, password in self.passwords.items()
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
        ]

    def address_of(self, protocol: str) -> str:
        """The host:port of the listener of this protocol."""
        return self._addresses[protocol]

    def security(self, user: str, mechanism: str = "SCRAM-SHA-512", protocol: str = "SASL_SSL") -> KafkaSecurity:
        """How `user` signs in with a password."""
        return KafkaSecurity(
            security_protocol=protocol,
            sasl_mechanism=mechanism,
            sasl_username=user,
            sasl_password=Secret(self.passwords[user]),
            ssl_ca_location=str(self.authority.ca) if protocol == "SASL_SSL" else "",
        )

    def by_certificate(self, user: str, key_password: str = "") -> KafkaSecurity:
        """How `user` signs in with a certificate of theirs."""
        certificate, key = self.authority.issue(user, password=key_password)
        return KafkaSecurity(
            security_protocol="SSL",
            ssl_ca_location=str(self.authority.ca),
            ssl_certificate_location=str(certificate),
            ssl_key_location=str(key),
            ssl_key_password=Secret(key_password),
        )

    def _format_options(self) -> list[str]:
        return [option for each in self._scram for option in ("--add-scram", each)]

    def _secured(self, folder: Path, controller: str) -> dict[str, str]:
        certificate, key = self.authority.issue("broker", HOST, "localhost")
        both = folder / "broker-keystore.pem"
        both.write_bytes(key.read_bytes() + certificate.read_bytes())
        users = " ".join(f'user_{user}="{password}"' for user, password in self.passwords.items())
        logins = {
            "plain": f"{_SASL}.plain.PlainLoginModule required {users};",
            "scram-sha-256": f"{_SASL}.scram.ScramLoginModule required;",
            "scram-sha-512": f"{_SASL}.scram.ScramLoginModule required;",
            "oauthbearer": f'{_SASL}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="it";',
        }
        listeners = {**self._addresses, "CONTROLLER": controller}
        return {
            "controller.quorum.voters": f"1@{controller}",
            "listeners": ",".join(f"{name}://{address}" for name, address in listeners.items()),
            "advertised.listeners": ",".join(f"{name}://{address}" for name, address in self._addresses.items()),
            "listener.security.protocol.map": ",".join(
                [*(f"{name}:{name}" for name in self._addresses), "CONTROLLER:PLAINTEXT"]
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": "User:ANONYMOUS",  # whoever comes by the plaintext listener
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.ca),
            "listener.name.ssl.ssl.client.auth": "required",
            "listener.name.ssl.ssl.principal.mapping.rules": "RULE:^CN=([^,]+),.*$/$1/,DEFAULT",
            "sasl.enabled.mechanisms": ",".join(MECHANISMS),
            "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            **{
                f"listener.name.{listener}.{mechanism}.sasl.jaas.config": login
                for listener in ("sasl_ssl", "sasl_plaintext")
                for mechanism, login in logins.items()
            },
        }


def unsecured_token(user: str, life_seconds: float = 3_600) -> str:
    """A token that only a test broker believes: a JWT without a signature."""
    now = int(time.time())
    parts = ({"alg": "none"}, {"sub": user, "iat": now, "exp": int(now + life_seconds)})
    return ".".join([*(_base64(json.dumps(part).encode()) for part in parts), ""])


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
