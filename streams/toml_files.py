"""Reads a TOML file that a person wrote: the text, or an error that says what is wrong with the file."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.model.rule_checks import suggestion
from streams.errors import UserError
from streams.text_encoding import foreign_encoding, foreign_kind

TOML_MAX_BYTES = 1_000_000
"""A longer file is not one of ours."""


def toml_file(path: str, what: str, shipped: Sequence[str]) -> str:
    """The text of the file at `path`; `what` it is, «model», and the names that may be given instead. Blocks.

    Raises:
        UserError: when the file is missing, empty, too large, or not UTF-8.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(TOML_MAX_BYTES + 1)
    except FileNotFoundError:
        if not shipped:
            raise UserError(f"There is no {what} {path!r}: give the path of a TOML file.") from None
        near, names = suggestion(path, shipped), ", ".join(shipped)
        raise UserError(f"There is no {what} {path!r}{near} Use one of {names}, or give the path of a file.") from None
    except (OSError, ValueError) as error:  # a path with a NUL in it is a ValueError
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UserError(f"The {what} {path!r} cannot be read ({why}): give the path of a TOML file.") from None
    if not data.strip():
        raise UserError(f"The {what} {path!r} is empty: give the path of a TOML file.")
    if len(data) > TOML_MAX_BYTES:
        most = f"{TOML_MAX_BYTES:,} bytes"
        raise UserError(f"The {what} {path!r} has more than {most}: give the path of a TOML file with a {what} in it.")
    other = foreign_encoding(data) or foreign_kind(data)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        other = other or f"not UTF-8 at byte {error.start + 1}"
    if other:
        raise UserError(f"The {what} {path!r} cannot be read (it is {other}): save it as TOML in UTF-8.")
    return text
