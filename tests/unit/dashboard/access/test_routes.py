"""Every route of the application: without a person, with one who may only read, with a key that may not even that."""

from __future__ import annotations

import re
from typing import Any, cast

import httpx
import pytest
from fastapi.routing import APIRoute

from dashboard.api.routes import PREFIX, document
from dashboard.app import routers
from dashboard.doors.entrance import WAYS
from dashboard.queries.port import Queries
from streams.kafka.sending import Sent
from streams.workspace.records import ApiKey, Note, Record, Scope, Share, View, key_of
from tests.support.access.world import NOW_MS, World
from tests.unit.dashboard.access.test_acts import CASE, OneCase
from tests.unit.dashboard.access.test_acts import OPEN as OPEN_CASE
from tests.unit.dashboard.access.test_entrance import ADDRESS, OURS, PROXY, key

OPEN = ("/share/", *WAYS)
DOCUMENT = f"{PREFIX}/openapi.json"
FIELDS = {
    "account": "acme",
    "account_id": "acme",
    "case": CASE.brief.id,
    "days": "3",
    "everybody": "on",
    "id": "cus_1",
    "is_shared": "true",
    "key": "k1",
    "kind": "stripe.customer",
    "letter": "0:1",
    "level": "fan",
    "name": "Mine",
    "note": "n1",
    "place": "portfolio",
    "query": "sort=score",
    "reason": "why",
    "rules": "",
    "scope_read": "on",
    "score": "50",
    "share": "s1",
    "text": "Called.",
    "theme": "dark",
    "view": "v1",
}
"""Something good for each act there is."""
OF_OTHERS = ("/notes/delete", "/shares/revoke", "{note_id}", "{share_id}")
JSON_BODY = {**FIELDS, "score": 50, "days": 3, "is_shared": True}
WORKED_OUT = {"/alerts/preview", f"{PREFIX}/alerts/preview", f"{PREFIX}/what-if", f"{PREFIX}/model.toml"}
WORKED_OUT |= {f"{PREFIX}/accounts/{{account_id}}/what-if", "/acts/preferences"}
"""What somebody who may only read asks for, or sets for themselves."""


def routes() -> set[tuple[str, str]]:
    """Method and path of each route, with its parameters, but for the ways in, share links and static files."""
    found = {
        (method, route.path)
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    found |= {(method.upper(), path) for path, methods in document()["paths"].items() for method in methods}
    return {(method, path) for method, path in found if not path.startswith((*OPEN, "/static/"))}


def filled(path: str, **values: str) -> str:
    """The path, with a value for each parameter."""
    return re.sub(r"{(\w+)[^}]*}", lambda found: values.get(found[1], "x"), path)


async def test_no_route_is_open_because_it_forgot_to_ask_who_it_is() -> None:
    assert len(routes()) > 70
    async with World(PROXY).client("203.0.113.5", ADDRESS) as client:
        codes = {each: (await client.request(each[0], filled(each[1]))).status_code for each in sorted(routes())}
        ways = {path: (await client.get(path)).status_code for path in sorted(WAYS)}
    assert set(codes.values()) == {401}, {each: code for each, code in codes.items() if code != 401}
    assert ways == {"/login": 404, "/login/done": 404, "/logout": 404, "/logged-out": 200}


@pytest.mark.parametrize("scopes", [("act",), ("act", "admin")], ids="+".join)
async def test_a_key_that_may_not_read_reads_nothing_by_any_route(scopes: tuple[Scope, ...]) -> None:
    world = World()
    paths = sorted(path for method, path in routes() if method == "GET" and path != DOCUMENT)
    async with world.client(headers=key(world, *scopes)) as client:
        codes = {path: (await client.get(filled(path))).status_code for path in paths}
    assert set(codes.values()) == {403}, {path: code for path, code in codes.items() if code != 403}


@pytest.mark.parametrize("role", ["viewer", "csm", "admin"])
async def test_each_act_by_each_route_is_for_those_who_may(role: str) -> None:
    """An admin's show that the requests are good: what a viewer is refused is refused for who they are."""
    acts = sorted((method, path) for method, path in routes() if method != "GET" and path not in WORKED_OUT)
    assert len(acts) > 25
    world = full_world()
    async with world.client("10.0.0.7", ADDRESS) as client:
        for method, path in acts:
            is_of_admins = path.startswith("/keys") or "dead-letters" in path or path.endswith(OF_OTHERS)
            if role == "admin" and "dead-letters" in path:
                continue  # it would read Kafka
            fill(world)
            answer = await asked(client, world, role, method, path)
            may = role == "admin" or (role == "csm" and not is_of_admins)
            what = (method, path, answer.status_code, answer.text[:200])
            assert any(line.outcome == "done" for line in world.audit()) == may, what
            if not may:
                assert answer.status_code == 403, what
                assert {each.topic for each in world.producer.written} == {world.settings.topic("audit")}, what


async def asked(client: httpx.AsyncClient, world: World, role: str, method: str, path: str) -> httpx.Response:
    """An act by a route, with all that it needs, as somebody whose pages have the token."""
    headers = {"x-forwarded-user": "vic@example.com", "x-role": role, **OURS, "accept": "application/json"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    person = world.doors.door.person_of({"type": "http", "client": ("10.0.0.7", 1), "headers": raw}, "")
    assert person is not None
    headers["x-csrf"] = person.csrf
    values = {"account_id": "acme", "case_id": CASE.brief.id, "command": "acknowledge", "verb": "acknowledge"}
    values |= {"letter_id": "0:1", "note_id": "n1", "share_id": "s1", "view_id": "v1"}
    body = {"json": JSON_BODY} if path.startswith(PREFIX) else {"data": FIELDS}
    return await client.request(method, filled(path, **values), headers=headers, **body)


def full_world() -> World:
    queries = OneCase()
    queries.found = OPEN_CASE
    return World(PROXY, queries=cast(Queries, queries))


def fill(world: World) -> None:
    """One of each record, all of somebody else, and nothing written yet."""
    world.producer.written.clear()
    common: dict[str, Any] = {"author": "Ann", "at_ms": NOW_MS}
    records: tuple[Record, ...] = (
        Note(id="n1", account_id="acme", text="Called.", **common),
        View(id="v1", name="Ours", query="", **common),
        Share(id="s1", key_hash="0" * 64, scope="portfolio", query="", until_ms=NOW_MS * 2, **common),
        ApiKey(id="k1", name="ci", key_hash="0" * 64, scopes=("read",), **common),
    )
    for record in records:
        world.workspace.table.put(key_of(record), record, Sent(0, 1_000_000))
