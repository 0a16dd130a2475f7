"""The numbers of the list equal those of `vitals replay`, on a real history."""

from __future__ import annotations

import asyncio
import csv
import gzip
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from dashboard.queries.service import Service
from dashboard.values.listing import Listing, ListRequest
from scoring.instants import parse_instant
from scoring.model.model_json import encode_model, model_key
from scoring.plan.plan import Plan
from streams.model_files import read_model
from streams.replay.event_file import EventFile
from tests.support.dashboard.ground import a_ground
from tests.support.plain.replay import read_history, replay
from tests.support.shared_data import shared
from vitals.app import main

AS_OF = "2022-09-30T00:00:00Z"
MODEL = read_model("default")
ACCOUNT = re.compile(rb'"account_id":"crm-([0-9]+)"')
SHARE = 8
"""Of this many accounts one is taken, so that the test takes a few seconds."""


def test_every_listed_number_is_that_of_a_replay(tmp_path: Path) -> None:
    events, output = tmp_path / "events.ndjson", tmp_path / "out.csv"
    events.write_bytes(some_lines())
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(events), "--model", "default", "--as-of", AS_OF, "--csv", "--output", str(output)])
    assert ended.value.code == 0
    with output.open() as file:
        replayed = {row["account_id"]: row for row in csv.DictReader(file)}
    listed = asyncio.run(listed_of(events))
    assert [row.account_id for page in listed for row in page.rows] == [
        account_id
        for account_id, row in sorted(
            replayed.items(), key=lambda item: (item[1]["score"] == "", float(item[1]["score"] or 0.0), item[0])
        )
    ]
    for row in (row for page in listed for row in page.rows):
        should = replayed[row.account_id]
        assert (repr(row.score) if row.score is not None else "") == should["score"], row.account_id
        assert row.tier == should["tier"]
        assert repr(row.coverage) == should["coverage"] or not row.tier
        assert ("" if row.mrr is None else repr(row.mrr)) == should["mrr"]
        assert (row.plan, row.standing) == (should["plan"], should["standing"])
        assert row.as_of_ms == parse_instant(AS_OF)
    assert {row["tier"] for row in replayed.values()} >= {"yellow", "green", ""}
    assert listed[0].total.accounts == len(replayed) > 20


def some_lines() -> bytes:
    """The events of every eighth account."""
    with gzip.open(shared("data/churnsim/events.ndjson.gz")) as file:
        return b"".join(line for line in file if int(ACCOUNT.search(line)[1]) % SHARE == 0)  # type: ignore[index]


async def listed_of(events: Path) -> list[Listing]:
    """All pages of the list over a plain fold of the events, the lowest score first."""
    plan = Plan(MODEL)
    with EventFile(str(events)) as file:
        history = read_history(file, plan, parse_instant("2026-06-01T00:00:00Z"))
    answers = [
        msgspec.structs.replace(answer, generation=1, version=1)
        for answer in replay(plan, history.events, [parse_instant(AS_OF)])
    ]
    models = {model_key(MODEL.name, MODEL.version): encode_model(MODEL)}
    service = Service(await a_ground(answers, models))
    request = ListRequest(sort="score", is_descending=False, limit=7)
    pages = [await service.accounts(request)]
    while pages[-1].cursor:
        pages.append(await service.accounts(replace(request, cursor=pages[-1].cursor)))
    return pages
