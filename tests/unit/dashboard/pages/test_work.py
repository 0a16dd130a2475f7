"""Actions, alerts and sources: parts of the queue, what comes next, and forms that say what they do."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.pages.parts.case_words import is_overdue, is_soon, next_words, state_words
from dashboard.wording.look import Look
from tests.support.page_samples.accounts import HOUR_MS, NOW_MS, brief
from tests.support.page_samples.asked import SampleQueries
from tests.support.page_samples.reading import Read
from tests.support.page_samples.serving import pages

LOOK = Look(now_ms=NOW_MS)


@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("open", ["Halverson Freight", "Quillstone Games", "Rookwood Optics"]),
        ("mine", ["Halverson Freight"]),
        ("overdue", ["Rookwood Optics"]),
        ("snoozed", ["Driftmoor Robotics"]),
        ("opportunities", ["Northwick Energy"]),
    ],
)
def test_each_part_of_the_queue_has_its_own(view: str, names: list[str]) -> None:
    with pages() as client:
        words = Read(client.get(f"/actions?view={view}").text).words
    every = {"Halverson Freight", "Quillstone Games", "Rookwood Optics", "Driftmoor Robotics", "Northwick Energy"}
    head = words.partition("Place")[2]
    expected = {*names, "Northwick Energy"} if view == "open" else {*names}
    assert {name for name in every if name in head} == expected


@pytest.mark.parametrize(
    ("about", "state", "coming"),
    [
        ({"status": "open"}, "open 2 d 4 h", "escalates Fri 27 Nov 08:32"),
        ({"status": "open", "until_ms": NOW_MS - HOUR_MS}, "open 2 d 4 h", "was due Thu 26 Nov 13:32"),
        ({"status": "open", "until_ms": 0, "by": ""}, "open 2 d 4 h", ""),
        ({"status": "acknowledged"}, "acknowledged 1 d 4 h", "by Ines Carvalho"),
        ({"status": "escalated"}, "escalated 1 d 4 h", "nobody has acted"),
        ({"status": "snoozed"}, "snoozed to Fri 27 Nov 08:32", "by Ines Carvalho"),
        ({"status": "resolved", "by": ""}, "resolved Wed 25 Nov 10:32", ""),
    ],
)
def test_a_case_says_where_it_stands_and_what_comes_next(about: dict[str, Any], state: str, coming: str) -> None:
    found = brief(**about)
    assert (state_words(found, LOOK), next_words(found, LOOK)) == (state, coming)


def test_what_is_due_within_a_day_is_soon() -> None:
    late = brief(until_ms=NOW_MS)
    assert is_overdue(late, NOW_MS)
    assert not is_overdue(brief(until_ms=NOW_MS + 1), NOW_MS)
    assert is_soon(brief(until_ms=NOW_MS + 24 * HOUR_MS), NOW_MS)
    assert not is_soon(brief(until_ms=NOW_MS + 25 * HOUR_MS), NOW_MS)


def test_a_playbook_is_one_click_away() -> None:
    with pages() as client:
        links = Read(client.get("/actions").text).links
    assert "https://playbooks.example/champion-call" in links


def test_a_case_that_is_not_known_says_so_and_shows_another() -> None:
    with pages() as client:
        words = Read(client.get("/alerts?case=gone").text).words
    assert "That case is not known." in words
    assert "Halverson Freight" in words


def test_a_preview_shows_the_text_again_with_what_is_wrong() -> None:
    asked = SampleQueries()
    with pages(asked) as client:  # type: ignore[arg-type]
        read = Read(client.post("/alerts/preview", data={"rules": "[rules.red] # a fault </textarea>"}).text)
    assert "[rules.red] # a fault </textarea>" in asked.asked
    assert read.faults == []
    assert "It cannot be used." in read.words
    assert "# a fault </textarea>" in read.words


def test_a_dead_letter_and_an_id_have_the_command_that_does_the_same() -> None:
    with pages() as client:
        read = Read(client.get("/sources").text)
    assert "vitals dead-letters replay tickets-3-18203" in read.words
    assert "vitals alias set zendesk.organization org_2xKd88 ACCOUNT --reason 'seen on the dashboard'" in read.words


def test_the_address_of_a_preview_leads_to_its_form_when_it_is_opened_again() -> None:
    with pages() as client:
        answer = client.get("/alerts/preview", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?view=rules")
        assert client.get("/alerts/preview").status_code == 200


def test_the_answer_to_a_form_is_marked_so_that_nothing_fetches_its_address_again() -> None:
    with pages() as client:
        assert " data-posted" in client.post("/alerts/preview", data={"rules": "x"}).text
        assert " data-posted" not in client.get("/alerts?view=rules").text
