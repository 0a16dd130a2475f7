"""`vitals alerts ack|snooze|wake|assign|resolve|note`: a person acts on an account's cases."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
import typer

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import DAY_MS, rfc3339
from scoring.result import OpenCase
from streams.control.messages import CaseCommand
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.by_hand import account_of, author_of, check_text, end_of, instant_of, warn
from vitals.commands.output import print_json
from vitals.commands.read_answers import read_answers

SNOOZE_MAX_DAYS = 90
_HOW_LONG = "give one of --for and --until"
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")]
Rule = Annotated[str, typer.Option(metavar="RULE", show_default="all", help="Only the case of this rule.")]
Author = Annotated[str | None, typer.Option(metavar="NAME", show_default="the login name", help="Who does it.")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the people who will see it.")]
Action = Annotated[str, typer.Option(metavar="TEXT", help="The action taken, as in «called the champion».")]
At = Annotated[
    str | None, typer.Option(metavar="T", show_default="now", help="When, RFC 3339; only under VITALS_CLOCK=event.")
]
Force = Annotated[bool, typer.Option("--force", help="Also when Redis knows no such case.")]
Json = Annotated[bool, typer.Option("--json", help="Print the sent message as JSON.")]
Kind = Literal["acknowledge", "snooze", "wake", "assign", "resolve", "note"]
_DONE: dict[Kind, str] = {
    "acknowledge": "acknowledged",
    "snooze": "snoozed",
    "wake": "woke",
    "assign": "assigned",
    "resolve": "resolved",
    "note": "made a note on",
}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The message sent. `at` and `until` are RFC 3339; `rule` "" is every open case of the account."""

    account_id: str
    command: Kind
    author: str
    at: str
    rule: str = ""
    until: str | None = None
    assignee: str = ""
    reason: str = ""
    action: str = ""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(ack)
    app.command()(snooze)
    app.command("wake")(end_snooze)
    for each in (assign, resolve, note):
        app.command()(each)


