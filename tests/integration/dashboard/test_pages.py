"""Every page in a browser: without complaint, without violation, with hostile names, without script, by keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.integration.dashboard.conftest import Open
from tests.support.browser.axe import violations
from tests.support.browser.browser import PHONE
from tests.support.browser.stack import SEED
from vitals.local.sample_accounts import book

FIRST = book(SEED, 1)[0].account_id
PAGES = {
    "portfolio": "/",
    "accounts": "/accounts?view=all",
    "explained": f"/accounts?view=all&explain={FIRST}",
    "account": f"/accounts/{FIRST}",
    "actions": "/actions",
    "alerts": "/alerts",
    "team": "/team",
    "model": "/model",
    "sources": "/sources",
    "shares": "/shares",
    "nothing matches": "/accounts?filter=owner:is:nobody",
}


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_loads_without_complaint_and_axe_finds_no_violation(path: str, open_page: Open) -> None:
    """In light, in dark, and as wide as a phone. `open_page` holds that console and policy complain of nothing."""
    tab = open_page(path)
    page = tab.page
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("#live-words")).to_have_text("Live")
    found = {"light": violations(page)}
    page.emulate_media(color_scheme="dark")
    found["dark"] = violations(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    found["phone"] = violations(page)
    assert {look: each for look, each in found.items() if each} == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
