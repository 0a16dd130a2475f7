"""The plain signature of most home-made webhooks: HMAC-SHA256 of the raw body, in a header of any name. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature

SCHEME = "hmac-sha256"
_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,20}=(?=[^=])")
"""What some senders write before the digest, as in `sha256=`."""


def hmac_sha256(header: str) -> Callable[[bytes, Mapping[str, str], Sequence[Secret], float, float], None]:
    """The scheme for signatures in `header`: hexadecimal or base64, with or without a prefix like `sha256=`.

    It signs no time, so a repeated request is recognised by the ids of its events alone.
    """
    name = header.lower()

    def check(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: float, tolerance: float) -> None:
        if not (given := headers.get(name, "").strip()):
            raise BadSignature(f"the header {header} is missing: it holds the HMAC-SHA256 of the body")
        written = _PREFIX.sub("", given, count=1).encode()
        for secret in secrets:
            digest = hmac.new(secret.reveal().encode(), body, hashlib.sha256).digest()
            expected = base64.b64encode(digest)
            forms = (expected, expected.rstrip(b"="), base64.urlsafe_b64encode(digest))
            is_hex = hmac.compare_digest(digest.hex().encode(), written.lower())
            if is_hex or any(hmac.compare_digest(form, written) for form in forms):
                return
        raise BadSignature(
            f"no secret of this source gives the signature in {header}: set the sender's secret, and let nothing "
            "between you change the body"
        )

    return check
