"""The list in Chromium: what its first view takes, and how long a change takes to be seen."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bench.dashboard.live import percentile
from bench.dashboard.writer import Writer
from tests.support.browser.browser import ARGUMENTS, LAPTOP
from tests.support.browser.found import chromium

PATH = "/accounts?view=all"
TIMES = 3
_FIRST_ROW = """
new MutationObserver((_, self) => {
  if (document.querySelector("tr[data-account]")) { window.firstRow = performance.now(); self.disconnect(); }
}).observe(document, { childList: true, subtree: true });
"""
_SEEN = """
window.seen = {};
new MutationObserver(() => requestAnimationFrame(() => {
  const now = Date.now();
  for (const row of document.querySelectorAll("tr[data-account]"))
    window.seen[`${row.dataset.account} ${row.dataset.version}`] ??= now;
})).observe(document.body, { childList: true, subtree: true, attributes: true });
"""


async def _view(context: BrowserContext, url: str) -> dict[str, float]:
    """One view: requests and bytes over the wire without the stream, and when the first row was there."""
    page = await context.new_page()
    wire = await context.new_cdp_session(page)
    counted = {"requests": 0.0, "bytes": 0.0}

    def finished(event: dict[str, Any]) -> None:
        counted["bytes"] += event["encodedDataLength"]

    def sent(_: dict[str, Any]) -> None:
        counted["requests"] += 1

    wire.on("Network.loadingFinished", finished)
    wire.on("Network.requestWillBeSent", sent)
    await wire.send("Network.enable")
    await page.goto(url + PATH, wait_until="load")
    await page.wait_for_timeout(800)
    first = float(await page.evaluate("window.firstRow"))
    painted = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
    await page.close()
    return {**counted, "first_row_ms": first, "first_paint_ms": float(painted)}


async def _new_context(browser: Browser) -> BrowserContext:
    context = await browser.new_context(viewport=LAPTOP)  # type: ignore[arg-type]
    await context.add_init_script(_FIRST_ROW)
    return context


async def first_views(url: str) -> dict[str, dict[str, float]]:
    """With an empty cache and with a filled one: the medians of three."""
    found: dict[str, list[dict[str, float]]] = {"cold": [], "warm": []}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for _ in range(TIMES):
            context = await _new_context(browser)
            found["cold"].append(await _view(context, url))
            found["warm"].append(await _view(context, url))
            await context.close()
        await browser.close()
    return {
        name: {key: round(median(view[key] for view in views)) for key in views[0]} for name, views in found.items()
    }


async def visible_after(url: str, writer: Writer, changes: int) -> dict[str, float]:
    """From before an answer is written, through Redis, dashboard and stream, to the frame with the changed row."""
    took: list[float] = []
    missed = 0
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        page = await (await _new_context(browser)).new_page()
        await page.goto(url + PATH, wait_until="load")
        await page.wait_for_timeout(2_000)
        await page.evaluate(_SEEN)
        names = await page.evaluate("[...document.querySelectorAll('tr[data-account]')].map(r => r.dataset.account)")
        for number in range(changes):
            delay = await _one(page, writer, names[number % min(10, len(names))], number)
            if delay is None:
                missed += 1
            else:
                took.append(delay)
            await page.wait_for_timeout(200)
        await browser.close()
    return {
        "changes": changes,
        "missed": missed,
        "p50_ms": round(percentile(took, 0.5)),
        "p99_ms": round(percentile(took, 0.99)),
    }


async def _one(page: Page, writer: Writer, name: str, number: int) -> float | None:
    """None when it has not come within five seconds."""
    version = "document.querySelector(`tr[data-account='${name}']`)?.dataset.version"
    before = await page.evaluate(f"name => {version}", name)
    begun = 1e3 * time.time()
    await writer.change(name, number)
    try:
        await page.wait_for_function(
            f"([name, before]) => {{ const now = {version};"
            " return now && now !== before && window.seen[`${name} ${now}`]; }",
            arg=[name, before],
            timeout=5_000,
        )
    except Exception:  # noqa: BLE001 - a change that did not come is a result
        return None
    seen = await page.evaluate(f"name => window.seen[`${{name}} ${{{version}}}`]", name)
    return float(seen) - begun
