"""TLS as the settings have it: files that cannot be used are told in one line, each by its variable."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from streams.deployment.access import KafkaSecurity
from streams.deployment.secret import Secret
from streams.deployment.tls import ssl_context
from streams.errors import UserError
from tests.support.certificates import Authority


class Files:
    """A CA, a client's certificate with an encrypted key, and files that are none of it."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        self.ca = str(authority.ca)
        self.certificate, self.key = map(str, authority.issue("ops", password="hunter2"))
        self.ended, self.its_key = map(str, authority.issue("ended", days=-1))
        _, self.other_key = map(str, authority.issue("other"))
        self.junk = str(folder / "junk.pem")
        Path(self.junk).write_bytes(b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
        self.der = str(folder / "ca.der")
        Path(self.der).write_bytes(ssl.PEM_cert_to_DER_cert(authority.ca.read_text()))
        self.folder = str(folder)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def of(ca: str = "", certificate: str = "", key: str = "", password: str = "") -> KafkaSecurity:
    return KafkaSecurity(
        security_protocol="SSL",
        ssl_ca_location=ca,
        ssl_certificate_location=certificate,
        ssl_key_location=key,
        ssl_key_password=Secret(password),
    )


def test_a_ca_a_certificate_and_an_encrypted_key_are_taken(files: Files) -> None:
    context = ssl_context(of(files.ca, files.certificate, files.key, "hunter2"))
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == 1


def test_certificate_and_key_may_be_one_file(files: Files, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_text(Path(files.key).read_text() + Path(files.certificate).read_text())
    ssl_context(of(files.ca, str(both), str(both), "hunter2"))


def test_without_a_ca_of_ones_own_the_systems_are_trusted() -> None:
    assert ssl_context(of()).verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("ca", "certificate", "key", "password", "words"),
    [
        ("/nothing", "", "", "", r"VITALS_KAFKA_SSL_CA_LOCATION names '/nothing', which cannot be read \(No such file"),
        ("folder", "", "", "", r"SSL_CA_LOCATION names .* cannot be read \(Is a directory\)"),
        ("junk", "", "", "", "SSL_CA_LOCATION names .* holds no PEM certificate"),
        ("der", "", "", "", "SSL_CA_LOCATION names .* holds no PEM certificate"),
        ("key", "", "", "", "SSL_CA_LOCATION names .* holds no PEM certificate"),
        ("ca", "/nothing", "key", "", "SSL_CERTIFICATE_LOCATION names '/nothing', which cannot be read"),
        ("ca", "certificate", "/nothing", "", "SSL_KEY_LOCATION names '/nothing', which cannot be read"),
        ("ca", "certificate", "key", "", "is encrypted: set VITALS_KAFKA_SSL_KEY_PASSWORD or .*_FILE"),
        (
            "ca",
            "certificate",
            "key",
            "hunter3",
            "The password does not decrypt the key .*set .*SSL_KEY_PASSWORD",
        ),
        (
            "ca",
            "certificate",
            "other_key",
            "",
            "does not belong to the certificate .*set .*SSL_KEY_LOCATION",
        ),
        ("ca", "junk", "other_key", "", "cannot be used .*to a certificate and its key"),
        ("ca", "certificate", "junk", "", "cannot be used .*to a certificate and its key"),
        ("ca", "ended", "its_key", "", "SSL_CERTIFICATE_LOCATION names .* which expired on .*: have it renewed"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(
    files: Files, ca: str, certificate: str, key: str, password: str, words: str
) -> None:
    ca, certificate, key = (getattr(files, name, name) for name in (ca, certificate, key))
    with pytest.raises(UserError, match=words) as wrong:
        ssl_context(of(ca, certificate, key, password))
    assert "\n" not in str(wrong.value)
    assert "hunter" not in str(wrong.value)
