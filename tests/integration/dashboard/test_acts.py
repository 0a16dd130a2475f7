"""What people do on the pages: cases, overrides, notes, share links; by mouse, by keys, in two tabs, without script."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, BrowserContext, expect

from dashboard.live.keys import row_key
from dashboard.wording.keys import account_path
from tests.integration.dashboard.conftest import Open
from tests.support.browser.browser import Opened, new_context
from tests.support.browser.stack import HOSTILE, SEED, DashboardStack
from vitals.local.sample_accounts import book

SILENT, STORM, _, _, DECLINING = (account.account_id for account in book(SEED, 5))
SOON = 20_000


def test_the_daily_round_by_keys_alone(open_page: Open) -> None:
    """Open, find the worst by MRR at risk, read why, acknowledge, snooze: no pointer, no reload by hand."""
    page = open_page("/").page
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(re.compile(r"/accounts"))
    expect(page.locator("#live-words")).to_have_text("Live")
    page.keyboard.press("j")
    worst = page.locator("[data-selected]")
    expect(worst).to_have_attribute("data-account", DECLINING)
    page.keyboard.press("e")
    explained = page.locator(f"#ex-{row_key(DECLINING)}")
    expect(explained).to_contain_text("Costs most")
    expect(explained).to_be_in_viewport()
    if page.locator("[data-selected]").count() == 0:
        page.keyboard.press("j")
    page.keyboard.press("a")
    expect(explained).to_contain_text("acknowledged", timeout=SOON)
    page.locator(f"#n-{row_key(DECLINING)}").focus()
    page.keyboard.press("z")
    expect(explained).to_contain_text("snoozed", timeout=SOON)


def test_two_tabs_acknowledge_one_case_and_both_see_that_it_is(reader: BrowserContext, open_page: Open) -> None:
    path = f"/accounts/{SILENT}"
    one, other = open_page(path).page, open_page(path).page
    first, second = (page.locator("#cases [data-key=a]").first for page in (one, other))
    expect(first).to_be_visible()
    first.click()
    expect(one.locator("#cases")).to_contain_text("acknowledged", timeout=SOON)
    if second.count():
        second.click()
    expect(other.locator("#cases")).to_contain_text("acknowledged", timeout=SOON)


def test_an_override_stands_until_it_is_ended(open_page: Open) -> None:
    page = open_page(f"/accounts/{STORM}").page
    page.locator("#open-override").click()
    page.locator("#override-score").fill("12.5")
    page.locator("#override-reason").fill("Their champion <left>")
    page.locator("#override button[type=submit].p").click()
    by_hand = page.locator("#by-hand")
    expect(by_hand).to_contain_text("12.5", timeout=SOON)
    expect(by_hand).to_contain_text("Their champion <left>")
    page.locator("#end-override").click()
    expect(page.locator("#by-hand")).to_have_count(0, timeout=SOON)


def test_a_note_and_how_it_feels_are_kept(open_page: Open) -> None:
    page = open_page(f"/accounts/{STORM}").page
    page.keyboard.press("n")
    page.keyboard.type("<b>Wants</b> the row limit lifted")
    page.locator("#notes button[type=submit]").last.click()
    expect(page.locator("#notes")).to_contain_text("<b>Wants</b> the row limit lifted", timeout=SOON)
    page.locator("#feels-uneasy").click()
    expect(page.locator("#feels-uneasy")).to_have_attribute("aria-pressed", "true", timeout=SOON)


def test_a_share_link_opens_in_a_private_window_until_it_is_revoked(
    browser: Browser, open_page: Open, stack: DashboardStack
) -> None:
    page = open_page("/shares").page
    page.locator("#s-label").fill("For the board")
    page.locator("form[action='/shares'] button[type=submit]").click()
    link = page.locator("#secret").input_value()
    private = new_context(browser, stack.url)
    try:
        seen = private.new_page()
        answer = seen.goto(link)
        assert answer is not None
        assert answer.ok
        assert "no-store" in answer.headers["cache-control"]
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "Alderwick" not in seen.content()
        page.goto("/shares")
        page.get_by_role("button", name="Revoke For the board").click()
        expect(page.locator("main")).to_contain_text("revoked", timeout=SOON)
        again = seen.goto(link)
        assert again is not None
        assert again.status == 404
        assert "at risk" not in seen.content()
    finally:
        private.close()


def test_back_returns_to_the_list_as_it_was(open_page: Open) -> None:
    page = open_page("/accounts?view=all&sort=name").page
    page.locator(f"#n-{row_key(STORM)}").click()
    page.wait_for_url(re.compile(STORM))
    page.go_back()
    page.wait_for_url(re.compile("sort=name"))
    expect(page.locator(f"#n-{row_key(STORM)}")).to_be_visible()
    expect(page.locator("#live-words")).to_have_text("Live")


def test_hostile_names_are_text_everywhere(open_page: Open) -> None:
    paths = ["/accounts?view=all", "/", "/actions", *(account_path(account_id) for account_id in HOSTILE)]
    for path in paths:
        page = open_page(path).page
        assert page.title() != "pwned"
        assert page.locator("img").count() == 0
        assert page.locator("main script:not([type='application/json'])").count() == 0
        page.close()
    page = open_page("/accounts?view=all").page
    for account_id, name in HOSTILE.items():
        row = page.locator(f"#r-{row_key(account_id)}")
        expect(row.locator("bdi").first).to_have_text(name)
        box = row.bounding_box()
        assert box is not None
        assert box["height"] < 60


def test_pages_can_be_read_and_acted_on_without_script(browser: Browser, stack: DashboardStack) -> None:
    context = new_context(browser, stack.url, java_script_enabled=False)
    try:
        page = Opened(context.new_page()).page
        for path in ("/", "/accounts", "/actions", "/alerts", "/team", "/model", "/sources", f"/accounts/{STORM}"):
            page.goto(path)
            expect(page.locator("h1")).to_have_count(1)
            assert len(page.locator("main").inner_text()) > 100
            expect(page.locator("#live-pause")).to_be_hidden()
        expect(page.locator("figure[data-trajectory] svg:visible")).to_have_count(1)
        page.locator("#note-text").fill("Written without script")
        page.locator("#notes button[type=submit]").last.click()
        expect(page.locator("#notes")).to_contain_text("Written without script")
    finally:
        context.close()


def test_the_trajectory_is_read_by_arrow_keys(open_page: Open) -> None:
    page = open_page(f"/accounts/{DECLINING}").page
    plot = page.locator(".plot")
    expect(plot.locator("canvas")).to_be_visible()
    plot.focus()
    page.keyboard.press("ArrowLeft")
    line = page.locator(".plot-line")
    expect(line).to_have_text(re.compile(r"\d+ [A-Z][a-z]+: \d+\.\d"))
    said = line.inner_text()
    page.keyboard.press("PageUp")
    expect(line).not_to_have_text(said)
    expect(page.locator("[data-trajectory] svg:visible")).to_have_count(0)
