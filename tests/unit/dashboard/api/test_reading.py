"""The API, read: what it answers, and how it says no."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from urllib.parse import quote

import httpx2
import msgspec
import pytest
from starlette.testclient import TestClient

from dashboard.api.routes import document
from dashboard.doors.identity import LOCAL_PERSON
from scoring.result import ScoreSnapshot
from streams.read_model.port import ReadModelUnavailable
from tests.support.dashboard.answers import answers_of
from tests.support.dashboard.api import api_of

ANSWERS = answers_of("default", 30)
SCORED = [answer for answer in ANSWERS if answer.score is not None]


@pytest.fixture(scope="module")
def client() -> TestClient:
    return api_of(ANSWERS)[0]


def get(client: TestClient, path: str, **parameters: str | int) -> httpx2.Response:
    return client.get(f"/api/v1{path}", params=parameters)


def test_the_list_is_filtered_sorted_and_paged(client: TestClient) -> None:
    first = get(client, "/accounts", sort="score", limit=5, filter="tier:is:red").json()
    red = sorted(answer.score or 0.0 for answer in SCORED if answer.tier == "red")
    assert [row["score"] for row in first["rows"]] == red[:5]
    assert first["total"]["accounts"] == len(red)
    second = get(client, "/accounts", sort="score", limit=5, filter="tier:is:red", cursor=first["cursor"]).json()
    assert [row["score"] for row in second["rows"]] == red[5:10]


def test_the_list_as_csv_has_all_accounts_and_no_formula(client: TestClient) -> None:
    answer = get(client, "/accounts", format="csv", limit=2)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert {row["account_id"] for row in rows} == {each.account_id for each in ANSWERS}
    by_id = {row["account_id"]: row for row in rows}
    assert all(float(by_id[each.account_id]["score"]) == each.score for each in SCORED)


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({"filter": "nonsense"}, 400, "filter 'nonsense': write field:operator:value"),
        ({"filter": "nothing:is:1"}, 400, "'nothing'"),
        ({"sort": "nothing"}, 400, "'nothing'"),
        ({"cursor": "nothing"}, 400, "cursor"),
        ({"limit": "0"}, 422, "limit"),
        ({"limit": "many"}, 422, "limit"),
        ({"format": "xml"}, 422, "format"),
    ],
)
def test_what_cannot_be_asked_is_a_problem_that_names_it(
    client: TestClient, parameters: dict[str, str], status: int, words: str
) -> None:
    answer = get(client, "/accounts", **parameters)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]
    assert answer.json()["status"] == status


def test_an_unknown_account_is_not_found_whatever_is_asked_of_it(client: TestClient) -> None:
    for path in ("", "/contributions", "/history", "/timeline", "/forecast", "/decisions", "/evidence", "/notes"):
        answer = get(client, f"/accounts/nobody{path}")
        assert answer.status_code == 404, path
        assert answer.json()["detail"] == "There is no such account, or it was forgotten."


def test_an_account_is_told_in_parts_that_agree(client: TestClient) -> None:
    account_id = SCORED[0].account_id
    whole = get(client, f"/accounts/{account_id}").json()
    assert whole["row"]["score"] == SCORED[0].score
    lines = get(client, f"/accounts/{account_id}/contributions").json()
    assert lines["contributions"] == whole["contributions"]
    assert sum(round(10 * line["earned"]) for line in lines["contributions"]) == round(10 * round(lines["score"], 1))
    assert get(client, f"/accounts/{account_id}/history", weeks=4).json()["weeks"] == 4
    assert get(client, f"/accounts/{account_id}/history", weeks=5).status_code == 422
    assert get(client, f"/accounts/{account_id}/counterfactual").json()["needs"] == whole["needs"]
    assert get(client, f"/accounts/{account_id}/transitions").json() == []


def test_what_did_not_change_is_not_sent_again(client: TestClient) -> None:
    path = f"/api/v1/accounts/{SCORED[0].account_id}"
    first = client.get(path)
    assert first.headers["etag"].startswith('W/"')
    again = client.get(path, headers={"if-none-match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_what_if_of_the_book_and_of_an_account(client: TestClient) -> None:
    book = client.post("/api/v1/what-if", json={"weights": {"support": 90}}).json()
    assert book["accounts"] > 0
    wrong = client.post("/api/v1/what-if", json={"weights": {"nothing": 1}})
    assert (wrong.status_code, "no component 'nothing'" in wrong.json()["detail"]) == (400, True)
    troubled = next(each for each in SCORED if each.facts["tickets_30d"])
    path = f"/api/v1/accounts/{troubled.account_id}/what-if"
    one = client.post(path, json={"facts": {"tickets_30d": 9}}).json()
    assert one["score_then"] != one["score"]
    assert client.post(path, json={"facts": {"onboarding": 1}}).status_code == 400
    assert client.post(path, content="{", headers={"content-type": "application/json"}).status_code == 422


def test_the_model_comes_as_values_and_as_a_file(client: TestClient) -> None:
    assert get(client, "/model").json()["name"] == "default"
    assert get(client, "/models").json()["live"] == "default@4"
    text = get(client, "/model.toml").text
    assert 'name = "default"' in text
    changed = client.post("/api/v1/model.toml", json={"bounds": {"green": 80}}).text
    assert "green = 80" in changed


def test_the_rest_of_the_book_answers(client: TestClient) -> None:
    paths = (
        "/portfolio",
        "/segments",
        "/owners",
        "/industries",
        "/plans",
        "/totals/segment",
        "/team",
        "/actions",
        "/cases",
        "/alerts",
    )
    for path in (*paths, "/decisions", "/sources", "/columns", "/me", "/openapi.json"):
        assert get(client, path).status_code == 200, path
    assert client.get("/api/v1/cases/nothing").status_code == 404


def test_an_account_of_any_name_can_be_asked_for() -> None:
    odd = "<b>id</b> 'with' \"quotes\"/and?more#parts 🚗"
    client, _ = api_of([msgspec.structs.replace(SCORED[0], account_id=odd)])
    path = f"/api/v1/accounts/{quote(odd, safe='')}"
    assert client.get(path).json()["row"]["account_id"] == odd
    assert client.get(f"{path}/contributions").json()["account_id"] == odd


def test_who_may_not_come_in_and_who_may_not_read() -> None:
    nobody, _ = api_of(ANSWERS[:2], None)
    assert nobody.get("/api/v1/accounts").status_code == 401
    narrow, _ = api_of(ANSWERS[:2], replace(LOCAL_PERSON, scopes=frozenset()))
    refused = narrow.get("/api/v1/accounts")
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")


def test_without_redis_the_answer_says_when_to_come_back() -> None:
    client, ground = api_of(ANSWERS[:2])

    class Gone:
        async def get(self, _: str) -> ScoreSnapshot | None:
            raise ReadModelUnavailable("Redis does not answer: start it.")

        histories = movements = get_many = get

    ground.read_model = Gone()  # type: ignore[assignment]
    answer = client.get(f"/api/v1/accounts/{ANSWERS[0].account_id}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert client.get("/api/v1/accounts").status_code == 200


def test_the_document_names_every_route_with_its_errors() -> None:
    found = document()
    assert found["openapi"].startswith("3.1")
    assert len(found["paths"]) > 40
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            assert "503" in operation["responses"], (method, path)
            assert "401" in operation["responses"], (method, path)
            assert operation["summary"], (method, path)
    problem = found["components"]["schemas"]["Problem"]
    assert set(problem["properties"]) == {"type", "title", "status", "detail"}
