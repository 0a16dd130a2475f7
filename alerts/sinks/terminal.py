"""The sink of a laptop: prints alerts as lines on standard output when no other sink is set."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from alerts.gathered import Gathered
from alerts.sinks.port import Message, shows_news
from alerts.step import AlertStep
from alerts.text import NAME_LIMIT, plain, sentence

AS_OF_LIMIT = 40


class TerminalSink:
    """Prints each message as one line: green for good news and ends, else red."""

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
        line = Text(plain(as_of, AS_OF_LIMIT), style="dim")
        words, style = _words(message)
        line.append(f"  {words}", style=style)
        # Text is never parsed as markup, so "[red]" in an account's name stays as it is; one line each, for grep.
        self._console.print(line, soft_wrap=True)


def _words(message: Message) -> tuple[str, str]:
    if isinstance(message, Gathered):
        return f"{message.count} steps of {message.accounts} accounts ({message.why})", "red"
    name = plain(message.account_id, NAME_LIMIT)
    is_well = message.severity == "good" or message.status in ("resolved", "retracted")
    return f"{name}: {sentence(message.words)}", "green" if is_well else "red"
