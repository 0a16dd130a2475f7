"""What alert rules refer to in a model."""

from __future__ import annotations

from alerts.lifecycle.schema import AlertRules, ConditionRule


def watched_signals(rules: AlertRules) -> frozenset[str]:
    """The names of the signals that conditions and traits look at."""
    named = {each.signal for rule in rules.rules.values() if isinstance(rule, ConditionRule) for each in rule.when}
    return frozenset(named | set(rules.traits.values()))
