"""`vitals alerts list`: the open cases, what matters most first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from alerts.step import SEVERITIES
from alerts.text import NAME_LIMIT, WORDS_LIMIT, money, plain
from scoring.plurals import counted
from scoring.result import OpenCase, ScoreSnapshot
from streams.errors import UserError
from vitals.commands.output import console, print_json, score_words, tier_text
from vitals.commands.read_answers import read_answers

if TYPE_CHECKING:
    from streams.read_model.store import RedisReadModel

STATUSES = ("open", "acknowledged", "snoozed", "escalated")
STYLES = {"critical": "red", "warning": "yellow", "good": "green"}
_OWNER = "owner"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An open case and its account. `owner` is the case's assignee or, without one, the account's owner."""

    account_id: str
    score: float | None
    tier: str
    mrr: float | None
    owner: str
    case: OpenCase


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("list")(list_cases)


def list_cases(
    rule: Annotated[str, typer.Option(metavar="RULE", help="Only cases of this rule.")] = "",
    severity: Annotated[str, typer.Option(help="Only this severity: critical, warning, info or good.")] = "",
    status: Annotated[str, typer.Option(help="Only this status: open, acknowledged, snoozed or escalated.")] = "",
    owner: Annotated[str, typer.Option(metavar="NAME", help="Only cases that this person has.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, show_default="all", help="The maximum number of cases.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the cases as JSON.")] = False,
) -> None:
    """List the open cases: the most severe first, and of those the one with the most MRR."""
    _check_word("--severity", severity, SEVERITIES)
    _check_word("--status", status, STATUSES)

    async def read(model: RedisReadModel) -> list[ScoreSnapshot]:
        return await model.worst_first()

    every = listed(read_answers(read))
    found = [
        each
        for each in every
        if rule in ("", each.case.rule)
        and severity in ("", each.case.severity)
        and status in ("", each.case.status)
        and owner in ("", each.owner)
    ]
    if as_json:
        print_json(found[:limit])
    elif found:
        console().print(cases_table(found[:limit], _title(found[:limit], every)))
    elif every:
        rules = ", ".join(sorted({plain(each.case.rule, NAME_LIMIT) for each in every}))
        console().print(Text(f"None of the {counted(len(every), 'open cases')} is such a one. Their rules: {rules}."))
    else:
        console().print(Text("No case is open. Ask why nothing came with `vitals alerts why ACCOUNT`."))


def listed(answers: Iterable[ScoreSnapshot]) -> list[Listed]:
    """The open cases of these accounts, the most severe first, then by MRR, the greatest first."""
    found = [
        Listed(
            account_id=answer.account_id,
            score=answer.score,
            tier=answer.tier or answer.standing,
            mrr=answer.mrr,
            owner=case.assignee or _owner(answer),
            case=case,
        )
        for answer in answers
        for case in answer.cases
    ]
    return sorted(found, key=lambda each: (rank(each.case.severity), -(each.mrr or 0.0), each.account_id))


def rank(severity: str) -> int:
    """The place of a severity, the most severe first; an unknown one, of another release, last.

    >>> rank("critical"), rank("good")
    (0, 3)
    """
    places: Sequence[str] = SEVERITIES
    return places.index(severity) if severity in places else len(places)


def cases_table(cases: Iterable[Listed], title: str) -> Table:
    """The cases in the order given, one a row."""
    table = Table(title=Text(title), title_justify="left", title_style="bold")  # names are no markup
    table.add_column("account", overflow="fold")
    table.add_column("MRR", justify="right", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("tier", no_wrap=True)
    table.add_column("severity", no_wrap=True)
    table.add_column("rule", overflow="fold")
    table.add_column("status", no_wrap=True)
    table.add_column("since", no_wrap=True)
    table.add_column("owner")
    table.add_column("what")
    for each in cases:
        case = each.case
        until = f" until {case.until[:10]}" if case.status == "snoozed" and case.until else ""
        table.add_row(
            Text(plain(each.account_id, NAME_LIMIT)),
            "" if each.mrr is None else money(each.mrr),
            score_words(each.score),
            tier_text(each.tier),
            Text(plain(case.severity, NAME_LIMIT), style=STYLES.get(case.severity, "")),
            Text(plain(case.rule, NAME_LIMIT)),
            Text(f"{plain(case.status, NAME_LIMIT)}{until}"),
            case.opened_at[:16].replace("T", " "),
            Text(plain(each.owner, NAME_LIMIT) if each.owner else "–"),
            Text(plain(case.words, WORDS_LIMIT)),
        )
    return table


def _owner(answer: ScoreSnapshot) -> str:
    value = answer.facts.get(_OWNER)
    return value if isinstance(value, str) else ""


def _check_word(option: str, given: str, known: Sequence[str]) -> None:
    if given and given not in known:
        raise UserError(f"{option} {given!r} is none: give one of {', '.join(known)}.")


def _title(shown: Sequence[Listed], every: Sequence[Listed]) -> str:
    accounts = len({each.account_id for each in shown})
    return f"{len(shown):,} of {counted(len(every), 'open cases')}, {counted(accounts, 'accounts')}"
