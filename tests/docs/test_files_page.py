"""The page about files: its map reads its row, and makes what it says; its CSV sample is read as it says."""

from __future__ import annotations

import json
from pathlib import Path

from scoring.instants import parse_instant
from streams.importing.map_file import read_map
from streams.importing.rows import RowReader
from streams.importing.table_file import TableFile
from streams.replay.event_file import EventFile

PAGE = (Path(__file__).parents[2] / "docs" / "connect" / "files.md").read_text("utf-8")


def block(name: str) -> str:
    """The text between two marks, without its fence."""
    text = PAGE.split(f"<!-- {name}: begin -->")[1].split(f"<!-- {name}: end -->")[0].strip()
    lines = text.splitlines()
    return "\n".join(lines[1:-1] if lines[0].startswith("```") else lines) + "\n"


def test_the_row_becomes_what_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(block("map"), "utf-8")
    (tmp_path / "crm.csv").write_text(block("row"), "utf-8")
    found = read_map(str(tmp_path / "map.toml"))
    table = TableFile(str(tmp_path / "crm.csv"), found.separator, found.encoding)
    ((_, cells),) = table.rows()
    assert isinstance(cells, list)
    row = RowReader(found, table.header, 0).read(cells)
    assert row.instant_ms == parse_instant("2026-09-29T06:15:00Z")
    assert {each.topic for each in row.events} == {"billing"}
    sent = []
    for event in row.events:
        properties = json.loads(event.value)["properties"]
        said = ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in properties.items())
        sent.append(f"| event `{event.event}` | {said} |")
    sent += [f"| alias `{alias.kind}` | {alias.id} is of {alias.to.id} |" for alias in row.aliases]
    assert block("sent").splitlines() == ["| sent | what it says |", "|---|---|", *sent]


def test_the_sample_of_csv_is_one_event(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(PAGE.split("### CSV\n\n```\n")[1].split("```")[0])
    with EventFile(str(path)) as file:
        ((_, line),) = file.lines()
    assert json.loads(line) == {
        "topic": "billing",
        "account_id": "007",
        "event": "subscription_updated",
        "timestamp": "2026-09-01T10:00:00Z",
        "id": "evt-1",
        "user_id": "ann",
        "properties": {"plan": "pro", "mrr": 1250.5},
    }
