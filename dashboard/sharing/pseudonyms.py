"""Names for accounts and owners in a link that shows none: stable for the link, with no way back from them. Pure."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from typing import Final

LETTERS: Final = 6
"""Of 32: two of a thousand accounts have the same name in one of two thousand links."""


class Pseudonyms:
    """Those of one link. Another link has others, so that two cannot be laid side by side.

    >>> names = Pseudonyms("0" * 64)
    >>> names.account("acme") == names.account("acme"), names.account("acme")[:8], names.owner("")
    (True, 'Account ', '')
    """

    def __init__(self, key_hash: str) -> None:
        """`key_hash` is the digest of the link's key, which nobody outside knows."""
        self._key = key_hash.encode()

    def account(self, account_id: str) -> str:
        """The name of an account."""
        return f"Account {self._made('account', account_id)}"

    def owner(self, name: str) -> str:
        """The name of an owner; "" for none."""
        return f"Owner {self._made('owner', name)}" if name else ""

    def _made(self, kind: str, text: str) -> str:
        found = hmac.new(self._key, f"{kind}\0{text}".encode(), sha256).digest()
        return base64.b32encode(found)[:LETTERS].decode()
