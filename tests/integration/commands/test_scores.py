"""`vitals scores` and `vitals explain` on a real Redis."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time

import msgspec
import pytest
import redis

from scoring.result import Driver, ScoreSnapshot
from streams.deployment.settings import Settings
from streams.read_model.layout import SCORE_KEYS, Keys, root_of
from streams.read_model.port import Batch, Change
from streams.read_model.store import RedisReadModel
from tests.builders import a_snapshot, snapshot_models
from vitals import main
from vitals.commands.explain import Explained

ACME = a_snapshot(
    "acme",
    score=44.999,
    tier="red",
)
MARKED = a_snapshot("[bold]evil\x1b[2J", score=12.5, tier="red", plan="[red]", components={})
HAPPY = a_snapshot("happy", score=99.0, tier="green", mrr=None, plan=None, components={})
UNJUDGED = a_snapshot("unjudged", score=None, tier="", components={}, coverage=0.0)


@pytest.fixture
def command_line(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A deployment of this test's own, in the environment."""
    settings = Settings(redis=redis_url, group=f"t{secrets.token_hex(4)}")
    monkeypatch.setenv("VITALS_REDIS", settings.redis)
    monkeypatch.setenv("VITALS_GROUP", settings.group)
    monkeypatch.delenv("VITALS_TOPIC_PREFIX", raising=False)
    return settings


@pytest.fixture
def four_accounts(command_line: Settings) -> None:
    write(command_line, HAPPY, UNJUDGED, ACME, MARKED)


def write(settings: Settings, *answers: ScoreSnapshot) -> None:
    changes = [Change(offset, answer.account_id, answer) for offset, answer in enumerate(answers)]

    async def batch() -> None:
        model = RedisReadModel.open(settings)
        await model.write_models(snapshot_models())
        await model.expect({0: len(changes)})
        await model.write(Batch(partition=0, start=0, end=len(changes), changes=changes))
        await model.close()

    asyncio.run(batch())


def out_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (0, "")
    return out


def answers_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[ScoreSnapshot]:
    return msgspec.json.decode(out_of(capsys, *arguments), type=list[ScoreSnapshot])


@pytest.mark.usefixtures("four_accounts")
def test_scores_are_listed_worst_first_as_whole_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert answers_of(capsys, "scores", "--json") == [MARKED, ACME, HAPPY, UNJUDGED]
    assert answers_of(capsys, "scores", "--json", "--limit", "2") == [MARKED, ACME]
    assert answers_of(capsys, "scores", "--json", "--tier", "green") == [HAPPY]
    assert answers_of(capsys, "scores", "--json", "--tier", "none") == [UNJUDGED]
    assert answers_of(capsys, "scores", "--json", "--tier", "purple") == []


def test_scores_are_listed_by_the_revenue_at_risk_and_cut_only_then(
    command_line: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """At risk: 10,000 of rich's MRR, 4,375 of MARKED's, 2,750 of ACME's."""
    rich = a_snapshot("rich", score=90.0, tier="green", mrr=100_000.0)
    write(command_line, rich, ACME, MARKED)
    assert answers_of(capsys, "scores", "--json", "--by", "value") == [rich, MARKED, ACME]
    assert answers_of(capsys, "scores", "--json", "--by", "value", "--limit", "1") == [rich]
    assert answers_of(capsys, "scores", "--json", "--by", "value", "--tier", "red") == [MARKED, ACME]
    assert answers_of(capsys, "scores", "--json", "--by", "risk") == [MARKED, ACME, rich]
    assert answers_of(capsys, "scores", "--json", "--by", "score") == [MARKED, ACME, rich]


@pytest.mark.usefixtures("four_accounts")
def test_the_table_has_each_account_on_a_row_and_no_name_does_anything_to_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [line for line in out_of(capsys, "scores").splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in row.strip("│").split("│")] for row in rows]
    as_of = "2026-11-21T10:00:00Z"
    driver = "Usage (no login in 15 days)"
    assert cells == [
        ["[bold]evil [2J", "12.50", "red", "", "5,000", "[red]", as_of],
        ["acme", "44.99", "red", driver, "5,000", "scale", as_of],
        ["happy", "99.00", "green", "", "", "", as_of],
        ["unjudged", "–", "none", "", "5,000", "scale", as_of],
    ]


