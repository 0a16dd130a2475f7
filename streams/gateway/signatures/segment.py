"""Segment's signature: `X-Signature` is the hex HMAC-SHA1 of the body, or of a batch's first call alone. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha1
from hmac import compare_digest, new

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature

HEADER = "x-signature"
_HEX_DIGITS = 40
_SCANNER = json.JSONDecoder(parse_int=str, parse_float=str)
"""Finds where a value ends. Numbers stay texts, for their size must not matter here."""


def check(
    body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: float, tolerance_seconds: float
) -> None:
    """Check a webhook of Segment. It has no time, so `now` and `tolerance_seconds` have no effect.

    A batch is a list: Segment signs the text of its first element, as it is sent, and nothing of the others.

    Raises:
        BadSignature: when there is no signature, or none of the secrets made it.
    """
    given = headers.get(HEADER, "").strip().lower().encode()
    if not given:
        raise BadSignature("there is no X-Signature: set the shared secret of the webhook in Segment")
    if len(given) != _HEX_DIGITS:
        raise BadSignature("X-Signature is not 40 hex digits: a proxy may have changed it")
    signed = first_call(body)
    if not any(compare_digest(given, _made(secret, signed)) for secret in secrets):
        raise BadSignature(
            "X-Signature is not that of this body: the secret here is not that of the webhook in Segment"
        )


def first_call(body: bytes) -> bytes:
    """What Segment signs of a body: all of an object; of a list the first element, byte for byte.

    >>> first_call(b'[ {"n": 1e-7}, {"n": 2}]'), first_call(b'{"n": 1e-7}')
    (b'{"n": 1e-7}', b'{"n": 1e-7}')

    Raises:
        BadSignature: when the body is a list, and its first element cannot be found.
    """
    if not body.lstrip().startswith(b"["):
        return body
    try:
        text = body.decode()
        begin = text.index("[") + 1
        begin += len(text[begin:]) - len(text[begin:].lstrip(" \t\r\n"))
        _, end = _SCANNER.raw_decode(text, begin)
    except (ValueError, RecursionError):
        raise BadSignature("the body is a list whose first call cannot be read") from None
    return text[begin:end].encode()


def _made(secret: Secret, signed: bytes) -> bytes:
    return new(secret.reveal().encode(), signed, sha1).hexdigest().encode()
