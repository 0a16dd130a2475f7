"""A page as it goes over the wire: gzipped, with a length that says nothing of what is secret in it."""

from __future__ import annotations

import gzip
import io
import secrets
from typing import Final

LEVEL: Final = 5
_PADDING_MAX_LETTERS: Final = 64


def packed(body: bytes) -> bytes:
    """`body` as gzip, with a random number of letters in its header.

    A page has both a secret (the token of its forms) and words of its address (the search). Of two pages that differ in
    such words alone, the shorter would tell how much of the secret they guess; the letters drown that difference.
    """
    padding = secrets.token_hex(secrets.randbelow(_PADDING_MAX_LETTERS) + 1)
    into = io.BytesIO()
    with gzip.GzipFile(filename=padding, mode="wb", compresslevel=LEVEL, fileobj=into, mtime=0) as file:
        file.write(body)
    return into.getvalue()
