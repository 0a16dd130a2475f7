"""What happens while a page is open: numbers move, the stream ends and comes back, Redis goes and returns."""

from __future__ import annotations

import re
import socket
import time

from playwright.sync_api import BrowserContext, Page, expect

from dashboard.live.keys import row_key
from tests.integration.dashboard.conftest import Open
from tests.support.browser.browser import Opened
from tests.support.browser.stack import ACCOUNTS, SEED, DashboardStack, until
from vitals.local.sample_accounts import book

MOVED_SECONDS = 2.0
TRIES = 4
NAMES = tuple(account.account_id for account in book(SEED, ACCOUNTS))
STEADY = NAMES[3]


def score_of(page: Page, account_id: str) -> str:
    return page.locator(f"#r-{row_key(account_id)} .sc .v").inner_text()


def hurt(stack: DashboardStack, account_id: str, tickets: int = 2) -> float:
    """Tickets are opened, each of which costs points at once. The instant at which the broker had them."""
    event = {"topic": "tickets", "account_id": account_id, "event": "support_ticket_opened"}
    ids = [f"{time.time_ns()}-{number}" for number in range(tickets)]
    stack.publish(*({**event, "properties": {"ticket_id": each, "severity": "high"}} for each in ids))
    return time.monotonic()


def test_a_number_moves_within_two_seconds_without_reload(open_page: Open, stack: DashboardStack) -> None:
    """On a busy machine one event may take longer than the stream does; of some, one must be in time."""
    page = open_page("/accounts?view=all").page
    expect(page.locator("#live-words")).to_have_text("Live")
    page.evaluate("window.isTheSame = true")
    cell = page.locator(f"#r-{row_key(STEADY)} .sc .v")
    took: list[float] = []
    while len(took) < TRIES and min(took, default=MOVED_SECONDS) >= MOVED_SECONDS:
        before = score_of(page, STEADY)
        sent = hurt(stack, STEADY)
        expect(cell).not_to_have_text(before, timeout=15_000)
        took.append(time.monotonic() - sent)
    assert page.evaluate("window.isTheSame") is True
    assert page.locator(f"#r-{row_key(STEADY)} [data-changed]").count() >= 1
    assert min(took) < MOVED_SECONDS, took


def test_an_account_s_page_moves_too(open_page: Open, stack: DashboardStack) -> None:
    page = open_page(f"/accounts/{NAMES[5]}").page
    expect(page.locator("#live-words")).to_have_text("Live")
    before = page.locator("main").inner_text()
    hurt(stack, NAMES[5])
    until(lambda: page.locator("main").inner_text() != before, lambda: before[:300], 10)


def test_rows_stay_where_they_are_until_applied(open_page: Open, stack: DashboardStack) -> None:
    page = open_page("/accounts?view=all&sort=score").page
    expect(page.locator("#live-words")).to_have_text("Live")
    ids = page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.id)")
    best = page.locator("[data-row][data-tier=green]").last.get_attribute("data-account") or ""
    page.locator(f"#r-{row_key(best)}").hover()
    hurt(stack, best, 8)
    expect(page.locator("#would-move")).to_contain_text(re.compile(r"\d+ rows? would move"), timeout=15_000)
    assert page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.id)") == ids
    page.locator("#would-move button").click()
    expect(page.locator("#would-move")).to_have_count(0)
    assert page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.id)") != ids


def test_focus_and_selection_stay_while_rows_change(open_page: Open, stack: DashboardStack) -> None:
    page = open_page("/accounts?view=all").page
    expect(page.locator("#live-words")).to_have_text("Live")
    for _ in range(4):
        page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.id")
    account = page.locator("[data-selected]").get_attribute("data-account") or ""
    before = page.locator("[data-selected]").get_attribute("data-version")
    hurt(stack, account)
    expect(page.locator("[data-selected]")).not_to_have_attribute("data-version", before or "", timeout=10_000)
    assert page.evaluate("document.activeElement.id") == focused != ""


