"""Standard Webhooks, version v1: HMAC-SHA256 over id, time and raw body, by the project's own library. Pure.

The library reads the clock itself and always allows five minutes, so only its signature is used, and the time is
checked here. It has no v1a (ed25519).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature

SCHEME = "standard-webhooks"
PREFIXES = ("webhook-", "svix-")
"""How the names of the three headers begin. Svix, from which the standard came, still sends its own."""
_STAMP_MAX_DIGITS = 12


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: float, tolerance: float) -> None:
    """Check that one of `secrets` signed this body, and that its time is within `tolerance` seconds of `now`.

    Raises:
        BadSignature: when not.
    """
    message_id, stamp, signatures = _headers(headers)
    if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > _STAMP_MAX_DIGITS:
        raise BadSignature("webhook-timestamp must be whole seconds since 1970")
    signed_at = int(stamp)
    if signed_at < now - tolerance:
        raise BadSignature(
            f"it was signed {now - signed_at:,.0f} s ago, and {tolerance:g} s is the most: send it again"
        )
    if signed_at > now + tolerance:
        raise BadSignature(f"it was signed {signed_at - now:,.0f} s from now: check the clocks of both machines")
    given = [each.partition(",")[2].encode() for each in signatures.split() if each.startswith("v1,")]
    if not given:
        raise BadSignature("webhook-signature holds no v1 signature, and others (v1a) are not verified: sign with v1")
    if not any(
        hmac.compare_digest(signature, each)
        for signature in _expected(body, message_id, signed_at, secrets)
        for each in given
    ):
        raise BadSignature("no secret of this source gives this signature: set the secret that the sender shows")


def _headers(headers: Mapping[str, str]) -> tuple[str, str, str]:
    for prefix in PREFIXES:
        message_id, stamp, signatures = (headers.get(prefix + name, "") for name in ("id", "timestamp", "signature"))
        if message_id and stamp and signatures:
            return message_id, stamp, signatures
    raise BadSignature("the headers webhook-id, webhook-timestamp and webhook-signature are all needed")


def _expected(body: bytes, message_id: str, signed_at: int, secrets: Sequence[Secret]) -> list[bytes]:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadSignature("the body is not UTF-8, as Standard Webhooks are") from None
    return [signature_of(text, message_id, signed_at, secret).partition(",")[2].encode() for secret in secrets]


def signature_of(text: str, message_id: str, signed_at: int, secret: Secret) -> str:
    """The signature of a body as the library makes it: "v1," and base64.

    Raises:
        BadSignature: when the secret is not one of Standard Webhooks.
    """
    if problem := secret_problem(secret):
        raise BadSignature(f"a secret of this source cannot be used, because {problem}")
    return Webhook(secret.reveal()).sign(message_id, datetime.fromtimestamp(signed_at, UTC), text)


def secret_problem(secret: Secret) -> str:
    """What is wrong with a secret, in words; "" for a good one.

    >>> secret_problem(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")), secret_problem(Secret("whsec_"))[:16]
    ('', 'it is not base64')
    """
    text = secret.reveal().removeprefix("whsec_")
    try:
        is_good = base64.b64decode(text + "=" * (-len(text) % 4), validate=True) != b""
    except ValueError:
        is_good = False
    return "" if is_good else "it is not base64 after whsec_: copy it whole from the sender"
