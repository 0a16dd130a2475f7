"""The page of a report: whole, well formed, and without anything from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec

from streams.backtest.estimate import NONE
from streams.backtest.page.document import page
from streams.backtest.reading import reading
from streams.backtest.report import Report
from tests.unit.streams.backtest.reports import a_report

VOID = {"meta", "line", "circle", "rect"}


class Tags(HTMLParser):
    """Notes tags that are not closed in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)


def parsed(report: Report) -> Tags:
    tags = Tags()
    tags.feed(page(report))
    return tags


def test_every_tag_is_closed_and_each_model_has_its_plots() -> None:
    tags = parsed(a_report())
    assert (tags.open, tags.wrong) == ([], [])
    assert tags.seen.count("svg") == 1 + 3 * 2
    assert tags.seen.count("title") == tags.seen.count("desc") + 1 == 8


def test_nothing_is_fetched_and_nothing_runs() -> None:
    text = page(a_report())
    assert not re.search(r"https?:|//|src=|url\(|@import|<script|<link|\son\w+=", text)


def test_the_verdicts_come_first_and_words_from_outside_are_escaped() -> None:
    text = page(a_report("<script>evil"))
    body = text[text.index("<h1>") :]
    assert body.index("&lt;script&gt;evil") < body.index("What may be concluded")
    assert '<span class="bad">no skill</span>: noise' in body
    assert "<script" not in text
    assert "&lt;b&gt;pro" in text
    assert "(&lt;i&gt;a, b, …)" in text


def test_what_has_no_figure_has_no_plot() -> None:
    report = a_report()
    bare = [
        msgspec.structs.replace(
            model,
            lead_times=(),
            alerts=(),
            segments=(),
            horizons=tuple(msgspec.structs.replace(each, probability=None, roc_auc=NONE) for each in model.horizons),
        )
        for model in report.models
    ]
    tags = parsed(reading(msgspec.structs.replace(report, models=tuple(bare), yardsticks=(), comparisons=())))
    assert (tags.open, tags.wrong) == ([], [])
    assert "svg" not in tags.seen
