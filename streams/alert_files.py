"""Loads alert rules by name or path: shipped ones from the package, anything else from a file."""

from __future__ import annotations

from alerts.lifecycle.loader import (
    SHIPPED,
    LoadedRules,
    RulesError,
    examine,
    load_rules,
    load_shipped,
    shipped_text,
)
from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import AlertRules
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.errors import UserError
from streams.model_files import plan_of, read_model
from streams.toml_files import toml_file


def read_rules(name_or_path: str, model: Model) -> AlertRules:
    """Load the shipped rules called `name_or_path`, fitted to the model, or the file at that path. Blocks.

    Raises:
        UserError: when the file is missing or is not valid for this model. The text names the key and how to fix it.
    """
    try:
        if name_or_path in SHIPPED:
            return load_shipped(name_or_path, model).rules
        return load_rules(rules_text(name_or_path), model)
    except RulesError as error:
        raise UserError(f"{name_or_path}: {error}") from None


def read_plan_and_policy(model: str, shadows: str, alerts: str) -> tuple[Plan, Policy]:
    """The live model with its shadows, compiled to look at what the alert rules look at, and these rules. Blocks.

    Raises:
        UserError: when a model or the rules are missing or not valid.
    """
    live = read_model(model)
    policy = Policy(read_rules(alerts, live), live.tiers)
    return plan_of(live, shadows, policy.watches), policy


def examine_rules(name_or_path: str, model: Model) -> LoadedRules:
    """What `read_rules` reads, with all that the linter found and what is left out of shipped rules. Blocks.

    Raises:
        UserError: as `read_rules`, but for errors of the linter.
    """
    try:
        if name_or_path in SHIPPED:
            return load_shipped(name_or_path, model)
        return examine(rules_text(name_or_path), model)
    except RulesError as error:
        raise UserError(f"{name_or_path}: {error}") from None


def rules_text(name_or_path: str) -> str:
    """The text of shipped rules, or of a file. Blocks.

    Raises:
        UserError: when the file is missing or cannot be read.
    """
    return shipped_text(name_or_path) if name_or_path in SHIPPED else toml_file(name_or_path, "rule file", SHIPPED)
