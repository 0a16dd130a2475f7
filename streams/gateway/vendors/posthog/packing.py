"""How PostHog's SDKs pack a body: gzip, base64, a form, several at once. Pure.

The packing is recognised by the bytes: what a request says of it (`compression`) is often wrong.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import parse_qs

from streams.gateway.inflating import NotPacked, TooLarge, inflated
from streams.gateway.reading import BadRequest, TooMuch

UNPACKED_MAX_BYTES = 10_000_000
"""A body of more is refused, however it was packed: as much as one that is not packed."""
LAYERS = 4
"""A form, base64, gzip, base64: no SDK packs more."""
_GZIP = b"\x1f\x8b"
_JSON = (b"{", b"[", b"\xef\xbb\xbf")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_\s-]++={0,2}\s*")  # possessive: white space must not be tried twice
_LZ = frozenset(("lz64", "lz-string"))


def unpacked(body: bytes, query: Mapping[str, str]) -> bytes:
    """The JSON in a body, or in the query's `data` if the body is empty.

    >>> unpacked(b"data=eyJhIjoxfQ==", {}), unpacked(b'{"a":1}', {"compression": "gzip-js"})
    (b'{"a":1}', b'{"a":1}')

    Raises:
        BadRequest: when it cannot be unpacked; `TooMuch` when it is more than `UNPACKED_MAX_BYTES`.
    """
    found = body or query.get("data", "").encode()
    for _ in range(LAYERS):
        if found.startswith(_GZIP):
            found = _gunzipped(found)
        elif found.lstrip().startswith(_JSON):
            return found
        elif found.startswith((b"data=", b"compression=")):
            found = _of_form(found)
        elif query.get("compression") in _LZ:
            raise BadRequest("the body is compressed with LZ-string: let the SDK send gzip, or nothing packed")
        elif _BASE64.fullmatch(found):
            found = _of_base64(found)
        else:
            break
    return found


def _gunzipped(packed: bytes) -> bytes:
    try:
        return inflated(packed, "gzip", UNPACKED_MAX_BYTES)
    except TooLarge:
        raise TooMuch(f"the body has more than {UNPACKED_MAX_BYTES:,} bytes unpacked: send less at once") from None
    except NotPacked as error:
        raise BadRequest(f"the body begins as gzip does: {error}") from None


def _of_form(form: bytes) -> bytes:
    """The field `data` of a form. Some SDKs leave the + of base64 as it is, which a form reads as a space."""
    try:
        fields = parse_qs(form.decode(), strict_parsing=True, max_num_fields=20)
    except ValueError:
        raise BadRequest("the form cannot be read: send JSON, or a form with the field data") from None
    data = fields.get("data", [""])[0].strip()
    return (data if data[:1] in ("{", "[") else data.replace(" ", "+")).encode()


def _of_base64(text: bytes) -> bytes:
    plain = text.translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n").rstrip(b"=")
    try:
        return b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise BadRequest("the body looks like base64, but is none: send JSON") from None
