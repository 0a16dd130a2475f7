"""Loads a model by name or path: a preset from the package, anything else from a file."""

from __future__ import annotations

import os
from collections.abc import Mapping

from scoring.model.extension import PRESETS, ModelText, preset
from scoring.model.loader import load_model, load_preset
from scoring.model.model import Model, ModelError
from scoring.model.schema import Condition
from scoring.plan.plan import NO_WATCHES, Plan
from streams.errors import UserError
from streams.toml_files import toml_file


def read_model(name_or_path: str) -> Model:
    """Load the preset called `name_or_path`, or the model file at that path.

    Raises:
        UserError: when the file is missing or is not a valid model. The text names the key and how to fix it.
    """
    if name_or_path in PRESETS:
        return load_preset(name_or_path)
    try:
        return load_model(model_text(name_or_path))
    except ModelError as error:
        raise UserError(f"{name_or_path}: {error}") from None


def model_text(name_or_path: str) -> ModelText:
    """The text of a preset or a file; what it extends is read relative to the file.

    Raises:
        UserError: when the file is missing or cannot be read.
    """
    if name_or_path in PRESETS:
        return preset(name_or_path)

    return text_at(name_or_path, toml_file(name_or_path, "model", PRESETS))


def text_at(path: str, text: str) -> ModelText:
    """The text of a model that is, or will be, at a path: what it extends is read relative to that."""

    def beside(name: str) -> ModelText:
        try:
            return model_text(os.path.normpath(os.path.join(os.path.dirname(path), name)))
        except UserError as error:
            raise ModelError(str(error)) from None

    return ModelText(text, path, beside)


def read_plan(model: str, shadows: str) -> Plan:
    """Compile the live model together with its shadow models, which are names or paths separated by commas.

    Raises:
        UserError: when a model is not valid, or a shadow cannot run beside the live model.
    """
    return plan_of(read_model(model), shadows)


def plan_of(model: Model, shadows: str, watches: Mapping[str, tuple[Condition, ...]] = NO_WATCHES) -> Plan:
    """The same for a live model that is read already, with the conditions of alert rules.

    Raises:
        UserError: when a shadow is not valid, or cannot run beside the live model.
    """
    names = [name.strip() for name in shadows.split(",") if name.strip()]
    try:
        return Plan(model, [read_model(name) for name in names], watches=watches)
    except ModelError as error:
        raise UserError(f"VITALS_SHADOW_MODELS: {error}") from None
