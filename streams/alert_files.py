"""Loads alert rules by name or path: shipped ones from the package, anything else from a file."""

from __future__ import annotations

from alerts.lifecycle.loader import SHIPPED, LoadedRules, RulesError, load_rules, load_shipped
from alerts.lifecycle.schema import AlertRules
from scoring.model.model import Model
from streams.errors import UserError
from streams.toml_files import toml_file


def read_rules(name_or_path: str, model: Model) -> AlertRules:
    """Load the shipped rules called `name_or_path`, fitted to the model, or the file at that path. Blocks.

    Raises:
        UserError: when the file is missing or is not valid for this model. The text names the key and how to fix it.
    """
    return read_with_notes(name_or_path, model).rules


def read_with_notes(name_or_path: str, model: Model) -> LoadedRules:
    """The same, with what is left out of shipped rules.

    Raises:
        UserError: as `read_rules`.
    """
    try:
        if name_or_path in SHIPPED:
            return load_shipped(name_or_path, model)
        return LoadedRules(load_rules(toml_file(name_or_path, "rule file", SHIPPED), model))
    except RulesError as error:
        raise UserError(f"{name_or_path}: {error}") from None
