"""Signs a body as each vendor does: the other side of every scheme, for `vitals gateway send`.

Vendors' own signers are used where they have one (Stripe's and that of Standard Webhooks).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import msgspec

from scoring.instants import SECOND_MS, rfc3339
from streams.deployment.secret import Secret
from streams.gateway.signatures import hmac_sha256, hubspot, standard_webhooks
from streams.gateway.signatures.errors import BadSignature


class Unsigned(msgspec.Struct, frozen=True, kw_only=True):
    """A request before it is signed. `now` is in seconds; `message_id` is for schemes that sign one, `header` for the
    one in which any header may hold it, `address` for the one that signs the URL."""

    body: bytes
    secret: Secret
    now: float
    message_id: str = ""
    header: str = ""
    address: str = ""


Signer = Callable[[Unsigned], dict[str, str]]
"""Answers the headers that sign a request. Raises `BadSignature` when the secret or the body cannot be used."""


def signer_of(scheme: str) -> Signer:
    """How a scheme's requests are signed.

    Raises:
        KeyError: for a scheme that is not known.
    """
    return SIGNERS[scheme]


def _digest(request: Unsigned, *, of: bytes, by: str = "sha256") -> bytes:
    return hmac.new(request.secret.reveal().encode(), of, by).digest()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _text(request: Unsigned) -> str:
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        raise BadSignature("the body is not UTF-8, so it cannot be signed") from None


def _segment(request: Unsigned) -> dict[str, str]:
    """Of a batch Segment signs the first event alone, as it stands in the body."""
    signed = request.body
    if signed.lstrip().startswith(b"["):
        text = _text(request)
        start = text.index("[") + 1
        start += len(text[start:]) - len(text[start:].lstrip())
        try:
            _, end = json.JSONDecoder().raw_decode(text, start)
        except ValueError:
            raise BadSignature("the body is no JSON list with a first event, so it cannot be signed") from None
        signed = text[start:end].encode()
    return {"x-signature": hmac.new(request.secret.reveal().encode(), signed, hashlib.sha1).hexdigest()}


def _stripe(request: Unsigned) -> dict[str, str]:
    from stripe import WebhookSignature

    stamp = int(request.now)
    signature = WebhookSignature.generate_signature_header(_text(request), request.secret.reveal(), stamp)
    return {"stripe-signature": signature}


def _sentry(request: Unsigned) -> dict[str, str]:
    return {"sentry-hook-signature": _digest(request, of=request.body).hex()}


def _zendesk(request: Unsigned) -> dict[str, str]:
    stamp = rfc3339(int(request.now) * SECOND_MS)
    signature = _base64(_digest(request, of=stamp.encode() + request.body))
    return {"x-zendesk-webhook-signature-timestamp": stamp, "x-zendesk-webhook-signature": signature}


def _intercom(request: Unsigned) -> dict[str, str]:
    return {"x-hub-signature": f"sha1={_digest(request, of=request.body, by='sha1').hex()}"}


def _hubspot(request: Unsigned) -> dict[str, str]:
    """Versions 1 and 3, as HubSpot sends them together."""
    stamp = str(int(request.now * SECOND_MS))
    whole = b"POST" + hubspot.signed_address(request.address).encode() + request.body + stamp.encode()
    older = hashlib.sha256(request.secret.reveal().encode() + request.body).hexdigest()
    return {
        "x-hubspot-request-timestamp": stamp,
        "x-hubspot-signature-v3": _base64(_digest(request, of=whole)),
        "x-hubspot-signature": older,
        "x-hubspot-signature-version": "v1",
    }


def _standard_webhooks(request: Unsigned) -> dict[str, str]:
    stamp = int(request.now)
    signature = standard_webhooks.signature_of(_text(request), request.message_id, stamp, request.secret)
    return {"webhook-id": request.message_id, "webhook-timestamp": str(stamp), "webhook-signature": signature}


def _hmac_sha256(request: Unsigned) -> dict[str, str]:
    return {request.header.lower(): f"sha256={_digest(request, of=request.body).hex()}"}


SIGNERS: dict[str, Signer] = {
    "segment": _segment,
    "stripe": _stripe,
    "sentry": _sentry,
    "zendesk": _zendesk,
    "intercom": _intercom,
    "hubspot": _hubspot,
    standard_webhooks.SCHEME: _standard_webhooks,
    hmac_sha256.SCHEME: _hmac_sha256,
}
