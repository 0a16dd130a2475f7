"""A row that the stream sends is the row that the page has."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from dashboard.pages.lists.addresses import Address
from dashboard.pages.lists.columns import shown_columns
from dashboard.pages.lists.live_rows import live_address, view_maker
from dashboard.pages.lists.sheet import Sheet, row_html
from dashboard.values.listing import Column, ListRequest, Row
from dashboard.wording.look import Look

COLUMNS = (
    Column(name="name", label="Account", kind="text", is_default=True),
    Column(name="score", label="Score", kind="score", is_default=True),
    Column(name="at_risk", label="At risk", kind="money", is_default=True),
    Column(name="nps", label="NPS", kind="number"),
)
ROW = Row(account_id="<b>acme", name="<script>", score=61.24, tier="yellow", as_of_ms=0, version="7", at_risk=900.0)


def sheet() -> Sheet:
    look = Look(now_ms=1_790_000_000_000, zone=ZoneInfo("Europe/Berlin"), currency="EUR")
    address = Address(
        view="daily",
        base=ListRequest(),
        request=ListRequest(sort="score", is_descending=False, group=True, search="a&b"),
        columns=("score", "at_risk"),
        explain="<b>acme",
    )
    return Sheet(look=look, columns=shown_columns(COLUMNS, ("score", "at_risk"), ()), address=address, most_at_risk=2e3)


def test_it_is_the_same_to_the_letter() -> None:
    page = sheet()
    view = parse_qs(urlsplit(live_address(page)).query)["view"][0]
    sent = view_maker(lambda: COLUMNS)(view)(ROW)
    assert sent == row_html(page, ROW)
    assert "€900" in sent
    assert "<script>" not in sent


@pytest.mark.parametrize("view", ["", "{}", "[1]", '{"request":{"limit":"x"},"shown":[],"tiers":[]}', "\x00"])
def test_what_no_page_wrote_is_no_view(view: str) -> None:
    with pytest.raises(ValueError, match="not the view"):
        view_maker(lambda: COLUMNS)(view)
