"""The pages of docs/connect, tried word by word: their `gateway.toml`, and what they send with curl and openssl."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from streams.deployment.settings import Settings
from tests.support.gateway.running import a_gateway

PAGES = Path(__file__).parents[3] / "docs" / "connect"
TRIES = 10
THE_PAGES_ADDRESS = "http://127.0.0.1:8480"


def block(page: str, language: str, after: str) -> str:
    """The first block of code in this language after a heading."""
    text = (PAGES / f"{page}.md").read_text("utf-8").partition(f"\n## {after}\n")[2]
    found = re.search(rf"(?ms)^```{language}\n(.*?)^```", text)
    assert found, f"{page}: no {language} after {after}"
    return found[1]


@pytest.mark.parametrize("page", ["vitals", "sentry", "zendesk", "intercom", "hubspot", "segment", "posthog"])
async def test_what_a_page_sends_is_answered_as_it_says(page: str, settings: Settings, tmp_path: Path) -> None:
    if not (shutil.which("openssl") and shutil.which("curl")):
        pytest.skip("openssl or curl is not installed")
    sources = block(page, "toml", "What to set here")
    secrets = dict.fromkeys(re.findall(r"VITALS_SECRET_\w+", sources), "a secret of the page")
    async with a_gateway(settings, tmp_path, sources, secrets) as gateway:
        script = block(page, "bash", "Try it").replace(THE_PAGES_ADDRESS, gateway.url)
        expected = block(page, "json", "Try it").strip()
        for _ in range(TRIES):  # on a busy machine an alias may be read later than the page waits
            if (printed := await run(script, secrets)) == expected:
                break
        assert printed == expected


async def run(script: str, secrets: dict[str, str]) -> str:
    """What a script prints. A second run counts nothing twice."""
    running = await asyncio.create_subprocess_exec(
        *("bash", "-eu", "-c", script),
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), "no_proxy": "*", **secrets},
    )
    printed, _ = await asyncio.wait_for(running.communicate(), 60)
    return printed.decode().strip()
