"""Reads `alerts.toml` and checks it against a model. `load_rules` is the only way to get rules.

Every error names the line, the key and the fix, as those of a model do.
"""

from __future__ import annotations

from collections.abc import Hashable
from importlib import resources
from typing import Any

import msgspec

from alerts.lifecycle import schema
from alerts.lifecycle.checks import check
from alerts.lifecycle.fitting import fitted, with_flags
from alerts.lifecycle.lint import Finding, findings
from scoring.model.checks.toml_lines import line_of
from scoring.model.checks.toml_tables import converted, tables_of
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError, suggestion

SHIPPED = ("default", "at-once")
"""The rules that ship with Vitals."""
_SECTIONS = ("alerts", "rules", "routes", "sinks", "calendars", "traits", "guard")
_OFF = ("storm", "digest", "quiet", "rate")
"""Keys of a route that `false` turns off."""


class RulesError(ValueError):
    """An `alerts.toml` that cannot be used; the text names the line, the key and the fix."""


class LoadedRules(msgspec.Struct, frozen=True):
    """Rules, what is left out of shipped ones because the model lacks what they look at («key: why»), and what the
    linter found."""

    rules: schema.AlertRules
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def load_rules(text: str, model: Model) -> schema.AlertRules:
    """The rules in a TOML text; a byte order mark is skipped, names and texts are normalised to Unicode's NFC. Where a
    rule says "*" for its flags, it has all of the model's.

    Raises:
        RulesError: «line 12: rules.tier.dwell: …», when it is not TOML, has an unknown key, breaks a rule, names what
            the model does not have, or has a rule or a route that could never send anything.
    """
    return usable(text, examine(text, model))


def load_shipped(name: str, model: Model) -> LoadedRules:
    """The rules called `name` that ship with Vitals, without those that the model has nothing for. The tiers "red",
    "yellow", "green" stand for the model's worst, those between, and its best, when they are called otherwise.

    Raises:
        RulesError: for an unknown name, or when nothing is left.
    """
    text = shipped_text(name)
    try:
        rules, notes = fitted(_rules_of(_tables(text)), model)
        check(rules, model)
    except ModelRuleError as mistake:
        raise _error(text, mistake) from None
    return LoadedRules(rules, notes, findings(rules, model))


def examine(text: str, model: Model) -> LoadedRules:
    """The rules in a TOML text with all that the linter found, errors too.

    Raises:
        RulesError: as `load_rules`, but for errors of the linter.
    """
    try:
        rules = with_flags(_rules_of(_tables(text)), model)
        check(rules, model)
    except ModelRuleError as mistake:
        raise _error(text, mistake) from None
    return LoadedRules(rules, (), findings(rules, model))


def usable(text: str, loaded: LoadedRules) -> schema.AlertRules:
    """The rules, unless the linter found an error.

    Raises:
        RulesError: with the first error.
    """
    for each in loaded.findings:
        if each.severity == "error":
            raise _error(text, ModelRuleError(each.key, each.words))
    return loaded.rules


def shipped_text(name: str) -> str:
    """The text of the rules called `name`.

    Raises:
        RulesError: for an unknown name.
    """
    if name not in SHIPPED:
        raise RulesError(f"no rules are called {name!r}: take one of {', '.join(SHIPPED)}, or the path of a file")
    return (resources.files("alerts") / "presets" / f"{name}.toml").read_text("utf-8")


def _tables(text: str) -> dict[str, Any]:
    try:
        return tables_of(text)
    except ValueError as error:
        raise RulesError(str(error)) from None


def line_in(text: str, key: str) -> int:
    """The line of a key in a TOML text, from 1; 0 when there is none."""
    return line_of(text.removeprefix("\ufeff"), key)


def _error(text: str, mistake: ModelRuleError) -> RulesError:
    line = line_in(text, mistake.key)
    return RulesError(f"line {line}: {mistake}" if line else str(mistake))


def _rules_of(tables: dict[str, Any]) -> schema.AlertRules:
    for key in tables:
        if key not in _SECTIONS:
            words = f"alert rules have no table [{key}]{suggestion(key, _SECTIONS)}"
            raise ModelRuleError(key, f"{words} Take one of [{'], ['.join(_SECTIONS)}]")
    if "alerts" not in tables:
        raise ModelRuleError("alerts", "there is no table [alerts]; add it, with a name")
    return schema.AlertRules(
        header=converted("alerts", tables["alerts"], schema.Header),
        rules=_named(tables, "rules", schema.Rule),
        routes=_routes(tables),
        sinks=_named(tables, "sinks", schema.Sink),
        calendars=_named(tables, "calendars", schema.Calendar),
        traits=converted("traits", tables.get("traits", {}), dict[str, str]),
        guard=converted("guard", tables.get("guard", {}), schema.Guard),
    )


def _routes(tables: dict[str, Any]) -> dict[str, schema.Route]:
    named = tables.get("routes", {})
    if isinstance(named, dict):
        named = {name: _without_off(route) for name, route in named.items()}
    return _named({"routes": named}, "routes", schema.Route)


def _without_off(route: object) -> object:
    """A route's table with None for what it turns off: TOML has no such value."""
    if not isinstance(route, dict):
        return route
    return {key: None if key in _OFF and value is False else value for key, value in route.items()}


def _named(tables: dict[str, Any], section: str, kind: Hashable) -> dict[str, Any]:
    named = tables.get(section, {})
    if not isinstance(named, dict):
        raise ModelRuleError(section, f"[{section}] is not a table; write [{section}.NAME]")
    return {name: converted(f"{section}.{name}", table, kind) for name, table in named.items()}
