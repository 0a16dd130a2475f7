"""`vitals model new --live`: the events of the topics are looked at like those of a file."""

from __future__ import annotations

import json
from pathlib import Path

from streams.deployment.settings import Settings
from streams.replay.event_file import EventFile
from streams.replay.publish import Timing, publish
from tests.support.commands import run_command

EVENTS = 40


async def test_live_finds_what_the_file_has(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "events.ndjson"
    event = {"topic": "analytics", "event": "login", "user_id": "ann"}
    lines = [
        event | {"account_id": f"a{number % 7}", "timestamp": f"2026-03-01T00:{number:02}:00Z", "id": f"e{number}"}
        for number in range(EVENTS)
    ]
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with EventFile(str(source)) as file:
        await publish(settings, file, timing=Timing())
    texts = []
    for given in (str(source), "--live"):
        output = tmp_path / "model.toml"
        run_command(settings, "model", "new", given, "--output", str(output), "--force")
        texts.append(output.read_text().replace("events.ndjson", "the topics"))
    assert texts[0] == texts[1]
    assert "from the topics: 40 events of 7 accounts" in texts[1]
