"""Seals what a browser keeps for us: encrypted and signed, with a time, by one key and read by two."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from streams.deployment.secret import Secret
from streams.deployment.sink_secrets import sink_secret
from streams.errors import UserError

KEY: Final = "VITALS_SECRET_DASHBOARD"
OLD_KEY: Final = "VITALS_SECRET_DASHBOARD_OLD"
"""The key before: what it sealed is still read, so that nobody has to log in when the key changes."""
SECRET_MIN_CHARACTERS: Final = 32
TOKEN_LETTERS: Final = 43


class Seal:
    """The keys of a deployment: all its dashboards have the same."""

    def __init__(self, secret: Secret, old: Secret | None = None) -> None:
        """The first seals, both open.

        Raises:
            UserError: when a secret is too short to be one.
        """
        given = [(KEY, secret), *([(OLD_KEY, old)] if old else [])]
        for name, each in given:
            if len(each.reveal()) < SECRET_MIN_CHARACTERS:
                words = f"is shorter than {SECRET_MIN_CHARACTERS} characters"
                raise UserError(f"{name} {words}: set it to random text, as `openssl rand -hex 32` prints.")
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(_derived("seal", each))) for _, each in given])
        self._token_key = _derived("token", secret)

    def close(self, what: str, value: bytes) -> str:
        """`value`, sealed for one purpose."""
        return self._fernet.encrypt(f"{what}\0".encode() + value).decode()

    def open(self, what: str, text: str, seconds: int) -> bytes | None:
        """The value that was sealed for this purpose within that time; None for anything else."""
        try:
            found = self._fernet.decrypt(text.encode("ascii", "replace"), ttl=seconds)
        except InvalidToken:
            return None
        kind, zero, value = found.partition(b"\0")
        return value if zero and kind == what.encode() else None

    def token(self, of: str) -> str:
        """A token that only we can make of this text: it proves that a request comes from a page of ours."""
        made = hmac.new(self._token_key, of.encode(), sha256).digest()
        return base64.urlsafe_b64encode(made).decode().rstrip("=")


def seal_of(environment: Mapping[str, str]) -> Seal:
    """The seal by the secrets of the environment. Blocks while a file is read.

    Raises:
        UserError: when the key is not set, too short, or cannot be read.
    """
    has_old = any(environment.get(name) for name in (OLD_KEY, f"{OLD_KEY}_FILE"))
    return Seal(sink_secret(environment, KEY), sink_secret(environment, OLD_KEY) if has_old else None)


def _derived(purpose: str, secret: Secret) -> bytes:
    """32 bytes of a secret for one purpose."""
    return hmac.new(secret.reveal().encode(), f"vitals dashboard {purpose}".encode(), sha256).digest()
