"""The sink of a laptop: prints notifications as lines on standard output when no URL is set."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from alerts.notification import Notification
from alerts.text import arrow, in_words, plain

AS_OF_LIMIT = 40


class TerminalSink:
    """Prints each notification as one line: red if the tier fell, green if it rose."""

    name = "terminal"

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()

    async def deliver(self, notification: Notification, /) -> None:
        """See `Sink.deliver`. Blocks only as long as standard output does."""
        line = Text(plain(notification.as_of, AS_OF_LIMIT), style="dim")
        style = "red" if notification.worse else "green"
        line.append(f"  {arrow(notification)} {in_words(notification)}", style=style)
        # Text is never parsed as markup, so "[red]" in an account's name stays as it is; one line each, for grep.
        self._console.print(line, soft_wrap=True)
