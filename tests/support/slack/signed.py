"""Requests as Slack sends them to an app: a form with JSON in it, signed over the raw body."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from alerts.sinks.slack_message import case_buttons
from alerts.step import AlertStep

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ANSWER_URL = "https://hooks.slack.com/actions/T0/1/x"


def click_body(
    step: AlertStep,
    action: str = "acknowledge",
    *,
    user: str = "U024BE7LH",
    name: str = "ann",
    answer_url: str = ANSWER_URL,
    **changes: Any,
) -> bytes:
    """The body of a click on one of the step's own buttons."""
    value = next((button.value for button in case_buttons(step) if button.action_id == action), "")
    interaction = {
        "type": "block_actions",
        "user": {"id": user, "username": name, "name": name, "team_id": "T0"},
        "api_app_id": "A0",
        "container": {"type": "message", "message_ts": "1795255200.000000", "channel_id": "C012AB3CD"},
        "trigger_id": "1.2.abc",
        "response_url": answer_url,
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.2"}],
        **changes,
    }
    return urlencode({"payload": json.dumps(interaction)}).encode()


def signed(body: bytes, at_seconds: float | None = None, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """The headers of `body`."""
    timestamp = str(int(time.time() if at_seconds is None else at_seconds))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signature is not None
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }
