"""Checks of `alerts.toml` beyond its types. Each raises `ModelRuleError`: the key, and a text that ends in the fix."""

from alerts.lifecycle.checks.calendars import check_calendar, check_traits
from alerts.lifecycle.checks.header import check_guard, check_header
from alerts.lifecycle.checks.names import check_table_names
from alerts.lifecycle.checks.routes import check_routes
from alerts.lifecycle.checks.rules import check_rule
from alerts.lifecycle.checks.sinks import check_sink
from alerts.lifecycle.schema import AlertRules
from scoring.model.model import Model


def check(rules: AlertRules, model: Model) -> None:
    """Check all tables against each other and against the model.

    Raises:
        ModelRuleError: at the first mistake, in the order header, calendars, traits, rules, sinks, routes, guard.
    """
    check_table_names(rules)
    check_header(rules.header)
    for name, calendar in rules.calendars.items():
        check_calendar(f"calendars.{name}", calendar)
    check_traits(rules.traits, model)
    for name, rule in rules.rules.items():
        check_rule(f"rules.{name}", rule, rules, model)
    for name, sink in rules.sinks.items():
        check_sink(f"sinks.{name}", sink)
    check_routes(rules, model)
    check_guard(rules.guard)


__all__ = ["check"]
