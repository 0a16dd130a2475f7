"""Which browser the tests use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "run `make browser`, or set VITALS_CHROMIUM to the path of a Chromium"


class NoBrowser(Exception):
    """No browser could be found. The text says how to get one."""


def chromium(environment: Mapping[str, str] = os.environ, playwrights_own: str = "") -> str:
    """`VITALS_CHROMIUM`, else the first Chromium or Chrome on the path, else Playwright's own.

    Raises:
        NoBrowser: when there is none, or VITALS_CHROMIUM is none.
    """
    given = environment.get("VITALS_CHROMIUM", "")
    if given:
        if shutil.which(given) is None:
            raise NoBrowser(f"VITALS_CHROMIUM is {given!r}, which is no program: {INSTALL}.")
        return given
    for name in NAMES:
        if (found := shutil.which(name, path=environment.get("PATH"))) is not None:
            return found
    if playwrights_own and Path(playwrights_own).is_file():
        return playwrights_own
    raise NoBrowser(f"No Chromium was found: {INSTALL}.")


def main() -> None:
    """Print where the browser is; the exit code says whether there is one."""
    with sync_playwright() as playwright:
        print(chromium(playwrights_own=playwright.chromium.executable_path))


if __name__ == "__main__":
    main()
