"""The key that a request gives in its header `Authorization`. Pure."""

from __future__ import annotations

import base64
import binascii

from streams.gateway.reading import Request


def bearer_key(request: Request) -> str:
    """The key after `Bearer`, or the password, else the user, of `Basic`, for senders that take only a URL; "" without.

    >>> from streams.gateway.sources.schema import VitalsSource
    >>> sent = {"authorization": "Bearer k1"}
    >>> bearer_key(Request(name="own", source=VitalsSource(), body=b"", headers=sent, received_ms=0))
    'k1'
    """
    scheme, _, rest = request.headers.get("authorization", "").strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip()
        case "basic":
            return _of_basic(rest.strip())
        case _:
            return ""


def _of_basic(encoded: str) -> str:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password or user
