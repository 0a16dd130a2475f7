"""Which browser the tests take, and what they say when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browser.found import NoBrowser, chromium


def program(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_given_one_comes_before_the_path_and_playwright_s_own_comes_last(tmp_path: Path) -> None:
    given, own = program(tmp_path, "given"), program(tmp_path, "own")
    assert chromium({"PATH": str(tmp_path)}, own) == own
    found = program(tmp_path, "google-chrome")
    assert chromium({"PATH": str(tmp_path)}, own) == found
    assert chromium({"PATH": str(tmp_path), "VITALS_CHROMIUM": given}, own) == given


@pytest.mark.parametrize("environment", [{}, {"VITALS_CHROMIUM": "/no/such"}], ids=["none", "a wrong path"])
def test_without_one_the_text_says_how_to_get_it(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(NoBrowser, match="make browser"):
        chromium({"PATH": str(tmp_path), **environment}, str(tmp_path / "gone"))
