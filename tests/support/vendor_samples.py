"""What producers put on a topic, written by hand after the vendors' documentation; and the table that
`docs/events.md` has of it. Run as a module it writes that table anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import UNSET

from scoring.event.event import Event, EventDecoder, Rejected
from scoring.instants import parse_instant, plain_instant

PAGE = Path(__file__).parents[2] / "docs" / "events.md"
BEGIN, END = "<!-- producers: begin -->", "<!-- producers: end -->"
NOW_MS = parse_instant("2026-03-02T00:00:00Z")
MESSAGE_MS = parse_instant("2026-03-01T10:00:00Z")
MODEL_NAMES = ("plan", "mrr", "name", "seats")
DECODER = EventDecoder(MODEL_NAMES)


class Sample(NamedTuple):
    """A message of a producer, and in words what it is."""

    producer: str
    what: str
    topic: str
    body: Any


def _sample(line: str) -> Sample:
    found = json.loads(line)
    body = found["raw"].encode("latin-1") if "raw" in found else found["body"]
    return Sample(found["producer"], found["sends"], found["topic"], body)


SAMPLES = tuple(map(_sample, Path(__file__).with_suffix(".ndjson").read_text("utf-8").splitlines()))


def value_of(body: object) -> bytes:
    """The message's bytes."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def outcome(sample: Sample) -> Event | Rejected:
    """What a decoder makes of a sample whose message came in an hour after the events."""
    try:
        return DECODER.decode(sample.topic, value_of(sample.body), MESSAGE_MS, NOW_MS)
    except Rejected as rejected:
        return rejected


def read(event: Event) -> dict[str, object]:
    """The event's properties that the model names, by name."""
    found = {name: DECODER.reader(name)(event.properties) for name in MODEL_NAMES}
    return {name: value for name, value in found.items() if value is not UNSET}


def table() -> str:
    """The table of the page, one row a sample."""
    rows = [
        "| producer | sends | account | event | id | user | time | properties read |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for sample in SAMPLES:
        found = outcome(sample)
        if isinstance(found, Rejected):
            cells = [f"refused: `{found.reason}`", "", "", "", "", ""]
        else:
            properties = ", ".join(f"{name} = {value}" for name, value in read(found).items())
            time = "its message's" if found.occurred_at_ms == MESSAGE_MS else plain_instant(found.occurred_at_ms)[11:]
            cells = [found.account_id, f"`{found.name}`", found.event_id, found.user_id, time, properties]
        rows.append(f"| {' | '.join((sample.producer, f'{sample.what}, on `{sample.topic}`', *cells))} |")
    return "\n".join(row.replace("|  |", "| |").replace("|  |", "| |") for row in rows)


def page(text: str) -> str:
    """The page with its table as it must be."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
