"""Zendesk: HMAC-SHA256 of time and raw body in base64, with the signing secret of the webhook. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from scoring.event.timestamps import Untimely, written_ms
from streams.deployment.secret import Secret
from streams.gateway.signatures.checks import require_match, require_near, required
from streams.gateway.signatures.errors import BadSignature

SCHEME = "zendesk"
_TIME = "X-Zendesk-Webhook-Signature-Timestamp"


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: float, tolerance: float) -> None:
    """Check `X-Zendesk-Webhook-Signature`, which signs the text of the time before the body.

    Raises:
        BadSignature: when no secret signed this body and time, or the time is not near.
    """
    given = required(headers, "X-Zendesk-Webhook-Signature")
    time_text = required(headers, _TIME)
    message = time_text.encode("utf-8", "replace") + body
    require_match(
        given,
        secrets,
        lambda key: base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()),
        where="that Zendesk shows as the signing secret of the webhook",
    )
    try:
        at_ms = written_ms(time_text)
    except Untimely:
        raise BadSignature(f"the time in {_TIME} is no time: it is written like 2026-03-01T10:00:00Z") from None
    require_near(at_ms / 1000, now, tolerance, clock=_TIME)
