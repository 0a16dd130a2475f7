"""A model with other weights, and its file."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from dashboard.queries.models.changed import changed, model_file
from dashboard.queries.port import BadRequest
from dashboard.values.model import WhatIfRequest
from scoring.model.loader import load_model
from scoring.model.model_json import decode_model, encode_model
from streams.model_files import read_model
from vitals.app import app

PRESETS = ("default", "eight-components", "four-inputs", "health-index", "usage-trend-friction")
DEFAULT = read_model("default")


@pytest.mark.parametrize("name", PRESETS)
def test_the_file_of_an_unchanged_model_means_that_model(name: str) -> None:
    """After the way over the topic `models`."""
    model = read_model(name)
    text = model_file(decode_model(encode_model(model)), WhatIfRequest())
    assert load_model(text) == model


def test_a_set_of_events_that_means_something_else_by_now_is_written_out() -> None:
    """A model that was sent under a release whose sets were others."""
    old = msgspec.structs.replace(
        DEFAULT,
        signals={
            **DEFAULT.signals,
            "tickets_30d": msgspec.structs.replace(DEFAULT.signals["tickets_30d"], events=("opened_long_ago",)),
        },
    )
    text = model_file(old, WhatIfRequest())
    assert load_model(text).signals == old.signals


def test_a_changed_model_is_the_next_version_and_passes_the_check(tmp_path: Path) -> None:
    request = WhatIfRequest(weights={"usage": 50, "csat": 0}, bounds={"green": 80})
    text = model_file(DEFAULT, request)
    found = load_model(text)
    assert (found.version, found.components["usage"].weight, found.components["csat"].weight) == (5, 50, 0)
    assert [tier.lower for tier in found.tiers] == [0, 68, 80]
    path = tmp_path / "model.toml"
    path.write_text(text)
    done = CliRunner().invoke(app, ["model", "check", str(path)])
    assert done.exit_code == 0, done.output


def test_a_required_sum_of_weights_follows_the_weights() -> None:
    model = next(each for each in map(read_model, PRESETS) if each.header.weights_sum is not None)
    name = next(iter(model.components))
    found = changed(model, WhatIfRequest(weights={name: 1}))
    assert found.header.weights_sum == sum(each.weight for each in found.components.values())


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (WhatIfRequest(weights={"usagee": 1}), "no component 'usagee': take one of usage, recent"),
        (WhatIfRequest(bounds={"blue": 1}), "no tier 'blue': take one of red, yellow, green"),
        (WhatIfRequest(weights={"usage": -1}), "usage is -1: give a number of 0 or more"),
        (WhatIfRequest(weights={"usage": float("nan")}), "usage is nan"),
        (WhatIfRequest(weights=dict.fromkeys(DEFAULT.components, 0.0)), "all of them are 0"),
        (WhatIfRequest(bounds={"green": 60}), "tiers.green"),
        (WhatIfRequest(bounds={"red": 5}), "must start at 0"),
    ],
)
def test_what_no_model_can_have_is_refused_by_name(request_: WhatIfRequest, words: str) -> None:
    with pytest.raises(BadRequest, match=words.replace("(", r"\(")):
        changed(DEFAULT, request_)
