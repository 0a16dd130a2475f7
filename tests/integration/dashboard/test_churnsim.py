"""The numbers of the API are those of `vitals replay`, for every account of churnsim, through a real Redis."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import httpx
import msgspec
import redis
from fastapi import FastAPI
from typer.testing import CliRunner

from dashboard.api.routes import router
from dashboard.book.book import Book
from dashboard.book.follower import Follower
from dashboard.book.words import Words
from dashboard.doors.identity import LOCAL_PERSON
from dashboard.errors import handle_errors
from dashboard.queries.decimals import shown
from dashboard.queries.ground import Ground
from dashboard.queries.service import Service
from scoring.model.model_json import encode_model, model_key
from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.model_files import read_model
from streams.read_model.port import Batch, Change
from streams.read_model.store import RedisReadModel
from tests.support.dashboard.api import Admitted
from tests.support.shared_data import shared
from vitals.app import app as commands

AT = "2022-10-31T00:00:00Z"
MODEL = read_model("default")


def replayed(folder: Path) -> list[ScoreSnapshot]:
    """The answers of `vitals replay` at the end of the history."""
    events, found = shared("data/churnsim/events.ndjson.gz"), folder / "answers.json"
    asked = ["replay", str(events), "--model", "default", "--as-of", AT, "--json", "--quiet", "--processes", "1"]
    done = CliRunner().invoke(commands, [*asked, "--output", str(found)])
    assert done.exit_code == 0, done.output
    return [msgspec.convert(each, ScoreSnapshot) for each in json.loads(found.read_text("utf-8"))]


async def test_score_tier_and_contributions_of_each_account(tmp_path: Path, redis_url: str) -> None:
    answers = replayed(tmp_path)
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    read_model = RedisReadModel.open(Settings(redis=redis_url))
    try:
        changes = [Change(offset, answer.account_id, answer) for offset, answer in enumerate(answers)]
        await read_model.write_models({model_key(MODEL.name, MODEL.version): encode_model(MODEL)})
        await read_model.write(Batch(partition=0, start=0, end=len(changes), changes=changes))
        book, words = Book(), Words()
        await Follower(book, read_model, words, lambda: answers[0].as_of_ms).fill()
        ground = Ground(book=book, read_model=read_model, now_ms=lambda: answers[0].as_of_ms, words=words)
        app = FastAPI(openapi_url=None)
        app.state.queries = Service(ground)
        app.include_router(router)
        handle_errors(app)
        app.add_middleware(Admitted, person=LOCAL_PERSON)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as api:
            assert len(answers) >= 150
            for answer in answers:
                await _check(api, answer)
    finally:
        await read_model.close()


async def _check(api: httpx.AsyncClient, answer: ScoreSnapshot) -> None:
    path = f"/api/v1/accounts/{quote(answer.account_id, safe='')}/contributions"
    found = (await api.get(path)).json()
    assert (found["score"], found["tier"]) == (answer.score, answer.tier)
    lines = {line["component"]: line for line in found["contributions"]}
    if answer.score is None:
        assert lines == {}
        return
    for name, score in answer.components.items():
        assert lines[name]["judgement"] == score.judgement
        assert abs(lines[name]["earned"] - score.points) < 0.1001
        assert abs(lines[name]["lost"] - (score.possible - score.points)) < 0.2001
    total = shown(answer.score, [tier.lower for tier in MODEL.tiers])
    assert sum(round(line["earned"] * 1_000_000) for line in lines.values()) == round(total * 1_000_000)
