"""A request of Slack's to an app: is it Slack's, and which button was clicked. Knows no HTTP server and no clock."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Literal
from urllib.parse import parse_qs

import msgspec
from slack_sdk.signature import Clock, SignatureVerifier

from alerts.case_action import ACTIONS, ActionId, CaseRef
from alerts.text import plain

TOLERANCE_SECONDS = 300
"""A request that is older, or from the future by more, may be a recorded one."""
BODY_BYTES = 65_536
NAME_LIMIT = 40
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_USER_ID = re.compile(r"[UW][A-Z0-9]{2,20}")

Fault = Literal["unsigned", "old", "forged", "malformed"]


class NotSlack(Exception):
    """A request that is not one of Slack's, of now, to us."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


class Click(msgspec.Struct, frozen=True, kw_only=True):
    """A click on a button of a case. `instant_ms` is the request's own, so a repeated request is the same click.

    `author` is the person's name and Slack id, `answer_url` where the person can be told something.
    """

    action: ActionId
    ref: CaseRef
    author: str
    instant_ms: int
    answer_url: str


class _User(msgspec.Struct, frozen=True):
    id: str
    username: str = ""
    name: str = ""


class _Clicked(msgspec.Struct, frozen=True):
    action_id: str
    value: str = ""


class _Interaction(msgspec.Struct, frozen=True):
    type: str
    user: _User
    actions: tuple[_Clicked, ...] = ()
    response_url: str = ""


_INTERACTIONS = msgspec.json.Decoder(_Interaction)
_REFS = msgspec.json.Decoder(CaseRef)


def verify(body: bytes, headers: Mapping[str, str], secrets: Collection[str], now_seconds: float) -> int:
    """Check the signature over the raw `body` by any of the `secrets`. Returns the request's time, seconds since 1970.
    Names of headers are in lower case.

    Raises:
        NotSlack: "unsigned", "old" (more than 5 minutes from now, either way), or "forged".
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not signature:
        raise NotSlack("unsigned")
    if abs(now_seconds - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotSlack("old")
    clock = _Clock(now_seconds)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NotSlack("forged") from None
    valid = [
        signature.isascii() and SignatureVerifier(secret, clock).is_valid(text, timestamp, signature)
        for secret in secrets
    ]
    if not any(valid):
        raise NotSlack("forged")
    return int(timestamp)


def click_of(body: bytes, at_seconds: int) -> Click | None:
    """The click in a verified request; None for what is no concern of ours, such as a click on a link.

    Raises:
        NotSlack: "malformed", when it is not what Slack sends, or not a button of ours.
    """
    try:
        form = parse_qs(body.decode(), max_num_fields=20)
        interaction = _INTERACTIONS.decode(form["payload"][0])
    except (ValueError, KeyError, RecursionError):
        raise NotSlack("malformed") from None
    if interaction.type != "block_actions":
        return None
    for clicked in interaction.actions:
        action = clicked.action_id
        if action in ACTIONS:
            return _click(interaction, action, clicked.value, at_seconds)
    return None


def _click(interaction: _Interaction, action: ActionId, value: str, at_seconds: int) -> Click:
    try:
        ref = _REFS.decode(value)
    except (ValueError, RecursionError):
        raise NotSlack("malformed") from None
    return Click(
        action=action,
        ref=ref,
        author=_author(interaction.user),
        instant_ms=at_seconds * 1_000,
        answer_url=interaction.response_url,
    )


def _author(user: _User) -> str:
    """The name, which people know, with the id, which nobody can choose."""
    if not _USER_ID.fullmatch(user.id):
        raise NotSlack("malformed")
    name = user.username or user.name
    return f"{plain(name, NAME_LIMIT)} ({user.id})" if name else user.id


class _Clock(Clock):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def now(self) -> float:
        return self._seconds
