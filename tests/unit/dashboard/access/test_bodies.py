"""Bodies that are too long, or end before their end: nothing is done by half of a form."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from tests.support.access.world import World
from tests.unit.dashboard.access.test_entrance import ADDRESS, OURS, PROXY

FORM = "application/x-www-form-urlencoded"
CSM = {"x-forwarded-user": "ann@example.com", "x-role": "csm"}


@pytest.mark.parametrize("parts", [(b"account=acme&text=Do+not", b"+call."), (b"account=acme&text=Do+not",)])
async def test_half_of_a_form_is_no_form(parts: tuple[bytes, ...], caplog: pytest.LogCaptureFixture) -> None:
    world, answers = World(PROXY), list[Message]()
    token = world.doors.door.person_of(_scope({}), "")
    assert token is not None
    messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answers.append(message)

    await world.app(_scope({"x-csrf": token.csrf}), receive, send)
    assert world.producer.written == []
    assert answers == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_form_without_end_is_refused_and_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"a" * 50_000

    async with World(PROXY).client("10.0.0.7", ADDRESS) as client:
        answer = await client.post("/acts/notes", content=endless(), headers={**CSM, **OURS, "content-type": FORM})
    assert answer.status_code == 413
    assert answer.json()["detail"] == "A request may have 1,000,000 bytes: send less."
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def _scope(headers: dict[str, str]) -> dict[str, object]:
    given = {"host": "vitals.example", "content-type": FORM, "accept": "application/json", **CSM, **OURS, **headers}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/acts/notes",
        "raw_path": b"/acts/notes",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("10.0.0.7", 4_000),
        "server": ("vitals.example", 443),
        "scheme": "https",
        "root_path": "",
    }