@pytest.mark.usefixtures("four_accounts")
def test_an_empty_tier_says_which_tiers_have_accounts(capsys: pytest.CaptureFixture[str]) -> None:
    assert out_of(capsys, "scores", "--tier", "purple") == "None here. Tiers with accounts: none 1, green 1, red 2.\n"


def test_no_scores_at_all_is_said(command_line: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    write(command_line)
    assert out_of(capsys, "scores") == "No account is scored yet.\n"
    assert answers_of(capsys, "scores", "--json") == []


# --- what is there cannot be believed


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line of error of a command that prints nothing else and ends with 1."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (1, "", 1)
    return err


COMMANDS = [("scores",), ("scores", "--json"), ("scores", "--tier", "red"), ("explain", "acme"), ("explain", "nobody")]


KEYS = tuple(name for name in SCORE_KEYS if name not in ("models", "changes"))


def keys_of(settings: Settings) -> list[str]:
    return [Keys(root_of(settings)).key(name) for name in KEYS]


@pytest.mark.usefixtures("command_line")
@pytest.mark.parametrize("command", COMMANDS)
def test_where_no_projector_has_ever_been_nothing_is_said_of_scores(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "No projector has ever written to Redis at 127.0.0.1:" in refused(capsys, *command)


@pytest.mark.parametrize("lost", range(len(KEYS)), ids=KEYS)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("four_accounts")
def test_a_key_that_is_gone_is_told(
    command: tuple[str, ...], lost: int, command_line: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with redis.Redis.from_url(command_line.redis) as client:
        assert client.delete(keys_of(command_line)[lost]) == 1
    assert re.search(r"^error: The read model in Redis at \S+ is broken: .* fills it again", refused(capsys, *command))


@pytest.mark.parametrize("lost", SCORE_KEYS)
@pytest.mark.usefixtures("four_accounts")
def test_a_key_that_is_somebody_elses_is_told(
    lost: str, command_line: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with redis.Redis.from_url(command_line.redis) as client:
        client.set(Keys(root_of(command_line)).key(lost), "mine")
    assert f"{lost} is somebody else's" in refused(capsys, "scores")


@pytest.mark.usefixtures("four_accounts")
def test_a_model_that_is_half_filled_is_told(command_line: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with redis.Redis.from_url(command_line.redis) as client:
        client.hset(keys_of(command_line)[KEYS.index("progress")], "0:end", "1004")
    for command in COMMANDS:
        assert "is being rebuilt, 1,000 messages of `scores` are still to be read" in refused(capsys, *command)


@pytest.mark.usefixtures("four_accounts")
def test_an_answer_that_cannot_be_read_is_one_line(command_line: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with redis.Redis.from_url(command_line.redis) as client:
        packed = client.hget(keys_of(command_line)[0], "acme")
        assert isinstance(packed, bytes)
        client.hset(keys_of(command_line)[0], "acme", packed[:-4] + b"oops")
    for command in COMMANDS[:4]:
        assert "holds something that cannot be read" in refused(capsys, *command)


@pytest.mark.usefixtures("four_accounts")
def test_a_model_that_may_be_old_is_shown_with_a_warning(
    command_line: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with redis.Redis.from_url(command_line.redis) as client:
        client.hset(
            keys_of(command_line)[KEYS.index("progress")], "0:at", str(time.time_ns() // 1_000_000 - 3 * 3_600_000 - 1)
        )
    with pytest.raises(SystemExit) as ended:
        main(["scores", "--json"])
    out, err = capsys.readouterr()
    assert (ended.value.code, len(json.loads(out))) == (0, 4)
    assert err.startswith("warning: the projector has not been heard of for 3 hours")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_user_without_the_right_to_it_is_told(
    command: tuple[str, ...],
    command_line: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with redis.Redis.from_url(command_line.redis) as client:
        client.acl_setuser("poor", enabled=True, passwords=["+hunter2"], commands=["+ping"], keys=["nothing"])
    try:
        monkeypatch.setenv("VITALS_REDIS", command_line.redis.replace("redis://", "redis://poor:hunter2@"))
        said = refused(capsys, *command)
    finally:
        with redis.Redis.from_url(command_line.redis) as client:
            client.acl_deluser("poor")
    assert "denies our user a command" in said
    assert "hunter2" not in said


@pytest.mark.usefixtures("four_accounts")
def test_an_account_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    out = out_of(capsys, "explain", "acme")
    assert out.startswith("acme  44.99  red\nas of 2026-11-21T10:00:00Z, model default version 1, evidence for 90%")
    for words in (
        "MRR 5,000, plan scale",
        "│ Usage     │     49 │   19.5 │ 40 │ no login in 15 days",
        "no NPS answer known (no evidence)",
        "−20.5  Usage (no login in 15 days)",
        "│ usage_30d     │                  412 │",
        "│ last_usage_at │ 2026-11-06T08:00:00Z │",
        "│ nps           │                    – │",
    ):
        assert words in out


@pytest.mark.usefixtures("four_accounts")
def test_an_account_is_explained_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    out = out_of(capsys, "explain", "acme", "--json")
    found = msgspec.json.decode(out, type=Explained)
    assert found.snapshot == ACME
    assert found.explanation is not None
    assert found.explanation.drivers[0] == Driver(
        component="usage", label="Usage", lost=20.5, words="no login in 15 days"
    )


def test_a_score_whose_model_is_not_known_is_shown_by_name(
    capsys: pytest.CaptureFixture[str], command_line: Settings
) -> None:
    write(command_line, a_snapshot("old", model_version=7, flags=("churn_risk",)))
    out = out_of(capsys, "explain", "old")
    assert "The model default version 7 is not known here" in out
    for words in ("│ usage     │     49 │   19.5 │ 40 │", "−20.5  usage", "  churn_risk"):
        assert words in out
    assert json.loads(out_of(capsys, "explain", "old", "--json"))["explanation"] is None
    assert "usage" in out_of(capsys, "scores")


@pytest.mark.usefixtures("four_accounts")
def test_an_account_that_cannot_be_judged_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    out = out_of(capsys, "explain", "unjudged")
    assert out.startswith("unjudged  –  none\n")
    assert "It cannot be judged yet" in out


@pytest.mark.usefixtures("four_accounts")
def test_an_unknown_account_is_an_error_that_says_how_to_list_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explain", "nobody"])
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (1, "")
    assert err == "error: No account 'nobody' is scored: list those that are with `vitals scores`.\n"


def test_accounts_in_a_standing_are_listed_last_counted_apart_and_say_why(
    command_line: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = a_snapshot("gone", score=None, tier="", components={}, standing="churned", flags=("unresolved",))
    write(command_line, gone, HAPPY, UNJUDGED)
    assert answers_of(capsys, "scores", "--json") == [HAPPY, gone, UNJUDGED]
    assert answers_of(capsys, "scores", "--json", "--tier", "churned") == [gone]
    assert answers_of(capsys, "scores", "--json", "--tier", "none") == [UNJUDGED]
    shown = out_of(capsys, "scores")
    assert "3 of 3 accounts, 1 of them churned" in shown
    assert "None here. Tiers with accounts: none 1, churned 1, green 1" in out_of(capsys, "scores", "--tier", "red")
    assert "There is no score: churned." in out_of(capsys, "explain", "gone")


def test_sources_are_listed_of_the_running_model(command_line: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    write(command_line, ACME)
    assert out_of(capsys, "sources") == "The model default version 1 names no sources.\n"
    assert out_of(capsys, "sources", "--json") == "[]\n"
