"""What a stream hears first, by the place that its client names."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from dashboard.doors.identity import LOCAL_PERSON
from dashboard.live.routes import events
from tests.support.access.world import World


@pytest.mark.parametrize(
    ("place", "is_gap"), [("", False), ("garbage", True), ("-1", True), ("1.1-1.5", True), ("9" * 80, True)]
)
async def test_a_place_that_nobody_knows_is_a_gap(place: str, is_gap: bool) -> None:
    world, sent = World(), list[Message]()
    stream = await events(Request({"type": "http", "app": world.app}), LOCAL_PERSON, None, place)

    async def receive() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await stream({"type": "http"}, receive, send)
    assert (b"event: resync" in b"".join(each.get("body", b"") for each in sent)) == is_gap
    assert world.parts.hub.streams == 0
