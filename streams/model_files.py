"""A model by name or by path: presets come from the package, everything else from a file."""

from __future__ import annotations

from pathlib import Path

from scoring.model import PRESETS, Model, ModelError, load_model, load_preset
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
