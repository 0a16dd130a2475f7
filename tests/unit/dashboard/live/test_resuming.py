"""What a stream hears first, by the place that its client names."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from dashboard.doors.identity import LOCAL_PERSON
from dashboard.live.hub import Bar, Hub
from dashboard.live.routes import events
from tests.support.access.world import World


@pytest.mark.parametrize(
    ("place", "is_gap"), [("", False), ("garbage", True), ("-1", True), ("1.1-1.5", True), ("9" * 80, True)]
)
async def test_a_place_that_nobody_knows_is_a_gap(place: str, is_gap: bool) -> None:
    world, sent, seconds = World(), list[Message](), [0.0]
    hub = Hub(world.queries.rows, bar, world.metrics, clock=lambda: seconds[0])
    world.app.state.hub = hub
    seconds[0] = 60.0  # it has heard of nothing for a minute
    stream = await events(Request({"type": "http", "app": world.app}), LOCAL_PERSON, None, place)

    async def receive() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await stream({"type": "http"}, receive, send)
    assert (b"event: resync" in b"".join(each.get("body", b"") for each in sent)) == is_gap
    assert hub.streams == 0


async def bar() -> Bar:
    return Bar(as_of_ms=0, counts={})
