"""`vitals alias merge`."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import DAY_MS, rfc3339
from scoring.plurals import counted
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.identity.alias import Alias
from vitals.commands.by_hand import account_of, author_of, instant_of, warn
from vitals.commands.identity.ids import check_reason, now_ms, quiet_kafka
from vitals.commands.output import print_json, progress_bar
from vitals.commands.read_answers import read_answers

if TYPE_CHECKING:
    from scoring.result import ScoreSnapshot
    from streams.identity.republishing import Republished
    from streams.read_model.store import RedisReadModel

NOT_MOVED = "Overrides, notes and cases of {account} are not moved: its open cases were resolved."


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A merge for programs. `events` is by topic; `since` the time of the first event by topic, RFC 3339.

    Events before `log_begins` ("" if nothing is gone) are not in the log any more: `days_gone` of the `days` since the
    account's first event, null where that is not known.
    """

    account_id: str
    into: str
    author: str
    reason: str
    at: str
    events: dict[str, int]
    since: dict[str, str]
    log_begins: str
    days_gone: int | None
    days: int | None


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("merge")(merge)


def merge(
    account: Annotated[str, typer.Argument(metavar="FROM", help="The account that will be no more.")],
    into: Annotated[str, typer.Argument(metavar="INTO", help="The account that it becomes part of.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the people who will see it.")],
    author: Annotated[
        str | None, typer.Option(metavar="NAME", show_default="the login name", help="Who merges them.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="T", show_default="now", help="From when, RFC 3339; only under VITALS_CLOCK=event."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also for accounts that Redis does not know.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make one account part of another: its ids lead there, and its events count there, as far as the log has them.

    FROM is removed, and what still arrives for it is sent on to INTO. Overrides, notes and cases of FROM are not moved.
    Running it again, as after an interruption, is harmless for two days; later it is refused.
    """
    from streams.identity.alias_log import merge_alias
    from streams.identity.merge import check_merge, merge_accounts

    settings = Settings.from_environment(os.environ)
    instant_ms, by = instant_of(settings, at), author_of(author)
    account, into = account_of(account), account_of(into)
    check_reason(reason)
    quiet_kafka()
    before = asyncio.run(check_merge(settings, account, into, now_ms()))
    snapshot = _check_known(account, into, is_new=before is None, force=force)
    alias = before or merge_alias(account, into, author=by, reason=reason, at_ms=now_ms())
    with progress_bar(f"merging {plain(account, NAME_LIMIT)}", 0) as progress:
        done = asyncio.run(merge_accounts(settings, alias, instant_ms, progress))
    merged = _merged(alias, instant_ms, done, snapshot.first_event_ms if snapshot is not None else 0)
    if as_json:
        print_json(merged)
    else:
        print(words(merged))


def _check_known(account: str, into: str, *, is_new: bool, force: bool) -> ScoreSnapshot | None:
    """What Redis has of the account that will be no more. In a merge that goes on it is gone already."""
    from streams.read_model.port import ReadModelUnavailable

    async def both(model: RedisReadModel) -> tuple[ScoreSnapshot | None, ScoreSnapshot | None]:
        return await model.get(account), await model.get(into)

    try:
        found = read_answers(both)
    except ReadModelUnavailable as error:
        warn(f"{error} Whether the accounts are known could not be looked up; they are merged all the same.")
        return None
    unknown = [name for name, answer in zip((account, into), found, strict=True) if answer is None]
    if unknown and is_new and not force:
        names = " and ".join(repr(plain(name, NAME_LIMIT)) for name in unknown)
        raise UserError(f"No account {names} is scored: check the spelling with `vitals scores`, or add --force.")
    return found[0]


def _merged(alias: Alias, instant_ms: int, done: Republished, first_ms: int) -> Merged:
    days = gone = None
    if first_ms:
        days = max(1, -(-(now_ms() - first_ms) // DAY_MS))
        gone = max(0, -(-(done.kept_from_ms - first_ms) // DAY_MS)) if done.kept_from_ms else 0
    return Merged(
        account_id=alias.id,
        into=alias.to.id,
        author=alias.author,
        reason=alias.reason,
        at=rfc3339(instant_ms),
        events=dict(sorted(done.events.items())),
        since={topic: rfc3339(first) for topic, first in sorted(done.first_ms.items())},
        log_begins=rfc3339(done.kept_from_ms) if done.kept_from_ms else "",
        days_gone=gone,
        days=days,
    )


def words(merged: Merged) -> str:
    """The merge, in lines for people."""
    account, into = plain(merged.account_id, NAME_LIMIT), plain(merged.into, NAME_LIMIT)
    lines = [f"{plain(merged.author, NAME_LIMIT)} merged {account} into {into}: {plain(merged.reason, WORDS_LIMIT)}"]
    for topic, count in merged.events.items():
        lines.append(f"  {topic}: {counted(count, 'events')} published again, from {merged.since[topic]} on")
    if not merged.events:
        lines.append(f"  the log has no event of {account}")
    if merged.log_begins:
        lost = "some of its history may be missing"
        if merged.days is not None and merged.days_gone is not None:
            lost = f"{merged.days_gone:,} days of {account}'s {merged.days:,}"
        lines.append(f"Events before {merged.log_begins} are gone from the log: {lost}.")
    lines.append(NOT_MOVED.format(account=account))
    return "\n".join(lines)
