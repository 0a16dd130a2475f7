"""`vitals override`: a person sets an account's score for a time, or takes that back."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import Annotated

import msgspec
import typer

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.event.event import ACCOUNT_ID_MAX_CHARACTERS, FUTURE_TOLERANCE_MS
from scoring.event.ids import clean
from scoring.instants import parse_duration, parse_instant, rfc3339
from streams.control.messages import EndOverride, SetOverride
from streams.control.overrides import AUTHOR_MAX_CHARACTERS, InvalidOverride, override_of
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.output import console, print_json
from vitals.commands.read_answers import read_answers

_WHAT_TO_GIVE = "give --score, --reason and one of --for and --until; or --end alone"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The message sent. `at` and `until` are RFC 3339; at an end, `score` and `until` are None and `reason` is ""."""

    account_id: str
    action: str
    author: str
    at: str
    score: float | None = None
    reason: str = ""
    until: str | None = None


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(override)


def override(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")],
    score: Annotated[float | None, typer.Option(metavar="N", help="The score to set, 0 to 100.")] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the people who will see it.")] = None,
    for_: Annotated[str | None, typer.Option("--for", metavar="DURATION", help="How long, as in 14d or 6h.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Until when, RFC 3339; T itself excluded.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End the override: the model's score applies again.")] = False,
    author: Annotated[
        str | None, typer.Option(metavar="NAME", show_default="the login name", help="Who sets it.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="T", show_default="now", help="From when, RFC 3339; only under VITALS_CLOCK=event."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also for an account that Redis does not know.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sent message as JSON.")] = False,
) -> None:
    """Set an account's score by hand for a time, or end that. The score of the model goes on beneath.

    It is one message to the account's partition, and returns when Kafka has acknowledged it; the worker makes an
    answer and, where the tier changes, a notification of it. A second one takes the place of the first.
    """
    from streams.replay.override import send_override

    settings = Settings.from_environment(os.environ)
    instant_ms, by = _instant_ms(settings, at), _author(author)
    _check_account(account)
    account = clean(account)
    control: SetOverride | EndOverride
    if end:
        if any(each is not None for each in (score, reason, for_, until)):
            raise UserError(f"--end ends the override and takes no other option: {_WHAT_TO_GIVE}.")
        control = EndOverride(instant_ms=instant_ms, account_id=account, author=by)
    else:
        control = _set(account, instant_ms, by, score, reason, _until_ms(instant_ms, for_, until))
    _check_known(account, ends=end, force=force)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    asyncio.run(send_override(settings, control))
    said = _said(control)
    if as_json:
        print_json(said)
    else:
        print(_words(said))


def _set(
    account: str, instant_ms: int, author: str, score: float | None, reason: str | None, until_ms: int
) -> SetOverride:
    if score is None or reason is None:
        raise UserError(f"The score and its reason are both needed: {_WHAT_TO_GIVE}.")
    _check_text("--reason", reason)
    control = SetOverride(
        instant_ms=instant_ms, account_id=account, score=score, reason=reason, author=author, until_ms=until_ms
    )
    try:
        override_of(control, instant_ms)
    except InvalidOverride as unfit:
        raise UserError(f"Nothing was set, because {unfit}: fix that and run the command again.") from None
    return control


def _instant_ms(settings: Settings, at: str | None) -> int:
    now_ms = time.time_ns() // 1_000_000
    if settings.clock == "wall":
        if at is not None:
            raise UserError("--at is for VITALS_CLOCK=event; by the wall clock it holds from now on: leave it out.")
        return now_ms
    if at is None:
        raise UserError("Under VITALS_CLOCK=event there is no now: say with --at T from when it holds.")
    instant_ms = _parsed("--at", at)
    if instant_ms > now_ms + FUTURE_TOLERANCE_MS:
        raise UserError(f"--at {at} lies in the future, and would be refused: give an earlier instant.")
    return instant_ms


def _until_ms(instant_ms: int, for_: str | None, until: str | None) -> int:
    if (for_ is None) == (until is None):
        raise UserError(f"The duration is needed exactly once: {_WHAT_TO_GIVE}.")
    if until is not None:
        return _parsed("--until", until)
    try:
        return instant_ms + parse_duration(for_ or "")
    except ValueError as error:
        raise UserError(f"--for: {error}.") from None


def _parsed(option: str, text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}.") from None


def _author(given: str | None) -> str:
    author = os.environ.get("USER", "") if given is None else given
    if not 0 < len(author.strip()) <= AUTHOR_MAX_CHARACTERS:
        raise UserError(f"Who sets it is not known: give --author NAME, of 1 to {AUTHOR_MAX_CHARACTERS} characters.")
    _check_text("--author", author)
    return author


def _check_account(account: str) -> None:
    if not 0 < len(clean(account)) <= ACCOUNT_ID_MAX_CHARACTERS:
        raise UserError(f"An account's id has 1 to {ACCOUNT_ID_MAX_CHARACTERS} characters: give one that has.")
    _check_text("ACCOUNT", account)


def _check_text(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserError(f"{name} is no text in UTF-8: give it in UTF-8.") from None


def _check_known(account: str, *, ends: bool, force: bool) -> None:
    """The worker refuses overrides of accounts without events. The read model is only a copy: it may be down."""
    from streams.read_model.port import ReadModelUnavailable

    try:
        answer = read_answers(lambda model: model.get(account))
    except ReadModelUnavailable as error:
        _warn(f"{error} Whether the account is known could not be looked up; it is sent all the same.")
        return
    if answer is None and not force:
        raise UserError(
            f"No account {account!r} is scored, so the worker would refuse it: list those that are with `vitals "
            "scores`, or add --force."
        )
    if answer is not None and answer.override is None and ends:
        _warn(f"{plain(account, NAME_LIMIT)} has no score set by hand, as far as Redis knows; it is sent all the same.")


def _warn(words: str) -> None:
    console(stderr=True).print(f"warning: {words}", style="yellow", markup=False, soft_wrap=True)


def _said(control: SetOverride | EndOverride) -> Said:
    at = rfc3339(control.instant_ms)
    if isinstance(control, EndOverride):
        return Said(account_id=control.account_id, action="ended", author=control.author, at=at)
    return Said(
        account_id=control.account_id,
        action="set",
        author=control.author,
        at=at,
        score=control.score,
        reason=control.reason,
        until=rfc3339(control.until_ms),
    )


def _words(said: Said) -> str:
    account, author = plain(said.account_id, NAME_LIMIT), plain(said.author, NAME_LIMIT)
    if said.score is None:
        return f"{author} ended the score set for {account} at {said.at}."
    reason = plain(said.reason, WORDS_LIMIT)
    return f"{author} set {account} to {said.score:g} from {said.at} until {said.until}: {reason}"
