"""`vitals model`: what is said of a model file, on the screen and as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from scoring.model.loader import PRESETS, load_model
from scoring.model.model import ModelError
from streams.errors import UserError
from streams.model_files import read_model
from vitals import main

MINE = """\
[model]
name = "mine"
description = "All that there is."

[signals.logins]
kind = "count"
label = "logins"
topics = ["analytics"]
events = ["login"]
exclude = ["logout"]
window = "30d"
where = [{ property = "source", is = ["web", "app"] }, { property = "length", at_least = 2, exists = true }]

[signals.prior_logins]
kind = "count"
topics = ["analytics"]
exclude = ["@machine"]
window = "30d"
prior = true

[signals.change]
kind = "difference"
of = "logins"
minus = "prior_logins"

[signals.spent]
kind = "mean"
topics = ["billing"]
property = "amount"
window = "90d"

[signals.best]
kind = "peak"
topics = ["analytics"]
exclude = ["@machine"]

[signals.unsteady]
kind = "volatility"
topics = ["analytics"]
exclude = ["@machine"]

[signals.last_year]
kind = "season"
topics = ["analytics"]
exclude = ["@machine"]

[signals.tickets]
kind = "open"
topics = ["tickets"]
closed_by = ["closed"]
item = "ticket_id"
measure = "weight"
weigh_by = "severity"

[signals.resolution]
kind = "duration"
topics = ["tickets"]
closed_by = ["closed"]
item = "ticket_id"
window = "90d"

[signals.steps]
kind = "milestones"
steps = [{ name = "kickoff", events = ["kicked_off"], due = "14d" }, { name = "trained", events = ["training"] }]

[signals.silent_days]
kind = "since_last"
topics = ["analytics"]
exclude = ["@machine"]

[signals.segment]
kind = "last"
topics = ["analytics"]
property = "segment"
type = "text"

[signals.age]
kind = "age"

[components.level]
shape = "vs_own_peak"
label = "Logins"
signal = "logins"
peak = "best"
weight = 30
needs = "age"

[[components.level.when]]
signal = "silent_days"
at_least = 14
and = [{ signal = "age", above = 3 }]
judgement = 5
words = "silent"

[components.season]
shape = "trend"
signal = "logins"
prior = "prior_logins"
rise = 0.5
weight = 10

[components.steady]
shape = "linear"
signal = "unsteady"
points = [[0, 100], [1, 0]]
weight = 10

[components.year]
shape = "ratio"
signal = "logins"
of = "last_year"
key = "spent"
key_of = 3
weight = 10

[components.cadence]
shape = "cadence"
signal = "silent_days"
due = 7
never = 10
weight = 0

[components.segment]
shape = "category"
signal = "segment"
values = { big = 90 }
otherwise = 40
weight = 0

[components.onboarding]
shape = "milestones"
signal = "steps"
weight = 0

[components.mixed]
shape = "blend"
parts = { cadence = 3, segment = 1 }
weight = 40

[profiles.big]
label = "Enterprise"
when = [{ signal = "segment", is = ["big", "huge"] }, { signal = "age", at_least = 90 }]
weights = { onboarding = 1, mixed = 3 }
provisional = true

[floors.silent]
label = "No login in 30 days"
when = [{ signal = "silent_days", at_least = 30, below = 400 }]
to = 40

[flags.fewer]
when = [{ signal = "change", at_most = -10 }, { signal = "tickets", known = true }]

