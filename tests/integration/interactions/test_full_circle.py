"""The whole way around: events, a case, a message of a Slack app, a click on its button, and the message edited."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from scoring.instants import DAY_MS, HOUR_MS, rfc3339
from streams.deployment.settings import Settings
from tests.builders import model_text
from tests.support.commands import run_command, running
from tests.support.slack.api import TOKEN, FakeSlackApi
from tests.support.slack.limits import words_of
from tests.support.slack.signed import SIGNING_SECRET, signed
from vitals.local.embedded import free_port

SILENCE = {"silence": {"kind": "since_last", "topics": ["analytics"], "label": "product events"}}
RECENCY = {"recency": {"shape": "linear", "signal": "silence", "points": [[1, 100], [7, 50], [14, 0]], "weight": 1}}
RULES = """
[alerts]
name = "circle"

[rules.tier]
kind = "tier"
label = "Health fell"
severities = {{ red = "critical", yellow = "warning" }}
action = "Call them"

[routes.team]
to = ["app"]

[sinks.app]
kind = "slack_app"
token_secret = "VITALS_SECRET_BOT"
signing_secret = "VITALS_SECRET_SIGNING"
channel = "C012AB3CD"
api = "{api}"
allow_private = true
"""
DEADLINE_SECONDS = 90.0


def write_history(path: Path, last_ms: int) -> None:
    """45 days in which "steady" is active each day, and "silent" until five days before the end."""
    lines = []
    for day in range(45):
        for account in ("steady", "silent") if day < 40 else ("steady",):
            for number in range(4):
                at = rfc3339(last_ms - (45 - day) * DAY_MS + number * HOUR_MS)
                event = {"topic": "analytics", "account_id": account, "event": "report_viewed", "timestamp": at}
                lines.append(json.dumps({**event, "user_id": f"u{number}"}))
    path.write_text("\n".join(lines), "utf-8")


async def until(condition: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what()
        await asyncio.sleep(0.1)


def click(message: dict[str, Any], action: str) -> bytes:
    """What Slack sends when somebody clicks that button of that message."""
    buttons = [each for block in message["blocks"] if block["type"] == "actions" for each in block["elements"]]
    value = next(button["value"] for button in buttons if button["action_id"] == action)
    interaction = {
        "type": "block_actions",
        "user": {"id": "U024BE7LH", "username": "ann"},
        "response_url": "",
        "actions": [{"action_id": action, "value": value}],
    }
    return str(httpx.QueryParams({"payload": json.dumps(interaction)})).encode()


async def test_a_click_in_slack_comes_back_as_an_edit_of_the_message(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITALS_SECRET_BOT", TOKEN)
    monkeypatch.setenv("VITALS_SECRET_SIGNING", SIGNING_SECRET)
    model, rules = tmp_path / "silence.toml", tmp_path / "alerts.toml"
    model.write_text(model_text({"name": "silence"}, SILENCE, RECENCY), "utf-8")
    now_ms = int(time.time()) * 1_000
    write_history(tmp_path / "events.ndjson", now_ms - 60_000)
    with FakeSlackApi() as slack:
        rules.write_text(RULES.format(api=slack.api), "utf-8")
        port = free_port()
        settings = msgspec.structs.replace(
            settings,
            model=str(model),
            alerts=str(rules),
            clock="event",
            notify_max_age_ms=10**13,
            interactions_port=port,
        )
        with running(settings, "worker", "notify", "interactions"):
            run_command(settings, "publish", str(tmp_path / "events.ndjson"), "--tick", rfc3339(now_ms - 30_000))
            await until(lambda: bool(slack.top), lambda: slack.calls)
            (first,) = slack.top
            assert words_of(first)[0].startswith("🟡 silent fell from green to yellow")
            body = click(first, "acknowledge")
            async with httpx.AsyncClient(trust_env=False) as client:
                url = f"http://127.0.0.1:{port}/slack/interactivity"
                assert (await client.post(url, content=body, headers=signed(body))).status_code == 200
            await until(lambda: bool(slack.replies), lambda: (slack.calls, slack.messages))
            (top,) = slack.top
            assert words_of(top)[1].startswith("*Acknowledged by ann*\n")
            assert words_of(slack.replies[0]) == ["*silent: yellow acknowledged by ann*"]
