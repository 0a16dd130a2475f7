"""What the commands share on the screen: tables, JSON, and the progress bar. Text from outside is made harmless."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import ROUND_FLOOR, Decimal

import msgspec
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, TIER_LIMIT, WORDS_LIMIT, driver_words, money, plain
from scoring.instants import rfc3339
from scoring.result import Explanation, ScoreSnapshot
from streams.errors import UserError
from streams.replay.event_line import RejectedLines

PIPE_WIDTH = 160
"""Columns of a table that does not go to a terminal."""
NO_TIER = "none"
"""How people call the tier of an account that cannot be judged yet."""
_STYLES = {"red": "red", "yellow": "yellow", "green": "green"}


def console(*, stderr: bool = False) -> Console:
    """Standard output, or standard error, as it is at this moment."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else PIPE_WIDTH, highlight=False)


def finite(option: str, number: float | None) -> None:
    """Refuse a number that is none, or has no end.

    Raises:
        UserError: naming the option.
    """
    if number is not None and not math.isfinite(number):
        raise UserError(f"{option} is {number}: give a number, or leave it out.")


def json_text(value: object) -> str:
    """`value`, a struct or a list of them, as indented JSON."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(msgspec.to_builtins(value, str_keys=True), option=options).decode()


def print_json(value: object) -> None:
    """Print `value` as indented JSON on standard output."""
    sys.stdout.write(json_text(value))


def score_words(score: float | None) -> str:
    """A score with two decimals, rounded down: 44.999 must not look like the 45.00 of the next tier.

    >>> score_words(44.999), score_words(74.35), score_words(None)
    ('44.99', '74.35', '–')
    """
    return "–" if score is None else str(Decimal(repr(score)).quantize(Decimal("0.01"), rounding=ROUND_FLOOR))


def minute_words(instant_ms: int) -> str:
    """An instant (UTC) to the minute, for tables: it may be folded where it is narrow. --json has all of it.

    >>> minute_words(1_790_000_123_456)
    '2026-09-21 14:15'
    """
    return rfc3339(instant_ms)[:16].replace("T", " ")


def tier_text(tier: str, standing: str = "") -> Text:
    """A tier, in its colour where its name is one; without a tier, the standing, if any."""
    return Text(plain(tier or standing or NO_TIER, TIER_LIMIT), style=_STYLES.get(tier, "" if tier else "dim"))


def scores_table(
    answers: Iterable[ScoreSnapshot], title: str, explain: Callable[[ScoreSnapshot], Explanation]
) -> Table:
    """Accounts in the order given, one a row; those without a score say why, below a line."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("account", overflow="fold")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("tier", no_wrap=True)
    table.add_column("top driver")
    table.add_column("MRR", justify="right", no_wrap=True)
    table.add_column("plan")
    table.add_column("as of", no_wrap=True)
    was_scored = False
    for answer in answers:
        if was_scored and answer.score is None:
            table.add_section()
        was_scored, explanation = answer.score is not None, explain(answer)
        why = plain(explanation.unscored, WORDS_LIMIT) if explanation.unscored else ""
        if answer.provisional:
            why = "little is known yet"
        driver = next(iter(driver_words(explanation.drivers)), why)
        if answer.stale:
            names = ", ".join(plain(name, NAME_LIMIT) for name in answer.stale)
            driver = f"stale: {names}" + (f"; {driver}" if driver else "")
        table.add_row(
            Text(plain(answer.account_id, NAME_LIMIT)),
            score_words(answer.score),
            tier_text(answer.tier, answer.standing),
            Text(driver),
            "" if answer.mrr is None else money(answer.mrr),
            Text(plain(answer.plan, NAME_LIMIT) if answer.plan else ""),
            answer.as_of,
        )
    return table


def print_rejected(refused: Sequence[RejectedLines]) -> None:
    """Print on standard error which lines were refused, and why; nothing when none was."""
    if not refused:
        return
    table = Table(title="Refused lines", title_justify="left", title_style="bold")
    table.add_column("reason", no_wrap=True)
    table.add_column("lines", justify="right", no_wrap=True)
    table.add_column("numbers", no_wrap=True)
    table.add_column("the first says")
    for each in refused:
        more = ", …" if each.count > len(each.lines) else ""
        numbers = ", ".join(map(str, each.lines)) + more
        table.add_row(each.reason, f"{each.count:,}", numbers, Text(plain(each.words, WORDS_LIMIT)))
    console(stderr=True).print(table)


@contextmanager
def bars() -> Iterator[Callable[[str, int, int], None]]:
    """Bars on standard error while the block runs, none where that is no terminal. Call with what is done: the words of
    a step, how much of it, and of how much."""
    terminal = console(stderr=True)
    if not terminal.is_terminal:
        yield lambda what, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal, transient=True) as shown:
        known: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = shown.add_task(what)
            shown.update(known[what], completed=done, total=total)

        yield show


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while the block runs, none where that is no terminal; call with what is done so far.

    A `total` of 0 is an unknown one.
    """
    terminal = console(stderr=True)
    if not terminal.is_terminal:
        yield lambda done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal, transient=True) as bars:
        bar = bars.add_task(what, total=total or None)
        yield lambda done: bars.update(bar, completed=done)
