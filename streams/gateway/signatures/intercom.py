"""Intercom: HMAC-SHA1 of the raw body in hexadecimal after `sha1=`, with the client secret of the app. Pure.

It signs no time, so a repeated request is recognised by the ids of its events alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from streams.deployment.secret import Secret
from streams.gateway.signatures.checks import require_match, required

SCHEME = "intercom"


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: float, tolerance: float) -> None:
    """Check `X-Hub-Signature`.

    Raises:
        BadSignature: when no secret signed this body.
    """
    given = required(headers, "X-Hub-Signature")
    require_match(
        given.lower(),
        secrets,
        lambda key: b"sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest().encode(),
        where="that Intercom shows as the client secret of the app",
    )
