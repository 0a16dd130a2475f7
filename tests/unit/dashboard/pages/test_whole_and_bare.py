"""Each page with whole values, with the least that is possible, and with nothing: well formed, escaped, with words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from dashboard.doors.identity import SCOPES_OF, Person
from tests.support.page_samples.accounts import HOSTILE
from tests.support.page_samples.asked import sample_queries
from tests.support.page_samples.reading import Read
from tests.support.page_samples.serving import pages

ADDRESSES = (
    "/",
    "/?since=1&owner=Ines+Carvalho&changes=all",
    "/actions",
    "/actions?view=mine",
    "/actions?view=overdue&owner=Tom",
    "/actions?view=opportunities",
    "/actions?view=snoozed",
    "/team",
    "/team?days=364",
    "/model",
    "/model?w.trend=25&b.green=71&w.usage=x",
    "/sources",
    "/alerts",
    "/alerts?case=case-2",
    "/alerts?case=nonsense",
    "/alerts?view=decisions",
    "/alerts?view=rules",
)
VIEWER = Person(login="jonas", name="Jonas", role="viewer", scopes=SCOPES_OF["viewer"], door="oidc", csrf="c")


@pytest.fixture(scope="module")
def whole() -> Iterator[TestClient]:
    with pages() as client:
        yield client


@pytest.fixture(scope="module")
def bare() -> Iterator[TestClient]:
    with pages(sample_queries(least=True)) as client:
        yield client


@pytest.fixture(scope="module")
def empty() -> Iterator[TestClient]:
    with pages(sample_queries(accounts=0)) as client:
        yield client


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("how", ["whole", "bare", "empty"])
def test_a_page_is_well_formed_and_has_no_inline_script_or_style(
    address: str, how: str, request: pytest.FixtureRequest
) -> None:
    client: TestClient = request.getfixturevalue(how)
    answer = client.get(address)
    assert answer.status_code == 200
    read = Read(answer.text)
    assert read.faults == []
    assert read.names["h1"] == 1
    assert "None" not in read.words.split()


@pytest.mark.parametrize("address", ["/", "/actions", "/team", "/model?w.trend=25", "/sources", "/alerts"])
def test_hostile_names_are_text(address: str, whole: TestClient) -> None:
    text = whole.get(address).text
    assert "<script>alert" not in text
    assert HOSTILE.split(" ", maxsplit=1)[0] in Read(text).words


def test_every_table_has_a_caption(whole: TestClient) -> None:
    for address in ADDRESSES:
        read = Read(whole.get(address).text)
        assert read.names["table"] == read.names["caption"], address


def test_a_viewer_is_offered_no_act() -> None:
    with pages(person=VIEWER) as client:
        for address in ("/actions", "/alerts", "/sources"):
            assert 'action="/acts/' not in client.get(address).text.replace('action="/acts/preferences"', "")


def test_nothing_is_offered_while_redis_is_gone() -> None:
    with pages(sample_queries(trouble="no answer")) as client:
        text = client.get("/actions").text
    read = Read(text)
    assert "Redis does not answer since Thu 26 Nov 14:28. These are the scores of 14:32:07 UTC" in read.words
    assert "Halverson Freight" in read.words
    assert 'action="/acts/acknowledge"' not in text


def test_a_book_that_is_being_filled_says_how_far_it_is() -> None:
    with pages(sample_queries(is_whole=False)) as client:
        assert "The book is being filled: 148 accounts are here so far." in Read(client.get("/").text).words


def test_an_empty_book_says_what_it_will_hold_and_the_command(empty: TestClient) -> None:
    words = Read(empty.get("/").text).words
    assert "No account yet" in words
    assert "vitals publish -" in words


def test_a_filter_that_matches_nothing_is_named_with_a_way_out(whole: TestClient) -> None:
    read = Read(whole.get("/?owner=Nobody&segment=Small").text)
    assert "No account whose owner is Nobody and segment is Small" in read.words
    assert "/?segment=Small" in read.links


@pytest.mark.parametrize(("address", "status"), [("/nowhere", 404), ("/?since=3", 422), ("/team?days=7", 422)])
def test_an_address_that_is_none_keeps_the_bars_of_every_page(address: str, status: int, whole: TestClient) -> None:
    answer = whole.get(address)
    read = Read(answer.text)
    assert answer.status_code == status
    assert read.faults == []
    assert {"/", "/accounts", "/sources"} <= set(read.links)


def test_who_is_not_logged_in_sees_no_page() -> None:
    with pages(person=None) as client:
        answer = client.get("/")
    assert answer.status_code == 401
    assert "Log in first" in Read(answer.text).words
    assert "/sources" not in Read(answer.text).links
