"""Certificates for tests: a CA, and what it signs, as PEM files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

HOST = "127.0.0.1"


class Authority:
    """A CA whose certificate is the file `ca`."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self._authority = trustme.CA(organization_name=f"Vitals tests {name}")
        self.ca = folder / f"{name}.pem"
        self._authority.cert_pem.write_to_path(self.ca)

    def issue(
        self, name: str, *hosts: str, password: str = "", days: float = 1, common_name: str | None = None
    ) -> tuple[Path, Path]:
        """A certificate and its key, PKCS#8, as Kafka wants it, encrypted where there is a password: two files.

        `days` from now it ends, or has ended, where they are less than 0.
        """
        now = datetime.now(UTC)
        issued = self._authority.issue_cert(
            *(hosts or (name,)),
            common_name=common_name or name,
            not_before=now - timedelta(days=30),
            not_after=now + timedelta(days=days),
        )
        certificate, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        seal: KeySerializationEncryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        private = load_pem_private_key(issued.private_key_pem.bytes(), None)
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, seal))
        return certificate, key
