"""The entrance: what a request must be before any route sees it."""

from __future__ import annotations

import httpx
import pytest

from dashboard.doors.keys import new_key
from dashboard.doors.rates import KEYS_MAX, Rate
from dashboard.values.dashboard_file import DashboardFile, Doors, Proxy
from streams.workspace.records import ApiKey, Scope
from tests.support.access.world import World

ADDRESS = "https://vitals.example"
PROXY = DashboardFile(
    doors=Doors(
        address=ADDRESS,
        proxy=Proxy(addresses=("10.0.0.7",), role_header="x-role"),
        people={"ann@example.com": "Ann Lee"},
        admins=("root@example.com",),
        proxies=("192.0.2.0/24",),
    )
)
NOTE = {"account": "acme", "text": "Called."}
JSON = {"accept": "application/json"}
OURS = {"sec-fetch-site": "same-origin", "origin": ADDRESS}


@pytest.fixture
def local() -> World:
    return World()


@pytest.fixture
def behind() -> World:
    return World(PROXY)


def key(world: World, *scopes: Scope, until_ms: int = 0, revoked_ms: int = 0) -> dict[str, str]:
    """The header of a key that the dashboard has."""
    shown, key_id, digest = new_key()
    record = ApiKey(
        id=key_id,
        name="ci",
        key_hash=digest,
        scopes=scopes,
        author="ann",
        at_ms=0,
        until_ms=until_ms,
        revoked_ms=revoked_ms,
    )
    world.there(record)
    return {"authorization": f"Bearer {shown}"}


# --- local mode


@pytest.mark.parametrize("host", ["127.0.0.1:8490", "localhost:8490", "[::1]:8490", "localhost"])
async def test_local_mode_lets_this_machine_in_and_marks_every_page(local: World, host: str) -> None:
    async with local.client() as client:
        page = await client.get("/team", headers={"host": host})
    assert page.status_code == 200
    assert "Local mode" in page.text


@pytest.mark.parametrize(
    "host", ["rebound.example", "127.0.0.1.rebound.example:8490", "localhost:8490.rebound.example", "127.0.0.1:80a", ""]
)
async def test_a_page_whose_name_was_made_to_point_here_gets_nothing(local: World, host: str) -> None:
    async with local.client() as client:
        read = await client.get("/team", headers={"host": host})
        written = await client.post("/acts/notes", data=NOTE, headers={"host": host})
    assert (read.status_code, written.status_code) == (421, 421)
    assert local.producer.written == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8491"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none", "origin": "http://127.0.0.1:8490"},
    ],
)
async def test_another_site_cannot_act_in_local_mode(local: World, headers: dict[str, str]) -> None:
    async with local.client() as client:
        answer = await client.post("/acts/notes", data=NOTE, headers=headers)
    assert answer.status_code == 403
    assert local.producer.written == []


async def test_a_page_of_ours_and_a_program_of_this_machine_act_in_local_mode(local: World) -> None:
    async with local.client() as client:
        page = {"origin": "http://127.0.0.1:8490", "sec-fetch-site": "same-origin"}
        ours = await client.post("/acts/notes", data=NOTE, headers=page)
        program = await client.post("/acts/notes", data={**NOTE, "text": "Again."}, headers=JSON)
    assert (ours.status_code, ours.headers["location"]) == (303, "/")
    assert program.json()["outcome"] == "done"


# --- keys


async def test_a_key_does_what_its_scopes_say_and_no_more(local: World) -> None:
    async with local.client() as client:
        reader, actor = key(local, "read"), key(local, "read", "act")
        assert (await client.get("/team", headers=reader)).status_code == 200
        refused = await client.post("/acts/notes", data=NOTE, headers={**reader, **JSON})
        done = await client.post("/acts/notes", data=NOTE, headers={**actor, **JSON})
        no_admin = await client.post("/keys", data={"name": "x", "scope_admin": "on", "days": "0"}, headers=actor)
    assert (refused.status_code, refused.json()["outcome"]) == (403, "refused")
    assert done.json()["outcome"] == "done"
    assert no_admin.status_code == 403
    assert [(act.outcome, act.role) for act in local.audit()] == [
        ("refused", "viewer"),
        ("done", "csm"),
        ("refused", "csm"),
    ]


@pytest.mark.parametrize("kind", ["wrong", "unknown", "expired", "revoked", "empty", "of another form"])
async def test_a_key_that_lets_nobody_in_gets_one_answer(local: World, kind: str) -> None:
    headers = {
        "wrong": lambda: {"authorization": key(local, "read")["authorization"][:-1] + "!"},
        "unknown": lambda: {"authorization": f"Bearer {new_key()[0]}"},
        "expired": lambda: key(local, "read", until_ms=1_000),
        "revoked": lambda: key(local, "read", revoked_ms=1),
        "empty": lambda: {"authorization": "Bearer "},
        "of another form": lambda: {"authorization": "Bearer abc_def_ghi"},
    }[kind]()
    async with local.client() as client:
        answer = await client.get("/team", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("The key lets nobody in")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_wrong_keys_come_to_an_end_and_right_ones_elsewhere_do_not(local: World) -> None:
    right = key(local, "read")
    async with local.client("10.9.9.9") as guessing, local.client("10.9.9.8") as client:
        codes = [
            (await guessing.get("/team", headers={"authorization": f"Bearer vk_{number}_x"})).status_code
            for number in range(25)
        ]
        last = await guessing.get("/team", headers={"authorization": "Bearer vk_1_x"})
        assert (await client.get("/team", headers=right)).status_code == 200
    assert (codes[0], codes[-1]) == (401, 429)
    assert int(last.headers["retry-after"]) >= 1
    assert local.counted("vitals_dashboard_logins_total", door="key", outcome="refused") == 20


def test_a_rate_forgets_who_was_seen_longest_ago_and_never_grows() -> None:
    rate = Rate(per_minute=1, burst=1, clock=lambda: 0.0)
    assert rate.allows("first")
    assert not rate.allows("first")
    assert all(rate.allows(str(number)) for number in range(KEYS_MAX))
    assert rate.allows("first")


# --- the proxy


async def test_the_proxy_names_the_person(behind: World) -> None:
    person = {"x-forwarded-user": "ann@example.com", "x-role": "viewer, csm"}
    async with behind.client("10.0.0.7", ADDRESS) as client:
        page = await client.get("/team", headers=person)
        acted = await _note(client, page, person)
    assert page.status_code == 200
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert "Local mode" not in page.text
    assert acted.json()["outcome"] == "done"
    [line] = behind.audit()
    assert (line.person, line.role, line.door, line.address) == ("ann@example.com", "csm", "proxy", "10.0.0.7")


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("203.0.113.5", [("x-forwarded-user", "root@example.com")], 400),
        ("203.0.113.5", [("X-Forwarded-User", "")], 400),
        ("203.0.113.5", [("x-role", "admin")], 400),
        ("203.0.113.5", [("x-forwarded-user", "root@example.com"), ("x-forwarded-for", "10.0.0.7")], 400),
        ("10.0.0.7", [("x-forwarded-user", "ann@example.com"), ("x-forwarded-user", "root@example.com")], 400),
        ("10.0.0.7", [], 401),
        ("203.0.113.5", [], 401),
    ],
)
async def test_nobody_else_can_say_who_they_are(
    behind: World, address: str, headers: list[tuple[str, str]], status: int
) -> None:
    async with behind.client(address, ADDRESS) as client:
        assert (await client.get("/team", headers=headers)).status_code == status


async def test_roles_are_those_that_there_are_and_admins_those_of_the_file(behind: World) -> None:
    make = {"name": "ci", "scope_read": "on", "days": "0"}
    async with behind.client("10.0.0.7", ADDRESS) as client:
        for login, role, status in (
            ("ann@example.com", "owner", 403),
            ("ann@example.com", "csm", 403),
            ("root@example.com", "", 200),
            ("ann@example.com", "admin", 200),
        ):
            person = {"x-forwarded-user": login, "x-role": role}
            token = _token(await client.get("/team", headers=person))
            answer = await client.post("/keys", data={**make, "csrf": token}, headers={**person, **OURS, **JSON})
            assert answer.status_code == status, (login, role)