def test_pause_stops_the_numbers_and_resume_brings_them(open_page: Open, stack: DashboardStack) -> None:
    page = open_page("/accounts?view=all").page
    expect(page.locator("#live-words")).to_have_text("Live")
    page.locator("#live-pause").click()
    expect(page.locator("#live-words")).to_have_text("Paused")
    expect(page.locator("#live-pause")).to_have_attribute("aria-pressed", "true")
    before = score_of(page, NAMES[6])
    hurt(stack, NAMES[6])
    page.wait_for_timeout(2_000)
    assert score_of(page, NAMES[6]) == before
    page.keyboard.press(".")
    expect(page.locator(f"#r-{row_key(NAMES[6])} .sc .v")).not_to_have_text(before)


def test_redis_gone_is_said_data_stays_and_it_recovers(open_page: Open, stack: DashboardStack) -> None:
    tab = open_page("/accounts?view=all")
    page = tab.page
    expect(page.locator("#live-words")).to_have_text("Live")
    rows = page.locator("[data-row]").count()
    with stack.without_redis():
        expect(page.locator("#live-banner")).to_contain_text("Redis does not answer", timeout=20_000)
        expect(page.locator("#live-words")).to_have_text("Not live")
        assert page.locator("[data-row]").count() == rows
        assert "at risk" in stack.get("/accounts?view=all").text
    expect(page.locator("#live-banner")).to_have_count(0, timeout=20_000)
    expect(page.locator("#live-words")).to_have_text("Live")
    before = score_of(page, NAMES[5])
    hurt(stack, NAMES[5])
    expect(page.locator(f"#r-{row_key(NAMES[5])} .sc .v")).not_to_have_text(before, timeout=20_000)


def test_eight_tabs_of_one_browser_do_not_hang(reader: BrowserContext, open_page: Open) -> None:
    """A browser has six connections to a host; hidden tabs give theirs back."""
    tabs: list[Opened] = []
    for _ in range(8):
        if tabs:
            hide(tabs[-1].page)
        tabs.append(open_page("/accounts?view=all"))
        expect(tabs[-1].page.locator("#live-words")).to_have_text("Live")
    began = time.monotonic()
    tabs[-1].page.goto("/model")
    assert time.monotonic() - began < 3
    assert [tab.page.locator("#live-stream").count() for tab in tabs[:-1]] == [0] * 7


def hide(page: Page) -> None:
    """As when another tab comes to the front, which headless Chromium does not say."""
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )


def try_no_more(page: Page) -> None:
    """Let the page connect no more by itself: else it may be quicker than the button."""
    page.evaluate(
        """() => {
          const last = setTimeout(() => {});
          for (let each = 0; each <= last; each++) clearTimeout(each);
          window.setTimeout = () => 0;
        }"""
    )


def test_a_dashboard_that_is_gone_is_said_and_found_again(open_page: Open, stack: DashboardStack) -> None:
    tab = open_page("/accounts?view=all")
    page = tab.page
    expect(page.locator("#live-words")).to_have_text("Live")
    stack.kill_dashboard()
    expect(page.locator("#live-banner")).to_contain_text("connection to the dashboard is lost", timeout=15_000)
    assert page.locator("[data-row]").count() > 5
    try_no_more(page)
    stack.start_dashboard()
    page.locator("#live-banner button").click()
    expect(page.locator("#live-words")).to_have_text("Live", timeout=15_000)
    expect(page.locator("#live-banner")).to_have_count(0)
    tab.allow("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE", "htmx:", "network error", "Failed to fetch")


def test_a_reader_that_reads_nothing_stops_nobody_else(open_page: Open, stack: DashboardStack) -> None:
    page = open_page("/accounts?view=all").page
    expect(page.locator("#live-words")).to_have_text("Live")
    stalled = [socket.create_connection(("127.0.0.1", stack.settings.dashboard_port)) for _ in range(20)]
    try:
        for each in stalled:
            each.sendall(b"GET /live?page=portfolio HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        before = score_of(page, NAMES[1])
        hurt(stack, NAMES[1])
        expect(page.locator(f"#r-{row_key(NAMES[1])} .sc .v")).not_to_have_text(before)
    finally:
        for each in stalled:
            each.close()
