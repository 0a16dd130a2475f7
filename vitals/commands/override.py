"""`vitals override`: a person sets an account's score for a time, or takes that back."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Annotated

import msgspec
import typer

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import rfc3339
from streams.control.messages import EndOverride, SetOverride
from streams.control.overrides import InvalidOverride, override_of
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.by_hand import account_of, author_of, check_text, end_of, instant_of, warn
from vitals.commands.output import print_json
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
    instant_ms, by = instant_of(settings, at), author_of(author)
    account = account_of(account)
    control: SetOverride | EndOverride
    if end:
        if any(each is not None for each in (score, reason, for_, until)):
            raise UserError(f"--end ends the override and takes no other option: {_WHAT_TO_GIVE}.")
        control = EndOverride(instant_ms=instant_ms, account_id=account, author=by)
    else:
        control = _set(account, instant_ms, by, score, reason, end_of(instant_ms, for_, until, _WHAT_TO_GIVE))
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
    check_text("--reason", reason)
    control = SetOverride(
        instant_ms=instant_ms, account_id=account, score=score, reason=reason, author=author, until_ms=until_ms
    )
    try:
        override_of(control, instant_ms)
    except InvalidOverride as unfit:
        raise UserError(f"Nothing was set, because {unfit}: fix that and run the command again.") from None
    return control


def _check_known(account: str, *, ends: bool, force: bool) -> None:
    """The worker refuses overrides of accounts without events. The read model is only a copy: it may be down."""
    from streams.read_model.port import ReadModelUnavailable

    try:
        answer = read_answers(lambda model: model.get(account))
    except ReadModelUnavailable as error:
        warn(f"{error} Whether the account is known could not be looked up; it is sent all the same.")
        return
    if answer is None and not force:
        raise UserError(
            f"No account {account!r} is scored, so the worker would refuse it: list those that are with `vitals "
            "scores`, or add --force."
        )
    if answer is not None and answer.override is None and ends:
        warn(f"{plain(account, NAME_LIMIT)} has no score set by hand, as far as Redis knows; it is sent all the same.")


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
