"""The list of accounts without a script: views, filters, a row explained, a page further, the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import cast
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from dashboard.doors.identity import SCOPES_OF, Person
from dashboard.live.keys import row_key
from dashboard.pages.lists.live_rows import view_maker
from dashboard.values.listing import ListRequest, Row
from streams.kafka.sending import Sent
from streams.workspace.records import View, key_of
from tests.support.page_samples.accounts import HOSTILE, LONG, least_row, row
from tests.support.page_samples.listed import COLUMNS, ListQueries, list_queries
from tests.support.page_samples.reading import Read
from tests.support.page_samples.serving import pages

VIEWER = Person(login="jonas", name="Jonas", role="viewer", scopes=SCOPES_OF["viewer"], door="oidc", csrf="c")
INES = Person(
    login="ines",
    name="Ines Carvalho",
    role="csm",
    scopes=SCOPES_OF["csm"],
    door="oidc",
    owner="Ines Carvalho",
    csrf="c",
)
ODD_ID = "<b>\"' /x?&#"


def rows() -> list[Row]:
    return [
        row(1, name="Halverson Freight", tier="red", score=31.4),
        row(2, name=HOSTILE, owner=HOSTILE, segment=HOSTILE, top_risk=HOSTILE, custom={"trait.region": HOSTILE}),
        row(3, name=LONG, renewal="soon <b>"),
        row(4, name="🌿 مؤسسة", tier="green", score=91.2, is_provisional=True),
        Row(account_id=ODD_ID, name=ODD_ID, score=None, tier="", as_of_ms=0, version="", standing="Cancelled"),
        least_row(),
    ]


def served(given: Sequence[Row] | None = None, **other: object) -> tuple[ListQueries, TestClient]:
    made, port = list_queries(rows() if given is None else given, **other)  # type: ignore[arg-type]
    return made, pages(port)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "view=all",
        "view=bottom",
        "view=worst",
        "view=renewals",
        "view=fell",
        "view=provisional",
        "view=all&explain=acct-2",
        "view=all&explain=nobody",
        f"view=all&columns={','.join(column.name for column in COLUMNS)}",
        "filter=owner:is:<script>&filter=mrr:at_least:x&q=<b>",
        "filter=trait.region:is:a",
    ],
)
def test_the_page_is_well_formed_escaped_and_has_one_heading(query: str) -> None:
    answer = served()[1].get(f"/accounts?{query}")
    assert answer.status_code == 200
    read = Read(answer.text)
    assert read.faults == []
    assert (read.names["h1"], read.names["table"], read.names["caption"]) == (1, 1, 1)
    assert "<script>alert" not in answer.text
    assert HOSTILE in read.words
    assert "None" not in read.words.split()


def test_a_row_says_its_score_tier_change_and_cause() -> None:
    cells = next(cells for cells in Read(served()[1].get("/accounts").text).rows if "Halverson" in "".join(cells))
    assert cells[1] == "31.4red"
    assert "−16.2" in cells
    assert "72 events of 12 Nov left the 14 days" in cells


def test_groups_have_their_sums() -> None:
    text = Read(served()[1].get("/accounts?view=all&group=tier").text).words
    assert "Red 1 account · $8,400 MRR · $5,762 at risk" in text
    assert "No score 2 accounts" in text


def test_the_bars_count_the_views_and_each_sum_is_asked_once() -> None:
    queries, client = served()
    client.get("/accounts")
    asked = len(queries.asked)
    client.get("/accounts")
    assert len(queries.asked) == asked + 1, "the counts of views are kept for some seconds"


def test_the_list_of_a_reader_is_theirs_first() -> None:
    queries, port = list_queries(rows())
    pages(port, INES).get("/accounts")
    first = next(each for each in queries.asked if each.limit > 1)
    assert [(each.field, each.value) for each in first.filters] == [("owner", "Ines Carvalho")]


def test_a_row_is_explained_in_place_with_its_costs_and_acts() -> None:
    read = Read(served()[1].get("/accounts?view=all&explain=acct-1").text)
    assert "Costs most Trend −14.4 of 15" in read.words
    assert "Red on Sat 28 Nov 14:32 if nothing arrives" in read.words
    assert "Green with 120 product events : +17.3" in read.words.replace("events: ", "events : ")
    assert read.names["details"] > 4


def test_the_cause_opens_the_explanation_and_closes_it() -> None:
    client = served()[1]
    closed, opened = (client.get(f"/accounts?view=all{tail}").text for tail in ("", "&explain=acct-1"))
    assert f'href="/accounts?view=all&amp;explain=acct-1#r-{row_key("acct-1")}"' in closed
    assert f'href="/accounts?view=all#r-{row_key("acct-1")}"' in opened


def test_the_form_leads_to_an_address_that_says_it_all() -> None:
    answer = served()[1].get("/accounts?view=daily&owner=Ines&mrr=900&field=&value=", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/accounts?view=daily&filter=owner:is:Ines&filter=mrr:at_least:900"


def test_a_filter_on_an_unknown_column_says_what_to_ask_instead() -> None:
    answer = served()[1].get("/accounts?filter=nonsense:is:1")
    assert answer.status_code == 400
    read = Read(answer.text)
    assert read.faults == []
    assert "There is no column 'nonsense': take one of name, score." in read.words
    assert "/accounts?view=all" in read.links


def test_a_filter_that_matches_nothing_names_what_to_remove() -> None:
    read = Read(served([])[1].get("/accounts?view=all&filter=owner:is:Nobody").text)
    assert "148 accounts are in the book; these conditions leave none of them" in read.words
    assert "Owner is Nobody ×" in read.words


def test_an_empty_book_says_how_accounts_come() -> None:
    assert "No account yet" in Read(served([], book=0)[1].get("/accounts").text).words


def test_a_long_list_goes_on_by_its_cursor() -> None:
    client = served(cursor="c2")[1]
    assert "/accounts?view=all&cursor=c2" in Read(client.get("/accounts?view=all").text).links
    assert "/accounts?view=all" in Read(client.get("/accounts?view=all&cursor=c2").text).links


def test_a_saved_view_is_a_tab_that_can_be_deleted() -> None:
    client = served()[1]
    kept = View(id="v1", name=HOSTILE, query="filter=mrr:at_least:900&columns=mrr", author="ines", at_ms=1)
    cast(FastAPI, client.app).state.workspace.table.put(key_of(kept), kept, Sent(0, 0))
    page = Read(client.get("/accounts?view=saved-v1").text)
    assert page.faults == []
    assert "/accounts?view=saved-v1" in page.links
    assert "MRR from $900 ×" in page.words
    assert "Delete this view" in page.words
    assert "Delete this view" not in Read(client.get("/accounts?view=all").text).words


def test_a_viewer_is_offered_no_act() -> None:
    text = pages(list_queries(rows())[1], VIEWER).get("/accounts?view=all&explain=acct-1").text
    assert "/acts/cases/" not in text


def test_nothing_is_offered_while_redis_is_gone() -> None:
    text = served(trouble="no answer")[1].get("/accounts?view=all&explain=acct-1").text
    assert "/acts/cases/" not in text
    assert "Halverson Freight" in text


def test_an_unchanged_page_costs_nothing() -> None:
    client = served()[1]
    first = client.get("/accounts")
    again = client.get("/accounts", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_is_packed_and_its_length_tells_nothing() -> None:
    client = served()[1]
    answers = [client.get("/accounts?view=all") for _ in range(12)]
    lengths = {int(answer.headers["content-length"]) for answer in answers}
    assert len({answer.text for answer in answers}) == 1
    assert len(lengths) > 1
    assert max(lengths) < len(answers[0].content) / 4
    plain = client.get("/accounts?view=all", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answers[0].text


def test_the_live_part_makes_the_row_of_the_page() -> None:
    text = served()[1].get("/accounts?view=all").text
    found = re.search(r'name="vitals-live" content="/live\?page=accounts&amp;view=([^"]+)"', text)
    assert found is not None
    render = view_maker(lambda: COLUMNS)(unquote(found[1]))
    made = str(render(rows()[0]))
    stable = re.sub(r"<time.*?</time>", "", made)
    assert stable in re.sub(r"<time.*?</time>", "", text)


# --- the file


def test_the_file_has_every_row_and_no_formula() -> None:
    given = [row(1, name="=cmd|' /C calc'!A0", owner="+1", mrr=900.5), least_row()]
    answer = served(given)[1].get("/accounts.csv?view=all&columns=owner,mrr,is_provisional,marks,last_login_ms")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert lines[0] == ["account_id", "name", "owner", "mrr", "is_provisional", "marks", "last_login_ms"]
    assert lines[1][:5] == ["acct-1", "'=cmd|' /C calc'!A0", "'+1", "900.5", "false"]
    assert lines[1][6] == "2026-11-22T14:32:07Z"
    assert lines[2] == ["bare-9", "bare-9", "", "", "false", "", ""]


def test_the_file_has_the_tier_beside_the_score() -> None:
    client = served()[1]
    for columns in ("score", "score,tier"):
        lines = list(csv.reader(io.StringIO(client.get(f"/accounts.csv?view=all&columns={columns}").text)))
        assert lines[0][1:] == ["name", "score", "tier"]
        assert lines[1][3] == "red"


def test_the_file_follows_the_cursor() -> None:
    queries, client = served(cursor="c2")
    text = client.get("/accounts.csv?view=all").text
    assert [each.cursor for each in queries.asked if each.limit == 500] == ["", "c2"]
    assert text.count("Halverson Freight") == 2


@pytest.mark.parametrize("path", ["/accounts?sort=-", "/accounts?sort=-&view=all", "/accounts.csv?sort=-"])
def test_an_order_by_nothing_is_the_usual_one(path: str) -> None:
    queries, client = served()
    assert client.get(path).status_code == 200
    assert {each.sort for each in queries.asked if each.limit > 1} == {ListRequest().sort}


def test_a_file_that_cannot_be_made_is_refused_and_not_cut_off() -> None:
    _, client = served()
    answer = client.get("/accounts.csv?filter=nope:is:1")
    assert (answer.status_code, answer.headers.get("content-disposition")) == (400, None)


@pytest.mark.parametrize("name", ["\n=1+1", "\uff1d1+1", "\r=1", "@SUM(A1)"])
def test_what_a_spreadsheet_takes_for_a_formula_is_a_text(name: str) -> None:
    text = served([row(1, name=name)])[1].get("/accounts.csv?view=all").text
    [_, line] = csv.reader(io.StringIO(text, newline=""))
    assert f"'{name}" in line
