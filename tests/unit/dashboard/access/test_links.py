"""Share links: what they show, to whom, and that nothing is learned from one that has ended."""

from __future__ import annotations

import json
import logging
from typing import Any, cast

import httpx
import msgspec
import pytest

from dashboard.queries.port import Queries
from dashboard.values.listing import Listing, ListRequest, Total
from dashboard.values.portfolio import PortfolioView
from scoring.instants import DAY_MS
from streams.kafka.sending import Sent
from streams.read_model.port import ReadModelUnavailable
from streams.workspace.records import Share, key_of
from tests.support.access.world import World
from tests.support.page_samples.accounts import NOW_MS, row
from tests.support.page_samples.asked import SampleQueries

JSON = {"accept": "application/json"}
MAKE = {"place": "accounts", "days": "30", "label": "Board", "query": "filter=owner:is:Ines&limit=9"}
NAMES = ("Halverson Freight", "a <b>bold</b> name 🙂", "Ines Carvalho", "secret-id-1")


class Books(SampleQueries):
    """Two accounts with names, an owner and a sentence about them. While `is_down`, Redis does not answer."""

    is_down = False

    async def accounts(self, request: ListRequest, /) -> Listing:
        if self.is_down:
            raise ReadModelUnavailable("Redis at redis.internal:6379 does not answer.")
        self.asked.append(request)
        common: dict[str, Any] = {"owner": NAMES[2], "top_risk_whole": f"{NAMES[2]} left {NAMES[0]}"}
        rows = (
            row(1, account_id=NAMES[3], name=NAMES[0], **common),
            row(2, account_id="secret-id-2", name=NAMES[1], **common),
        )
        total = Total(name="", accounts=2, mrr=900.0, at_risk=90.0)
        return Listing(rows=rows, total=total, book=total, groups=(), cursor="", as_of_ms=NOW_MS)

    async def portfolio(self, since_days: int, filters: ListRequest, /) -> PortfolioView:
        return await super().portfolio(since_days, filters)


@pytest.fixture
def world() -> World:
    return World(queries=cast(Queries, Books()))


async def made(client: httpx.AsyncClient, **changed: str) -> httpx.URL:
    answer = await client.post("/shares", data={**MAKE, **changed}, headers=JSON)
    assert answer.json()["outcome"] == "done", answer.text
    return httpx.URL(answer.json()["secret"])


def as_json(url: httpx.URL) -> httpx.URL:
    return url.copy_with(path=f"{url.path}.json")


async def test_a_link_shows_its_view_to_anybody_who_has_it(world: World) -> None:
    async with world.client() as client, world.client("198.51.100.9") as anybody:
        url = await made(client)
        page, found = await anybody.get(url), await anybody.get(as_json(url))
        by_path = await anybody.get(f"{url.path}/{url.params['key']}")
    assert (page.status_code, by_path.status_code) == (200, 200)
    assert NAMES[0] in page.text
    assert "a &lt;b&gt;bold&lt;/b&gt; name" in page.text
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert [each["account"] for each in found.json()["accounts"]] == [NAMES[0], NAMES[1]]
    request = next(each for each in cast(Books, world.queries).asked if isinstance(each, ListRequest))
    assert [each.value for each in request.filters] == ["Ines"]


async def test_what_a_page_and_its_json_tell_browsers(world: World) -> None:
    async with world.client() as client:
        url = await made(client)
        page, found = await client.get(url), await client.get(as_json(url), headers={"origin": "https://wiki.example"})
        ended = await client.get(url.copy_set_param("key", "wrong"))
    for answer in (page, found, ended):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "frame-ancestors *" in answer.headers["content-security-policy"]
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers
    assert '<meta name="robots" content="noindex' in page.text
    assert found.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in found.headers
    assert "access-control-allow-origin" not in page.headers


