"""`vitals accuracy record` on a real broker and Redis: once a day, and again without effect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import msgspec
import pytest

from scoring.model import schema
from scoring.model.model_json import decode_model, encode_model, model_key
from scoring.result import ScoreSnapshot
from streams.accuracy.record import read_series
from streams.deployment.settings import Settings
from streams.read_model.port import Batch, Change
from streams.read_model.store import RedisReadModel
from tests.builders import a_snapshot, snapshot_models
from tests.support.commands import environment_of
from vitals import main

CURVE = schema.Calibration(within="60d", points=((0, 0.5, 0.4, 0.6), (100, 0.1, 0.0, 0.2)))


async def fill(settings: Settings, answers: Sequence[ScoreSnapshot], *, is_calibrated: bool) -> None:
    """The read model with these answers, and their model."""
    model = decode_model(next(iter(snapshot_models().values())))
    if is_calibrated:
        model = msgspec.structs.replace(model, calibrations={"churn": CURVE})
    changes = [Change(offset, answer.account_id, answer) for offset, answer in enumerate(answers)]
    redis = RedisReadModel.open(settings)
    try:
        await redis.clear({0: len(changes)})
        await redis.write_models({model_key(model.name, model.version): encode_model(model)})
        await redis.write(Batch(partition=0, start=0, end=len(changes), changes=changes))
    finally:
        await redis.close()


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Settings, *arguments: str
) -> tuple[str, str]:
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["accuracy", *arguments])
    out, err = capsys.readouterr()
    assert ended.value.code == 0, err
    return out, err


def test_a_day_is_recorded_once_and_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = decode_model(next(iter(snapshot_models().values())))
    made = {"model": model.name, "model_version": model.version}
    answers = [a_snapshot(f"acme-{number}", score=50.0, **made) for number in range(9)]
    answers.append(a_snapshot("globex", score=None, tier="", components={}, standing="churned", **made))
    asyncio.run(fill(settings, answers, is_calibrated=True))
    out, err = run(monkeypatch, capsys, settings, "record")
    assert out == "9 accounts recorded, 1 unchanged, 0 removed.\n"
    assert "probability" not in err
    out, _ = run(monkeypatch, capsys, settings, "record")
    assert out == "0 accounts recorded, 10 unchanged, 0 removed.\n"
    known = asyncio.run(read_series(settings))
    assert sorted(known) == [f"acme-{number}" for number in range(9)]
    assert known["acme-0"].probabilities == (0.3,)
    out, _ = run(monkeypatch, capsys, settings)
    assert "9 accounts, recorded since " in out
    assert "Warming up: first eligible cohort on " in out
    out, _ = run(monkeypatch, capsys, settings, "--json")
    assert json.loads(out)["cohorts"] == []


def test_without_a_curve_it_says_what_to_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = decode_model(next(iter(snapshot_models().values())))
    answer = a_snapshot(model=model.name, model_version=model.version)
    asyncio.run(fill(settings, [answer], is_calibrated=False))
    _, err = run(monkeypatch, capsys, settings, "record")
    assert "No probability: run `vitals calibrate`" in err
    out, _ = run(monkeypatch, capsys, settings)
    assert "No probability: run `vitals calibrate`" in out
