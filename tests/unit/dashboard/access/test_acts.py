"""Acts of people: what is sent, what is logged, who was first, and what is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from dashboard.acts.cases import CaseRequest
from dashboard.acts.done import NOT_LOGGED, NOT_SENT
from dashboard.acts.ground import wall_ms
from dashboard.acts.said import COOKIE
from dashboard.doors.identity import LOCAL_PERSON, SCOPES_OF, Person
from dashboard.queries.port import Queries
from dashboard.values.account import CaseView
from dashboard.values.listing import Row
from scoring.instants import DAY_MS
from streams.control.messages import CaseCommand, EndOverride, SetOverride
from streams.read_model.port import ReadModelUnavailable
from streams.workspace.records import Role
from tests.support.access.world import NOW_MS, World
from tests.support.page_samples import work
from tests.support.page_samples.asked import SampleQueries

JSON = {"accept": "application/json"}
CASE = work.alerts().cases[0]
OPEN = replace(CASE, brief=replace(CASE.brief, status="open", by="", assignee="", since_ms=1))


class OneCase(SampleQueries):
    """One case, as a test sets it. While `is_down`, Redis does not answer."""

    found: CaseView | None = OPEN
    is_down = False

    async def case(self, case_id: str, /) -> CaseView | None:
        self._check()
        return self.found if self.found and self.found.brief.id == case_id else None

    async def rows(self, account_ids: tuple[str, ...], /) -> tuple[Row, ...]:
        self._check()
        return () if "nobody" in account_ids else await super().rows(account_ids)

    def _check(self) -> None:
        if self.is_down:
            raise ReadModelUnavailable("Redis does not answer.")


@pytest.fixture
def queries() -> OneCase:
    return OneCase()


@pytest.fixture
def world(queries: OneCase) -> World:
    return World(queries=cast(Queries, queries))


def person(name: str, role: Role = "csm") -> Person:
    return Person(login=name.lower(), name=name, role=role, scopes=SCOPES_OF[role], door="oidc", address="10.0.0.1")


ANN, BEA, VIC = person("Ann"), person("Bea"), person("Vic", "viewer")
ACKNOWLEDGE = CaseRequest(command="acknowledge")
ID = OPEN.brief.id


# --- cases


async def test_an_act_on_a_case_is_a_command_to_the_partition_of_its_account(world: World) -> None:
    done = await world.acts.cases.act(ANN, ID, CaseRequest(command="snooze", until_ms=NOW_MS + DAY_MS, reason=" busy "))
    assert done.is_done
    [command] = world.control()
    assert command == CaseCommand(
        instant_ms=NOW_MS,
        account_id=OPEN.account_id,
        command="snooze",
        author="Ann",
        rule=OPEN.brief.rule,
        until_ms=NOW_MS + DAY_MS,
        reason="busy",
        case=ID,
    )
    [line] = world.audit()
    assert (line.person, line.act, line.target, line.outcome, line.address) == (
        "ann",
        "case_snooze",
        ID,
        "done",
        "10.0.0.1",
    )


async def test_of_two_at_once_the_second_learns_who_was_first(world: World) -> None:
    first, second = await asyncio.gather(
        world.acts.cases.act(ANN, ID, ACKNOWLEDGE), world.acts.cases.act(BEA, ID, ACKNOWLEDGE)
    )
    assert (first.outcome, second.outcome) == ("done", "already")
    assert second.words.startswith("Ann did this already: acknowledged, ")
    assert [cast(CaseCommand, each).author for each in world.control()] == ["Ann"]
    assert [(line.person, line.outcome) for line in world.audit()][-1] == ("bea", "refused")


async def test_a_second_click_does_nothing_more(world: World) -> None:
    assert (await world.acts.cases.act(ANN, ID, ACKNOWLEDGE)).is_done
    world.now_ms += 300
    again = await world.acts.cases.act(ANN, ID, ACKNOWLEDGE)
    assert (again.outcome, again.words[:8]) == ("already", "You did ")
    assert len(world.control()) == 1


async def test_a_tab_that_is_behind_is_answered_by_the_state_of_the_case(world: World, queries: OneCase) -> None:
    queries.found = replace(OPEN, brief=replace(OPEN.brief, status="acknowledged", by="Ann", since_ms=2))
    behind = await world.acts.cases.act(BEA, ID, ACKNOWLEDGE)
    assert (behind.outcome, behind.words) == ("already", f"{OPEN.account}: Ann acknowledged it already.")
    queries.found = replace(OPEN, brief=replace(OPEN.brief, status="resolved"))
    assert (await world.acts.cases.act(BEA, ID, CaseRequest(command="assign", assignee="Bea"))).outcome == "invalid"
    assert world.control() == []


async def test_once_it_is_open_again_it_can_be_acknowledged_again(world: World, queries: OneCase) -> None:
    assert (await world.acts.cases.act(ANN, ID, ACKNOWLEDGE)).is_done
    queries.found = replace(OPEN, brief=replace(OPEN.brief, since_ms=99))
    assert (await world.acts.cases.act(BEA, ID, ACKNOWLEDGE)).is_done


async def test_what_kafka_did_not_take_can_be_tried_again_by_anybody(world: World) -> None:
    world.producer.fails = {world.settings.topic("control")}
    failed = await world.acts.cases.act(ANN, ID, ACKNOWLEDGE)
    assert (failed.outcome, failed.words, failed.status) == ("failed", NOT_SENT, 503)
    world.producer.fails = set()
    assert (await world.acts.cases.act(BEA, ID, ACKNOWLEDGE)).is_done
    assert [(line.person, line.outcome) for line in world.audit()] == [
        ("ann", "done"),
        ("ann", "failed"),
        ("bea", "done"),
    ]


async def test_an_act_that_cannot_be_logged_is_not_done(world: World) -> None:
    world.producer.fails = {world.settings.topic("audit")}
    failed = await world.acts.cases.act(ANN, ID, ACKNOWLEDGE)
    assert (failed.outcome, failed.words) == ("failed", NOT_LOGGED)
    note = await world.acts.workspace.add_note(ANN, "acme", "Called.")
    assert note.outcome == "failed"
    assert world.producer.written == []
    assert world.workspace.table.notes("acme") == ()


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (CaseRequest(command="snooze", until_ms=NOW_MS - 1), "past already"),
        (CaseRequest(command="snooze", until_ms=NOW_MS + 91 * DAY_MS), "at most 90 days"),
        (CaseRequest(command="assign", assignee=" "), "to whom"),
        (CaseRequest(command="note"), "nothing to write down"),
        (CaseRequest(command="resolve", reason="x" * 501), "at most 500"),
    ],
)
async def test_a_request_that_makes_no_sense_is_not_sent(world: World, request_: CaseRequest, words: str) -> None:
    done = await world.acts.cases.act(ANN, ID, request_)
    assert (done.outcome, done.status) == ("invalid", 422)
    assert words in done.words
    assert world.producer.written == []


async def test_without_redis_or_a_case_nothing_is_sent(world: World, queries: OneCase) -> None:
    assert (await world.acts.cases.act(ANN, "another", ACKNOWLEDGE)).outcome == "unknown"
    queries.is_down = True
    for done in (
        await world.acts.cases.act(ANN, ID, ACKNOWLEDGE),
        await world.acts.overrides.end(ANN, "acme"),
        await world.acts.workspace.add_note(ANN, "acme", "Called."),
    ):
        assert (done.outcome, "Redis does not answer" in done.words) == ("failed", True)
    assert world.producer.written == []


# --- roles


async def test_somebody_who_may_only_read_does_nothing_but_for_themselves(world: World) -> None:
    world.workspace.table.version = 0
    tries = [
        await world.acts.cases.act(VIC, ID, ACKNOWLEDGE),
        await world.acts.overrides.set(VIC, "acme", 50, "why", NOW_MS + DAY_MS),
        await world.acts.workspace.add_note(VIC, "acme", "Called."),
        await world.acts.workspace.set_sentiment(VIC, "acme", "fan"),
        await world.acts.workspace.save_view(VIC, "All", "", is_shared=True),
        await world.acts.links.share(VIC, "portfolio", "", 30, redacts=True, label=""),
        await world.acts.sources.attribute(VIC, "stripe.customer", "cus_1", "acme"),
        await world.acts.sources.replay(person("Cid"), "0:1"),
        await world.acts.links.key(person("Cid"), "ci", ["read"]),
    ]
    assert {done.outcome for done in tries} == {"refused"}
    assert world.workspace.table.version == 0
    assert world.control() == []
    assert {line.outcome for line in world.audit()} == {"refused"}
    own = await world.acts.workspace.save_view(VIC, "Mine", "?sort=score", is_shared=False)
    theme = await world.acts.workspace.set_preferences(VIC, theme="dark", zone="Europe/Berlin")
    assert own.is_done
    assert theme.is_done
    assert world.workspace.table.preferences("vic").theme == "dark"


# --- what people keep


async def test_a_note_is_deleted_by_its_author_or_an_admin(world: World) -> None:
    made = [await world.acts.workspace.add_note(ANN, "acme", text) for text in ("one\r\ntwo\0", "three")]
    assert {note.text for note in world.workspace.table.notes("acme")} == {"one\ntwo", "three"}
    assert (await world.acts.workspace.delete_note(BEA, made[0].id)).outcome == "refused"
    assert (await world.acts.workspace.delete_note(ANN, made[0].id)).is_done
    assert (await world.acts.workspace.delete_note(ANN, made[0].id)).outcome == "unknown"
    assert (await world.acts.workspace.delete_note(LOCAL_PERSON, made[1].id)).is_done
    assert world.workspace.table.notes("acme") == ()


async def test_the_same_note_twice_is_one(world: World) -> None:
    outcomes = []
    for person_, account, text in (
        (ANN, "acme", "Called."),
        (ANN, "acme", "Called. "),
        (BEA, "acme", "Called."),
        (ANN, "b", "Called."),
    ):
        world.now_ms += 1
        outcomes.append((await world.acts.workspace.add_note(person_, account, text)).outcome)
    assert outcomes == ["done", "already", "done", "done"]


@pytest.mark.parametrize(
    ("account", "text", "outcome"),
    [("nobody", "x", "unknown"), ("acme", " ", "invalid"), ("acme", "x" * 4_001, "invalid")],
)
async def test_a_note_that_cannot_be_is_not_kept(world: World, account: str, text: str, outcome: str) -> None:
    assert (await world.acts.workspace.add_note(ANN, account, text)).outcome == outcome
    assert world.producer.written == []


async def test_a_view_of_somebody_else_is_not_there(world: World) -> None:
    mine = await world.acts.workspace.save_view(ANN, "Mine", "sort=score", is_shared=False)
    for done in (
        await world.acts.workspace.save_view(BEA, "Hers", "", is_shared=False, view_id=mine.id),
        await world.acts.workspace.delete_view(BEA, mine.id),
        await world.acts.workspace.delete_view(LOCAL_PERSON, mine.id),
    ):
        assert done.outcome == "unknown"
    renamed = await world.acts.workspace.save_view(ANN, "Ours", "sort=mrr", is_shared=True, view_id=mine.id)
    assert renamed.id == mine.id
    assert [view.name for view in world.workspace.table.views("bea")] == ["Ours"]
    assert (await world.acts.workspace.delete_view(BEA, mine.id)).is_done


async def test_a_sentiment_is_one_of_five_and_can_be_taken_back(world: World) -> None:
    assert (await world.acts.workspace.set_sentiment(ANN, "acme", "meh")).outcome == "invalid"
    assert (await world.acts.workspace.set_sentiment(ANN, "acme", "uneasy", "slow answers")).is_done
    found = world.workspace.table.sentiment("acme")
    assert found is not None
    assert (found.level, found.author, found.reason) == ("uneasy", "Ann", "slow answers")
    assert (await world.acts.workspace.set_sentiment(BEA, "acme", "")).is_done
    assert world.workspace.table.sentiment("acme") is None


async def test_an_override_is_set_and_ended(world: World) -> None:
    assert (await world.acts.overrides.set(ANN, "acme", 120, "why", NOW_MS + DAY_MS)).outcome == "invalid"
    assert (await world.acts.overrides.set(ANN, "acme", 40, "", NOW_MS + DAY_MS)).outcome == "invalid"
    done = await world.acts.overrides.set(ANN, "acme", 40, "they called", NOW_MS + DAY_MS)
    assert done.words == "The score is set to 40 until 19 November 11:06 UTC."
    assert (await world.acts.overrides.end(BEA, "acme")).is_done
    assert [type(each) for each in world.control()] == [SetOverride, EndOverride]
    assert [line.detail for line in world.audit()] == ["40 until 19 November 11:06 UTC: they called", ""]


# --- forms


async def test_a_form_leads_back_to_its_page_with_words_that_no_address_holds(world: World) -> None:
    async with world.client() as client:
        answer = await client.post("/acts/notes", data={"account": "acme", "text": "x", "back": "/accounts?q=a"})
        away = await client.post("/acts/notes", data={"account": "acme", "text": "y", "back": "https://evil.example"})
        part = await client.post("/acts/notes", data={"account": "acme", "text": ""}, headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/accounts?q=a")
    assert COOKIE in answer.cookies
    assert away.headers["location"] == "/"
    assert part.status_code == 422
    assert 'role="status"' in part.text


@pytest.mark.parametrize(
    ("path", "fields", "command"),
    [
        (f"/acts/cases/{ID}/acknowledge", {}, "acknowledge"),
        (f"/acts/cases/{ID}/snooze", {"days": "7"}, "snooze"),
        (f"/acts/cases/{ID}/log", {"note": "Called Dana"}, "note"),
        ("/acts/snooze", {"case": ID, "hours": "24"}, "snooze"),
        ("/acts/log", {"case": ID, "action": "Called", "resolve": "on"}, "resolve"),
        ("/acts/assign", {"case": ID, "assignee": "Bea"}, "assign"),
    ],
)
async def test_each_form_of_a_case_sends_its_command(
    world: World, path: str, fields: dict[str, str], command: str
) -> None:
    world.now_ms = wall_ms()
    async with world.client() as client:
        answer = await client.post(path, data=fields, headers=JSON)
    assert answer.json()["outcome"] == "done", answer.text
    [sent] = world.control()
    assert cast(CaseCommand, sent).command == command


async def test_a_field_that_is_no_number_is_named(world: World) -> None:
    async with world.client() as client:
        for days in ("soon", "nan", "inf"):
            answer = await client.post(f"/acts/cases/{ID}/snooze", data={"days": days}, headers=JSON)
            assert (answer.status_code, answer.json()["words"]) == (422, "Days is no number: give one.")
        unknown = await client.post("/acts/explode", data={"case": ID}, headers=JSON)
    assert unknown.status_code == 422
    assert world.producer.written == []


@pytest.mark.parametrize("days", ["1e308", "-1e308", "40000"])
async def test_an_end_that_no_clock_can_write_is_refused(world: World, days: str) -> None:
    async with world.client() as client:
        fields = {"account": "acme", "score": "50", "reason": "why", "case": ID}
        for path, span in (("override", "days"), ("snooze", "hours" if days != "40000" else "days")):
            answer = await client.post(f"/acts/{path}", data={**fields, span: days}, headers=JSON)
            assert (answer.status_code, answer.json()["words"]) == (422, f"{span.capitalize()} is too much: give less.")
    assert world.producer.written == []


async def test_somebody_of_the_same_name_is_somebody_else(world: World) -> None:
    """A name is what a provider says, and people can often change it there."""
    namesake = replace(BEA, name=ANN.name)
    note = await world.acts.workspace.add_note(ANN, "acme", "Called.")
    link = await world.acts.links.share(ANN, "portfolio", "", 30, redacts=False, label="")
    assert (await world.acts.workspace.delete_note(namesake, note.id)).outcome == "refused"
    assert (await world.acts.links.end_share(namesake, link.id)).outcome == "refused"
    renamed = replace(ANN, name="Ann Lee")
    assert (await world.acts.workspace.delete_note(renamed, note.id)).is_done
    assert (await world.acts.links.end_share(renamed, link.id)).is_done
