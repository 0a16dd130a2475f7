"""Login by OpenID Connect, with a provider over real HTTP: what lets somebody in, and all that does not."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey

from dashboard.doors.seal import Seal
from dashboard.values.dashboard_file import DashboardFile, Doors, Oidc
from streams.deployment.secret import Secret
from tests.support.access.provider import CLIENT, CLIENT_SECRET, Provider, rsa_key, running_provider
from tests.support.access.world import ENVIRONMENT, SECRET, World

pytestmark = pytest.mark.slow
ADDRESS = "https://vitals.example"
SESSION = "__Host-vitals-session"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as running:
        yield running


def world_of(provider: Provider, **oidc: Any) -> World:
    given = {"client_secret": "VITALS_SECRET_OIDC", **oidc}
    doors = Doors(
        address=ADDRESS,
        oidc=Oidc(issuer=provider.issuer, client_id=CLIENT, **given),
        people={"ann@example.com": "Ann of Sales"},
    )
    return World(DashboardFile(doors=doors), {**ENVIRONMENT, "VITALS_SECRET_OIDC": CLIENT_SECRET})


async def come_back(client: httpx.AsyncClient, next_path: str = "/team", **changed: str) -> httpx.Response:
    """To the provider and back, with what a test changes in the return."""
    start = await client.get("/login", params={"next": next_path})
    assert start.status_code == 303, start.text
    async with httpx.AsyncClient() as browser:
        back = await browser.get(start.headers["location"])
    query = {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}
    return await client.get("/login/done", params={**query, **changed})


async def test_somebody_without_a_session_is_led_to_the_provider_and_back_to_their_page(provider: Provider) -> None:
    world = world_of(provider)
    async with world.client(base=ADDRESS) as client:
        page = await client.get("/team?days=30", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Fteam%3Fdays%3D30")
        program = await client.get("/team")
        assert (program.status_code, program.headers["content-type"]) == (401, "application/problem+json")
        done = await come_back(client, "/team?days=30")
        assert (done.status_code, done.headers["location"]) == (303, "/team?days=30")
        cookie = next(each for each in done.headers.get_list("set-cookie") if each.startswith(SESSION))
        assert {"httponly", "samesite=lax", "secure", "path=/"} <= set(cookie.lower().split("; "))
        assert "max-age=43200" in cookie.lower()
        assert "domain" not in cookie.lower()
        page = await client.get("/team")
    assert page.status_code == 200
    assert "Ann Lee" in page.text
    assert world.counted("vitals_dashboard_logins_total", door="oidc", outcome="done") == 1
    [asked] = provider.tokens_asked
    assert asked["redirect_uri"] == f"{ADDRESS}/login/done"
    assert len(asked["code_verifier"]) >= 43


@pytest.mark.parametrize(
    "next_path", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\r\nb: c"]
)
async def test_after_a_login_nobody_is_sent_elsewhere(provider: Provider, next_path: str) -> None:
    async with world_of(provider).client(base=ADDRESS) as client:
        done = await come_back(client, next_path)
    assert (done.status_code, done.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": "another-client", "azp": CLIENT},
        {"aud": ["another-client", "a-third"], "azp": CLIENT},
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"aud": None},
        {"iss": None},
        {"iat": None},
        {"nonce": ""},
        {"nonce": "of another login"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"iat": 32_503_680_000},
        {"email": None},
        {"email": ["ann@example.com"]},
        {"email_verified": False},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_for_this_login_lets_nobody_in(
    provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    async with world_of(provider).client(base=ADDRESS) as client:
        done = await come_back(client)
        assert done.status_code == 403
        assert SESSION not in client.cookies


async def test_a_clock_that_is_half_a_minute_off_does_no_harm(provider: Provider) -> None:
    now = int(time.time())
    provider.claims = {"exp": now - 30, "iat": now - 330}
    async with world_of(provider).client(base=ADDRESS) as client:
        assert (await come_back(client)).status_code == 303


@pytest.mark.parametrize("forged", ["another key", "the public key as a secret", "none"])
async def test_a_signature_that_is_not_the_providers_lets_nobody_in(provider: Provider, forged: str) -> None:
    if forged == "another key":
        provider.signing = rsa_key("another")
    elif forged == "none":
        provider.algorithm = "none"
    else:
        public = provider.key.as_pem(private=False)
        provider.algorithm, provider.signing = "HS256", OctKey.import_key(public.hex())
    async with world_of(provider).client(base=ADDRESS) as client:
        assert (await come_back(client)).status_code == 403
        assert SESSION not in client.cookies


async def test_a_return_that_this_browser_did_not_begin_lets_nobody_in(provider: Provider) -> None:
    world = world_of(provider)
    async with world.client(base=ADDRESS) as victim, world.client(base=ADDRESS) as attacker:
        start = await attacker.get("/login")
        async with httpx.AsyncClient() as browser:
            back = await browser.get(start.headers["location"])
        planted = await victim.get(back.headers["location"])
        assert planted.status_code == 403
        assert SESSION not in victim.cookies
        assert (await come_back(victim, state="another")).status_code == 403
        assert (await victim.get("/login/done")).status_code == 403
        assert (await victim.get("/login/done?error=access_denied&error_description=<b>x</b>")).status_code == 403


async def test_a_return_counts_once(provider: Provider) -> None:
    async with world_of(provider).client(base=ADDRESS) as client:
        start = await client.get("/login")
        async with httpx.AsyncClient() as browser:
            back = (await browser.get(start.headers["location"])).headers["location"]
        first, second = await client.get(back), await client.get(back)
    assert (first.status_code, second.status_code) == (303, 403)
    assert len(provider.tokens_asked) == 1  # refused by us: the provider was not asked whether the code is used


async def test_a_return_whose_cookie_is_there_again_has_a_code_that_is_used(provider: Provider) -> None:
    async with world_of(provider).client(base=ADDRESS) as client:
        start = await client.get("/login")
        pending = dict(client.cookies)
        async with httpx.AsyncClient() as browser:
            back = (await browser.get(start.headers["location"])).headers["location"]
        first = await client.get(back)
        client.cookies.clear()
        client.cookies.update(pending)
        assert (first.status_code, (await client.get(back)).status_code) == (303, 403)
        assert SESSION not in client.cookies


async def test_an_audience_of_several_with_us_in_it_and_as_its_party_is_ours(provider: Provider) -> None:
    provider.claims = {"aud": [CLIENT, "another-client"], "azp": CLIENT}
    async with world_of(provider).client(base=ADDRESS) as client:
        assert (await come_back(client)).status_code == 303


async def test_a_session_from_before_the_login_is_replaced(provider: Provider) -> None:
    async with world_of(provider).client(base=ADDRESS) as client:
        client.cookies.set(SESSION, "planted", domain="vitals.example", path="/")
        assert (await client.get("/team")).status_code == 401
        await come_back(client)
        one = client.cookies[SESSION]
        await come_back(client)
        assert client.cookies[SESSION] not in ("planted", one)


async def test_a_cookie_that_was_changed_or_made_for_something_else_lets_nobody_in(provider: Provider) -> None:
    world = world_of(provider)
    async with world.client(base=ADDRESS) as client:
        await come_back(client)
        whole = client.cookies[SESSION]
    seal = Seal(Secret(SECRET))
    session = b'{"id":"x","login":"ann","name":"Ann","role":"admin","owner":""}'
    forged = [
        whole[:-2] + ("AA" if whole[-2:] != "AA" else "BB"),
        whole[: len(whole) // 2],
        seal.close("login", session),
        Seal(Secret("z" * 40)).close("session", session),
        seal.close("session", session.replace(b'"admin"', b'"owner"')),
        "é",
    ]
    assert "ann@example.com" not in whole
    for value in forged:
        async with world.client(base=ADDRESS) as client:
            answer = await client.get("/team", headers=[(b"cookie", f"{SESSION}={value}".encode())])
            assert answer.status_code == 401, value


def test_a_seal_opens_what_the_key_before_closed_within_its_time() -> None:
    old, new = Secret("o" * 40), Secret("n" * 40)
    text = Seal(old).close("session", b"x")
    assert Seal(new, old).open("session", text, 60) == b"x"
    assert Seal(new).open("session", text, 60) is None
    assert Seal(new, old).open("session", text, -1) is None
    assert Seal(new, old).open("login", text, 60) is None


async def test_roles_come_from_the_claim_and_somebody_without_one_stays_outside(provider: Provider) -> None:
    roles = {"role_claim": "realm_access.roles", "roles": {"cs": "csm", "ops": "admin"}, "default_role": ""}
    for given, status, role in (
        (["x", "cs"], 303, "csm"),
        (["cs", "ops"], 303, "admin"),
        (["x"], 403, ""),
        ("cs", 303, "csm"),
    ):
        provider.claims = {"realm_access": {"roles": given}}
        async with world_of(provider, **roles).client(base=ADDRESS) as client:
            assert (await come_back(client)).status_code == status
            if role:
                assert f'<span class="q">{role}</span>' in (await client.get("/team")).text


async def test_what_the_id_token_lacks_is_asked_for_of_the_same_person_alone(provider: Provider) -> None:
    provider.claims = {"email": None, "email_verified": None}
    for subject, status in (("u1", 303), ("u2", 403)):
        provider.userinfo = {"sub": subject, "email": "ann@example.com"}
        async with world_of(provider).client(base=ADDRESS) as client:
            assert (await come_back(client)).status_code == status


async def test_a_provider_that_is_another_or_away_lets_nobody_in_and_comes_back(provider: Provider) -> None:
    world = world_of(provider)
    async with world.client(base=ADDRESS) as client:
        provider.is_down = True
        down = await client.get("/login")
        provider.is_down, provider.called_issuer = False, "https://other.example"
        other = await client.get("/login")
        assert (down.status_code, other.status_code) == (503, 503)
        assert "doors.oidc.issuer" in other.json()["detail"]
        provider.called_issuer = provider.issuer
        assert (await come_back(client)).status_code == 303


async def test_logging_out_ends_the_session_here_and_there_and_not_by_a_link_of_another_site(
    provider: Provider,
) -> None:
    async with world_of(provider).client(base=ADDRESS) as client:
        await come_back(client)
        assert (await client.get("/logout", headers={"sec-fetch-site": "cross-site"})).status_code == 403
        assert (await client.get("/team")).status_code == 200
        out = await client.get("/logout", headers={"sec-fetch-site": "same-origin"})
        assert out.headers["location"].startswith(f"{provider.issuer}/logout?")
        assert (await client.get("/team")).status_code == 401
        assert (await client.get("/logged-out", headers={"accept": "text/html"})).status_code == 200


async def test_logins_come_to_an_end(provider: Provider) -> None:
    async with world_of(provider).client("10.9.9.9", ADDRESS) as client:
        codes = [(await client.get("/login")).status_code for _ in range(35)]
    assert (codes[0], codes[-1]) == (303, 429)


async def test_no_secret_of_a_login_is_in_the_log(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    """At the level DEBUG, with what `dashboard.process` makes quiet."""
    from dashboard.process import TALKATIVE

    caplog.set_level(logging.DEBUG)
    for name in TALKATIVE:
        caplog.set_level(logging.WARNING, name)
    async with world_of(provider).client(base=ADDRESS) as client:
        await come_back(client)
        session = client.cookies[SESSION]
    [asked] = provider.tokens_asked
    for secret in (asked["code_verifier"], asked["code"], CLIENT_SECRET, session):
        assert secret not in caplog.text
