"""Shipped rules under other models: tiers by their place, and what a model lacks is left out."""

from __future__ import annotations

import pytest

from alerts.lifecycle.loader import load_shipped
from alerts.lifecycle.schema import ForecastRule, MrrRule, TierRule
from scoring.model.loader import load_model, load_preset

MODEL = """\
[model]
name = "mine"
[tiers]
{tiers}
[signals.mrr]
kind = "last"
topics = ["billing"]
property = "mrr"
type = "{type}"
[signals.nps]
kind = "last"
topics = ["billing"]
property = "nps"
type = "text"
[signals.days_since_nps]
kind = "since_last"
topics = ["billing"]
[components.use]
shape = "linear"
signal = "days_since_nps"
points = [[0, 100], [9, 0]]
weight = 1
"""


@pytest.mark.parametrize(
    ("tiers", "severities", "soon", "best"),
    [
        ("red = 0\nyellow = 50\ngreen = 80", {"red": "critical", "yellow": "warning"}, ("red",), ("green",)),
        ("low = 0\nhigh = 50", {"low": "critical"}, ("low",), ("high",)),
        (
            "a = 0\nb = 20\nc = 40\nd = 80",
            {"a": "critical", "b": "warning", "c": "warning"},
            ("a",),
            ("d",),
        ),
        (
            "red = 0\norange = 20\nyellow = 40\ngreen = 60\nblue = 80",
            {"red": "critical", "orange": "warning", "yellow": "warning", "green": "warning"},
            ("red",),
            ("blue",),
        ),
        ("green = 0\nred = 50", {"green": "critical"}, ("green",), ("red",)),
    ],
)
def test_red_is_the_worst_green_the_best_yellow_between(
    tiers: str, severities: dict[str, str], soon: tuple[str, ...], best: tuple[str, ...]
) -> None:
    rules = load_shipped("default", load_model(MODEL.format(tiers=tiers, type="number"))).rules.rules
    tier, forecast, contraction = (rules[name] for name in ("tier", "forecast", "contraction"))
    assert isinstance(tier, TierRule)
    assert isinstance(forecast, ForecastRule)
    assert isinstance(contraction, MrrRule)
    assert (tier.severities, tier.escalations.keys()) == (severities, severities.keys())
    assert (forecast.tiers, contraction.only.tiers) == (soon, best)


def test_what_a_model_has_nothing_for_is_left_out_with_the_reason() -> None:
    """A text called nps is no score, and a text called mrr is no money."""
    loaded = load_shipped("default", load_model(MODEL.format(tiers="low = 0\nhigh = 50", type="text")))
    assert set(loaded.rules.rules) == {"tier", "drop", "forecast"}
    assert "rules.promoter: the model has no signal 'nps' that it could look at" in loaded.notes
    assert "rules.contraction: the model has no MRR" in loaded.notes
    assert "rules.flags: the model has no flag and no floor" in loaded.notes
    assert loaded.rules.traits == {}


def test_a_model_of_one_tier_has_no_tier_to_fall_into() -> None:
    loaded = load_shipped("default", load_model(MODEL.format(tiers="all = 0", type="number")))
    assert set(loaded.rules.rules) == {"drop", "contraction"}


def test_a_margin_leaves_room_to_recover() -> None:
    loaded = load_shipped("default", load_model(MODEL.format(tiers="all = 0\ntop = 99", type="number")))
    tier = loaded.rules.rules["tier"]
    assert isinstance(tier, TierRule)
    assert tier.margin == 0.5, "so that a case can be resolved"


def test_traits_are_those_that_the_model_has() -> None:
    assert load_shipped("default", load_preset("health-index")).rules.traits == {"segment": "segment"}
