"""The screen of `vitals up`: a live table on a terminal, plain lines elsewhere. It only draws a `View`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from alerts.text import NAME_LIMIT, plain
from scoring.result import ScoreSnapshot
from vitals.local.frame import View, change_text, frame, score_text, status_text, step_line

LINE_SECONDS = 5.0
MOVES_SHOWN = 3


class Screen(Protocol):
    """Where views are shown. A context manager: the last view stays readable after it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, view: View, /) -> None:
        """Show `view` in place of the last one. Blocks only as long as the console does."""
        ...


def open_screen(console: Console) -> Screen:
    """The screen that suits `console`: live on a terminal, lines in a log or pipe."""
    return LiveScreen(console) if console.is_terminal and not console.is_dumb_terminal else Lines(console)


class LiveScreen:
    """A whole terminal, redrawn with each view."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, screen=True, auto_refresh=False)
        self._last: View | None = None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        if self._last is not None:
            self._console.print(frame(self._last, self._console.width, self._console.height - 2))

    def show(self, view: View, /) -> None:
        self._last = view
        self._live.update(frame(view, self._console.width, self._console.height), refresh=True)


class Lines:
    """One line for each new phase and each alert, and every five seconds one about what moved."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase = ""
        self._shown: set[str] = set()
        self._has_shown_addresses = False
        self._note = ""
        self._scores: dict[str, float] = {}
        self._due = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to do: the printed lines stay."""

    def show(self, view: View, /) -> None:
        for line in self._lines(view):
            self._console.print(Text(f"{view.seconds:6.1f} s  {line}"), soft_wrap=True)

    def _lines(self, view: View) -> Iterator[str]:
        is_new_phase = view.phase != self._phase
        if is_new_phase or view.seconds >= self._due:
            self._phase, self._due = view.phase, view.seconds + LINE_SECONDS
            yield ", ".join(part for part in (status_text(view), view.reading.trouble) if part)
            if view.start:
                yield from self._moves(view.start, view.reading.answers)
        if view.addresses and not self._has_shown_addresses:
            self._has_shown_addresses = True
            yield from (f"{name}: {address}" for name, address in view.addresses)
        if view.note and view.note != self._note:
            self._note = view.note
            yield view.note
        if is_new_phase:
            yield from (f"try: {command}" for command in view.commands)
        for step in view.reading.steps:
            if step.id not in self._shown:
                self._shown.add(step.id)
                yield step_line(step)

    def _moves(self, start: Mapping[str, float], answers: Iterable[ScoreSnapshot]) -> Iterator[str]:
        before = self._scores or start
        scores = {answer.account_id: answer.score for answer in answers if answer.score is not None}
        moves = {account: score - before.get(account, score) for account, score in scores.items()}
        for account in sorted(moves, key=lambda account: -abs(moves[account]))[:MOVES_SHOWN]:
            if abs(moves[account]) >= 0.05:
                change = (
                    f"{score_text(before[account])} ▸ {score_text(scores[account])} ({change_text(moves[account])})"
                )
                yield f"moved: {plain(account, NAME_LIMIT)} {change}"
        self._scores = scores
