"""A model by name or by path: presets come from the package, everything else from a file."""

from __future__ import annotations

from pathlib import Path

from scoring.model import PRESETS, Model, ModelError, load_model, load_preset
from scoring.plan import Plan
from streams.errors import UserError


def read_model(name_or_path: str) -> Model:
    """The model called `name_or_path` (one of the presets), or in the file of that path.

    Raises:
        UserError: when there is no such file, or it is no model; it names the key and the mend.
    """
    if name_or_path in PRESETS:
        return load_preset(name_or_path)
    path = Path(name_or_path)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        presets = ", ".join(PRESETS)
        raise UserError(f"There is no model {name_or_path!r}: take one of {presets}, or give a file's path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The model {name_or_path!r} cannot be read ({error}): give the path of a TOML file.") from None
    try:
        return load_model(text)
    except ModelError as error:
        raise UserError(f"{path}: {error}") from None


def read_plan(model: str, shadows: str) -> Plan:
    """The live model, compiled with those in its shadow: names or paths with commas between.

    Raises:
        UserError: when one cannot be used, or cannot run beside the live one.
    """
    names = [name.strip() for name in shadows.split(",") if name.strip()]
    try:
        return Plan(read_model(model), [read_model(name) for name in names])
    except ModelError as error:
        raise UserError(f"VITALS_SHADOW_MODELS: {error}") from None
