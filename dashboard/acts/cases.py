"""What people do with cases: acknowledge, assign, snooze, wake, resolve, make a note."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from alerts.lifecycle.command import CommandKind
from dashboard.acts.done import Done
from dashboard.acts.ground import Ground, sentence, when
from dashboard.doors.identity import Person
from dashboard.queries.port import Queries
from dashboard.values.account import CaseView
from streams.control.commands import command_of
from streams.control.messages import CaseCommand, InvalidControl
from streams.interactions.acting import First
from streams.kafka.sending import NotSent
from streams.read_model.port import ReadModelUnavailable

DONE: Final[dict[CommandKind, str]] = {
    "acknowledge": "acknowledged",
    "snooze": "snoozed",
    "wake": "woken",
    "assign": "assigned",
    "resolve": "resolved",
    "note": "noted",
}
_OVER: Final = ("resolved", "retracted")
_REACHED: Final[dict[CommandKind, tuple[str, ...]]] = {"acknowledge": ("acknowledged",), "resolve": _OVER}
"""The states of a case in which somebody did it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRequest:
    """What to do. `until_ms` ends a snooze; `action` names what a person did, as in «called the champion»."""

    command: CommandKind
    until_ms: int = 0
    assignee: str = ""
    reason: str = ""
    action: str = ""


class CaseActs:
    """Of two people who do the same to one state of a case, the second learns who was first."""

    def __init__(self, ground: Ground, queries: Queries) -> None:
        self._ground = ground
        self._queries = queries

    async def act(self, person: Person, case_id: str, request: CaseRequest) -> Done:
        """Do it. It is acknowledged by Kafka on return; the case follows within a second."""
        try:
            case = await self._queries.case(case_id)
        except ReadModelUnavailable as error:
            return Done(outcome="failed", words=sentence(f"the case could not be looked up: {error}"))
        if case is None:
            return Done(outcome="unknown", words="There is no such case: it may be over, or the account forgotten.")
        now_ms = self._ground.now_ms()
        message = CaseCommand(
            instant_ms=now_ms,
            account_id=case.account_id,
            command=request.command,
            author=person.name,
            rule=case.brief.rule,
            until_ms=request.until_ms,
            assignee=request.assignee.strip(),
            reason=request.reason.strip(),
            action=request.action.strip(),
            case=case.brief.id,
        )
        if fault := _unfit(case, message, now_ms):
            return fault

        async def work() -> Done:
            return await self._send(person, case, message)

        return await self._ground.perform(
            person, f"case_{request.command}", case_id, work, detail=_detail(case, message)
        )

    async def _send(self, person: Person, case: CaseView, message: CaseCommand) -> Done:
        what = _what(case, message)
        if first := await self._ground.first(person, *what):
            return Done(outcome="already", words=_was_first(first, person, message.command))
        try:
            await self._ground.send_control(message)
        except (NotSent, asyncio.CancelledError):
            await self._ground.release(*what)
            raise
        return Done(outcome="done", words=f"{case.account}: {DONE[message.command]}{_to(message)}.", id=case.brief.id)


def _unfit(case: CaseView, message: CaseCommand, now_ms: int) -> Done | None:
    """Why it cannot be done; None when it can."""
    try:
        command_of(message, now_ms)
    except InvalidControl as error:
        return Done(outcome="invalid", words=sentence(str(error)))
    brief = case.brief
    if brief.status in _REACHED.get(message.command, ()):
        who = f"{brief.by} {brief.status} it already" if brief.by else f"it is {brief.status} already"
        return Done(outcome="already", words=sentence(f"{case.account}: {who}"))
    if message.command == "assign" and brief.assignee == message.assignee:
        return Done(outcome="already", words=f"{case.account}: {brief.assignee} has it already.")
    if brief.status in _OVER:
        return Done(
            outcome="invalid", words=f"{case.account}: the case is {brief.status}, so nothing can be done to it."
        )
    if message.command == "wake" and brief.status != "snoozed":
        return Done(outcome="already", words=f"{case.account}: the case is not snoozed.")
    if message.command == "note" and not (message.reason or message.action):
        return Done(outcome="invalid", words="There is nothing to write down: say what you did, or why.")
    return None


def _what(case: CaseView, message: CaseCommand) -> tuple[str, ...]:
    """What makes two acts the same: a state of a case, and all that was given but the end of a snooze."""
    texts = (message.assignee, message.reason, message.action) if message.command in ("assign", "note") else ()
    return (case.account_id, case.brief.rule, case.brief.id, str(case.brief.since_ms), message.command, *texts)


def _was_first(first: First, person: Person, command: CommandKind) -> str:
    who = "You" if first.author == person.name else first.author
    return f"{who} did this already: {DONE[command]}, {when(first.at_ms)}."


def _to(message: CaseCommand) -> str:
    if message.command == "assign":
        return f" to {message.assignee}"
    return f" until {when(message.until_ms)}" if message.until_ms else ""


def _detail(case: CaseView, message: CaseCommand) -> str:
    parts = (f"account {case.account_id}", f"rule {message.rule}", _to(message).strip(), message.action, message.reason)
    return "; ".join(part for part in parts if part)
