"""Changes of a model's file that keep everything else."""

from __future__ import annotations

import pytest

from scoring.model import schema
from scoring.model.extension import ModelText
from scoring.model.loader import load_model
from streams.calibrate.model_edit import Changes, edited, unified_diff
from streams.errors import UserError

TEXT = """\
# What we care about.
[model]
name = "ours"
version = 4 # keep in step with the page

[tiers]
red = 0
yellow = 45   # agreed with Ada
green = 75

[signals.use]
kind = "count"
topics = ["analytics"]
window = "30d"

[signals.tickets]
kind = "count"
topics = ["tickets"]
window = "30d"

# Use first.
[components.use]
shape = "linear"
signal = "use"
points = [[0, 0], [10, 100]]
weight = 60 # of 100

[components."help"]
shape = "linear"
signal = "tickets"
points = [[0, 100], [10, 0]]
weight = 40
"""
CURVE = schema.Calibration(
    within="60d", until="2026-03-01", accounts=700, outcomes=84, points=((0, 0.5, 0.25, 0.75), (100, 0.01, 0.0, 0.02))
)
ALL = Changes(weights={"use": 45.5, "help": 54.5}, bounds={"yellow": 51.2}, calibrations={"churn": CURVE})


def test_numbers_change_and_comments_stay() -> None:
    after = edited(ModelText(TEXT), load_model(TEXT), ALL)
    assert "weight = 45.5 # of 100\n" in after
    assert "yellow = 51.2   # agreed with Ada\n" in after
    assert "version = 5 # keep in step with the page\n" in after
    assert "# Use first.\n" in after
    assert load_model(after) == ALL.applied(load_model(TEXT))


def test_the_difference_shows_the_changed_lines_alone() -> None:
    model = load_model(TEXT)
    after = edited(ModelText(TEXT), model, Changes(weights={"use": 50.0, "help": 50.0}))
    changed = [
        line
        for line in unified_diff(TEXT, after, "ours.toml", "proposed").splitlines()
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    ]
    assert changed == [
        "-version = 4 # keep in step with the page",
        "+version = 5 # keep in step with the page",
        "-weight = 60 # of 100",
        "+weight = 50 # of 100",
        "-weight = 40",
        "+weight = 50",
    ]


def test_a_calibration_is_replaced_by_the_next_one() -> None:
    first = edited(ModelText(TEXT), load_model(TEXT), ALL)
    flat = schema.Calibration(within="30d", points=((50, 0.1, 0.0, 0.2),))
    second = edited(ModelText(first), load_model(first), Changes(calibrations={"churn": flat}))
    assert second.count("[calibrations.churn]") == 1
    assert load_model(second).calibrations == {"churn": flat}


def test_what_the_file_leaves_out_is_added_to_its_table() -> None:
    text = TEXT.replace("version = 4 # keep in step with the page\n", "")
    after = edited(ModelText(text), load_model(text), Changes(bounds={"yellow": 50.0}))
    assert load_model(after).version == 2


def test_a_file_that_extends_a_preset_says_what_differs_in_tables_of_its_own() -> None:
    text = 'extends = "default"\n\n[model]\nname = "ours" # and nobody else\'s\n'
    model = load_model(text)
    name = next(name for name, each in model.components.items() if each.weight > 2)
    weight = model.components[name].weight
    after = edited(ModelText(text), model, Changes(weights={name: weight - 1}, bounds={"yellow": 50.5}))
    assert after.startswith('extends = "default"\n\n[model]\nversion = 2\nname = "ours" # and nobody else\'s\n')
    assert after.endswith(f"\n[components.{name}]\nweight = {weight - 1:g}\n\n[tiers]\nyellow = 50.5\n")


@pytest.mark.parametrize(
    ("before", "instead"),
    [
        ('[model]\nname = "ours"\nversion = 4 # keep in step with the page\n', 'model = { name = "ours" }\n'),
        ("[tiers]\nred = 0\nyellow = 45   # agreed with Ada\ngreen = 75\n", ""),
    ],
)
def test_what_cannot_be_changed_is_refused_with_what_to_do(before: str, instead: str) -> None:
    """Inline tables, and bounds that are not in the file: one alone is no whole table of tiers."""
    assert before in TEXT
    text = instead + TEXT.replace(before, "")
    with pytest.raises(UserError, match="by hand; --json has the numbers"):
        edited(ModelText(text), load_model(text), Changes(bounds={"yellow": 50.0}))


def test_no_change_is_falsy() -> None:
    assert not Changes()
    assert ALL
