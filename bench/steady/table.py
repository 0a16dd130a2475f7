"""The figures as tables for people: one a model, a row a rhythm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.markup import escape
from rich.table import Table

from bench.steady.figures import Line
from tests.support.worlds.rhythms import EVENTS

CHANGES_MOST, MOVE_MOST = 0.3, 10.0
"""The target: changes of tier an account and 30 days, and points that a routine event may move a score by."""
_DELAYS = ("stop ▸ yellow/red", "half ▸ yellow/red")
_HEADS = (
    "changes / account, 30 d", "worst seed", "taken back", "largest move", "fall, rise in 1 h", "mean, sd", *_DELAYS,
)  # fmt: skip


def tables_of(lines: Sequence[Line]) -> Iterator[Table]:
    """One table for each model."""
    for (preset, version), rows in groupby(lines, key=lambda line: (line.preset, line.version)):
        table = Table(title=escape(f"{preset} version {version}"), title_justify="left")
        table.add_column("rhythm", no_wrap=True)
        for head in _HEADS:
            table.add_column(head, justify="right")
        for line in rows:
            table.add_row(line.rhythm, *cells(line))
        yield table


def cells(line: Line) -> tuple[str, ...]:
    """A line's figures as text; in red where the target is missed."""
    back = "–" if line.reversed_share is None else f"{line.reversed_share:.0%}"
    move = _marked(f"{line.largest_move:.1f}", line.largest_move > MOVE_MOST)
    return (
        _marked(f"{line.changes_per_account_month:.2f}", line.changes_per_account_month > CHANGES_MOST),
        f"{line.worst_seed:.2f}",
        back,
        f"{move} {escape(_plain(line.largest_move_by))}",
        f"{line.largest_fall_hour:.1f}, {line.largest_rise_hour:.1f}",
        f"{line.mean:.0f}, {line.deviation:.1f}",
        f"{_days(line.stop_to_yellow_days)}/{_days(line.stop_to_red_days)}",
        f"{_days(line.half_to_yellow_days)}/{_days(line.half_to_red_days)}",
    )


def _marked(text: str, is_missed: bool) -> str:
    return f"[red]{text}[/red]" if is_missed else text


def _days(days: float | None) -> str:
    return "never" if days is None else f"{days:.0f}"


def markdown_of(lines: Sequence[Line]) -> str:
    """The same for `docs/models/steadiness.md`."""
    heads = (
        "rhythm",
        "changes (worst seed)",
        "taken back",
        "largest move",
        "fall, rise in an hour",
        "mean, sd",
        *_DELAYS,
    )
    parts = []
    for (preset, version), rows in groupby(lines, key=lambda line: (line.preset, line.version)):
        table = [
            f"**{preset}, version {version}**",
            "",
            f"| {' | '.join(heads)} |",
            "|---|" + "---:|" * (len(heads) - 1),
        ]
        for line in rows:
            changes, worst, back, _, *others = cells(line)
            move = f"{_bold(f'{line.largest_move:.1f}', line.largest_move > MOVE_MOST)} {_plain(line.largest_move_by)}"
            changes = _bold(f"{line.changes_per_account_month:.2f}", line.changes_per_account_month > CHANGES_MOST)
            row = (line.rhythm, f"{changes} ({worst})", back, move, *others)
            table.append(f"| {' | '.join(row)} |")
        parts.append("\n".join(table))
    return "\n\n".join(parts)


def _bold(text: str, is_missed: bool) -> str:
    return f"**{text}**" if is_missed else text


def _plain(name: str) -> str:
    """What an event is, for the page: all events of use are alike."""
    words = {"support_ticket_opened": "ticket", "support_ticket_resolved": "ticket solved", "$exception": "error"}
    return words.get(name, "use" if name in EVENTS else name)
