"""One browser and one stack for each file of tests of the pages.

Not for the session: while Playwright's loop runs, no other test of the process may run a loop of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.browser.browser import Opened, new_context, running_browser
from tests.support.browser.found import NoBrowser
from tests.support.browser.stack import DashboardStack, dashboard_stack
from tests.support.kafka.broker import RunningBroker

Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def stack(broker: RunningBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DashboardStack]:
    """The dashboard, its pipeline and a small book."""
    with dashboard_stack(broker, tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; without one the tests are skipped, or fail where all of them must run."""
    try:
        with running_browser() as running:
            yield running
    except NoBrowser as error:
        if os.environ.get("VITALS_REQUIRE_KAFKA") == "1":
            pytest.fail(f"VITALS_REQUIRE_KAFKA=1, and no browser could be had: {error}", pytrace=False)
        pytest.skip(str(error))


@pytest.fixture
def reader(browser: Browser, stack: DashboardStack) -> Iterator[BrowserContext]:
    """One reader: the tabs of a context share its cookies."""
    context = new_context(browser, stack.url)
    yield context
    context.close()


@pytest.fixture
def open_page(reader: BrowserContext) -> Iterator[Open]:
    """Open a tab at a path. At the end no tab may have complained of anything that its test did not allow."""
    tabs: list[Opened] = []

    def opened(path: str, **options: Any) -> Opened:
        tab = Opened(reader.new_page())
        tabs.append(tab)
        tab.page.goto(path, **options)
        return tab

    yield opened
    assert [tab.complaints for tab in tabs if tab.complaints] == []
