"""Errors that a person can fix, and the one that stops a worker."""

from __future__ import annotations


class UserError(Exception):
    """The user made a mistake, or something around the program is missing or refuses. The text ends with what to do
    and is shown without a stack trace."""


class Interrupted(Exception):
    """The user interrupted a command. The text says how far it got."""


class OversizeRecord(Exception):
    """A changelog record is larger than the cap: a bug of ours, because the limits on state keep records below it."""


class UnreadableMessage(Exception):
    """A message that a client delivered, and that cannot be read. A retry does not help. The text says where it is and
    what to do."""
