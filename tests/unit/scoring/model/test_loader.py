"""The model file: what is accepted, and that every mistake is named by its key and comes with its fix."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from scoring.instants import DAY_MS
from scoring.model.loader import PRESETS, load_model, load_preset, with_resolution
from scoring.model.model import Model, ModelError
from tests.builders import model_text

Tables = dict[str, dict[str, Any]]
GOOD: Tables = {
    "model": {"name": "mine"},
    "tiers": {"red": 0, "yellow": 45, "green": 75},
    "signals.usage": {"kind": "count", "topics": ["analytics"], "window": "30d"},
    "signals.before": {"kind": "count", "topics": ["analytics"], "window": "30d", "prior": True},
    "signals.plan": {"kind": "last", "topics": ["billing"], "property": "plan", "type": "text"},
    "signals.seen": {"kind": "last_at", "topics": ["analytics"]},
    "signals.change": {"kind": "difference", "of": "usage", "minus": "before"},
    "signals.best": {"kind": "peak", "topics": ["analytics"]},
    "components.level": {"shape": "ratio", "signal": "usage", "of": 10, "weight": 1},
    "components.trend": {"shape": "trend", "signal": "usage", "prior": "before", "weight": 1},
    "components.line": {"shape": "linear", "signal": "usage", "points": [[0, 0], [10, 100]], "weight": 1},
}


def model_of(tables: Tables) -> Model:
    return load_model(text_of(tables))


def text_of(tables: Tables) -> str:
    signals = {name.removeprefix("signals."): table for name, table in tables.items() if name.startswith("signals.")}
    parts = {name.removeprefix("components."): t for name, t in tables.items() if name.startswith("components.")}
    return model_text(tables.get("model", {}), signals, parts, tables.get("tiers"))


def changed(table: str, **fields: Any) -> Tables:
    """The good model with some fields of a table set; None leaves a field out."""
    merged = {key: value for key, value in (GOOD.get(table, {}) | fields).items() if value is not None}
    return GOOD | {table: merged}


def complaint(text: str) -> str:
    with pytest.raises(ModelError) as error:
        load_model(text)
    return str(error.value)


def test_the_good_model_is_good() -> None:
    model = model_of(GOOD)
    assert (model.name, model.version, model.resolution_ms) == ("mine", 1, 3_600_000)
    assert [tier.name for tier in model.tiers] == ["red", "yellow", "green"]
    assert list(model.components) == ["level", "trend", "line"]


def test_tiers_that_are_not_given_are_red_yellow_and_green() -> None:
    without = {name: table for name, table in GOOD.items() if name != "tiers"}
    assert model_of(without).tiers == model_of(GOOD).tiers


@pytest.mark.parametrize(
    ("table", "fields", "key", "fix"),
    [
        ("model", {"name": None}, "model", "name"),
        ("model", {"nme": "x"}, "model", "nme"),
        ("model", {"combine": "median"}, "model.combine", "median"),
        ("model", {"version": "one"}, "model.version", "whole number"),
        ("model", {"resolution": "7m30s"}, "model.resolution", "'15m'"),
        ("model", {"resolution": "7s"}, "model.resolution", "divisor"),
        ("model", {"resolution": "2d"}, "model.resolution", "divisor"),
        ("model", {"resolution": "0h"}, "model.resolution", "whole number"),
        ("model", {"dedupe": "three days"}, "model.dedupe", "whole number"),
        ("tiers", {"red": 10}, "tiers", "start at 0"),
        ("tiers", {"yellow": 80}, "tiers.green", "from the worst to the best"),
        ("tiers", {"yellow": 75}, "tiers.green", "must be above"),
        ("tiers", {"green": 100}, "tiers.green", "below 100"),
        ("tiers", {"green": "high"}, "tiers", "a number"),
        ("signals.usage", {"window": "thirty days"}, "signals.usage.window", "'30d'"),
        ("signals.usage", {"window": "0d"}, "signals.usage.window", "whole number"),
        ("signals.usage", {"window": "-3d"}, "signals.usage.window", "whole number"),
        ("signals.usage", {"window": "90m"}, "signals.usage.window", "resolution"),
        ("signals.usage", {"window": None}, "signals.usage", "window"),
        ("signals.usage", {"windw": "30d"}, "signals.usage", "windw"),
        ("signals.usage", {"kind": "sum_of"}, "signals.usage.kind", "sum_of"),
        ("signals.usage", {"kind": None}, "signals.usage", "kind"),
        ("signals.usage", {"topics": []}, "signals.usage.topics", "name at least one"),
        ("signals.usage", {"topics": ["clicks"]}, "signals.usage.topics", "exceptions"),
        ("signals.usage", {"topics": "analytics"}, "signals.usage.topics", "a list"),
        ("signals.plan", {"type": "date"}, "signals.plan.type", "date"),
        ("signals.plan", {"property": None}, "signals.plan", "property"),
        ("signals.change", {"of": "usge"}, "signals.change.of", "usage, before"),
        ("signals.change", {"minus": "plan"}, "signals.change.minus", "number"),
        ("signals.change", {"minus": "change"}, "signals.change.minus", "differences"),
        ("signals.best", {"window": "36h"}, "signals.best.window", "whole days"),
        ("signals.best", {"within": "36h"}, "signals.best.within", "whole days"),
        ("components.level", {"weight": -1}, "components.level.weight", "from 0 to 1000"),
        ("components.level", {"weight": 1_001}, "components.level.weight", "from 0 to 1000"),
        ("components.level", {"weight": None}, "components.level", "weight"),
        ("components.level", {"weight": "much"}, "components.level.weight", "a number"),
        ("components.level", {"shape": "square"}, "components.level.shape", "square"),
        ("components.level", {"signal": "usge"}, "components.level.signal", "usage"),
        ("components.level", {"signal": "plan"}, "components.level.signal", "number"),
        ("components.level", {"signal": "seen"}, "components.level.signal", "number"),
        ("components.level", {"of": "usge"}, "components.level.of", "usage"),
        ("components.level", {"of": 0}, "components.level.of", "above 0"),
        ("components.level", {"needs": "usge"}, "components.level.needs", "usage"),
        ("components.level", {"weigth": 3}, "components.level", "weigth"),
        ("components.trend", {"prior": "prior"}, "components.trend.prior", "before"),
        ("components.trend", {"full": 0}, "components.trend.full", "above 0"),
        ("components.trend", {"min_history": "a month"}, "components.trend.min_history", "whole number"),
        ("components.line", {"points": [[0, 0]]}, "components.line.points", "at least two"),
        ("components.line", {"points": [[0, 0], [0, 100]]}, "components.line.points", "x must grow"),
        ("components.line", {"points": [[0, 0], [1, 101]]}, "components.line.points", "from 0 to 100"),
        ("components.line", {"points": [[0], [1]]}, "components.line.points", "length 2"),
        ("components.line", {"per": "plan"}, "components.line.per", "number"),
        (
            "components.level",
            {"when": [{"signal": "usge", "at_least": 1, "judgement": 50}]},
            "components.level.when.signal",
            "usage",
        ),
        (
            "components.level",
            {"when": [{"signal": "usage", "at_least": 1, "judgement": 150}]},
            "components.level.when.judgement",
            "from 0 to 100",
        ),
        (
            "components.part",
            {"shape": "capped", "signal": "usage", "cap": 5, "weight": 1},
            "components.part.shape",
            "sum",
        ),
    ],
)
def test_a_mistake_is_named_by_its_key_and_comes_with_its_fix(
    table: str, fields: dict[str, Any], key: str, fix: str
) -> None:
    text = complaint(text_of(changed(table, **fields)))
    assert key in text
    assert fix in text.replace(key, "", 1)


def test_weights_that_are_all_0_are_refused() -> None:
    weightless = {name: table | ({"weight": 0} if "weight" in table else {}) for name, table in GOOD.items()}
    assert "components: every weight is 0" in complaint(text_of(weightless))
    some = GOOD | {"components.level": GOOD["components.level"] | {"weight": 0}}
    assert model_of(some).components["level"].weight == 0


@pytest.mark.parametrize("cap", [0, -30])
def test_a_cap_must_be_above_0(cap: float) -> None:
    table = {"shape": "capped", "signal": "change", "cap": cap, "weight": 1}
    tables = changed("model", combine="sum") | {"components.part": table}
    assert "components.part.cap" in complaint(text_of(tables))


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("components.trend", "weight = 1", "weight = nan"),
        ("components.trend", "weight = 1", "weight = inf"),
        ("components.trend", "weight = 1", "weight = 1\nfull = nan"),
        ("components.level", "of = 10", "of = nan"),
        ("components.level", "of = 10", "of = inf"),
        ("components.line", "[10, 100]", "[nan, 100]"),
        ("components.line", "[10, 100]", "[inf, 100]"),
        ("components.line", "[10, 100]", "[10, nan]"),
        ("tiers", "yellow = 45", "yellow = nan"),
    ],
)
def test_what_is_no_number_is_refused_though_toml_can_say_it(table: str, old: str, new: str) -> None:
    head, mark, tail = text_of(GOOD).partition(f"[{table}]")
    assert old in tail
    assert table in complaint(head + mark + tail.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "model"),
        ("model = 3", "model"),
        ("[model]\nname = 'x'", "[signals]"),
        ("[model]\nname = 'x'\n[signals]\n[components]", "[signals]"),
        ("signals = 3\n[model]\nname = 'x'", "[signals]"),
        ("[signals]\nusage = 3\n[model]\nname = 'x'", "signals.usage"),
        ("[model\nname = 'x'", "not TOML"),
        ("[weights]\nusage = 3", "[weights]"),
        ("name = 'x'", "[name]"),
        ("\x00", "not TOML"),
    ],
)
def test_a_text_that_is_no_model_is_refused(text: str, words: str) -> None:
    assert words in complaint(text)


def test_a_signal_alone_is_no_model() -> None:
    tables = {name: table for name, table in GOOD.items() if not name.startswith("components.")}
    assert "[components]" in complaint(text_of(tables))


def test_an_unknown_preset_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(ModelError, match="default, usage-trend-friction, four-inputs"):
        load_preset("defualt")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("resolution", ["1s", "15m", "1h", "1d"])
def test_a_preset_can_be_had_at_any_resolution(name: str, resolution: str) -> None:
    model = with_resolution(load_preset(name), resolution)
    assert model.header.resolution == resolution
    assert model.resolution_ms == {"1s": 1_000, "15m": 900_000, "1h": 3_600_000, "1d": DAY_MS}[resolution]
    assert model.signals == load_preset(name).signals


@pytest.mark.parametrize("resolution", ["7m", "31d", "fast", "5d", ""])
def test_a_resolution_that_does_not_fit_is_refused(resolution: str) -> None:
    with pytest.raises(ModelError, match=r"model\.resolution|window"):
        with_resolution(load_preset("default"), resolution)


def test_the_models_under_test_are_toml() -> None:
    assert set(tomllib.loads(text_of(GOOD))) == {"model", "tiers", "signals", "components"}
