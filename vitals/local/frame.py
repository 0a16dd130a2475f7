"""One view of `vitals up` as text: a whole terminal screen, and the parts that log lines are made of. Pure."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from alerts.message_text import step_text
from alerts.step import AlertStep
from alerts.step_words import OVER
from alerts.text import NAME_LIMIT, TIER_LIMIT, WORDS_LIMIT, money, plain
from scoring.result import ScoreSnapshot
from streams.read_model.port import group_of
from vitals.local.view import Reading

WORDS_LINES = 2
"""The lines that a driver may take: at 100 columns all of ours fit."""
ACCOUNT = "Account, worst first"
UNKNOWN = "–"
GAPS = 6
"""Blank columns between the six columns of the table, plus one before the text."""
SMALL_LINES = 20
"""A terminal with fewer lines does not show the addresses."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is shown, `seconds` after the start.

    `phase` and `detail` are the progress, `note` is what went wrong; `start` has each account's score at the beginning
    of the live part; `tiers` are the model's, worst first; `commands` can be pasted into a shell; `addresses` are pairs
    of name and address.
    """

    phase: str
    detail: str
    seconds: float
    reading: Reading
    start: Mapping[str, float]
    tiers: Sequence[str]
    note: str = ""
    commands: Sequence[str] = ()
    addresses: Sequence[tuple[str, str]] = ()


def frame(view: View, width: int, height: int) -> RenderableType:
    """The whole screen for a terminal of `width` columns and `height` lines. If space is short, the worst accounts
    stay."""
    head = [*_head(view), Text()]
    foot = _foot(view, width) if height >= SMALL_LINES else []
    room = height - sum(-(-max(1, line.cell_len) // width) for line in (*head, *foot))
    news = list(_news(view, width, lines=room // 3))
    if news:
        news = [Text(), Text("Latest alerts (times are UTC)", style="bold"), *news]
    return Group(*head, _table(view, width, lines=room - len(news)), *news, *foot)


def _head(view: View) -> list[Text]:
    live = view.phase == "live"
    first = Text.assemble(
        ("Vitals  ", "bold"),
        (f"● {_phase(view)}", "green" if live else "yellow"),
        f"   {_figures(view)}   {_clock(view.seconds)}",
    )
    second = Text()
    for tier, accounts, mrr in _by_tier(view):
        second.append(f"{plain(tier, TIER_LIMIT)} {accounts}", style=_colour(view, tier))
        second.append(f" (MRR {money(round(mrr))})   ")
    for standing, accounts in _by_standing(view):
        second.append(f"{plain(standing, TIER_LIMIT)} {accounts}   ", style="dim")
    warnings = [Text(plain(words, WORDS_LIMIT), style="red") for words in (view.note, view.reading.trouble) if words]
    return [first, second, *warnings]


def _table(view: View, width: int, lines: int) -> RenderableType:
    """The worst accounts: as many as fit into `lines`, including the table's header."""
    answers = view.reading.answers
    if not answers:
        return Text("No account has a score yet.", style="dim")
    name = min(width // 4, max(len(ACCOUNT), *(len(plain(answer.account_id, NAME_LIMIT)) for answer in answers)))
    mrr = max(len("MRR"), *(len(_money(answer)) for answer in answers))
    standings = (standing for standing, _ in _by_standing(view))
    tier = max(len("Tier"), *(len(plain(tier, TIER_LIMIT)) for tier in (*view.tiers, *standings)))
    driver = max(12, width - name - mrr - len("Score") - len("−100.0") - tier - GAPS)
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(ACCOUNT, width=name, no_wrap=True)
    table.add_column("MRR", width=mrr, no_wrap=True, justify="right")
    table.add_column("Score", width=5, no_wrap=True, justify="right")
    table.add_column("Change", width=6, no_wrap=True, justify="right")
    table.add_column("Tier", width=tier + 1, no_wrap=True)
    table.add_column("What holds it down most", width=driver, no_wrap=True)
    left = lines - 1
    for answer in answers:
        explanation = view.reading.explainer.explain_anyway(answer)
        drivers = explanation.drivers
        worst = (drivers[0].words or drivers[0].label) if drivers else explanation.unscored
        words = plain(worst, WORDS_LIMIT) if worst else UNKNOWN
        wrapped = textwrap.wrap(words, driver, max_lines=WORDS_LINES, placeholder=" …")
        left -= max(1, len(wrapped))
        if left < 0:
            break
        table.add_row(*_cells(view, answer), Text("\n".join(wrapped)))
    return table


def _cells(view: View, answer: ScoreSnapshot) -> list[Text]:
    colour = _colour(view, answer.tier)
    return [
        Text(plain(answer.account_id, NAME_LIMIT), style="bold"),
        Text(_money(answer)),
        Text(score_text(answer.score), style=colour),
        _moved(view, answer),
        Text(plain(answer.tier or answer.standing or UNKNOWN, TIER_LIMIT), style=colour),
    ]


def _moved(view: View, answer: ScoreSnapshot) -> Text:
    """The change of an account's score since the beginning of the live part."""
    before = view.start.get(answer.account_id, answer.score)
    if answer.score is None or before is None:
        return Text(UNKNOWN, style="dim")
    if view.start and answer.account_id not in view.start:
        return Text("new", style="cyan")
    change = answer.score - before
    return Text(change_text(change), style="green" if change >= 0.05 else "red" if change <= -0.05 else "dim")


def _news(view: View, width: int, lines: int) -> Iterator[Text]:
    """The latest told steps, newest first, in at most `lines` lines."""
    for step in reversed(view.reading.steps):
        wrapped = textwrap.wrap(step_line(step), width - 12, max_lines=3, placeholder=" …")
        lines -= len(wrapped)
        if lines < 0:
            return
        style = "green" if is_good(step) else "red" if step.severity == "critical" else "yellow"
        first = Text(plain(step.as_of[11:19], 8), style="dim")
        yield first.append(f"  {wrapped[0]}", style=style)
        yield from (Text(" " * 12 + line, style=style) for line in wrapped[1:])


def step_line(step: AlertStep) -> str:
    """A told step as one line: the direction, the headline, the cause and the facts."""
    return f"{'▲' if is_good(step) else '▼'} {step_text(step).one_line}"


def is_good(step: AlertStep) -> bool:
    """Whether a step says something good: good news, or that a case is over or got better."""
    return step.severity == "good" or step.status in OVER or step.reason == "better"


def _foot(view: View, width: int) -> list[Text]:
    if not view.addresses:
        return []
    lines = [Text()]
    if view.commands:
        lines.append(Text("Ask from another terminal:", style="bold"))
        lines += [Text(f"  {command}", style="cyan", overflow="fold") for command in view.commands]
    row = Text()
    for name, address in view.addresses:
        entry = f"{name} {address}"
        if row and len(row) + 3 + len(entry) > width:
            lines.append(row)
            row = Text()
        row.append("   " if row else "").append(f"{name} ", style="dim").append(address)
    return [*lines, row, Text("Ctrl-C stops everything.", style="dim")]


def status_text(view: View) -> str:
    groups = [*((tier, accounts) for tier, accounts, _ in _by_tier(view) if accounts), *_by_standing(view)]
    tiers = ", ".join(f"{plain(group, TIER_LIMIT)} {accounts}" for group, accounts in groups)
    return f"{_phase(view)}: {_figures(view)}{f' ({tiers})' if tiers else ''}"


def _phase(view: View) -> str:
    return f"{view.phase} {view.detail}".strip()


def _figures(view: View) -> str:
    reading = view.reading
    number = len(reading.answers)
    accounts = f"{number:,} account{'s' if number != 1 else ''}"
    return f"{accounts} · {reading.events:,} events · {reading.events_a_second:,.1f} events/s · lag {reading.lag:,}"


def _by_tier(view: View) -> list[tuple[str, int, float]]:
    """(tier, accounts, MRR), worst tier first; without accounts that cannot be judged."""
    accounts: Counter[str] = Counter()
    mrr: Counter[str] = Counter()
    for answer in view.reading.answers:
        accounts[answer.tier] += 1
        mrr[answer.tier] += answer.mrr or 0  # type: ignore[assignment]  # a counter adds any numbers
    return [(tier, accounts[tier], mrr[tier]) for tier in view.tiers]


def _by_standing(view: View) -> list[tuple[str, int]]:
    """(standing, accounts) of the accounts that have no score for it, by name."""
    groups = Counter(group_of(answer).standing for answer in view.reading.answers)
    return sorted((standing, accounts) for standing, accounts in groups.items() if standing)


def score_text(score: float | None) -> str:
    """A score with one decimal, rounded down: 44.99 must not look like the 45.0 of the next tier."""
    return UNKNOWN if score is None else f"{math.floor(score * 10) / 10:.1f}"


def _money(answer: ScoreSnapshot) -> str:
    return UNKNOWN if answer.mrr is None else money(round(answer.mrr))


def _colour(view: View, tier: str) -> str:
    """The colour of a tier: its name if that is a traffic light's, else by its rank."""
    if tier in ("red", "yellow", "green"):
        return tier
    if not tier or tier not in view.tiers:
        return "dim"
    return "red" if tier == view.tiers[0] else "green" if tier == view.tiers[-1] else "yellow"


def change_text(points: float) -> str:
    """A change in points with one decimal and a sign; minus is U+2212."""
    digits = f"{points:+.1f}"
    return "0.0" if digits in ("+0.0", "-0.0") else digits.replace("-", "−")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
