"""Two workspaces on one topic of a real broker, and the log of acts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from streams.deployment.settings import Settings
from streams.kafka.clients import new_producer
from streams.kafka.sending import NotSent, Sending
from streams.kafka.topic_admin import ensure_topics
from streams.workspace.audit import Audit, latest_acts
from streams.workspace.records import Act, Note, Sentiment
from streams.workspace.workspace import NotKept, Workspace
from tests.support.kafka.topic import until

pytestmark = pytest.mark.slow


@asynccontextmanager
async def workspace(settings: Settings) -> AsyncIterator[Workspace]:
    async with AsyncExitStack() as stack:
        producer = await stack.enter_async_context(new_producer(settings, "test"))
        found, stop = Workspace(settings, Sending(producer), "test"), asyncio.Event()
        running = asyncio.create_task(found.run(stop))
        stack.push_async_callback(asyncio.wait_for, running, 10)
        stack.callback(stop.set)
        await asyncio.wait_for(found.wait_until_read(), 20)
        yield found


def note(number: int, text: str) -> Note:
    return Note(id=f"n{number}", account_id="acme", author="ann", at_ms=number, text=text)


async def test_what_one_keeps_is_there_at_once_and_the_other_has_it_soon(settings: Settings) -> None:
    await ensure_topics(settings, "dashboard")
    async with workspace(settings) as ours, workspace(settings) as theirs:
        await ours.keep(note(1, "ours"))
        assert [each.text for each in ours.table.notes("acme")] == ["ours"]
        await theirs.keep(note(1, "theirs, later"))
        await ours.keep(Sentiment(id="acme", level="fan", author="ann", at_ms=5))
        await ours.keep(note(2, "gone soon"))
        await ours.remove(Note, "n2")
        with pytest.raises(NotKept, match="write something"):
            await ours.keep(note(3, " "))

        async def is_equal() -> bool:
            texts = [[each.text for each in table.notes("acme")] for table in (ours.table, theirs.table)]
            felt = [table.sentiment("acme") for table in (ours.table, theirs.table)]
            return texts == [["theirs, later"], ["theirs, later"]] and None not in felt

        await until(is_equal, within_seconds=20, what="the two do not converge")
    async with workspace(settings) as later:
        assert [each.text for each in later.table.notes("acme")] == ["theirs, later"]
        assert later.table.note("n2") is None


async def test_acts_are_logged_in_order_and_the_latest_are_listed(settings: Settings) -> None:
    await ensure_topics(settings, "dashboard")
    async with new_producer(settings, "test") as producer:
        audit = Audit(settings, Sending(producer))
        for number in range(3):
            await audit.log(
                Act(at_ms=number, person="ann", role="csm", act="note", target="acme", outcome="done", detail="x" * 900)
            )
        found = await latest_acts(settings, "dashboard", 2)
    assert [act.at_ms for act in found] == [1, 2]
    assert len(found[0].detail) == 500


async def test_without_a_broker_nothing_is_kept_and_the_error_says_so(settings: Settings) -> None:
    await ensure_topics(settings, "dashboard")
    async with new_producer(settings, "test") as producer:
        found = Workspace(settings, Sending(producer, seconds=0.0), "test")
        with pytest.raises(NotSent):
            await found.keep(note(1, "lost"))
        assert found.table.notes("acme") == ()
