"""What the commands of people share: which account, who, from when and until when."""

from __future__ import annotations

import os
import time

from scoring.event.event import ACCOUNT_ID_MAX_CHARACTERS, FUTURE_TOLERANCE_MS
from scoring.event.ids import clean
from scoring.instants import parse_duration, parse_instant
from streams.control.overrides import AUTHOR_MAX_CHARACTERS
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.output import console


def account_of(given: str) -> str:
    """The account's id as the worker knows it.

    Raises:
        UserError: when it cannot be one.
    """
    account = clean(given)
    if not 0 < len(account) <= ACCOUNT_ID_MAX_CHARACTERS:
        raise UserError(f"An account's id has 1 to {ACCOUNT_ID_MAX_CHARACTERS} characters: give one that has.")
    check_text("ACCOUNT", given)
    return account


def author_of(given: str | None) -> str:
    """Who it is by: the login name, unless one is given.

    Raises:
        UserError: when it is not known, or too long.
    """
    author = os.environ.get("USER", "") if given is None else given
    if not 0 < len(author.strip()) <= AUTHOR_MAX_CHARACTERS:
        raise UserError(f"Who does it is not known: give --author NAME, of 1 to {AUTHOR_MAX_CHARACTERS} characters.")
    check_text("--author", author)
    return author


def instant_of(settings: Settings, at: str | None) -> int:
    """From when it holds, in milliseconds: now, or `at` under the event clock.

    Raises:
        UserError: when `at` is given under the wall clock, is missing under the event clock, or lies ahead.
    """
    now_ms = time.time_ns() // 1_000_000
    if settings.clock == "wall":
        if at is not None:
            raise UserError("--at is for VITALS_CLOCK=event; by the wall clock it holds from now on: leave it out.")
        return now_ms
    if at is None:
        raise UserError("Under VITALS_CLOCK=event there is no now: say with --at T from when it holds.")
    instant_ms = parsed_instant("--at", at)
    if instant_ms > now_ms + FUTURE_TOLERANCE_MS:
        raise UserError(f"--at {at} lies in the future, and would be refused: give an earlier instant.")
    return instant_ms


def end_of(instant_ms: int, for_: str | None, until: str | None, what_to_give: str) -> int:
    """Until when it holds, in milliseconds.

    Raises:
        UserError: when not exactly one of both options is given, or one cannot be read.
    """
    if (for_ is None) == (until is None):
        raise UserError(f"The duration is needed exactly once: {what_to_give}.")
    if until is not None:
        return parsed_instant("--until", until)
    return instant_ms + parsed_duration("--for", for_ or "")


def parsed_instant(option: str, text: str) -> int:
    """The instant in `text`, in milliseconds.

    Raises:
        UserError: naming the option.
    """
    try:
        return parse_instant(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}.") from None


def parsed_duration(option: str, text: str) -> int:
    """The duration in `text`, in milliseconds.

    Raises:
        UserError: naming the option.
    """
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}.") from None


def check_text(name: str, text: str) -> None:
    """Check that `text` can be written in UTF-8.

    Raises:
        UserError: naming the option.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserError(f"{name} is no text in UTF-8: give it in UTF-8.") from None


def warn(words: str) -> None:
    """Print a warning on standard error."""
    console(stderr=True).print(f"warning: {words}", style="yellow", markup=False, soft_wrap=True)
