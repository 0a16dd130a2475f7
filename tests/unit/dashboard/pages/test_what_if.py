"""The what-if of the model page: its address, its numbers, and the part that is swapped in place."""

from __future__ import annotations

from dashboard.pages.parts.what_if_form import form_of
from dashboard.values.model import WhatIfRequest
from tests.support.page_samples.asked import SampleQueries, sample_queries
from tests.support.page_samples.machinery import least_model, model
from tests.support.page_samples.reading import Read
from tests.support.page_samples.serving import pages


def test_only_numbers_that_were_turned_are_asked_for() -> None:
    form = form_of(model(), {"w.trend": "25", "w.usage": "25", "b.green": "71", "w.nobody": "3"})
    assert form.request == WhatIfRequest(weights={"trend": 25.0}, bounds={"green": 71.0})
    assert form.query == "w.trend=25&b.green=71"


def test_a_number_that_cannot_be_used_is_named_and_left_alone() -> None:
    form = form_of(model(), {"w.trend": "-1", "b.green": "nan", "w.usage": "1e9"})
    assert not form.is_turned
    assert [fault.partition(":")[0] for fault in form.faults] == ["Usage", "Trend", "Green from"]


def test_shares_are_of_the_numbers_in_the_form() -> None:
    form = form_of(model(), {"w.trend": "0"})
    assert form.total == 85
    assert sum(knob.share or 0.0 for knob in form.weights) == 1.0


def test_a_model_without_components_has_an_empty_form() -> None:
    assert form_of(least_model(), {"w.trend": "3"}).request == WhatIfRequest()


def test_the_part_that_is_swapped_has_each_number_beside_its_input() -> None:
    with pages() as client:
        answer = client.get("/model/what-if?w.trend=25")
    read = Read(answer.text)
    assert read.faults == []
    assert 'id="results"' in answer.text
    assert "<html" not in answer.text
    assert answer.text.count("hx-swap-oob") == 8 + 8 + 2 + 2
    assert "148 accounts re-scored in 0.21 s; nothing is saved." in read.words


def test_a_what_if_works_without_script_and_can_be_linked_to() -> None:
    asked = SampleQueries()
    with pages(asked) as client:  # type: ignore[arg-type]
        read = Read(client.get("/model?w.trend=25&b.green=71").text)
    assert WhatIfRequest(weights={"trend": 25.0}, bounds={"green": 71.0}) in asked.asked
    assert "/model.toml?w.trend=25&b.green=71" in read.links
    assert "Who would change tier" in read.words


def test_the_model_is_downloaded_with_the_numbers_of_the_address() -> None:
    with pages(sample_queries()) as client:
        answer = client.get("/model.toml?w.trend=25")
    assert answer.headers["content-type"].startswith("application/toml")
    assert answer.headers["content-disposition"] == 'attachment; filename="default.toml"'