[flags.slow]
when = [{ signal = "resolution", above = 48 }]
"""


class Ended(NamedTuple):
    """A command that has ended."""

    code: object
    out: str
    err: str


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


def vitals(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ended:
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, arguments)))
    out, err = capsys.readouterr()
    return Ended(ended.value.code, out, err)


def words_of(out: str) -> str:
    """What a table or a tree says, its lines put together again."""
    kept = "".join(" " if each in "│├└─┃━┡┏┳╇" else each for each in out)
    return " ".join(kept.split())


# --- check


def test_every_kind_and_shape_is_shown(capsys: pytest.CaptureFixture[str], mine: Path) -> None:
    ended = vitals(capsys, "model", "check", mine)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("ok: mine version 1\nAll that there is.\n")
    for word in (
        "volatility",
        "season",
        "milestones",
        "best 30d of 400d",
        "28d, 364d ago",
        "8 weeks",
        "180d",
        "90d, each at most 180d",
    ):
        assert word in ended.out
    for row in ("silent_days ≥ 30, < 400", "Enterprise", "onboarding 1, mixed 3", "change ≤ -10 and tickets is known"):
        assert row in ended.out


def test_a_model_without_profiles_floors_and_flags_has_no_tables_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    out = vitals(capsys, "model", "check", "usage-trend-friction").out
    assert [title for title in ("Signals", "Components", "Profiles", "Floors", "Flags") if title in out] == [
        "Signals",
        "Components",
    ]


def test_warnings_are_told_and_the_command_ends_well(capsys: pytest.CaptureFixture[str], mine: Path) -> None:
    ended = vitals(capsys, "model", "check", mine)
    warned = [line.partition(": ")[2].partition(": ")[0] for line in ended.out.splitlines() if "warning: " in line]
    assert warned == ["components.season.prior"]
    mine.write_text(MINE.replace("to = 40", "to = 90").replace("onboarding = 1, ", ""))
    ended = vitals(capsys, "model", "check", mine)
    assert ended.code == 0
    for key in ("components.onboarding", "components.season.prior", "floors.silent.to"):
        assert f"warning: {key}: " in ended.out


def test_warnings_are_in_the_json(capsys: pytest.CaptureFixture[str], mine: Path) -> None:
    model = json.loads(vitals(capsys, "model", "check", mine, "--json").out)
    assert [warning["key"] for warning in model["warnings"]] == ["components.season.prior"]
    assert all(warning["words"] for warning in model["warnings"])
    assert (list(model["profiles"]), list(model["floors"]), list(model["flags"])) == (
        ["big"],
        ["silent"],
        ["fewer", "slow"],
    )


@pytest.mark.parametrize("command", ["check", "explain"])
def test_a_mistake_ends_badly_with_its_line(capsys: pytest.CaptureFixture[str], mine: Path, command: str) -> None:
    mine.write_text(MINE.replace('window = "90d"', 'windw = "90d"'))
    ended = vitals(capsys, "model", command, mine)
    line = MINE.splitlines().index('window = "90d"') + 1
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"error: {mine}: line {line}: signals.spent.windw: no such key; did you mean 'window'?")


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("command", ["check", "explain"])
def test_every_preset_can_be_looked_at(capsys: pytest.CaptureFixture[str], command: str, preset: str) -> None:
    assert vitals(capsys, "model", command, preset).code == 0
    shown = json.loads(vitals(capsys, "model", command, preset, "--json").out)
    assert shown["name"] == preset


# --- explain


def test_the_tree_goes_from_the_score_down_to_the_events(capsys: pytest.CaptureFixture[str], mine: Path) -> None:
    words = words_of(vitals(capsys, "model", "explain", mine).out)
    for said in (
        "mine «All that there is.» version 1: 0 to 100, the weighted mean of what has evidence",
        "level «Logins» weight 30 (30.0%) vs_own_peak: 100 × logins / best, at most 100",
        "needs age > 0",
        "when silent_days ≥ 14 and age > 3 makes 5 (silent)",
        "logins count, 30d: analytics: login but logout where source is web or app and length is there, ≥ 2",
        "(logins − prior_logins) / prior_logins: 0 at −20 %, 50 when flat, 100 at +50 %; none in the first 28d",
        "prior_logins count, 30d, the one before: analytics but @machine",
        "ratio: 100 × logins / last_year, at most 100; spent of 3 counts 2 times",
        "mixed weight 40 (40.0%) blend: mean of cadence (3), segment (1)",
        "cadence weight 3 (75.0%) cadence: silent_days: 100 up to 7 days, 0 from 14, 10 when it never happened",
        "segment weight 1 (25.0%) category: segment: big makes 90, else 40",
        "big «Enterprise» when segment is big or huge and age ≥ 90, rank 0, provisional",
        "onboarding weight 1 (25.0%) mixed weight 3 (75.0%)",
        "kickoff (analytics: kicked_off, due in 14d); trained (analytics: training)",
        "silent «No login in 30 days» at most 40 while silent_days ≥ 30, < 400",
        "fewer shown while change ≤ -10 and tickets is known",
        "red [0, 45) yellow [45, 75) green [75, 100]",
    ):
        assert said in words


def test_judgement_by_evidence_is_told(capsys: pytest.CaptureFixture[str], mine: Path) -> None:
    header = 'name = "mine"\nneutral_weight = 10\nneutral = 69\nemphasis = 2\nknown_by = ["level", "mixed"]'
    evidence = '[components.season]\nevidence = [{ signal = "age", half = 28 }, { signal = "silent_days", fade = 7 }]'
    mine.write_text(MINE.replace('name = "mine"', header).replace("[components.season]", evidence))
    how = "a constant 69 of weight 10, a judgement of 0 weighs 2 times one of 100, coverage by level, mixed"
    for command in ("check", "explain"):
        ended = vitals(capsys, "model", command, mine)
        assert (ended.code, ended.err) == (0, "")
        said = words_of(ended.out)
        assert how in said
    assert "evidence age / (age + 28) · 7 / (7 + silent_days)" in said


def test_the_tree_says_what_synonyms_stand_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ours.toml"
    own = '[properties]\ncsat = ["stars", "@csat"]\n[signals.csat_30d]\nproperty = "@csat"\n'
    path.write_text(f'extends = "four-inputs"\n[model]\nname = "ours"\n{own}')
    tree = json.loads(vitals(capsys, "model", "explain", path, "--json").out)
    (synonyms,) = [part for part in tree["parts"] if part["name"] == "properties"]
    csat = next(part for part in synonyms["parts"] if part["name"] == "@csat")
    assert csat["words"].startswith("the first of stars, csat, csat_score, ")
    assert "good is 5; bad is 1; offered is nothing" in csat["words"]


def test_the_tree_as_json_has_weights_and_shares(capsys: pytest.CaptureFixture[str], mine: Path) -> None:
    tree = json.loads(vitals(capsys, "model", "explain", mine, "--json").out)
    sections = {section["name"]: section["parts"] for section in tree["parts"]}
    assert list(sections) == ["components", "profiles", "floors", "flags", "events", "tiers"]
    shares = {part["name"]: part["share"] for part in sections["components"]}
    assert shares == {"level": 0.3, "season": 0.1, "steady": 0.1, "year": 0.1, "onboarding": 0.0, "mixed": 0.4}
    (mixed,) = (part for part in sections["components"] if part["name"] == "mixed")
    assert {part["name"]: part["share"] for part in mixed["parts"]} == {"cadence": 0.75, "segment": 0.25}


def test_texts_of_a_file_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str], mine: Path) -> None:
    mine.write_text(MINE.replace("Enterprise", "\\u001b[2J[bold]Enterprise").replace("All that", "\\u001b[2JAll that"))
    for command in ("check", "explain"):
        ended = vitals(capsys, "model", command, mine)
        assert ended.code == 0
        assert "\x1b" not in ended.out
        assert "[bold]Enterprise" in ended.out


def test_a_byte_order_mark_before_a_model_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINE.encode().replace(b"\n", b"\r\n"))
    assert read_model(str(path)) == load_model(MINE)
    with pytest.raises(ModelError, match=r"^line 2: model\.nmae: "):
        load_model("\ufeff" + MINE.replace("name", "nmae", 1))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty: give"),
        (b" \n", "is empty: give"),
        (MINE.encode("utf-16"), r"it is UTF-16\): save it as TOML in UTF-8"),
        (MINE.encode("utf-32-le"), r"it is UTF-32\): save it"),
        (b"# caf\xe9\n", r"it is not UTF-8 at byte 6\): save it"),
        (b"PK\x03\x04", r"it is a zip archive or a spreadsheet\)"),
        (b"#" * 1_000_001, "has more than 1,000,000 bytes"),
        (b"a = " + b"[" * 100_000, "not TOML: .*; fix the text there"),
        (b"a = " + b"9" * 10_000, "not TOML: .*; fix the text there"),
    ],
)
def test_a_file_that_is_no_model_is_told_in_a_word(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(UserError, match=words):
        read_model(str(path))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("defualt", "There is no model 'defualt'; did you mean 'default'?"),
        ("", "There is no model ''"),
        ("a\0b", "cannot be read"),
        ("/", "Is a directory"),
    ],
)
def test_a_name_that_is_no_model_is_told_in_a_word(name: str, words: str) -> None:
    with pytest.raises(UserError, match=re.escape(words)):
        read_model(name)


def test_show_prints_a_file_that_stands_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "base.toml").write_text(MINE)
    path = tmp_path / "below" / "ours.toml"
    path.write_text('extends = "../base.toml"\n[model]\nname = "ours"\n')
    for file, name in ((tmp_path / "base.toml", "mine"), (path, "ours")):
        with pytest.raises(SystemExit) as ended:
            main(["model", "show", str(file)])
        assert ended.value.code == 0
        assert load_model(capsys.readouterr().out) == read_model(str(file))
        assert read_model(str(file)).name == name


def test_a_mistake_in_an_extended_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("[model]\nname = 7\n")
    path = tmp_path / "ours.toml"
    path.write_text('extends = "base.toml"\n[model]\nname = "ours"\n[floors]\nx = 1\n')
    with pytest.raises(UserError, match="there is no \\[signals\\]"):
        read_model(str(path))
    path.write_text('extends = "nothing.toml"\n')
    with pytest.raises(UserError, match=r"ours.toml: line 1: extends: There is no model '.*nothing.toml'"):
        read_model(str(path))