async def test_a_link_without_names_has_no_name_no_id_no_owner_and_no_sentence(world: World) -> None:
    async with world.client() as client:
        url, other = await made(client, redacts="on"), await made(client, redacts="on")
        page, found = await client.get(url), await client.get(as_json(url))
        again, elsewhere = await client.get(as_json(url)), await client.get(as_json(other))
    for text in (page.text, found.text):
        assert not [name for name in NAMES if name in text]
        assert "left" not in text
        assert "ann" not in text.replace("banner", "")
    one, two = (each["account"] for each in found.json()["accounts"])
    assert one != two
    assert one.startswith("Account ")
    assert found.json()["accounts"] == again.json()["accounts"]
    assert one not in [each["account"] for each in elsewhere.json()["accounts"]]


async def test_a_portfolio_without_names_has_none_either(world: World) -> None:
    async with world.client() as client:
        named = (await client.get(as_json(await made(client, place="portfolio", query="")))).json()
        url = await made(client, place="portfolio", query="", redacts="on")
        hidden = await client.get(as_json(url))
        page = await client.get(url)
    assert named["accounts"]
    assert named["index"] is not None
    for each in named["accounts"]:
        assert each["account"] not in hidden.text
        assert each["account"] not in page.text
    assert hidden.json()["tiers"] == named["tiers"]


@pytest.mark.parametrize("how", ["wrong key", "no key", "unknown", "expired", "revoked", "key of another"])
async def test_a_link_that_shows_nothing_gets_one_answer(world: World, how: str) -> None:
    async with world.client() as client:
        url, other = await made(client), await made(client)
        plain = await client.get("/share/000000000000?key=x")
        if how == "expired":
            world.now_ms += 30 * DAY_MS
        elif how == "revoked":
            ended = await client.post("/shares/revoke", data={"share": url.path.rpartition("/")[2]}, headers=JSON)
            assert ended.json()["outcome"] == "done"
        elif how == "wrong key":
            url = url.copy_set_param("key", "AAAAAAAAAAAAAAAAAAAAAA")
        elif how == "no key":
            url = url.copy_remove_param("key")
        elif how == "unknown":
            url = url.copy_with(path="/share/ffffffffffff")
        else:
            url = url.copy_set_param("key", other.params["key"])
        page, found = await client.get(url), await client.get(as_json(url))
    assert (page.status_code, found.status_code) == (404, 404)
    assert (page.text, page.headers) == (plain.text, plain.headers)
    assert not [name for name in (*NAMES, "Board") if name in page.text + found.text]


