"""What people do with cases. Everything is checked before anything changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from alerts.lifecycle import words
from alerts.lifecycle.cases.call import Call, Note
from alerts.lifecycle.cases.case_table import STEP_OF, Edge, checked
from alerts.lifecycle.cases.describe import label_of
from alerts.lifecycle.cases.mute import LONGEST_MS, shown_status
from alerts.lifecycle.cases.snoozes import Watched, end_snooze
from alerts.lifecycle.cases.state import Case, Mute, RuleState
from alerts.lifecycle.command import Command, InvalidCommand
from alerts.lifecycle.policy import AnyRule
from alerts.step import CaseStatus
from scoring.instants import DAY_MS

Target = tuple[AnyRule, RuleState, Case]
_Act = Callable[[Call, Command, AnyRule, RuleState, Case], None]


def obey(call: Call, watched: Watched, command: Command) -> None:
    """Do what a person commands.

    Raises:
        InvalidCommand: when it does not fit; nothing has changed then.
    """
    if not command.author.strip():
        raise InvalidCommand("a command needs its author")
    if command.rule and command.rule not in call.policy.by_name:
        raise InvalidCommand(f"there is no rule called {command.rule!r}; see 'vitals alerts list'")
    scope = [pair for pair in watched if command.rule in ("", pair[0].name)]
    targets = [(rule, state, state.case) for rule, state in scope if state.case is not None]
    if command.case and any(case.id != command.case for *_, case in targets):
        raise InvalidCommand("the case of that message is over, and another one is open: act by a newer message")
    match command.kind:
        case "snooze":
            _snooze(call, command, scope, targets)
        case "wake":
            _end_snoozes(call, watched, command, scope)
        case "acknowledge":
            _for_each(call, command, targets, _acknowledge)
        case "assign":
            if not command.assignee.strip():
                raise InvalidCommand("an assignment needs an assignee")
            _for_each(call, command, targets, _assign)
        case "resolve":
            _for_each(call, command, targets, _resolve)
        case "note":
            if not command.reason.strip():
                raise InvalidCommand("a note needs a text")
            _for_each(call, command, targets, _note)
        case _:
            assert_never(command.kind)


def _for_each(call: Call, command: Command, targets: list[Target], act: _Act) -> None:
    if not targets:
        about = f"rule {command.rule!r}" if command.rule else "account"
        raise InvalidCommand(f"no case of the {about} is open; see 'vitals alerts list'")
    for rule, state, case in targets:
        act(call, command, rule, state, case)


def _acknowledge(call: Call, command: Command, rule: AnyRule, state: RuleState, case: Case) -> None:
    """Somebody acts: the case does not escalate. A second person's acknowledgement is recorded, and told nobody."""
    note = _said(call, command, rule, case, "acknowledged")
    if case.status == "acknowledged":
        note.words = words.acted(
            call.view.account_id, label_of(rule), f"acknowledged by {case.by} already, and again", command.author
        )
        call.hush(rule, state, "none", "repeat", note)
        return
    shown = shown_status(call.account, state, case, call.at_ms)
    case.status, case.by, case.escalate_ms, case.is_overdue = "acknowledged", command.author, 0, False
    _told(call, rule, state, case, "acknowledged", shown, note)


def _assign(call: Call, command: Command, rule: AnyRule, state: RuleState, case: Case) -> None:
    shown = shown_status(call.account, state, case, call.at_ms)
    case.assignee = command.assignee
    did = f"assigned to {words.named(command.assignee)}"
    _told(call, rule, state, case, "assigned", shown, _said(call, command, rule, case, did))


def _note(call: Call, command: Command, rule: AnyRule, state: RuleState, case: Case) -> None:
    shown = shown_status(call.account, state, case, call.at_ms)
    _told(call, rule, state, case, "noted", shown, _said(call, command, rule, case, "noted"))


def _resolve(call: Call, command: Command, rule: AnyRule, state: RuleState, case: Case) -> None:
    """The rule stays quiet until its breach has ended and begins again, or gets worse."""
    shown = shown_status(call.account, state, case, call.at_ms)
    note = _said(call, command, rule, case, "resolved")
    note.status = checked(shown, "resolved", "resolved")
    call.tell(rule, state, case, "resolved", "action", note)
    state.case, state.blocked, state.quiet = None, "", state.depth


def _told(call: Call, rule: AnyRule, state: RuleState, case: Case, edge: Edge, shown: CaseStatus, note: Note) -> None:
    checked(shown, edge, shown_status(call.account, state, case, call.at_ms))
    call.tell(rule, state, case, STEP_OF[edge], "action", note)


def _said(call: Call, command: Command, rule: AnyRule, case: Case, did: str) -> Note:
    return Note(
        words=words.acted(call.view.account_id, label_of(rule), did, command.author),
        tier=case.tier,
        by=command.author,
        text=command.reason,
        taken=command.action,
    )


def _snooze(call: Call, command: Command, scope: Watched, targets: list[Target]) -> None:
    """Mute a rule that has a case, or the whole account. A later snooze replaces the one before."""
    if not call.at_ms < command.until_ms <= call.at_ms + LONGEST_MS:
        raise InvalidCommand(f"a snooze ends in the future, within {LONGEST_MS // DAY_MS} days")
    if command.rule and not targets:
        raise InvalidCommand(f"no case of the rule {command.rule!r} is open; snooze the account without a rule")
    shown = [shown_status(call.account, state, case, call.at_ms) for _, state, case in targets]
    if command.rule:
        _, state = scope[0]
        state.mute = _muted_by(command, call, state.mute)
    else:
        call.account.mute = _muted_by(command, call, call.account.mute)
    for (rule, state, case), before in zip(targets, shown, strict=True):
        note = _said(call, command, rule, case, "snoozed")
        note.until_ms = command.until_ms
        _told(call, rule, state, case, "snoozed", before, note)
    if not targets:
        note = Note(words=words.account_snoozed(call.view.account_id, command.author), by=command.author)
        note.until_ms, note.text, note.taken = command.until_ms, command.reason, command.action
        about = {"rule": "", "rule_kind": "", "severity": "info", "step": "snoozed"}
        call.write_over(note, **about, outcome="sent", reason="action")


def _muted_by(command: Command, call: Call, before: Mute | None) -> Mute:
    mute = Mute(until_ms=command.until_ms, by=command.author, since_ms=call.at_ms)
    if before is not None:
        mute.missed, mute.more = before.missed, before.more
    return mute


def _end_snoozes(call: Call, watched: Watched, command: Command, scope: Watched) -> None:
    """End snoozes early: a rule's, or without a rule all of the account."""
    asleep = [(rule, state) for rule, state in scope if state.mute is not None]
    whole = not command.rule and call.account.mute is not None
    if not asleep and not whole:
        raise InvalidCommand(
            "the whole account is snoozed: wake it without a rule" if call.account.mute else "nothing is snoozed"
        )
    for pair in asleep:
        end_snooze(call, watched, pair, command.author)
    if whole:
        end_snooze(call, watched, None, command.author)
