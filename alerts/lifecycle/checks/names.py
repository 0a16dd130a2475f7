"""Checks of the tables' names and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from alerts.lifecycle.schema import AlertRules
from scoring.model.rule_checks import ModelRuleError

RULES_MAX, ROUTES_MAX, SINKS_MAX, CALENDARS_MAX, TRAITS_MAX = 64, 32, 32, 16, 16
GUARD = "guard"
"""The rule of the guard's own alerts, which no file has."""
RESERVED = ("default", "none")
"""What a route's `to` can say beside the names of sinks."""
_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")


def check_table_names(rules: AlertRules) -> None:
    """Check that no section is empty or has too many tables, and that their names fit into ids, labels of metrics and
    names of consumer groups.

    Raises:
        ModelRuleError: when one does not.
    """
    if not rules.rules:
        raise ModelRuleError("rules", "there is no rule, so there would never be an alert; add [rules.NAME]")
    if not rules.routes:
        words = "there is no route, so nobody would be told of any alert; add [routes.default] with to = ['default']"
        raise ModelRuleError("routes", words)
    sections: tuple[tuple[str, Iterable[str], int], ...] = (
        ("rules", rules.rules, RULES_MAX),
        ("routes", rules.routes, ROUTES_MAX),
        ("sinks", rules.sinks, SINKS_MAX),
        ("calendars", rules.calendars, CALENDARS_MAX),
        ("traits", rules.traits, TRAITS_MAX),
    )
    for section, names, most in sections:
        given = list(names)
        if len(given) > most:
            words = f"there are {len(given)} tables, and the most is {most}; remove some, or join those that are alike"
            raise ModelRuleError(section, words)
        for name in given:
            if not _NAME.fullmatch(name):
                words = "a name is 1 to 40 letters (a-z), digits and underscores; rename it"
                raise ModelRuleError(f"{section}.{name}", words)
    if GUARD in rules.rules:
        raise ModelRuleError(f"rules.{GUARD}", "a route takes this for the guard's own alerts; rename the rule")
    for name in RESERVED:
        if name in rules.sinks:
            raise ModelRuleError(f"sinks.{name}", f"{name!r} has a meaning of its own in a route; rename the sink")
