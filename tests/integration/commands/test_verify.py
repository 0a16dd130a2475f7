"""Verifying a live system: a worker at work on a real history agrees with the oracle; a wrong model is found out."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path

import httpx
import msgspec
import pytest

from scoring.instants import parse_instant
from scoring.result import ScoreSnapshot
from streams.control.messages import SetOverride
from streams.deployment.settings import Settings
from streams.model_files import read_plan
from streams.operations.health_server import HealthServer
from streams.operations.metrics import VerifierMetrics
from streams.replay.event_file import EventFile
from streams.replay.override import send_override
from streams.replay.publish import Timing, publish
from streams.verify.run import Report, verify, watch
from tests.builders import model_text
from tests.support.commands import environment_of, running
from tests.support.kafka.topic import newest_scores
from tests.support.shared_data import shared

SEED = 20_261_121
TICK = parse_instant("2022-01-20T00:00:00Z")
END = parse_instant("2022-02-01T00:00:00Z")
MODELS = ("usage-trend-friction", "default")
Enough = Callable[[Mapping[str, ScoreSnapshot]], bool]


class History(msgspec.Struct, frozen=True):
    """The reference history until `TICK`, with so many accounts; and from then on until `END`."""

    first: Path
    second: Path
    accounts: tuple[str, ...]


@pytest.fixture
def history(tmp_path: Path) -> History:
    with gzip.open(shared("data/churnsim/events.ndjson.gz"), "rb") as file:
        lines = [(parse_instant(json.loads(line)["timestamp"]), line) for line in file]
    before = [line for at, line in lines if at <= TICK]
    accounts = sorted({json.loads(line)["account_id"] for line in before})
    history = History(tmp_path / "first.ndjson", tmp_path / "second.ndjson", tuple(accounts))
    history.first.write_bytes(b"".join(before))
    history.second.write_bytes(b"".join(line for at, line in lines if TICK < at <= END))
    return history


def of(settings: Settings, model: str) -> Settings:
    """A deployment of its own under this model; by the event clock, and its topics wait for one another but shortly."""
    data_dir = Path(settings.data_dir) / model
    data_dir.mkdir()
    return msgspec.structs.replace(
        settings,
        model=model,
        clock="event",
        merge_wait_ms=300,
        group=f"{settings.group}-{model}",
        topic_prefix=f"{settings.topic_prefix}{model}.",
        data_dir=str(data_dir),
    )


def changed(model: str, settings: Settings) -> Settings:
    """The same deployment, by a model of the same name and version in which every other weight is halved, and the
    neutral score is lower."""
    tables = tomllib.loads((resources.files("scoring.model") / "presets" / f"{model}.toml").read_text("utf-8"))
    header, signals, components = (tables.pop(section) for section in ("model", "signals", "components"))
    header.pop("weights_sum", None)
    if "neutral" in header:  # in a month of history there is little else to weigh
        header["neutral"] -= 5
    weights = [profile["weights"] for profile in tables.get("profiles", {}).values()]
    for name in list(components)[::2]:
        for table, key in [(components[name], "weight"), *((each, name) for each in weights)]:
            if key in table:
                table[key] /= 2
    path = Path(settings.data_dir) / "changed.toml"
    path.write_text(model_text(header, signals, components, tables.pop("tiers", None), tables), "utf-8")
    return msgspec.structs.replace(settings, model=str(path))


def all_are_judged(accounts: int) -> Enough:
    def are(newest: Mapping[str, ScoreSnapshot]) -> bool:
        return sum(answer.score is not None or answer.standing != "" for answer in newest.values()) >= accounts

    return are


async def test_a_worker_at_work_agrees_with_the_oracle_and_another_weight_does_not(
    settings: Settings, history: History
) -> None:
    await asyncio.gather(*(run_and_verify(of(settings, model), history) for model in MODELS))


async def published(settings: Settings, events: Path, tick_ms: int | None = None) -> None:
    with EventFile(str(events)) as file:
        await publish(settings, file, timing=Timing(), tick_ms=tick_ms)


async def run_and_verify(settings: Settings, history: History) -> None:
    plan = read_plan(settings.model, "")
    await published(settings, history.first, tick_ms=TICK)
    with running(settings, "worker"):
        await newest_scores(settings, all_are_judged(len(history.accounts)), within_seconds=60)
        at_the_tick = await verify(settings, plan, 50, SEED)
        await published(settings, history.second)
        await send_override(settings, an_override(history.accounts[0]))
        at_work = await verify(settings, plan, 50, SEED + 1)
        await newest_scores(settings, is_overridden, within_seconds=60)
        everybody = await verify(settings, plan, 10_000, SEED)
    for report in (at_the_tick, at_work):
        assert (report.mismatches, report.skipped) == ((), {})
        assert (report.checked, report.accounts) == (50, 50)
        assert report.messages > 1_000
    assert (everybody.mismatches, everybody.skipped) == ((), {})
    assert everybody.checked == everybody.accounts >= len(history.accounts)
    await finds_what_is_wrong(changed(settings.model, settings))


def an_override(account_id: str) -> SetOverride:
    return SetOverride(
        instant_ms=END,
        account_id=account_id,
        score=12.5,
        reason="they told us",
        author="ann",
        until_ms=END + 86_400_000,
    )


def is_overridden(newest: Mapping[str, ScoreSnapshot]) -> bool:
    return any(answer.override is not None for answer in newest.values())


async def finds_what_is_wrong(settings: Settings) -> None:
    """By the changed model, judgements and facts agree and scores do not, also that beneath the override."""
    ended = await asyncio.to_thread(verify_command, settings, "--accounts", "10000", "--json")
    report = msgspec.json.decode(ended.stdout, type=Report)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert report.checked == report.accounts
    assert {each.what for each in report.mismatches} >= {"score", "beneath"}
    assert {each.what for each in report.mismatches} <= {"score", "beneath", "coverage", "tier"}
    assert len({each.account_id for each in report.mismatches}) > 50

    stop, metrics, reports = asyncio.Event(), VerifierMetrics(), list[Report]()

    def tell(report: Report) -> None:
        reports.append(report)
        if len(reports) == 2:
            stop.set()

    plan = read_plan(settings.model, "")
    await watch(settings, plan, 20, SEED, 0.1, stop=stop, metrics=metrics, tell=tell)
    assert [report.seed for report in reports] == [SEED, SEED + 1]
    told = await metrics_of(settings, metrics)
    assert "vitals_oracle_checked_total 40.0" in told
    assert f"vitals_oracle_mismatches_total {sum(len(report.mismatches) for report in reports)}.0" in told


def verify_command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vitals", "verify", *arguments]
    return subprocess.run(
        command, env=environment_of(settings), capture_output=True, text=True, timeout=100, check=False
    )


async def metrics_of(settings: Settings, metrics: VerifierMetrics) -> str:
    server = HealthServer(settings, metrics)
    server.start()
    try:
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:
            return (await client.get(f"http://127.0.0.1:{server.port}/metrics")).text
    finally:
        server.stop()
