"""Keys of the API: how one is made, and whose a request's key is. Only digests are kept."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import Final

from dashboard.doors.identity import Person
from streams.workspace.records import ROLES, SCOPES, ApiKey, Role
from streams.workspace.table import WorkspaceTable

PREFIX: Final = "vk_"
SECRET_BYTES: Final = 32
SHARE_BYTES: Final = 16
_NOBODY: Final = "0" * 64


class BadKey(Exception):
    """A key that lets nobody in. The text does not say whether there was one."""


def new_key() -> tuple[str, str, str]:
    """A key as it is shown once, its id, and the digest that is kept. 256 bits are random."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES)
    return f"{PREFIX}{key_id}_{secret}", key_id, digest(secret)


def new_share_key() -> tuple[str, str, str]:
    """The key of a share link as it is shown once, the link's id, and the digest that is kept. 128 bits are random."""
    share_id, secret = secrets.token_hex(6), secrets.token_urlsafe(SHARE_BYTES)
    return secret, share_id, digest(secret)


def is_secret_of(secret: str, key_hash: str) -> bool:
    """Whether a digest is that of a secret. "" is the digest of none, and takes as long."""
    return hmac.compare_digest(digest(secret), key_hash or _NOBODY)


def digest(secret: str) -> str:
    """SHA-256 in hex: enough for what is random, and nobody can go back from it."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def person_of_key(header: str, table: WorkspaceTable, now_ms: int, address: str) -> Person:
    """Who an `Authorization` header lets in.

    Raises:
        BadKey: when it is no key of ours, or one that has ended. It takes the same time.
    """
    scheme, _, text = header.partition(" ")
    key_id, _, secret = text.strip().removeprefix(PREFIX).partition("_")
    found = table.api_key(key_id)
    is_its_secret = is_secret_of(secret, found.key_hash if found else "")
    if scheme.lower() != "bearer" or found is None or not is_its_secret or has_ended(found, now_ms):
        raise BadKey("The key lets nobody in: it is wrong, has expired, or was revoked. Ask an admin for another.")
    return Person(
        login=f"key:{found.id}",
        name=found.name,
        role=role_of(found),
        scopes=frozenset(found.scopes),
        door="key",
        address=address,
    )


def has_ended(key: ApiKey, now_ms: int) -> bool:
    """Whether a key is revoked or has expired."""
    return bool(key.revoked_ms) or 0 < key.until_ms <= now_ms


def role_of(key: ApiKey) -> Role:
    """The role that may do what the key may; the least for a key without a scope."""
    return next(
        (role for role, scope in reversed(list(zip(ROLES, SCOPES, strict=True))) if scope in key.scopes), "viewer"
    )
