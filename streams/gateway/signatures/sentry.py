"""Sentry: HMAC-SHA256 of the raw body in hexadecimal, with the client secret of the integration. Pure.

The time that Sentry sends is not signed, so a repeated request is recognised by the ids of its events alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from streams.deployment.secret import Secret
from streams.gateway.signatures.checks import require_match, required

SCHEME = "sentry"


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: float, tolerance: float) -> None:
    """Check `Sentry-Hook-Signature`, or `Sentry-App-Signature` of a request by Sentry's pages.

    Raises:
        BadSignature: when no secret signed this body.
    """
    given = required(headers, "Sentry-Hook-Signature", "Sentry-App-Signature")
    require_match(
        given.lower(),
        secrets,
        lambda key: hmac.new(key, body, hashlib.sha256).hexdigest().encode(),
        where="that Sentry shows as the client secret of the integration",
    )
