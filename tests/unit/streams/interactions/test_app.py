"""The endpoints over HTTP: what is acted on, what is answered, and what is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from alerts.case_action import ref_of
from alerts.case_links import CaseTokens
from scoring.instants import DAY_MS
from scoring.result import ScoreSnapshot
from streams.control.messages import CaseCommand
from streams.interactions.acting import Acting
from streams.interactions.app import Interactions
from streams.interactions.first_actors import LocalFirstActors
from streams.operations.interactions_metrics import InteractionsMetrics
from tests.builders import an_alert_step
from tests.support.slack.signed import ANSWER_URL, SIGNING_SECRET, click_body, signed
from tests.unit.streams.interactions.fakes import InMemoryCommandLog

NOW = 1_795_255_260.5
AT = int(NOW)
KEY = "0123456789abcdef"
STEP = an_alert_step()


class World:
    """The application, and all that it did."""

    def __init__(self, *, secrets: tuple[str, ...] = (SIGNING_SECRET,), has_links: bool = True) -> None:
        self.log = InMemoryCommandLog()
        self.told: list[tuple[str, str]] = []
        self.tokens = CaseTokens([KEY])
        self.metrics = InteractionsMetrics()
        interactions = Interactions(
            Acting(self.log, LocalFirstActors()),
            self.metrics,
            secrets=secrets,
            tokens=self.tokens if has_links else None,
            tell=self.tell,
            look=self.look,
            now=lambda: NOW,
        )
        transport = httpx.ASGITransport(interactions.application())
        self.client = httpx.AsyncClient(transport=transport, base_url="https://vitals.example")

    async def tell(self, url: str, words: str) -> None:
        self.told.append((url, words))

    async def look(self, account_id: str) -> ScoreSnapshot | None:
        return None

    async def click(self, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        given = signed(body, NOW) if headers is None else headers
        return await self.client.post("/slack/interactivity", content=body, headers=given)

    @property
    def link(self) -> str:
        return f"/cases/{self.tokens.token(ref_of(STEP), AT * 1_000 + DAY_MS)}"

    def counted(self, kind: str) -> dict[str, float]:
        return {
            sample.labels["outcome"]: sample.value
            for family in self.metrics.registry.collect()
            for sample in family.samples
            if sample.name == "vitals_interactions_total" and sample.labels["kind"] == kind
        }


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    async with made.client:
        yield made


async def test_a_click_is_a_command_by_its_person_at_its_own_time(world: World) -> None:
    answer = await world.click(click_body(STEP, "snooze_7d"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert world.log.sent == [
        CaseCommand(
            instant_ms=AT * 1_000,
            account_id="acme",
            command="snooze",
            author="ann (U024BE7LH)",
            rule="tier",
            until_ms=AT * 1_000 + 7 * DAY_MS,
            case="c0ffee",
        )
    ]
    assert world.counted("slack") == {"acted": 1.0}


async def test_a_replay_is_the_same_command(world: World) -> None:
    body = click_body(STEP)
    headers = signed(body, NOW - 200)
    for _ in range(3):
        assert (await world.click(body, headers)).status_code == 200
    assert len(set(map(repr, world.log.sent))) == 1


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({}, "unsigned"),
        (signed(click_body(STEP), NOW - 301), "old"),
        (signed(click_body(STEP), NOW + 302), "old"),
        (signed(click_body(STEP), NOW, "another"), "forged"),
        (signed(click_body(STEP, name="eve"), NOW), "forged"),
    ],
)
async def test_what_is_not_slacks_of_now_is_refused_and_counted(
    world: World, headers: dict[str, str], outcome: str
) -> None:
    answer = await world.click(click_body(STEP), headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert world.log.sent == []
    assert world.counted("slack") == {outcome: 1.0}


async def test_without_a_signing_secret_nothing_is_accepted() -> None:
    world = World(secrets=())
    async with world.client:
        assert (await world.click(click_body(STEP))).status_code == 401


async def test_a_click_on_a_link_is_no_concern_of_ours(world: World) -> None:
    body = click_body(STEP, actions=[{"action_id": "open_page"}])
    assert (await world.click(body)).status_code == 200
    assert world.counted("slack") == {"ignored": 1.0}


@pytest.mark.parametrize("body", [b"payload=%7B", click_body(STEP, actions=[{"action_id": "resolve"}])])
async def test_a_signed_request_that_makes_no_sense_is_malformed(world: World, body: bytes) -> None:
    assert (await world.click(body)).status_code == 400
    assert world.counted("slack") == {"malformed": 1.0}


async def test_a_body_without_end_is_not_read(world: World) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_024

    answer = await world.client.post("/slack/interactivity", content=endless(), headers=signed(b"", NOW))
    assert answer.status_code == 413


async def test_the_second_of_two_is_told_who_was_first(world: World) -> None:
    world.log.gate = asyncio.Event()
    both = asyncio.gather(
        world.click(click_body(STEP)), world.click(click_body(STEP, user="U0BOB00", name="bo", answer_url="https://b"))
    )
    await asyncio.sleep(0.05)
    world.log.gate.set()
    assert [answer.status_code for answer in await both] == [200, 200]
    assert [command.author for command in world.log.sent] == ["ann (U024BE7LH)"]
    assert world.told == [("https://b", "acme: ann was first: acknowledged, 21 November 10:01 UTC.")]
    assert world.counted("slack") == {"acted": 1.0, "second": 1.0}


async def test_while_kafka_is_away_a_click_is_not_confirmed_and_the_person_knows(world: World) -> None:
    world.log.is_down = True
    assert (await world.click(click_body(STEP))).status_code == 503
    ((url, words),) = world.told
    assert url == ANSWER_URL
    assert "could not record this" in words
    world.log.is_down = False
    assert (await world.click(click_body(STEP, user="U0BOB00", name="bo"))).status_code == 200


async def test_looking_at_a_link_changes_nothing_however_often(world: World) -> None:
    for method in ("GET", "HEAD", "GET"):
        answer = await world.client.request(method, world.link)
        assert answer.status_code == 200
    assert world.log.sent == []
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"


async def test_the_form_acts_and_leads_back_to_the_page(world: World) -> None:
    answer = await world.client.post(world.link, data={"action": "acknowledge", "name": " Ann "})
    assert answer.status_code == 303
    assert [(sent.command, sent.author, sent.rule) for sent in world.log.sent] == [
        ("acknowledge", "Ann (link)", "tier")
    ]
    back = await world.client.get(answer.headers["location"])
    assert "Recorded: acknowledged." in back.text
    assert "<form" not in back.text
    assert world.counted("link") == {"acted": 1.0, "shown": 1.0}


@pytest.mark.parametrize(
    "form", [{}, {"action": "acknowledge"}, {"action": "acknowledge", "name": "  "}, {"name": "An"}]
)
async def test_a_form_without_a_name_or_an_action_does_nothing(world: World, form: dict[str, str]) -> None:
    answer = await world.client.post(world.link, data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert world.log.sent == []


async def test_the_second_on_a_page_is_told_who_was_first(world: World) -> None:
    await world.click(click_body(STEP))
    answer = await world.client.post(world.link, data={"action": "acknowledge", "name": "Bo"})
    assert answer.status_code == 409
    assert "ann was first: acknowledged, 21 November 10:01 UTC." in answer.text
    assert len(world.log.sent) == 1


async def test_while_kafka_is_away_the_form_stays(world: World) -> None:
    world.log.is_down = True
    answer = await world.client.post(world.link, data={"action": "resolve", "name": "Ann"})
    assert answer.status_code == 503
    assert "could not record this" in answer.text
    assert 'value="Ann"' in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_is_forged_or_expired_leads_to_no_case(world: World, method: str) -> None:
    expired = f"/cases/{world.tokens.token(ref_of(STEP), AT * 1_000)}"
    forged = f"/cases/{CaseTokens(['fedcba9876543210']).token(ref_of(STEP), AT * 2_000)}"
    for link in (expired, forged, "/cases/x", "/cases/%00"):
        form: Any = {"action": "acknowledge", "name": "Eve"} if method == "POST" else None
        answer = await world.client.request(method, link, data=form)
        assert answer.status_code == 404
        assert "This link cannot be used" in answer.text
    assert world.log.sent == []
    assert world.counted("link") == {"bad_token": 4.0}


async def test_without_a_key_there_are_no_links() -> None:
    world = World(has_links=False)
    async with world.client:
        assert (await world.client.get(world.link)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/slack/interactivity", 405), ("PUT", "/cases/x", 405), ("GET", "/metrics", 404)],
)
async def test_nothing_else_is_served(world: World, method: str, path: str, status: int) -> None:
    assert (await world.client.request(method, path)).status_code == status


async def test_a_name_that_is_markup_stays_text(world: World) -> None:
    answer = await world.client.post(world.link, data={"action": "x", "name": '"><script>alert(1)</script>'})
    assert "<script" not in answer.text
