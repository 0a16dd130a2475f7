"""The hub: who is sent what, how often, and what happens after a gap."""

from __future__ import annotations

import asyncio

import pytest

from dashboard.live.hub import TooMany
from dashboard.live.keys import row_key
from dashboard.live.listener import Listener
from tests.unit.dashboard.live.worlds import World, taken


async def test_a_page_is_sent_its_own_rows_alone() -> None:
    world = World("acme", "globex")
    page = await world.listen("acme")
    await world.change("globex", 10.0)
    await world.change("acme", 20.0)
    await world.pass_seconds(0.1)
    text = await taken(page)
    assert f'hx-target="#r-{row_key("acme")}"' in text
    assert "v:acme=20.0" in text
    assert "globex" not in text


async def test_a_row_is_sent_at_most_once_a_second_with_its_latest_value() -> None:
    world = World("acme")
    page = await world.listen("acme")
    await world.change("acme", 1.0)
    await world.pass_seconds(0.1)
    assert "acme=1.0" in await taken(page)
    for score in (2.0, 3.0, 4.0):
        await world.change("acme", score)
        await world.pass_seconds(0.1)
        assert "acme" not in await taken(page)
    await world.pass_seconds(0.8)
    assert "acme=4.0" in await taken(page)
    assert world.counts.outcomes["coalesced"] == 2
    assert world.counts.outcomes["sent"] == 2


async def test_a_row_is_rendered_once_for_all_who_see_the_same() -> None:
    world = World("acme")
    pages = [await world.listen("acme", view=view) for view in ("a", "a", "a", "b")]
    await world.change("acme", 5.0)
    await world.pass_seconds(0.1)
    assert [f"{page.view}:acme=5.0" in await taken(page) for page in pages] == [True] * 4
    assert world.views.renderings == 2


async def test_a_page_that_comes_back_is_sent_what_it_missed() -> None:
    world = World("acme", "globex", "initech")
    seen = await world.change("acme", 1.0)
    await world.change("acme", 2.0)
    await world.change("initech", 3.0)
    await world.pass_seconds(5)
    text = await taken(await world.listen("acme", "globex", last_id=seen))
    assert "acme=2.0" in text
    assert "globex" not in text
    assert "initech" not in text


async def test_a_page_is_sent_what_changed_since_it_was_asked_for() -> None:
    world = World("acme", "globex")
    await world.change("globex", 1.0)
    await world.pass_seconds(60)
    await world.change("acme", 2.0)
    await world.pass_seconds(3)
    text = await taken(await world.listen("acme", "globex", age=4.0))
    assert "acme=2.0" in text
    assert "globex" not in text


@pytest.mark.parametrize("last_id", ["3.1793000000-5912.0", "2.1793000000-1.7"])
async def test_a_place_from_before_what_is_known_gives_one_resync(last_id: str) -> None:
    world = World("acme")
    await world.change("acme", 1.0)
    assert (
        await taken(await world.listen("acme", last_id=last_id)) == "event: resync\ndata: \n\nid: 3.1793000000-5912.8"
    )
    assert world.counts.outcomes["resync"] == 1


async def test_a_page_from_before_the_process_gives_one_resync() -> None:
    world = World("acme")
    assert "resync" in await taken(await world.listen("acme", age=30.0))
    assert "resync" in await taken(await world.listen("acme", last_id="3.1793000000-5912.1"))


async def test_a_place_is_given_only_when_all_before_it_was_sent() -> None:
    """acme's second change waits for its second; the place that a client may resume from stays before it."""
    world = World("acme", "globex")
    page = await world.listen("acme", "globex")
    first = await world.change("acme", 1.0)
    await world.pass_seconds(0.1)
    assert (await taken(page)).endswith(f"id: {first}")
    await world.change("acme", 2.0)
    last = await world.change("globex", 3.0)
    await world.pass_seconds(0.1)
    assert (await taken(page)).endswith(f"id: {first}")
    await world.pass_seconds(1)
    assert (await taken(page)).endswith(f"id: {last}")


