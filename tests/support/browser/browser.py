"""The browser, and pages that remember what went wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.support.browser.found import chromium

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none")
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1440, "height": 900}
PATIENCE_MS = 8_000
_SPIES = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
  console.error(`policy: ${violatedDirective} ${blockedURI} ${sample}`));
"""


class Opened:
    """A tab, and what its console and its requests complained of. `allow` is for what a test brings about itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("requestfailed", self._on_failed)

    def allow(self, *parts: str) -> None:
        """Forget complaints that have one of these in them."""
        self.complaints = [each for each in self.complaints if not any(part in each for part in parts)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _on_failed(self, request: Request) -> None:
        if "/live" not in request.url and "ERR_ABORTED" not in (request.failure or ""):
            self.complaints.append(f"failed: {request.url} {request.failure}")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser, which takes about a second to start. Tests share it; each has a context of its own.

    Raises:
        NoBrowser: when there is none.
    """
    with sync_playwright() as playwright:
        path = chromium(playwrights_own=playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def new_context(browser: Browser, url: str, **options: Any) -> BrowserContext:
    """A reader of their own: no cookies, no storage of another. `options` are Playwright's."""
    context = browser.new_context(
        base_url=url, **{"viewport": LAPTOP, "locale": "en-GB", "timezone_id": "America/New_York", **options}
    )
    context.add_init_script(_SPIES)
    return context
