"""Mistakes in rules that are valid one by one: what can never fire or be sent, fires twice, or has no effect.

No finding is a guess: each is proved from the rules and the model, for every account and all future events.
"""

from __future__ import annotations

import itertools

from alerts.lifecycle.lint import routes, rules, twins
from alerts.lifecycle.lint.finding import Finding as Finding
from alerts.lifecycle.schema import AlertRules
from scoring.model.model import Model

__all__ = ["Finding", "findings"]


def findings(alert_rules: AlertRules, model: Model) -> tuple[Finding, ...]:
    """What is found in checked rules, errors first. An error is something of which nothing could ever be sent."""
    found = itertools.chain(
        rules.findings(alert_rules, model), twins.findings(alert_rules, model), routes.findings(alert_rules, model)
    )
    return tuple(sorted(found, key=lambda each: each.severity != "error"))
