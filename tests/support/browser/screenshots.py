"""Pictures of every page in light, dark and as a phone, from a running `vitals up`, for `docs/dashboard.md`.

    python -m tests.support.browser.screenshots docs/pictures --url http://127.0.0.1:8490

Each picture is a WebP of at most 150 KB.
"""

from __future__ import annotations

import argparse
import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.browser.browser import LAPTOP, PHONE, new_context, running_browser

MOST_BYTES = 150_000
QUALITIES = (82, 70, 55, 40, 25)
TALLEST = 2_400
"""A page is cut there: what matters stands at its top."""
PAGES = {
    "portfolio": "/",
    "accounts": "/accounts",
    "actions": "/actions",
    "alerts": "/alerts",
    "team": "/team",
    "model": "/model",
    "sources": "/sources",
    "shares": "/shares",
}
_ENCODE = """async ([data, quality]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d").drawImage(picture, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/webp", quality });
  const out = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < out.length; at += 32768) text += String.fromCharCode(...out.subarray(at, at + 32768));
  return btoa(text);
}"""


def pages_of(page: Page) -> Iterator[tuple[str, str]]:
    """Name and address of each page, those of the worst account included."""
    yield from PAGES.items()
    page.goto("/accounts?view=all&sort=-at_risk")
    link = page.locator("[data-row] a.nm").first.get_attribute("href") or ""
    account = link.partition("?")[0]
    key = page.locator("[data-row]").first.get_attribute("data-account") or ""
    yield "account", account
    yield "account-print", f"{account}?print=1"
    yield "accounts-explained", f"/accounts?view=all&sort=-at_risk&explain={key}"
    yield "shared", shared_by(page)


def shared_by(page: Page) -> str:
    """The address of a link to the portfolio, which ends tomorrow."""
    origin = page.evaluate("location.origin")
    body = {"place": "portfolio", "days": 1, "label": "Pinned in the team's channel"}
    made = page.request.post("/api/v1/shares", data=body, headers={"origin": origin}).json()
    return f"/share/{made['id']}?key={made['secret']}"


def picture_of(page: Page, encoder: Page) -> bytes:
    """The page as WebP, as good as fits."""
    height = min(TALLEST, int(page.evaluate("document.documentElement.scrollHeight")))
    width = (page.viewport_size or LAPTOP)["width"]
    png = page.screenshot(
        full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height}, animations="disabled"
    )
    for quality in QUALITIES:
        found = encoder.evaluate(_ENCODE, [base64.b64encode(png).decode(), quality / 100])
        picture = base64.b64decode(found)
        if len(picture) <= MOST_BYTES:
            return picture
    raise SystemExit(f"{page.url} does not fit into {MOST_BYTES:,} bytes: make TALLEST smaller.")


def take(browser: Browser, url: str, folder: Path) -> list[Path]:
    """Take all of them; answers the files that were written."""
    written = []
    looks: dict[str, dict[str, Any]] = {
        "light": {"color_scheme": "light", "viewport": LAPTOP},
        "dark": {"color_scheme": "dark", "viewport": LAPTOP},
        "phone": {"color_scheme": "light", "viewport": PHONE, "is_mobile": True, "has_touch": True},
    }
    for look, options in looks.items():
        context = new_context(browser, url, reduced_motion="reduce", **options)
        page, encoder = context.new_page(), context.new_page()
        page.bring_to_front()
        for name, path in list(pages_of(page)):
            page.goto(path)
            if name not in ("account-print", "shared"):
                expect(page.locator("#live-words")).to_have_text(re.compile("Live|Not live"))
            page.evaluate("document.fonts.ready")
            page.wait_for_timeout(300)
            target = folder / f"{name}-{look}.webp"
            target.write_bytes(picture_of(page, encoder))
            written.append(target)
        context.close()
    return written


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8490")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with running_browser() as browser:
        for path in take(browser, asked.url, asked.folder):
            print(f"{path}  {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