async def test_an_unsafe_request_needs_the_token_of_the_person_and_our_own_origin(behind: World) -> None:
    ann, bea = ({"x-forwarded-user": f"{name}@example.com", "x-role": "csm"} for name in ("ann", "bea"))
    async with behind.client("10.0.0.7", ADDRESS) as client:
        token = _token(await client.get("/team", headers=ann))
        other = _token(await client.get("/team", headers=bea))
        assert token not in ("", other)
        tries = [
            ({**NOTE, "csrf": token}, {**ann, "origin": "https://evil.example"}),
            ({**NOTE, "csrf": token}, {**ann, "sec-fetch-site": "cross-site"}),
            (NOTE, {**ann, **OURS}),
            ({**NOTE, "csrf": other}, {**ann, **OURS}),
            ({**NOTE, "csrf": ""}, {**ann, **OURS}),
            (NOTE, {**ann, **OURS, "x-csrf": "wrong"}),
        ]
        for fields, headers in tries:
            assert (await client.post("/acts/notes", data=fields, headers=headers)).status_code == 403
        raw = {**ann, **OURS, "content-type": "text/plain"}
        assert (await client.post("/acts/notes", content=f"csrf={token}&text=x", headers=raw)).status_code == 403
        assert behind.producer.written == []
        by_header = await client.post("/acts/notes", data=NOTE, headers={**ann, **OURS, **JSON, "x-csrf": token})
    assert by_header.json()["outcome"] == "done"


async def test_where_a_request_came_from_is_what_listed_proxies_say(behind: World) -> None:
    person = {"x-forwarded-user": "ann@example.com", "x-role": "csm"}
    async with behind.client("10.0.0.7", ADDRESS) as client:
        page = await client.get("/team", headers=person)
        for forwarded, found in (("198.51.100.9, 203.0.113.9, 192.0.2.4", "203.0.113.9"), ("nonsense", "10.0.0.7")):
            await _note(client, page, {**person, "x-forwarded-for": forwarded}, text=forwarded)
            assert behind.audit()[-1].address == found


async def test_a_token_that_the_proxy_passes_on_is_none_of_our_keys(behind: World) -> None:
    person = {"x-forwarded-user": "ann@example.com", "x-role": "csm", "authorization": "Bearer eyJhbGciOivk_x.y"}
    async with behind.client("10.0.0.7", ADDRESS) as client:
        assert (await client.get("/team", headers=person)).status_code == 200
        key_ = {**person, "authorization": "Bearer vk_000000000000_x"}
        assert (await client.get("/team", headers=key_)).status_code == 401


# --- headers and sizes


async def test_every_answer_forbids_what_a_page_of_ours_never_does(local: World) -> None:
    async with local.client() as client:
        answers = [await client.get(path) for path in ("/team", "/nothing", "/shares")]
        answers.append(await client.post("/acts/notes", data=NOTE, headers={"origin": "https://evil.example"}))
        static = await client.get(f"/static/{await _version(client)}/icon.svg")
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
    assert "immutable" in static.headers["cache-control"]


async def test_a_body_of_twenty_megabytes_is_refused(local: World) -> None:
    async with local.client() as client:
        large = await client.post(
            "/acts/notes", content=b"text=" + b"x" * 20_000_000, headers={"content-type": "text/plain"}
        )

        async def parts() -> object:
            for _ in range(30):
                yield b"x" * 100_000

        form = {"content-type": "application/x-www-form-urlencoded"}
        unsized = await client.post("/acts/notes", content=parts(), headers=form)  # type: ignore[arg-type]
    assert (large.status_code, unsized.status_code) == (413, 413)
    assert local.producer.written == []


async def test_a_fault_of_ours_says_nothing_of_itself(local: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: int, /) -> object:
        raise KeyError("a secret of the inside")

    monkeypatch.setattr(local.queries, "team", broken)
    async with local.client() as client:
        answer = await client.get("/team")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert local.counted("vitals_dashboard_requests_total", route="/team", status="500") == 1


async def _note(
    client: httpx.AsyncClient, page: httpx.Response, person: dict[str, str], text: str = "Called."
) -> httpx.Response:
    fields = {"account": "acme", "text": text, "csrf": _token(page)}
    return await client.post("/acts/notes", data=fields, headers={**person, **OURS, **JSON})


def _token(page: httpx.Response) -> str:
    return page.text.partition('name="vitals-csrf" content="')[2].partition('"')[0]


async def _version(client: httpx.AsyncClient) -> str:
    return (await client.get("/team")).text.partition("/static/")[2].partition("/")[0]
