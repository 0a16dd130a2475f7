"""`vitals model retune` on a real Redis: what the answers in it would be under a changed model."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scoring.model.loader import load_model
from scoring.plan.plan import Plan
from scoring.result import Override, ScoreSnapshot
from streams.deployment.settings import Settings
from streams.read_model.port import Batch, Change
from streams.read_model.store import RedisReadModel
from tests.builders import Sent, a_snapshot, at_ms, model_text, subscription, ticket, usage
from tests.support.plain.replay import replay
from vitals import main

NOON = at_ms("2026-03-01T12:00Z")
DAY = 86_400_000
Tables = dict[str, dict[str, Any]]
SIGNALS: Tables = {
    "usage": {"kind": "count", "topics": ["analytics"], "window": "30d", "label": "product events"},
    "users": {"kind": "distinct", "topics": ["analytics"], "window": "30d", "of": "user"},
    "tickets": {"kind": "count", "topics": ["tickets"], "window": "30d"},
    "before": {"kind": "count", "topics": ["analytics"], "window": "30d", "prior": True},
    "growth": {"kind": "difference", "of": "usage", "minus": "before"},
    "days": {"kind": "distinct", "topics": ["analytics"], "window": "30d", "of": "day"},
    "errors": {"kind": "count", "topics": ["exceptions"], "window": "30d"},
    "silence": {"kind": "since_last", "topics": ["analytics"]},
    "plan": {"kind": "last", "topics": ["billing"], "property": "plan", "type": "text"},
}
COMPONENTS: Tables = {
    "usage": {"shape": "ratio", "signal": "usage", "of": 20, "weight": 0},
    "users": {"shape": "ratio", "signal": "users", "of": 5, "weight": 0},
    "growth": {
        "shape": "linear",
        "signal": "growth",
        "points": [[-9, 0], [9, 100]],
        "when": [{"signal": "errors", "at_least": 5, "judgement": 0, "and": [{"signal": "days", "at_least": 2}]}],
        "weight": 0,
    },
    "adoption": {"shape": "blend", "parts": {"usage": 3, "users": 1}, "weight": 70},
    "support": {"shape": "linear", "signal": "tickets", "points": [[0, 100], [4, 0]], "needs": "usage", "weight": 30},
}
WEIGHED: Tables = COMPONENTS | {
    "support": COMPONENTS["support"] | {"evidence": [{"signal": "usage", "half": 10}]},
    "pace": {
        "shape": "vs_usual",
        "signal": "usage",
        "usual": "before",
        "points": [[0, 0], [1, 100]],
        "prior": 2,
        "dispersion": "days",
        "weight": 10,
    },
    "both": {"shape": "blend", "parts": {"support": 1, "pace": 1}, "weight": 20},
}
RUNNING: dict[str, Any] = {
    "header": {"name": "small", "version": 7},
    "signals": SIGNALS,
    "components": COMPONENTS,
    "tiers": {"red": 0, "yellow": 45, "green": 75},
    "others": {"flags": {"quiet": {"when": [{"signal": "silence", "at_least": 9}]}}},
}
UNJUDGED = a_snapshot("unjudged", score=None, tier="", components={}, facts={}, model="small", model_version=7)


def written(model: Mapping[str, Any], **changes: Any) -> str:
    """The model file with these of its sections changed."""
    return model_text(**{**model, **changes})


def with_component(name: str, **fields: Any) -> Tables:
    """The running components, one of them with these fields, or a new one."""
    return {**COMPONENTS, name: {**COMPONENTS.get(name, {}), **fields}}


def with_signal(name: str, **fields: Any) -> Tables:
    return {**SIGNALS, name: {**SIGNALS.get(name, {}), **fields}}


def motley() -> list[Sent]:
    """Twelve accounts of which no two are alike: users, events, silence, tickets, plans."""
    sent: list[Sent] = []
    for number in range(12):
        account = f"account-{number:02}"
        last = NOON - number * DAY
        sent += [usage(account, last - step * DAY, user_id=f"u{step % (number + 1)}") for step in range(2 * number)]
        sent += [ticket(account, NOON - step * DAY) for step in range(number % 5)]
        sent += [subscription(account, NOON - 5 * DAY, plan=("pro", "free")[number % 2])]
    return sent


def answers_under(text: str) -> list[ScoreSnapshot]:
    """What the fold says of everybody at noon."""
    plan = Plan(load_model(text))
    events = [plan.decoder.decode(each.topic, each.value, 0, NOON) for each in motley()]
    return replay(plan, sorted(events, key=lambda event: event.occurred_at_ms), [NOON])


def store(settings: Settings, answers: Sequence[ScoreSnapshot], partition: int = 0) -> None:
    changes = [Change(offset, answer.account_id, answer) for offset, answer in enumerate(answers)]

    async def write() -> None:
        model = RedisReadModel.open(settings)
        await model.expect({partition: len(changes)})
        await model.write(Batch(partition=partition, start=0, end=len(changes), changes=changes))
        await model.close()

    asyncio.run(write())


@pytest.fixture
def deployment(redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """A deployment of this test's own, in the environment; nothing is scored yet, and the model is `RUNNING`."""
    running = tmp_path / "running.toml"
    running.write_text(written(RUNNING))
    settings = Settings(redis=redis_url, group=f"t{secrets.token_hex(4)}", model=str(running))
    monkeypatch.setenv("VITALS_REDIS", settings.redis)
    monkeypatch.setenv("VITALS_GROUP", settings.group)
    monkeypatch.setenv("VITALS_MODEL", settings.model)
    monkeypatch.delenv("VITALS_TOPIC_PREFIX", raising=False)
    return settings