async def test_too_many_waiting_rows_become_one_resync() -> None:
    world = World(*map(str, range(20)))
    page = Listener("accounts", "v", frozenset(map(row_key, world.rows)), waiting_max=10)
    await world.hub.join(page)
    for account_id in world.rows:
        await world.change(account_id, 1.0)
    await world.pass_seconds(0.1)
    assert page.waiting <= 2
    assert "event: resync" in (text := await taken(page))
    assert "hx-partial" not in text


async def test_a_page_without_rows_is_told_that_it_is_stale_and_not_too_often() -> None:
    world = World("acme", "globex")
    account = await world.listen("acme", page="account")
    portfolio = await world.listen(page="portfolio")
    await world.change("acme", 1.0)
    await world.pass_seconds(0.1)
    assert "stale" in await taken(account)
    assert "stale" in await taken(portfolio)
    await world.change("globex", 1.0)
    await world.pass_seconds(2)
    assert "stale" not in await taken(account)
    assert "stale" not in await taken(portfolio)
    await world.pass_seconds(14)
    assert "stale" in await taken(portfolio)


async def test_a_removed_account_makes_its_pages_fetch_themselves() -> None:
    world = World("acme")
    page = await world.listen("acme")
    del world.rows["acme"]
    await world.change("acme", 0.0)
    await world.pass_seconds(0.1)
    assert "resync" in await taken(page)


async def test_rows_wait_while_they_cannot_be_read() -> None:
    world = World("acme")
    page = await world.listen("acme")
    world.is_redis_there = False
    await world.change("acme", 7.0)
    await world.pass_seconds(0.1)
    assert "acme" not in await taken(page)
    world.is_redis_there = True
    await world.pass_seconds(1)
    assert "acme=7.0" in await taken(page)


async def test_every_page_hears_once_that_redis_is_gone_and_back() -> None:
    world = World("acme")
    page = await world.listen("acme")
    world.hub.redis_is("gone")
    world.hub.redis_is("gone")
    assert (await taken(page)).count("data: gone") == 1
    assert "data: gone" in await taken(await world.listen("acme"))
    world.hub.redis_is("back")
    assert "data: back" in await taken(page)


async def test_more_streams_than_may_be_are_refused() -> None:
    world = World("acme", streams_max=1)
    page = await world.listen("acme")
    with pytest.raises(TooMany):
        await world.listen("acme")
    assert world.counts.outcomes["refused"] == 1
    world.hub.leave(page)
    world.hub.leave(page)
    await world.listen("acme")
    assert world.hub.streams == 1


async def test_an_unknown_view_is_an_error_of_who_asks() -> None:
    with pytest.raises(ValueError, match="no such view"):
        await World("acme").listen("acme", view="unknown")


async def test_streams_end_when_the_process_does() -> None:
    world = World("acme")
    page = await world.listen("acme")
    stop = asyncio.Event()
    running = asyncio.ensure_future(world.hub.run(stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(running, 1)
    assert page.is_ended
    with pytest.raises(TooMany):
        await world.listen("acme")


async def test_the_running_hub_sends_by_itself() -> None:
    world = World("acme")
    page = await world.listen("acme")
    stop = asyncio.Event()
    running = asyncio.ensure_future(world.hub.run(stop))
    await world.change("acme", 9.0)
    async with asyncio.timeout(2):
        while "acme=9.0" not in (await page.take(1)).decode():
            pass
    stop.set()
    await running


async def test_the_bar_is_sent_when_it_changes() -> None:
    world = World("acme")
    page = await world.listen("acme")
    await world.hub.flush()
    assert b'event: bar\ndata: {"as_of_ms":0,"counts":{"actions":2}}' in await page.take(0.01)
    await world.change("acme", 1.0)
    await world.pass_seconds(2)
    assert b"event: bar" not in await page.take(0.01)
