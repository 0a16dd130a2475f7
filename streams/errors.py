"""Errors: those that a person can mend, and those that end a worker."""

from __future__ import annotations


class UserError(Exception):
    """A mistake of the user's or a lack in their surroundings. Its text ends with what to do; it has no stack trace."""


class Interrupted(Exception):
    """The user ended a command before its end. Its text says how far it came."""


class OversizeRecord(Exception):
    """A record of the changelog grew past the cap: our own bug, for the caps on what is kept must keep below it."""
