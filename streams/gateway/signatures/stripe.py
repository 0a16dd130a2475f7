"""`Stripe-Signature`: `t=…,v1=…`, checked by Stripe's own library; it looks at no clock here, and is given none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature

HEADER = "stripe-signature"


def verify_stripe(
    body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: float, tolerance: float
) -> None:
    """Check that one of `secrets` signed this body at most `tolerance` seconds from `now`, before or after.

    Several secrets are in use while one is rolled, and several signatures may stand in the header.

    Raises:
        BadSignature: when none did, or at another time.
    """
    # Importing takes a quarter of a second, which no other command shall pay.
    from stripe import SignatureVerificationError, WebhookSignature

    header = headers.get(HEADER, "")
    if not header.isascii():
        # The library would raise a TypeError.
        raise BadSignature("the Stripe-Signature header holds characters that no signature has")
    if not header:
        raise BadSignature("no Stripe-Signature header: is this an endpoint of Stripe?")
    at = _signed_at(header)
    text = _text(body)
    for secret in secrets:
        try:
            # Without a tolerance: the library's looks at the past alone, by its own clock.
            WebhookSignature.verify_header(text, header, secret.reveal(), tolerance=None)
        except SignatureVerificationError:
            continue
        if abs(now - at) > tolerance:
            side = "old" if at < now else "far ahead"
            raise BadSignature(
                f"the signature is too {side}: its time is {at - now:+.0f} s from ours; check both clocks"
            )
        return
    raise BadSignature("no secret of this source signed the body: compare it with the endpoint's signing secret")


def _signed_at(header: str) -> int:
    """The time in the header, as Stripe's library reads it: the first `t`."""
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) <= 12:
            return int(value)
        if name == "t":
            break
    raise BadSignature("the Stripe-Signature header has no time t=…")


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadSignature("the body is not UTF-8, as Stripe's are") from None
