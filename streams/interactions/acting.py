"""Turns what a person does into a command on the account's partition, and tells the second of two who was first."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Protocol

import msgspec

from alerts.case_action import ACTIONS, ActionId, CaseRef
from streams.control.messages import CaseCommand

FIRST_SECONDS = 900
"""Two people who do the same thing within this time are at it at once; later the engine alone decides."""


class First(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it first, and when (milliseconds since 1970)."""

    author: str
    at_ms: int


class CommandLog(Protocol):
    """Where commands go: `control`."""

    async def send(self, command: CaseCommand, /) -> None:
        """Return once the command is acknowledged by all in-sync replicas. A repeat is harmless.

        Raises:
            CommandNotSent: when it is not, within the time that a person waits. It may be there all the same.
        """
        ...


class CommandNotSent(Exception):
    """Kafka did not acknowledge the command in time. The text says why."""


class FirstActors(Protocol):
    """Who did what first, for a quarter of an hour. Never raises: without its store it knows this process alone."""

    async def claim(self, key: str, first: First, /) -> First:
        """The first claim of `key`: this one, or an earlier one."""
        ...

    async def release(self, key: str, /) -> None:
        """Forget a claim whose command was not sent."""
        ...


class Acting:
    """Sends commands, one for each thing that people do. Safe to repeat: the same person at the same instant makes the
    same command."""

    def __init__(self, log: CommandLog, actors: FirstActors) -> None:
        self._log = log
        self._actors = actors

    async def act(self, ref: CaseRef, action: ActionId, author: str, at_ms: int) -> First | None:
        """Do it. None when it is done; else who did the same before, and nothing is sent.

        Raises:
            CommandNotSent: see `CommandLog.send`.
        """
        key = sha256("\0".join((ref.account, ref.rule, ref.case, str(ref.step), action)).encode()).hexdigest()[:32]
        first = await self._actors.claim(key, First(author=author, at_ms=at_ms))
        if first.author != author:
            return first
        try:
            await self._log.send(command_of(ref, action, author, at_ms))
        except (CommandNotSent, asyncio.CancelledError):
            await self._actors.release(key)
            raise
        return None


def command_of(ref: CaseRef, action: ActionId, author: str, at_ms: int) -> CaseCommand:
    """The command of an action: a function of these alone, so a repeated request gives the same bytes."""
    chosen = ACTIONS[action]
    return CaseCommand(
        instant_ms=at_ms,
        account_id=ref.account,
        command=chosen.command,
        author=author,
        rule=ref.rule,
        until_ms=at_ms + chosen.snooze_ms if chosen.snooze_ms else 0,
        case=ref.case,
    )
