"""The command line: what it prints, and how it ends, where no broker and no Redis are needed."""

from __future__ import annotations

import csv
import json
import os
import pty
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vitals import main
from vitals.commands.output import score_words

VITALS = [sys.executable, "-m", "vitals"]
NO_REDIS = "redis://127.0.0.1:1/1"
EVENTS = [
    {"topic": "analytics", "account_id": "acme", "event": "login", "timestamp": f"2026-01-{day:02}T10:00:00Z"}
    for day in range(1, 20)
]
LAST_ACCOUNT = {"topic": "analytics", "account_id": "[red]zeta", "event": "login", "timestamp": "2026-01-01T00:00:00Z"}


class Ended:
    """A command that has ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("VITALS_"):
            monkeypatch.delenv(name)


@pytest.fixture
def events(tmp_path: Path) -> str:
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join(json.dumps(event) for event in [*EVENTS, LAST_ACCOUNT]) + "\nnot json\n")
    return str(path)


def vitals(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ended:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert isinstance(ended.value.code, int)
    return Ended(ended.value.code, out, err)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    ended = vitals(capsys, "--version")
    assert (ended.code, ended.out.split()[0]) == (0, "vitals")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    ended = vitals(capsys, "--help")
    for command in ("up", "worker", "project", "notify", "publish", "scores", "explain", "model", "replay"):
        assert f" {command} " in ended.out


def test_importing_the_command_line_loads_no_engine() -> None:
    program = "import sys, vitals; print([name for name in ('faust', 'aiokafka') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [["nonsense"], ["replay"], ["publish", "x", "--rate", "fast"], ["scores", "--x"]])
def test_a_wrong_command_line_ends_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert vitals(capsys, *arguments).code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay", "nothing.ndjson", "--model", "default", "--as-of", "2026-02-01"], "nothing.ndjson cannot be read"),
        (["replay", "/", "--model", "default", "--as-of", "2026-02-01"], "/ cannot be read (Is a directory)"),
        (["replay", "/dev/null", "--model", "default", "--as-of", "2026-02-01"], "/dev/null is empty"),
        (["replay", "EVENTS", "--model", "default", "--as-of", "soon"], "--as-of: 'soon' is not an instant"),
        (["replay", "EVENTS", "--model", "default", "--as-of", "2026-02-01,"], "--as-of: '' is not an instant"),
        (["replay", "EVENTS", "--model", "nothing", "--as-of", "2026-02-01"], "There is no model 'nothing'"),
        (["replay", "EVENTS", "--model", "EVENTS", "--as-of", "2026-02-01"], "not TOML"),
        (
            ["replay", "EVENTS", "--model", "default", "--as-of", "2026-02-01", "--resolution", "7s"],
            "--resolution 7s: model.resolution",
        ),
        (["replay", "EVENTS", "--model", "default", "--as-of", "2026-02-01", "--csv", "--json"], "--csv and --json"),
        (["replay", "EVENTS", "--model", "default", "--as-of", "2026-02-01", "--output", "x"], "--output takes"),
        (
            ["replay", "EVENTS", "--model", "default", "--as-of", "2026-02-01", "--csv", "--output", "/"],
            "/ cannot be written",
        ),
        (["model", "check", "nothing.toml"], "There is no model 'nothing.toml'"),
        (["publish", "nothing.ndjson"], "nothing.ndjson cannot be read"),
        (["publish", "EVENTS", "--tick", "soon"], "--tick: 'soon' is not an instant"),
        (["publish", "EVENTS", "--tick", "now"], "--tick now"),
        (["publish", "EVENTS", "--tick", "2099-01-01T00:00:00Z"], "is in the future"),
        (["scores"], "VITALS_REDIS"),
        (["explain", "acme"], "VITALS_REDIS"),
    ],
)
def test_a_mistake_ends_with_1_and_one_line_that_says_what(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    events: str,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.setenv("VITALS_REDIS", NO_REDIS)
    ended = vitals(capsys, *[events if each == "EVENTS" else each for each in arguments])
    assert (ended.code, ended.out) == (1, "")
    told = ended.err.splitlines()[-1]
    assert told.startswith("error: ")
    assert words in told


@pytest.mark.parametrize("command", ["worker", "project", "notify", "scores"])
def test_a_wrong_setting_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("VITALS_PARTITIONS", "many")
    ended = vitals(capsys, command)
    assert ended.code == 1
    assert ended.err.startswith("error: VITALS_PARTITIONS is 'many'")


def test_a_wrong_log_level_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITALS_LOG_LEVEL", "loud")
    assert vitals(capsys, "worker").err.startswith("error: VITALS_LOG_LEVEL is 'loud'")


def test_a_replay_prints_csv_on_standard_output_and_the_rest_on_standard_error(
    capsys: pytest.CaptureFixture[str], events: str
) -> None:
    arguments = ["--model", "usage-trend-friction", "--as-of", "2026-01-19T12:00:00Z", "--csv"]
    ended = vitals(capsys, "replay", events, *arguments)
    rows = list(csv.DictReader(ended.out.splitlines()))
    assert [(row["account_id"], row["usage_30d"]) for row in rows] == [("[red]zeta", "1"), ("acme", "19")]
    assert "20 events replayed, 1 line refused." in ended.err
    assert "malformed" in ended.err
    assert ended.code == 0


def test_a_replay_prints_whole_answers_as_json(capsys: pytest.CaptureFixture[str], events: str) -> None:
    ended = vitals(capsys, "replay", events, "--model", "default", "--as-of", "2026-01-19,2026-01-20", "--json")
    answers = json.loads(ended.out)
    assert [(each["account_id"], each["as_of"]) for each in answers] == [
        ("[red]zeta", "2026-01-19T00:00:00Z"),
        ("acme", "2026-01-19T00:00:00Z"),
        ("[red]zeta", "2026-01-20T00:00:00Z"),
        ("acme", "2026-01-20T00:00:00Z"),
    ]
    assert {"score", "tier", "model", "components", "facts"} <= answers[0].keys()
    assert {(each["generation"], each["version"]) for each in answers} == {(0, 0)}


def test_a_replay_prints_a_table_worst_first_with_names_as_they_are(
    capsys: pytest.CaptureFixture[str], events: str
) -> None:
    ended = vitals(capsys, "replay", events, "--model", "default", "--as-of", "2026-01-19T12:00:00Z")
    assert "2 accounts as of 2026-01-19T12:00:00Z" in ended.out
    assert 0 < ended.out.index("[red]zeta") < ended.out.index("acme")


def test_a_replay_of_nothing_but_refused_lines_says_why_and_fails(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "bad"
    path.write_text("x\n" * 10)
    ended = vitals(capsys, "replay", str(path), "--model", "default", "--as-of", "2026-01-19", "--csv")
    assert (ended.code, ended.out) == (1, "")
    assert "malformed" in ended.err
    assert "1, 2, 3, 4, 5, …" in ended.err
    assert "no line of it is an event" in ended.err


def test_events_that_are_all_refused_are_not_called_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "undated.ndjson"
    path.write_text('\n {"topic": "analytics", "account_id": "acme", "event": "x"}\n')
    ended = vitals(capsys, "replay", str(path), "--model", "default", "--as-of", "2026-01-19", "--csv")
    assert (ended.code, ended.out) == (1, "")
    assert "bad_timestamp" in ended.err
    assert ended.err.endswith(f"error: {path}: all its lines were rejected. Fix them for the reasons listed.\n")


def test_a_replay_shows_a_bar_on_a_terminal_and_keeps_standard_output_clean(events: str) -> None:
    ours, theirs = pty.openpty()
    command = [*VITALS, "replay", events, "--model", "default", "--as-of", "2026-01-19", "--csv"]
    environment = {**os.environ, "TERM": "xterm"}
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, env=environment, timeout=60, check=True)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    os.close(theirs)
    assert "reading" in shown
    assert ended.stdout.decode().startswith("as_of,account_id,")


def test_a_good_model_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    ended = vitals(capsys, "model", "check", "usage-trend-friction")
    assert ended.code == 0
    assert ended.out.startswith("ok: usage-trend-friction version 2")
    for words in ("red [0, 45), yellow [45, 75), green [75, 100]", "usage_14d − usage_prior14d", "share_of_max"):
        assert words in ended.out


def test_a_good_model_is_shown_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    model = json.loads(vitals(capsys, "model", "check", "four-inputs", "--json").out)
    assert (model["name"], model["version"], model["resolution"]) == ("four-inputs", 4, "1h")
    assert model["tiers"][1] == {"name": "yellow", "lower": 45.0}
    assert all(signal["kind"] for signal in model["signals"].values())
    assert sum(component["weight"] for component in model["components"].values()) == 100


def test_a_bad_model_is_refused_with_its_key(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[model]\nname = "mine"\n[signals.a]\nkind = "nonsense"\n')
    ended = vitals(capsys, "model", "check", str(path), "--json")
    assert (ended.code, ended.out) == (1, "")
    assert f"error: {path}: line 4: signals.a.kind" in ended.err


@pytest.mark.parametrize(
    ("score", "words"),
    [(44.999, "44.99"), (74.9999999, "74.99"), (45.0, "45.00"), (74.35, "74.35"), (0.0, "0.00"), (100.0, "100.00")],
)
def test_a_score_is_never_rounded_up_into_the_next_tier(score: float, words: str) -> None:
    assert score_words(score) == words


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def running(*arguments: str) -> subprocess.Popen[str]:
    """A command in a process of its own, its output buffered: only so does Python see a pipe break in mid-write.

    Ctrl-C works in it as in a terminal, also where the tests themselves run in the background, and so without it.
    """
    pipe = subprocess.PIPE
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen(
        [*VITALS, *arguments],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        env=environment,
        text=True,
        preexec_fn=_hear_ctrl_c,
    )


def test_a_reader_that_has_seen_enough_ends_us_quietly(events: str) -> None:
    instants = ",".join(f"2026-02-01T{hour:02}:{minute:02}" for hour in range(24) for minute in range(60))
    with running("replay", events, "--model", "default", "--json", "--quiet", "--as-of", instants) as command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert command.stdout.readline() == "[\n"
        command.stdout.close()
        told = command.stderr.read()
        assert command.wait(30) == 1
    assert told.splitlines()[-1] == "20 events replayed, 1 line refused."


def test_ctrl_c_ends_us_quietly() -> None:
    with running("replay", "-", "--model", "default", "--as-of", "2026-01-01") as command:
        assert command.stdin is not None
        # More than a pipe holds, so once it is written the command is reading it.
        command.stdin.write("x\n" * 200_000)
        command.stdin.flush()
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=30)
    assert (command.returncode, out) == (130, "")
    assert err == "Interrupted: nothing more was done; run the command again when you like.\n"


def test_a_module_of_the_working_directory_is_not_imported_in_place_of_a_librarys(tmp_path: Path) -> None:
    for name in ("redis", "rich", "typer", "msgspec", "csv"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('trap')\n")
    (tmp_path / "scoring").mkdir()
    ended = subprocess.run([*VITALS, "model", "check", "default"], cwd=tmp_path, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_working_directory_that_was_removed_hinders_nobody(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    place = shlex.quote(str(gone))
    line = f"cd {place} && rmdir {place} && exec {shlex.join(VITALS)} model check default"
    ended = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
