"""The plain facts beside which a model is measured: a model of its own, whose judgement nobody sees."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scoring.model.loader import load_model
from scoring.model.model import Model
from streams.backtest.panel import Floats, Panel

_TEXT = """
[model]
name = "facts"
version = 1

[signals.usage_14d]
kind = "count"
topics = ["analytics"]
exclude = ["@machine"]
window = "14d"

[signals.usage_before]
kind = "count"
topics = ["analytics"]
exclude = ["@machine"]
window = "14d"
prior = true

[signals.usage_30d]
kind = "count"
topics = ["analytics"]
exclude = ["@machine"]
window = "30d"

[signals.silent_days]
kind = "since_last"
topics = ["analytics"]
exclude = ["@machine"]

[signals.users_14d]
kind = "distinct"
topics = ["analytics"]
exclude = ["@machine"]
of = "user"
window = "14d"

[signals.errors_30d]
kind = "count"
topics = ["exceptions"]
also = ["$exception"]
window = "30d"

[signals.tickets_30d]
kind = "count"
topics = ["tickets"]
events = ["@ticket_opened"]
also = ["@ticket_opened"]
window = "30d"

[signals.failed_30d]
kind = "count"
topics = ["billing"]
events = ["@payment_failed"]
window = "30d"

[signals.mrr]
kind = "last"
topics = ["billing"]
property = "mrr"
zero_on = ["@subscription_canceled"]
by = "subscription_id"
minimum = 0

[signals.age]
kind = "age"

[signals.segment]
kind = "last"
topics = ["analytics", "billing", "tickets"]
property = SEGMENT
type = "text"

[components.usage]
shape = "linear"
signal = "usage_14d"
points = [[0, 0], [1, 100]]
weight = 1
"""
FACTS = (
    *("usage_14d", "usage_before", "usage_30d", "silent_days", "users_14d"),
    *("errors_30d", "tickets_30d", "failed_30d", "mrr", "age"),
)
SEGMENT = "segment"
PLAIN = {
    "usage_14d": "use of 14 days",
    "drop": "its drop against the 14 days before",
    "silent": "days without use",
    "tickets": "tickets of 30 days",
    "mrr": "MRR",
}
"""The facts that are yardsticks by themselves."""


def facts_model(by: str) -> Model:
    """A model whose signals are `FACTS`, and the text property `by` as `SEGMENT`."""
    quoted = "".join(char if char.isprintable() and char not in '"\\' else "?" for char in by or "plan")
    return load_model(_TEXT.replace("property = SEGMENT", f'property = "{quoted}"'))


def risks(panel: Panel) -> dict[str, Floats]:
    """How much each plain fact speaks for churn, by row: the greater, the more. What is unknown speaks as little
    as it can, but unknown use is none."""
    facts = panel.facts
    used, before = np.nan_to_num(facts["usage_14d"]), np.nan_to_num(facts["usage_before"])
    silent = facts["silent_days"]
    mrr = facts["mrr"]
    return {
        "usage_14d": -used,
        "drop": np.log1p(before) - np.log1p(used),
        "silent": np.where(np.isnan(silent), np.inf, silent).clip(max=1e6),
        "tickets": np.nan_to_num(facts["tickets_30d"]),
        "mrr": -np.where(np.isnan(mrr), np.inf, mrr).clip(max=1e12),
    }


def table(facts: Mapping[str, Floats]) -> Floats:
    """The facts as columns for a regression: counts by their logarithm, use against the use before, and whether the
    MRR is known."""
    value = {name: np.nan_to_num(facts[name]) for name in FACTS}
    silent = np.where(np.isnan(facts["silent_days"]), 400.0, facts["silent_days"]).clip(0, 400)
    logs = {name: np.log1p(np.maximum(value[name], 0)) for name in FACTS}
    columns = [logs[name] for name in FACTS if name not in ("silent_days", "age", "usage_before")]
    columns += [logs["usage_14d"] - logs["usage_before"], np.log1p(silent), np.log1p(value["age"].clip(0))]
    columns += [logs["usage_14d"] - logs["usage_30d"], np.isnan(facts["mrr"]).astype(np.float64)]
    return np.column_stack(columns)
