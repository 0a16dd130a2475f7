"""What the notifier says before it has spoken with anybody."""

from __future__ import annotations

import asyncio

import pytest

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.notifier.process import run_notifier
from tests.fakes import RecordingNotifierMetrics


@pytest.mark.parametrize(
    ("settings", "variable"),
    [
        (Settings(slack_url="hooks.slack.com/services/T0/B0/secret"), "VITALS_SLACK_URL"),
        (Settings(slack_url="file:///services/secret"), "VITALS_SLACK_URL"),
        (Settings(webhook_url="https://host:secret"), "VITALS_WEBHOOK_URL"),
        (Settings(webhook_url="https://"), "VITALS_WEBHOOK_URL"),
    ],
)
async def test_a_url_that_cannot_be_one_is_named_but_not_told(settings: Settings, variable: str) -> None:
    with pytest.raises(UserError, match=rf"^{variable} .*: set it to") as caught:
        await run_notifier(settings, stop=asyncio.Event(), metrics=RecordingNotifierMetrics())
    assert "secret" not in str(caught.value)


async def test_a_redis_url_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(UserError, match=r"^VITALS_REDIS .*redis://host:6379/0"):
        await run_notifier(Settings(redis="localhost"), stop=asyncio.Event(), metrics=RecordingNotifierMetrics())