async def test_what_is_kept_of_a_link_opens_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The key is in no message, no log at DEBUG, no metric, and in none of our pages after the first."""
    caplog.set_level(logging.DEBUG)
    async with world.client() as client:
        url = await made(client)
        key = url.params["key"]
        for each in (url, as_json(url), url.copy_with(path=f"{url.path}/{key}", query=b"")):
            await client.get(each)
        cast(Books, world.queries).is_down = True
        await client.get(url)
        listed = await client.get("/shares")
    await world.accesses.flush()
    ours = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    written = b"".join(each.value or b"" for each in world.producer.written)
    series = [sample for family in world.metrics.registry.collect() for sample in family.samples]
    assert len(key) >= 22
    assert "Board" in listed.text
    for text in (ours, written.decode(), str(series), listed.text):
        assert key not in text


async def test_while_redis_is_away_a_link_says_nothing_of_our_inside(world: World) -> None:
    async with world.client() as client:
        url = await made(client)
        cast(Books, world.queries).is_down = True
        page = await client.get(url)
    assert page.status_code == 503
    assert "redis" not in page.text.lower()


async def test_requests_come_to_an_end_by_address_and_by_link(world: World) -> None:
    async with world.client() as client:
        url = await made(client)
        async with world.client("198.51.100.1") as guessing:
            codes = [(await guessing.get("/share/000000000000?key=x")).status_code for _ in range(62)]
            assert (codes[0], codes[-1]) == (404, 429)
            assert (await guessing.get(url)).status_code == 429
        codes = []
        for number in range(8):
            async with world.client(f"198.51.100.{number + 10}") as many:
                codes += [(await many.get(as_json(url))).status_code for _ in range(50)]
    assert 300 <= codes.count(200) < 330, "the limit, and the few that are allowed again while this runs"
    assert set(codes) == {200, 429}
    assert world.counted("vitals_dashboard_shares_total", outcome="shown") == codes.count(200)


async def test_requests_are_logged_as_one_line_a_link_and_address(world: World) -> None:
    async with world.client() as client, world.client("198.51.100.9") as other:
        url = await made(client)
        for each in (client, client, other):
            await each.get(url)
    world.producer.fails = {world.settings.topic("audit")}
    await world.accesses.flush()
    world.producer.fails = set()
    await world.accesses.flush()
    lines = [line for line in world.audit() if line.act == "share_view"]
    assert {(line.address, line.detail) for line in lines} == {
        ("127.0.0.1", "2 requests"),
        ("198.51.100.9", "1 request"),
    }


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"days": "0"}, 422),
        ({"days": "91"}, 422),
        ({"days": "soon"}, 422),
        ({"place": "team"}, 422),
        ({"label": "x" * 81}, 422),
    ],
)
async def test_a_link_that_cannot_be_is_not_made(world: World, changed: dict[str, str], status: int) -> None:
    async with world.client() as client:
        answer = await client.post("/shares", data={**MAKE, **changed}, headers=JSON)
    assert answer.status_code == status
    assert answer.json()["secret"] == ""
    assert world.workspace.table.shares() == ()


async def test_only_a_digest_of_the_key_is_kept(world: World) -> None:
    async with world.client() as client:
        url = await made(client)
    [share] = world.workspace.table.shares()
    assert len(share.key_hash) == 64
    written = [json.loads(each.value or b"{}") for each in world.producer.written]
    assert msgspec.convert(next(each for each in written if each.get("type") == "share"), Share) == share
    assert url.path == f"/share/{share.id}"


@pytest.mark.parametrize(
    "query",
    [
        "filter=owner=Ines",
        "filter=tier:is:red&filter=nonsense",
        "filter=tier:equals:red",
        "tier=red",
        "view=worst",
        "q=" + "x" * 201,
        "filter=owner:is:" + "x" * 201,
    ],
)
async def test_a_link_whose_list_cannot_be_read_whole_shows_nothing(world: World, query: str) -> None:
    """What cannot be read would be left out, and the link would show more than its author meant."""
    async with world.client() as client:
        answer = await client.post("/shares", data={**MAKE, "query": query}, headers=JSON)
        assert answer.status_code == 422
        assert "is no part of a list" in answer.json()["words"]
        assert world.workspace.table.shares() == ()
        url = await made(client)
        [share] = world.workspace.table.shares()
        world.workspace.table.put(key_of(share), msgspec.structs.replace(share, query=query), Sent(0, 1_000_000))
        older = await client.get(as_json(url))
    assert older.status_code == 503
    assert NAMES[0] not in older.text


async def test_the_bottom_five_are_five_and_a_reader_cannot_ask_for_more(world: World) -> None:
    async with world.client() as client:
        for query, rows in (("sort=score&limit=5", 5), ("sort=score", 200), ("sort=score&limit=500", 200)):
            url = await made(client, query=query)
            wider = url.copy_merge_params(
                {"limit": "200", "filter": "tier:is:green", "q": "x", "query": "", "cursor": "y"}
            )
            for address in (url, wider, as_json(wider)):
                assert (await client.get(address)).status_code == 200
                request = cast(Books, world.queries).asked[-1]
                assert request == ListRequest(sort="score", is_descending=False, limit=rows)


async def test_nobody_is_led_to_another_address_with_the_key_of_a_link(world: World) -> None:
    async with world.client() as client:
        url = await made(client)
        for path in (f"{url.path}/", f"{url.path}/{url.params['key']}/", "/accounts/", "/team/", "//evil.example/"):
            answer = await client.get(url.copy_with(path=path), headers={"host": "localhost"})
            assert "location" not in answer.headers, path
