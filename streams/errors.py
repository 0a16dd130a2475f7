"""Errors that a person can mend."""

from __future__ import annotations


class UserError(Exception):
    """A mistake of the user's or a lack in their surroundings. Its text ends with what to do; it has no stack trace."""