def ack(
    account: Account,
    rule: Rule = "",
    reason: Why = "",
    action: Action = "",
    author: Author = None,
    at: At = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Acknowledge: somebody is on it, and the case does not escalate unless it gets worse."""
    settings = _settings()
    _send(settings, _command(settings, "acknowledge", account, rule, author, at, reason, action), force, as_json)


def snooze(
    account: Account,
    for_: Annotated[str | None, typer.Option("--for", metavar="DURATION", help="How long, as in 7d or 6h.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Until when, RFC 3339; T itself excluded.")] = None,
    rule: Annotated[str, typer.Option(metavar="RULE", show_default="the whole account", help="Only this rule.")] = "",
    reason: Why = "",
    author: Author = None,
    at: At = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Mute an account, or one rule of it, for 90 days at most. At the end one message says what happened meanwhile."""
    settings = _settings()
    command = _command(settings, "snooze", account, rule, author, at, reason)
    until_ms = end_of(command.instant_ms, for_, until, _HOW_LONG)
    if not command.instant_ms < until_ms <= command.instant_ms + SNOOZE_MAX_DAYS * DAY_MS:
        raise UserError(f"A snooze ends within {SNOOZE_MAX_DAYS} days, not on {rfc3339(until_ms)}: {_HOW_LONG}.")
    _send(settings, msgspec.structs.replace(command, until_ms=until_ms), force, as_json)


def end_snooze(
    account: Account,
    rule: Rule = "",
    reason: Why = "",
    author: Author = None,
    at: At = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """End a snooze before its time."""
    settings = _settings()
    _send(settings, _command(settings, "wake", account, rule, author, at, reason), force, as_json)


def assign(
    account: Account,
    assignee: Annotated[str, typer.Option("--to", metavar="NAME", help="Who has it from now on.")],
    rule: Rule = "",
    reason: Why = "",
    author: Author = None,
    at: At = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Give a case to somebody."""
    if not assignee.strip():
        raise UserError("--to is empty: give the name of who has it from now on.")
    check_text("--to", assignee)
    settings = _settings()
    command = _command(settings, "assign", account, rule, author, at, reason)
    _send(settings, msgspec.structs.replace(command, assignee=assignee), force, as_json)


def resolve(
    account: Account,
    rule: Rule = "",
    reason: Why = "",
    action: Action = "",
    author: Author = None,
    at: At = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Close a case. Its rule stays quiet until the account has recovered and falls again."""
    settings = _settings()
    _send(settings, _command(settings, "resolve", account, rule, author, at, reason, action), force, as_json)


def note(
    account: Account,
    rule: Rule = "",
    reason: Why = "",
    action: Action = "",
    author: Author = None,
    at: At = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write something down about a case, which stays as it is."""
    if not (reason or action):
        raise UserError("There is nothing to write down: give --reason, --action or both.")
    settings = _settings()
    _send(settings, _command(settings, "note", account, rule, author, at, reason, action), force, as_json)


def _settings() -> Settings:
    return Settings.from_environment(os.environ)


def _command(
    settings: Settings,
    kind: Kind,
    account: str,
    rule: str,
    author: str | None,
    at: str | None,
    reason: str,
    action: str = "",
) -> CaseCommand:
    for name, text in (("--rule", rule), ("--reason", reason), ("--action", action)):
        check_text(name, text)
    return CaseCommand(
        instant_ms=instant_of(settings, at),
        account_id=account_of(account),
        command=kind,
        author=author_of(author),
        rule=rule,
        reason=reason,
        action=action,
    )


def _send(settings: Settings, command: CaseCommand, force: bool, as_json: bool) -> None:
    from streams.alerting.case_command import send_command

    _check_known(command, force=force)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    asyncio.run(send_command(settings, command))
    if as_json:
        print_json(_said(command))
    else:
        print(_words(command))


def _check_known(command: CaseCommand, *, force: bool) -> None:
    """The worker refuses a command without a case, and its answer is a dead letter, which few would look for. The read
    model is only a copy: it may be down, or a second behind."""
    from streams.read_model.port import ReadModelUnavailable

    name = plain(command.account_id, NAME_LIMIT)
    try:
        answer = read_answers(lambda model: model.get(command.account_id))
    except ReadModelUnavailable as error:
        warn(f"{error} Whether there is such a case could not be looked up; it is sent all the same.")
        return
    if force:
        return
    if answer is None:
        raise UserError(f"No account {name} is known: list those with open cases by `vitals alerts list`.")
    if command.command == "wake" or (command.command == "snooze" and not command.rule):
        return  # an account may be snoozed without a case, and before one
    if not any(command.rule in ("", case.rule) for case in answer.cases):
        raise UserError(f"{_no_case(name, command.rule, answer.cases)}; --force sends it all the same.")


def _no_case(name: str, rule: str, cases: Sequence[OpenCase]) -> str:
    if not cases:
        return f"{name} has no open case, so there is nothing to do: see `vitals alerts list`"
    there = ", ".join(plain(case.rule, NAME_LIMIT) for case in cases)
    return f"{name} has no open case of the rule {plain(rule, NAME_LIMIT)}: it has {there}"


def _said(command: CaseCommand) -> Said:
    return Said(
        account_id=command.account_id,
        command=command.command,
        author=command.author,
        at=rfc3339(command.instant_ms),
        rule=command.rule,
        until=rfc3339(command.until_ms) if command.until_ms else None,
        assignee=command.assignee,
        reason=command.reason,
        action=command.action,
    )


def _words(command: CaseCommand) -> str:
    """One line, as in «mara acknowledged acme (rule tier) at 2026-11-21T10:00:00Z: called the champion»."""
    rule = f" (rule {plain(command.rule, NAME_LIMIT)})" if command.rule else ""
    who = f" to {plain(command.assignee, NAME_LIMIT)}" if command.assignee else ""
    until = f" until {rfc3339(command.until_ms)}" if command.until_ms else ""
    why = "; ".join(plain(text, WORDS_LIMIT) for text in (command.action, command.reason) if text)
    author, account = plain(command.author, NAME_LIMIT), plain(command.account_id, NAME_LIMIT)
    at = rfc3339(command.instant_ms)
    return f"{author} {_DONE[command.command]} {account}{rule}{who}{until} at {at}{f': {why}' if why else '.'}"
