"""`vitals backtest --live`: the topics of a deployment are tested as the file that was published to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streams.deployment.settings import Settings
from streams.replay.event_file import EventFile
from streams.replay.publish import Timing, publish
from tests.support.commands import run_command
from tests.unit.streams.backtest.books import a_model, book, written

QUICK = ("--every", "30d", "--draws", "100", "--alerts-every", "off", "--arrival", "event", "--json")


async def test_live_says_what_the_file_says(settings: Settings, tmp_path: Path) -> None:
    source, model = written(tmp_path / "events.ndjson", book(30)), a_model(tmp_path)
    with EventFile(source) as file:
        await publish(settings, file, timing=Timing())
    live, of_file = (report(settings, given, "--model", model, *QUICK) for given in ("--live", source))
    assert live == of_file
    assert live["accounts"] == 30


def report(settings: Settings, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_command(settings, "backtest", *arguments))
    return found