@pytest.fixture
def scored(deployment: Settings) -> list[ScoreSnapshot]:
    """Twelve accounts, scored by `RUNNING`, and one that cannot be judged."""
    answers = answers_under(written(RUNNING))
    assert {answer.tier for answer in answers} == {"red", "yellow", "green"}
    store(deployment, [*answers, UNJUDGED])
    return answers


def vitals(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["model", "retune", *arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


def a_file(folder: Path, text: str, name: str = "new.toml") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def retuned(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = vitals(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code, out, err = vitals(capsys, *arguments)
    assert (code, out) == (1, "")
    (told,) = err.splitlines()
    assert told.startswith("error: ")
    return told


RETUNED: dict[str, dict[str, Any]] = {
    "weights": {"components": with_component("support", weight=100)},
    "a weight of none": {"components": with_component("adoption", weight=0)},
    "a component less": {"components": {name: COMPONENTS[name] for name in ("usage", "support")}},
    "a part that counts by itself": {"components": with_component("users", weight=50, label="People")},
    "parts of a blend": {"components": with_component("adoption", parts={"usage": 1, "users": 9})},
    "a constant": {"header": {"name": "small", "version": 8, "neutral_weight": 20, "neutral": 69}},
    "emphasis": {"header": {"name": "small", "version": 8, "emphasis": 2, "known_by": ["support"]}},
    "a new blend": {"components": with_component("all", shape="blend", parts={"adoption": 1, "support": 1}, weight=30)},
    "tiers": {"tiers": {"bad": 0, "fair": 60, "good": 90, "superb": 99}},
    "a floor": {"others": {"floors": {"gone": {"when": [{"signal": "silence", "at_least": 7}], "to": 20}}}},
    "a standing": {"others": {"standings": {"gone": {"when": [{"signal": "silence", "at_least": 9}]}}}},
    "a profile": {
        "others": {
            "profiles": {"free": {"when": [{"signal": "plan", "is": "free"}], "weights": {"support": 80, "users": 20}}}
        }
    },
    "how it is combined": {"header": {"name": "small", "version": 8, "share_max": 0.8, "neutral": 20}},
    "labels": {
        "signals": with_signal("usage", label="things done"),
        "components": with_component("usage", label="Use"),
    },
}


@pytest.mark.parametrize("what", RETUNED)
def test_scores_and_tiers_are_those_that_the_fold_has_under_the_changed_model(
    capsys: pytest.CaptureFixture[str], scored: list[ScoreSnapshot], tmp_path: Path, what: str
) -> None:
    text = written(RUNNING, **RETUNED[what])
    then = {answer.account_id: answer for answer in answers_under(text)}
    found = retuned(capsys, a_file(tmp_path, text))
    should = [
        {
            "account_id": now.account_id,
            "score_now": now.score,
            "score_then": then[now.account_id].score,
            "tier_now": now.tier,
            "tier_then": then[now.account_id].tier,
        }
        for now in scored
    ]
    assert sorted(found["accounts"], key=lambda each: each["account_id"]) == should
    assert found["compared_with"] == "small version 7"


@pytest.mark.parametrize("known", [True, False])
def test_evidence_is_that_of_the_facts_so_that_scores_by_it_are_those_of_the_fold(
    capsys: pytest.CaptureFixture[str], deployment: Settings, tmp_path: Path, *, known: bool
) -> None:
    store(deployment, answers_under(written(RUNNING, components=WEIGHED)))
    if known:
        Path(deployment.model).write_text(written(RUNNING, components=WEIGHED))
    else:
        Path(deployment.model).unlink()
    header = {"name": "small", "version": 8, "neutral_weight": 30, "neutral": 69, "emphasis": 2}
    text = written(RUNNING, header=header, components=WEIGHED | {"both": WEIGHED["both"] | {"weight": 55}})
    then = {answer.account_id: answer.score for answer in answers_under(text)}
    code, out, _ = vitals(capsys, a_file(tmp_path, text), "--json")
    assert code == 0
    assert {each["account_id"]: each["score_then"] for each in json.loads(out)["accounts"]} == then


def test_other_evidence_takes_the_events(
    capsys: pytest.CaptureFixture[str], deployment: Settings, tmp_path: Path
) -> None:
    Path(deployment.model).write_text(written(RUNNING, components=WEIGHED))
    store(deployment, answers_under(written(RUNNING, components=WEIGHED)))
    other = WEIGHED["support"] | {"evidence": [{"signal": "usage", "half": 20}]}
    told = refusal(capsys, a_file(tmp_path, written(RUNNING, components=WEIGHED | {"support": other})))
    assert "components.support.evidence differs from the running model" in told


def test_the_greatest_changes_come_first_and_all_accounts_are_counted(
    capsys: pytest.CaptureFixture[str], scored: list[ScoreSnapshot], tmp_path: Path
) -> None:
    file = a_file(tmp_path, written(RUNNING, **RETUNED["weights"]))
    found = retuned(capsys, file)
    changes = [abs(each["score_then"] - each["score_now"]) for each in found["accounts"]]
    assert changes == sorted(changes, reverse=True)
    assert (found["total"], found["unjudged"]) == (len(found["accounts"]), 1)
    moved = [each for each in found["accounts"] if each["tier_now"] != each["tier_then"]]
    assert (found["changed_tier"], bool(moved)) == (len(moved), True)
    for tier, count in found["tiers"].items():
        assert count == {
            "now": sum(each["tier_now"] == tier for each in found["accounts"]),
            "then": sum(each["tier_then"] == tier for each in found["accounts"]),
        }
    few = retuned(capsys, file, "--limit", "3")
    assert few["accounts"] == found["accounts"][:3]
    assert (few["total"], few["tiers"]) == (found["total"], found["tiers"])


def test_the_table_shows_now_and_then_and_no_name_does_anything_to_it(
    capsys: pytest.CaptureFixture[str], deployment: Settings, tmp_path: Path
) -> None:
    answers = answers_under(written(RUNNING))
    evil = msgspec.structs.replace(answers[10], account_id="[bold]evil\x1b[2J")
    store(deployment, [UNJUDGED, evil, *answers[:10], answers[11]])
    file = a_file(tmp_path, written(RUNNING, **RETUNED["tiers"]))
    code, out, err = vitals(capsys, file)
    assert (code, err) == (0, "")
    assert out.startswith("12 of 12 accounts, now ▸ under small version 7 ")
    rows = [[cell.strip() for cell in row.strip("│").split("│")] for row in out.splitlines() if row.startswith("│")]
    (row,) = (row for row in rows if "evil" in row[0])
    assert row[0] == "[bold]evil [2J"
    assert row[2] == "0"
    assert row[3].startswith(f"{evil.tier} ▸ ")
    assert [row[0] for row in rows[12:]] == ["red", "yellow", "green", "bad", "fair", "good", "superb"]
    assert "12 of 12 accounts would change tier; 1 cannot be judged yet and are left out. Computed in 0." in out


def test_an_override_stays_and_its_tier_is_the_new_ones(
    capsys: pytest.CaptureFixture[str], deployment: Settings, tmp_path: Path
) -> None:
    answer = answers_under(written(RUNNING))[5]
    by_hand = Override(score=80.0, reason="pilot", author="kim", set_ms=NOON, until_ms=NOON + DAY)
    beneath = answer.score
    store(
        deployment,
        [
            msgspec.structs.replace(answer, score=80.0, tier="green", override=by_hand, beneath=beneath),
            a_snapshot(
                "unknown", score=80.0, tier="green", override=by_hand, components={}, model="small", model_version=7
            ),
        ],
    )
    found = retuned(capsys, a_file(tmp_path, written(RUNNING, **RETUNED["tiers"])))
    assert [(each["score_now"], each["score_then"], each["tier_then"]) for each in found["accounts"]] == [
        (80.0, 80.0, "fair"),
        (80.0, 80.0, "fair"),
    ]


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_no_scores_at_all_is_said(
    capsys: pytest.CaptureFixture[str], deployment: Settings, arguments: tuple[str, ...]
) -> None:
    store(deployment, [])
    code, out, err = vitals(capsys, deployment.model, *arguments)
    assert (code, err) == (0, "")
    assert json.loads(out)["total"] == 0 if arguments else out == "No account is scored yet.\n"


# --- what cannot be retuned


UNTUNABLE: dict[str, dict[str, Any]] = {
    "components.breadth is not in": {
        "components": with_component("breadth", shape="ratio", signal="users", of=9, weight=5)
    },
    "components.usage.of differs from": {"components": with_component("usage", of=40)},
    "components.support.when differs from": {
        "components": with_component("support", when=[{"signal": "tickets", "at_least": 9, "judgement": 0}])
    },
    "components.adoption.needs differs from": {"components": with_component("adoption", needs="users")},
    "components.usage is of another kind than in": {
        "components": {**COMPONENTS, "usage": {"shape": "cadence", "signal": "silence", "due": 2, "weight": 0}}
    },
    "signals.usage.window differs from": {"signals": with_signal("usage", window="14d")},
    "signals.before.window differs from": {"signals": with_signal("before", window="60d")},
    "signals.errors.window differs from": {"signals": with_signal("errors", window="60d")},
    "signals.days.of differs from": {"signals": with_signal("days", of="event")},
    "signals.sessions is not in": {
        "signals": with_signal("sessions", kind="count", topics=["analytics"], window="1d"),
        "others": {"flags": {"idle": {"when": [{"signal": "sessions", "below": 1}]}}},
    },
    "components.support.source differs from": {
        "components": with_component("support", source="help"),
        "others": {"sources": {"help": {"topics": ["tickets"]}}},
    },
    "model.resolution differs from": {"header": {**RUNNING["header"], "resolution": "1d"}},
    "model.dedupe differs from": {"header": {**RUNNING["header"], "dedupe": "24h"}},
}


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize("words", UNTUNABLE)
def test_what_takes_the_events_is_named_and_points_at_a_replay(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: str
) -> None:
    told = refusal(capsys, a_file(tmp_path, written(RUNNING, **UNTUNABLE[words])))
    assert told.startswith(f"error: {words} the running model, small version 7")
    assert "`vitals replay EVENTS --model RUNNING --model FILE --diff`" in told


def test_a_blend_with_exceptions_keeps_its_judgement_so_its_parts_must_stay(
    capsys: pytest.CaptureFixture[str], deployment: Settings, tmp_path: Path
) -> None:
    guarded = with_component("whole", shape="blend", parts={"adoption": 1, "support": 1}, needs="users", weight=10)
    Path(deployment.model).write_text(written(RUNNING, components=guarded))
    store(deployment, answers_under(written(RUNNING, components=guarded)))
    heavier = {**guarded, "whole": {**guarded["whole"], "weight": 60}}
    assert retuned(capsys, a_file(tmp_path, written(RUNNING, components=heavier)))["total"] == 12
    other_parts = {**guarded, "adoption": {**guarded["adoption"], "parts": {"usage": 1}}}
    assert "components.adoption.parts differs from" in refusal(
        capsys, a_file(tmp_path, written(RUNNING, components=other_parts))
    )


# --- which model runs


@pytest.mark.usefixtures("scored")
def test_the_running_model_may_be_named(
    capsys: pytest.CaptureFixture[str], deployment: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("VITALS_MODEL")
    changed = a_file(tmp_path, written(RUNNING, **UNTUNABLE["components.usage.of differs from"]))
    assert "components.usage.of differs from" in refusal(capsys, changed, "--against", deployment.model)
    found = retuned(capsys, deployment.model, "--against", deployment.model)
    assert (found["compared_with"], found["changed_tier"]) == ("small version 7", 0)


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize("configured", ["default", "nothing.toml"])
def test_when_it_is_not_known_names_are_compared_and_that_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, configured: str
) -> None:
    monkeypatch.setenv("VITALS_MODEL", configured)
    changed = a_file(tmp_path, written(RUNNING, **UNTUNABLE["components.usage.of differs from"]))
    code, out, err = vitals(capsys, changed, "--json")
    assert (code, json.loads(out)["compared_with"]) == (0, "")
    assert " ".join(err.split()).endswith(
        "(small version 7) is not the one in VITALS_MODEL, so only names were compared: see --against."
    )
    for name in ("components.breadth is not in", "signals.sessions is not in"):
        code, out, err = vitals(capsys, a_file(tmp_path, written(RUNNING, **UNTUNABLE[name])))
        assert (code, out) == (1, "")
        assert f"error: {name} the answer of 'account-" in err
        assert "by small version 7" in err


@pytest.mark.usefixtures("scored")
def test_answers_of_another_version_are_compared_by_name(
    capsys: pytest.CaptureFixture[str], deployment: Settings, tmp_path: Path
) -> None:
    header = {**RUNNING["header"], "version": 6}
    older = answers_under(written(RUNNING, header=header, components={"usage": {**COMPONENTS["usage"], "weight": 1}}))
    store(deployment, [msgspec.structs.replace(each, account_id=f"late-{each.account_id}") for each in older], 1)
    told = refusal(capsys, a_file(tmp_path, written(RUNNING, **RETUNED["weights"])))
    assert told.startswith("error: components.users is not in the answer of 'late-account-")
    assert "by small version 6" in told


# --- mistakes


@pytest.mark.usefixtures("scored")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.toml"], "There is no model 'nothing.toml'"),
        (["RUNNING", "--against", "nothing.toml"], "There is no model 'nothing.toml'"),
        (["RUNNING", "--against", "default"], "but the answers are by small version 7: name the file"),
        (["default"], "is of another kind than in the running model, small version 7"),
        (["/dev/null"], "The model '/dev/null' is empty"),
    ],
)
def test_a_mistake_ends_with_1_and_one_line_that_says_what(
    capsys: pytest.CaptureFixture[str], deployment: Settings, arguments: list[str], words: str
) -> None:
    assert words in refusal(capsys, *[deployment.model if each == "RUNNING" else each for each in arguments])


@pytest.mark.usefixtures("scored")
def test_a_redis_that_does_not_answer_is_named(
    capsys: pytest.CaptureFixture[str], deployment: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITALS_REDIS", "redis://127.0.0.1:1/1")
    assert "VITALS_REDIS" in refusal(capsys, deployment.model)


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize("arguments", [[], ["x", "--limit", "0"], ["x", "--limit", "many"]])
def test_a_wrong_command_line_ends_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert vitals(capsys, *arguments)[0] == 2
