"""Signed links to a case, for messages that have no buttons: mail, and Slack without an app. Pure.

A link opens a page that shows the case; only the form on it acts. Who has the link may act on this one case until
it expires, as with a share link, so it is as confidential as the message that it stands in.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable

import msgspec

from alerts.case_action import CaseRef, offered_actions, ref_of
from alerts.step import AlertStep
from scoring.instants import DAY_MS

VALID_MS = 30 * DAY_MS
KEY_LEAST = 16
"""A shorter key could be guessed."""
TOKEN_LIMIT = 2_000
PATH = "/cases/"
_SIGNATURE_BYTES = 20


class BadToken(ValueError):
    """A token that is forged, cut off or expired. The text says which."""


class _Content(msgspec.Struct, frozen=True, array_like=True):
    account: str
    rule: str
    case: str
    step: int
    until_ms: int


_DECODER = msgspec.json.Decoder(_Content)


class CaseTokens:
    """Makes and reads tokens: the case and the expiry, signed with HMAC-SHA-256. The first key signs, all are accepted,
    so that a key can be replaced."""

    def __init__(self, keys: Iterable[str]) -> None:
        """Raises `ValueError` when there is no key, or one is shorter than 16 characters."""
        self._keys = [key.encode() for key in keys]
        if not self._keys or any(len(key) < KEY_LEAST for key in self._keys):
            raise ValueError(f"a key needs {KEY_LEAST} characters or more")

    def token(self, ref: CaseRef, until_ms: int) -> str:
        """The token of a case, valid before `until_ms`. The same case gives the same token."""
        content = _Content(ref.account, ref.rule, ref.case, ref.step, until_ms)
        body = msgspec.json.encode(content)
        return f"{_text(body)}.{_text(self._signature(self._keys[0], body))}"

    def read(self, token: str, now_ms: int) -> CaseRef:
        """The case of a token.

        Raises:
            BadToken: when it is not ours, or has expired.
        """
        body_text, _, signature_text = token.partition(".")
        try:
            body, signature = _bytes(body_text), _bytes(signature_text)
        except (ValueError, binascii.Error):
            raise BadToken("The link is incomplete: copy all of it.") from None
        # Every key is compared, and none ends the loop early: the time taken says nothing.
        if not sum(hmac.compare_digest(self._signature(key, body), signature) for key in self._keys):
            raise BadToken("The link is incomplete, or its key is no longer in use: act by a newer message.")
        content = _DECODER.decode(body)
        if now_ms >= content.until_ms:
            raise BadToken("The link has expired: act by a newer message.")
        return CaseRef(account=content.account, rule=content.rule, case=content.case, step=content.step)

    @staticmethod
    def _signature(key: bytes, body: bytes) -> bytes:
        return hmac.digest(key, b"vitals-case-1\0" + body, "sha256")[:_SIGNATURE_BYTES]


class CaseLinks:
    """Makes the links of messages. `address` is where people reach `vitals interactions`."""

    def __init__(self, address: str, tokens: CaseTokens) -> None:
        self._address = address.rstrip("/")
        self._tokens = tokens

    def link(self, step: AlertStep) -> str:
        """The link to the step's case, valid for 30 days; "" when nothing can be done about it. The same step gives the
        same link."""
        if not offered_actions(step):
            return ""
        return f"{self._address}{PATH}{self._tokens.token(ref_of(step), step.as_of_ms + VALID_MS)}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if not text or len(text) > TOKEN_LIMIT:
        raise ValueError("empty, or too long")
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
