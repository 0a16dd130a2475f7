"""Commands: checks what people do with cases through `control`."""

from __future__ import annotations

from alerts.lifecycle.command import Command
from scoring.event.event import EARLIEST_MS
from scoring.instants import DAY_MS
from streams.control.messages import CaseCommand, InvalidControl
from streams.control.overrides import AUTHOR_MAX_CHARACTERS, REASON_MAX_CHARACTERS

SNOOZE_MAX_MS = 90 * DAY_MS
"""Every mute ends: nobody remembers a snooze of a year."""
NAME_MAX_CHARACTERS = 200


def command_of(control: CaseCommand, as_of_ms: int) -> Command:
    """The command at the account's instant, checked by itself; whether it fits a case is for the cases to say.

    Raises:
        InvalidControl: when the author is missing, a text is too long, an assignee is missing, or the end of a snooze
            is past or further ahead than `SNOOZE_MAX_MS`.
    """
    if not 0 < len(control.author.strip()) <= AUTHOR_MAX_CHARACTERS:
        raise InvalidControl(f"an author has 1 to {AUTHOR_MAX_CHARACTERS} characters")
    if len(control.reason) > REASON_MAX_CHARACTERS:
        raise InvalidControl(f"a reason has at most {REASON_MAX_CHARACTERS} characters")
    for name, text in _names(control):
        if len(text) > NAME_MAX_CHARACTERS:
            raise InvalidControl(f"{name} has at most {NAME_MAX_CHARACTERS} characters")
    if control.instant_ms < EARLIEST_MS:
        raise InvalidControl("it was given before the year 2000")
    if control.command == "assign" and not control.assignee.strip():
        raise InvalidControl("say to whom the case is assigned")
    if control.command == "snooze":
        if control.until_ms <= as_of_ms:
            raise InvalidControl("the end of the snooze is past already")
        if control.until_ms > as_of_ms + SNOOZE_MAX_MS:
            raise InvalidControl(f"a snooze lasts at most {SNOOZE_MAX_MS // DAY_MS} days")
    return Command(
        kind=control.command,
        author=control.author,
        at_ms=control.instant_ms,
        rule=control.rule,
        until_ms=control.until_ms,
        assignee=control.assignee,
        reason=control.reason,
        action=control.action,
        case=control.case,
    )


def _names(control: CaseCommand) -> tuple[tuple[str, str], ...]:
    return (
        ("a rule", control.rule),
        ("an action", control.action),
        ("an assignee", control.assignee),
        ("a case", control.case),
    )
