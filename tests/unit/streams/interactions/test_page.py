"""The page that a signed link leads to."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.case_action import CaseRef
from scoring.result import OpenCase
from streams.interactions.page import CaseView, case_page, case_view, message_page
from tests.builders import a_snapshot

REF = CaseRef(account="acme", rule="payment_failed", case="c0ffee", step=1)
CASE = OpenCase(
    id="c0ffee",
    rule="payment_failed",
    severity="critical",
    status="acknowledged",
    opened_at="2026-11-21T10:00:00Z",
    since="2026-11-21T11:00:00Z",
    words="A payment failed on 20 November",
    by="ann (U024BE7LH)",
    playbook="https://wiki.example/payments",
)


class Elements(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_shows_how_the_case_stands_and_what_fits_it() -> None:
    view = case_view(REF, msgspec.structs.replace(a_snapshot(), cases=(CASE,)))
    page = Elements(case_page(view))
    for words in ("acme", "payment failed", "yellow, 61.2", "A payment failed on 20 November.", "Acknowledged by ann"):
        assert words in page.text
    assert [button["value"] for button in page.of("button")] == ["snooze_24h", "snooze_7d", "resolve"]
    assert page.of("a")[0]["href"] == "https://wiki.example/payments"


def test_a_case_that_is_not_open_offers_the_form_all_the_same_for_it_may_have_just_begun() -> None:
    page = Elements(case_page(case_view(REF, a_snapshot())))
    assert "not among the open cases" in page.text
    assert len(page.of("button")) == 4


def test_without_a_read_model_the_page_still_acts() -> None:
    view = case_view(REF, None)
    assert view == CaseView(account="acme", about="payment failed")
    page = Elements(case_page(view))
    assert [button["value"] for button in page.of("button")] == ["acknowledge", "snooze_24h", "snooze_7d", "resolve"]
    assert "open cases" not in page.text


def test_the_form_needs_no_script_and_says_what_is_missing_to_everybody() -> None:
    page = Elements(case_page(case_view(REF, None), fault="Fill in your name.", name="An"))
    (form,), (field,), (label,) = page.of("form"), page.of("input"), page.of("label")
    assert form == {"method": "post"}
    assert (field["id"], field["value"], field["aria-describedby"]) == (label["for"], "An", "fault")
    assert "required" in field
    assert page.of("script") == []
    assert page.of("html")[0]["lang"] == "en"


def test_what_was_done_takes_the_place_of_the_form() -> None:
    page = Elements(case_page(case_view(REF, None), note="Recorded: acknowledged."))
    assert "Recorded: acknowledged." in page.text
    assert page.of("form") == []


def test_a_playbook_that_is_no_web_address_is_not_linked() -> None:
    case = msgspec.structs.replace(CASE, playbook="javascript:alert(1)")
    assert case_view(REF, msgspec.structs.replace(a_snapshot(), cases=(case,))).playbook == ""


@pytest.mark.parametrize("status", ["resolved", "anything"])
def test_a_case_of_another_status_offers_nothing(status: str) -> None:
    case = msgspec.structs.replace(CASE, status=status)
    assert case_view(REF, msgspec.structs.replace(a_snapshot(), cases=(case,))).actions == ()


ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "p", "strong"),
    *("form", "label", "input", "div", "button", "a"),
}


@given(st.text(max_size=200), st.sampled_from(["<script>x</script>", '" onfocus="x', "'><img src=x>", "</title>"]))
def test_no_name_becomes_markup(text: str, hostile: str) -> None:
    named: Any = f"{hostile}{text}"
    ref = CaseRef(account=named, rule=named, case="c0ffee", step=1)
    case = msgspec.structs.replace(CASE, words=named, by=named, assignee=named)
    view = case_view(ref, msgspec.structs.replace(a_snapshot(), tier=named, cases=(case,)))
    for page in (case_page(view, fault=named, name=named), message_page(named, named)):
        found = Elements(page)
        assert {tag for tag, _ in found.tags} <= ALLOWED
        assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)
