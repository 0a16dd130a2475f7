"""What stands in C and in Python, and must be the same: orders of names that both count, limits, spans of time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerts.lifecycle.kinds import drop, span
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, HOUR_MS
from scoring.state import event_ids
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from streams import message
from streams.changelog import flat, own_records, records
from streams.engine.folds.fold import WriteMode
from streams.engine.partition import event_handler
from streams.kernel import history, worker
from streams.kernel.answer_texts import WORDS
from streams.topics import TOPICS

NATIVE = Path(history.__file__).parent / "native"


def enumerated(file: str, prefix: str) -> list[str]:
    """The names of an enumeration in C, whose members have this prefix, in lower case and without it."""
    text = re.sub(r"/\*.*?\*/", "", (NATIVE / file).read_text("utf-8"), flags=re.DOTALL)
    (body,) = [
        body for body in re.findall(r"enum\s*{(.*?)}", text, re.DOTALL) if body.split(",")[0].strip().startswith(prefix)
    ]
    return [name.strip().removeprefix(prefix).lower() for name in body.split(",") if name.strip()]


def defined(file: str, name: str) -> int:
    """The number that a macro stands for."""
    (found,) = re.findall(rf"#define {name}\s+(.+?)\s*(?:/\*.*)?$", (NATIVE / file).read_text("utf-8"), re.MULTILINE)
    number = eval(re.sub(r"\(int64_t\)", "", found), {"HOUR_MS": HOUR_MS, "DAY_MS": DAY_MS})
    assert isinstance(number, int)
    return number


def test_why_the_loop_stops() -> None:
    assert [each.name.lower() for each in worker.Stop] == enumerated("worker/worker.h", "STOP_")
    assert [each.name.lower() for each in worker.Fired] == enumerated("worker/worker.h", "FIRED_")
    assert [*worker.OUTCOMES, "counts"] == enumerated("worker/worker.h", "COUNT_")


def test_records() -> None:
    assert [each.name.lower() for each in WriteMode] == enumerated("module/module.h", "")
    kinds = {"day": own_records.DAY, "totals": own_records.TOTALS, "items": own_records.ITEMS, "ids": own_records.IDS}
    assert [*sorted(kinds, key=kinds.__getitem__), "kinds"] == enumerated("record/own_records.h", "OWN_")
    limits = re.findall(r"= (\d+)", (NATIVE / "record/own_records.c").read_text("utf-8").partition("LIMITS = {")[2])[:4]
    assert [*map(int, limits), defined("plan/plan.h", "CHUNK_MIN")] == list(own_records.limits())


@pytest.mark.parametrize(
    ("file", "name", "number"),
    [
        ("worker/run.c", "LATE_MS", event_handler.LATE_MS),
        ("worker/run.c", "BACKFILL_MS", event_handler.BACKFILL_MS),
        ("worker/worker.h", "INPUTS", len(INPUT_TOPICS)),
        ("worker/inputs.h", "QUEUES", len(TOPICS)),
        ("worker/tracks.c", "POINT", drop.POINT),
        ("worker/tracks.c", "KEPT_LIMIT", span.KEPT_LIMIT),
        ("record/state_in.h", "TOPICS", len(TOPICS)),
        ("record/head.h", "SCHEMA", records.SCHEMA),
        ("state/marks.h", "TOTALS_BLOCK_DAYS", TOTALS_BLOCK_DAYS),
        ("state/ids.c", "LOOKED_AT_MAX", event_ids.SMALL_MAX),
        ("module_worker/input_messages.c", "LOG_APPEND_TIME", message.LOG_APPEND_TIME),
        ("core/core.h", "INSTANT_MAX", history.INSTANT_MAX),
        ("core/core.h", "INSTANT_MAX", flat.INSTANT_MAX),
    ],
)
def test_numbers(file: str, name: str, number: int) -> None:
    assert defined(file, name) == number


def test_words_of_answers() -> None:
    names = enumerated("answer/answer.h", "WORD_")
    assert len(names) == len(WORDS) + 1
    for name, word in zip(names, WORDS, strict=False):
        assert name in ("account", "first_event") or f'"{name}":' in word
