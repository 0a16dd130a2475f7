"""One finding of the linter."""

from __future__ import annotations

from typing import Literal

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """A mistake: its key, and a text that ends in the fix. Rules with an error cannot be used."""

    severity: Literal["error", "warning"]
    key: str
    words: str


def error(key: str, words: str) -> Finding:
    """Nothing of it could ever be sent."""
    return Finding("error", key, words)


def warning(key: str, words: str) -> Finding:
    """It does something else than it seems to."""
    return Finding("warning", key, words)
