"""The keys of requests: where they stand, and which headers hold secrets. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from streams.gateway.reading import Request
from streams.gateway.vendors.bearer import bearer_key

SECRET_HEADERS = frozenset(("authorization", "cookie", "proxy-authorization", "x-api-key", "x-vitals-key"))
"""Readers do not see these, nor do dead letters hold them."""


def given_key(request: Request) -> str:
    """The key of a request: after `Bearer`, of `Basic`, or in `X-Api-Key` or `X-Vitals-Key`; "" without one."""
    headers = request.headers
    return bearer_key(request) or headers.get("x-api-key", "").strip() or headers.get("x-vitals-key", "").strip()


def digest_of(key: str) -> bytes:
    """Keys are looked up by their digest, so that how long that takes says nothing about them."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without those that hold secrets."""
    return {name: value for name, value in headers.items() if name not in SECRET_HEADERS}
