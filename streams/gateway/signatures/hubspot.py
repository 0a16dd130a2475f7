"""HubSpot: version 3 of its signatures where the gateway knows its own public address, else version 1. Pure.

Version 3 is HMAC-SHA256 in base64 of method, address, raw body and time. Version 1 is SHA-256 in hexadecimal of the
client secret and the raw body: it signs no time, so a repeated request is recognised by the ids of its events alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence

from streams.deployment.secret import Secret
from streams.gateway.signatures.checks import require_match, require_near, required
from streams.gateway.signatures.errors import BadSignature

SCHEME = "hubspot"
_TIME = "X-HubSpot-Request-Timestamp"
_SHOWN = "that HubSpot shows as the client secret of the app"
_ENCODED = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
"""What HubSpot decodes in an address before it signs: `:/?@!$'()*,;` and nothing else."""


def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: float, tolerance: float) -> None:
    """Check `X-HubSpot-Signature` of version 1, which all that HubSpot sends to apps has too.

    Raises:
        BadSignature: when no secret signed this body.
    """
    if headers.get("x-hubspot-signature-version", "v1").strip().lower() != "v1":
        raise BadSignature("the signature is not of version 1: set the source's `address`, for version 3 to be checked")
    given = required(headers, "X-HubSpot-Signature")
    require_match(given.lower(), secrets, lambda key: hashlib.sha256(key + body).hexdigest().encode(), where=_SHOWN)


def check_at(address: str) -> Callable[[bytes, Mapping[str, str], Sequence[Secret], float, float], None]:
    """The scheme that checks `X-HubSpot-Signature-v3` of requests to `address`, the public URL as HubSpot calls it."""
    called = b"POST" + signed_address(address).encode()

    def check_3(
        body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: float, tolerance: float
    ) -> None:
        given = required(headers, "X-HubSpot-Signature-v3")
        time_text = required(headers, _TIME)
        message = called + body + time_text.encode("utf-8", "replace")
        require_match(
            given,
            secrets,
            lambda key: base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()),
            where=f"{_SHOWN}, and `address` to the URL that HubSpot calls",
        )
        if not (time_text.isascii() and time_text.isdigit() and len(time_text) < 16):
            raise BadSignature(f"the time in {_TIME} is no time: it holds milliseconds since 1970")
        require_near(int(time_text) / 1000, now, tolerance, clock=_TIME)

    return check_3


def signed_address(address: str) -> str:
    """An address as HubSpot signs it.

    >>> signed_address("https://vitals.example.com/in/crm?of=a%3Ab%20c")
    'https://vitals.example.com/in/crm?of=a:b%20c'
    """
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), address)
