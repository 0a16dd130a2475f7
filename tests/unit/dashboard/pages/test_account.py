"""One account without a script: whole, bare, printed, with hostile words; its columns add up."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from dashboard.doors.identity import SCOPES_OF, Person
from tests.support.page_samples.accounts import HOSTILE, least_row, row
from tests.support.page_samples.listed import list_queries
from tests.support.page_samples.reading import Read
from tests.support.page_samples.serving import pages

VIEWER = Person(login="jonas", name="Jonas", role="viewer", scopes=SCOPES_OF["viewer"], door="oidc", csrf="c")
ODD_ID = "a/b ?c#<d>"
OURS = ("How it feels", "Notes", "Elsewhere", "Decisions", "Other models")


@pytest.fixture
def client() -> TestClient:
    given = [row(1, name=HOSTILE), row(2, name="Second"), row(3, name="Third"), least_row()]
    return pages(list_queries(given)[1])


@pytest.mark.parametrize(
    "query",
    [
        *("", "weeks=4", "weeks=12", "weeks=52", "weeks=9", "print=1"),
        *("events=moved", "events=alerts", "events=people", "events=x"),
        *("from=view%3Ddaily", "from=filter%3Dnonsense:is:1"),
    ],
)
@pytest.mark.parametrize("account", ["acct-1", "bare-9"])
def test_the_page_is_well_formed_escaped_and_has_one_heading(account: str, query: str, client: TestClient) -> None:
    answer = client.get(f"/accounts/{account}?{query}")
    assert answer.status_code == 200
    read = Read(answer.text)
    assert read.faults == []
    assert read.names["h1"] == 1
    assert read.names["table"] == read.names["caption"]
    assert "<script>alert" not in answer.text
    assert "None" not in read.words.split()


def test_the_columns_of_the_waterfall_add_up(client: TestClient) -> None:
    def number(text: str) -> float:
        return float(text.split(" of")[0].replace("−", "-").replace("+", "") or 0)

    lines = Read(client.get("/accounts/acct-1").text).rows
    at = next(place for place, cells in enumerate(lines) if cells[0] == "Possible")
    end = next(place for place, cells in enumerate(lines) if cells[0] == "Score")
    parts, score = lines[at + 1 : end], lines[end]
    assert round(100 + sum(number(cells[3]) for cells in parts), 1) == number(score[3]) == 57.9
    assert round(sum(number(cells[4]) for cells in parts), 1) == number(score[4])
    assert round(sum(number(cells[5]) for cells in parts), 1) == number(score[5]) == -16.2


def test_the_page_answers_why_what_happened_and_what_next(client: TestClient) -> None:
    words = Read(client.get("/accounts/acct-1").text).words
    for part in (
        "Why 57.9",
        "17.1 below green, 12.9 above red",
        "Red on Sat 28 Nov 14:32 if nothing arrives",
        "What would turn it green needs +17.1",
        "What happened, and what aged out",
        "62.1 ▸ 57.9",
        "Use of features",
        "−50 %",
        "Tickets, errors, billing, milestones",
        "The model says 81.3.",
        *OURS,
    ):
        assert part in words, part


def test_what_is_only_ours_is_not_printed(client: TestClient) -> None:
    words = Read(client.get("/accounts/acct-1?print=1").text).words
    assert "Why 57.9" in words
    assert [part for part in OURS if part in words] == []
    assert "second line" not in words


def test_the_trajectory_is_drawn_and_its_data_cannot_end_its_element(client: TestClient) -> None:
    text = client.get("/accounts/acct-1").text
    assert [f"w{width}" in text for width in (358, 632, 772, 1040)] == [True] * 4
    data = re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    assert "<" not in data[1]
    assert '"weeks":8' in data[1]


def test_entries_beyond_the_latest_are_folded(client: TestClient) -> None:
    text = client.get("/accounts/acct-1?weeks=12").text
    latest, earlier = text.split('<details class="data" id="earlier">')
    assert "53 earlier ones in these 12 weeks" in Read(earlier).words
    assert ("event 69" in latest, "event 69" in earlier) == (False, True)


def test_the_neighbours_in_the_list_are_a_key_away(client: TestClient) -> None:
    read = Read(client.get("/accounts/acct-2?from=view%3Dall").text)
    assert "All accounts , 2 of 4" in read.words
    assert "/accounts/acct-3?from=view%3Dall" in read.links
    assert "/accounts/acct-1?from=view%3Dall" in read.links
    assert "/accounts?view=all" in read.links


@pytest.mark.parametrize("came_from", ["//evil.example", "javascript:alert(1)", "https://evil.example/?a=b"])
def test_the_way_back_is_a_list_of_ours(came_from: str, client: TestClient) -> None:
    read = Read(client.get(f"/accounts/acct-1?from={quote(came_from, safe='')}").text)
    assert read.faults == []
    assert all(
        link.startswith(("/", "#", "https://dashboard.stripe.com/", "https://playbooks.")) for link in read.links
    )
    assert not any(link.startswith("//") for link in read.links)


def test_an_id_of_any_letters_has_a_page() -> None:
    given = row(1, name="Odd", account_id=ODD_ID)
    client = pages(list_queries([given])[1])
    link = next(link for link in Read(client.get("/accounts?view=all").text).links if link.startswith("/accounts/"))
    assert client.get(link).status_code == 200


def test_an_unknown_account_says_so(client: TestClient) -> None:
    answer = client.get("/accounts/%3Cb%3Enobody")
    assert answer.status_code == 404
    assert Read(answer.text).faults == []
    assert "No account has the id <b>nobody" in Read(answer.text).words


def test_a_viewer_is_offered_no_act() -> None:
    text = pages(list_queries([row(1)])[1], VIEWER).get("/accounts/acct-1").text
    assert 'action="/acts/' not in text.replace('action="/acts/preferences"', "")
    assert '<dialog id="override"' not in text
