"""The sink of a laptop: prints alerts as lines on standard output when no other sink is set."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from alerts.gathered import Gathered
from alerts.message_text import MessageText, message_text, row_text
from alerts.sinks.port import Message, shows_news
from alerts.step import AlertStep
from alerts.text import plain

AS_OF_LIMIT = 40


class TerminalSink:
    """Prints each message as one line, and the steps that matter most within one about many as further lines: green for
    good news and ends, else red."""

    is_gathering = True

    def __init__(self, console: Console | None = None, *, name: str = "terminal") -> None:
        self._console = console or Console()
        self.name = name

    def shows(self, step: AlertStep, /) -> bool:
        """See `Sink.shows`."""
        return shows_news(step)

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver`. Blocks only as long as standard output does."""
        as_of = message.to if isinstance(message, Gathered) else message.as_of
        text = message_text(message)
        line = Text(plain(as_of, AS_OF_LIMIT), style="dim")
        line.append(f"  {text.one_line}", style=_style(text))
        # Text is never parsed as markup, so "[red]" in an account's name stays as it is; one line each, for grep.
        self._console.print(line, soft_wrap=True)
        for row in text.rows:
            self._console.print(Text(f"    {row_text(row)}"), soft_wrap=True)


def _style(text: MessageText) -> str:
    return "green" if text.is_over or text.severity == "good" else "red"
