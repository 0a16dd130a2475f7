"""What Slack's answer to a post means. Success is the body `ok`; a status alone says nothing.

The codes are those that Slack documents for incoming webhooks, and those of its Web API, which some proxies and
Slack-compatible servers send. A code that is not known to concern the message counts as a fault of the channel: a
notification is kept too long rather than lost.
"""

from __future__ import annotations

import re

import msgspec

from alerts.sinks.http import Reply
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused

OF_THE_MESSAGE = frozenset(
    (
        "invalid_arguments",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_json",
        "invalid_payload",
        "missing_text_or_fallback_or_attachments",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    )
)
FOR_NOW = frozenset(
    (
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
        "timeout",
    )
)
OF_THE_TOKEN = frozenset(
    (
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "invalid_token",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    )
)


class _Answer(msgspec.Struct, frozen=True):
    """The JSON of Slack's Web API."""

    ok: bool
    error: str = ""


_ANSWERS = msgspec.json.Decoder(_Answer)


def judge(reply: Reply) -> None:
    """Return if `reply`, which is neither 408, 425, 429 nor 5xx, says that Slack accepted the message.

    Raises:
        DeliveryRefused: when it names a fault of the message, or the message is too large (413).
        DeliveryFailed: when it names a temporary fault, or the answer was cut off.
        ChannelUnavailable: on everything else.

    >>> judge(Reply(status=200, body="ok", is_whole=True))
    """
    word = _word(reply.body)
    if word == "ok" and 200 <= reply.status < 300:
        return
    if word in OF_THE_MESSAGE or reply.status == 413:
        raise DeliveryRefused(f"answered {reply.summary}: Slack does not accept this message.")
    if word in FOR_NOW:
        raise DeliveryFailed(f"answered {reply.summary}")
    if 200 <= reply.status < 300:
        if not reply.is_whole and not reply.body:
            raise DeliveryFailed(f"answered {reply.status} without a readable body", may_have_arrived=True)
        raise ChannelUnavailable(
            f"answered {reply.summary}, not 'ok', so nobody saw it: check that VITALS_SLACK_URL, or the variable of "
            "this sink, is Slack's URL, and that no proxy answers in its place."
        )
    raise ChannelUnavailable(
        f"answered {reply.summary}: check in Slack that the webhook and its channel are active, and "
        "VITALS_SLACK_URL, or the variable of this sink.",
        reason="auth" if word in OF_THE_TOKEN else "channel",
    )


def _word(body: str) -> str:
    """Slack's code for what happened; "" if the body has none."""
    text = body.strip()
    try:
        answer = _ANSWERS.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text if re.fullmatch(r"[a-z_]{2,64}", text) else ""
    return "ok" if answer.ok else answer.error
