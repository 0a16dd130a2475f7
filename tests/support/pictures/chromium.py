"""A picture of a page, by Chromium without a window."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

SECONDS = 60
SCALE = 1.5
COLOURS = 48
"""Enough for text and a few plain areas, in a third of the bytes."""
BYTES_MAX = 60_000
_HEIGHT = (
    "<script>document.documentElement.dataset.height=Math.ceil(document.body.getBoundingClientRect().height)</script>"
)


def picture(html: str, path: Path, *, width: int, is_dark: bool = False, colours: int = COLOURS) -> None:
    """Write `html`, a whole page, to the PNG file `path`, `width` CSS pixels wide and as high as its body."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        # A window has a least width, which is more than a phone's.
        page.write_text(f"{html}<style>html {{ width: {width}px }}</style>{_HEIGHT}", "utf-8")
        found = re.search(r'data-height="(\d+)"', _chromium(folder, page, f"--window-size={width},200", "--dump-dom"))
        assert found is not None, "the page has no height"
        page.write_text(html, "utf-8")
        size = f"--window-size={width},{found[1]}"
        dark = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if is_dark else []
        scale = f"--force-device-scale-factor={SCALE}"
        shot = f"{folder}/shot.png"
        _chromium(folder, page, size, scale, *dark, "--hide-scrollbars", "--disable-lcd-text", f"--screenshot={shot}")
        with Image.open(shot) as image:
            image.convert("RGB").quantize(colours, method=Image.Quantize.MAXCOVERAGE).save(path, optimize=True)
    assert path.stat().st_size < BYTES_MAX, f"{path} has {path.stat().st_size:,} bytes"


def _chromium(folder: str, page: Path, *options: str) -> str:
    command = [
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile", *options),
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
