"""The events of the topics as a file, for commands that look at a history."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from streams.errors import UserError
from vitals.commands.output import progress_bar

if TYPE_CHECKING:
    from streams.backtest.source.live import EventLines


def fetch_events(path: Path) -> EventLines:
    """Write the events of the topics to a file, with progress; returns their maker.

    Raises:
        UserError: when Kafka fails, or the topics have no event.
    """
    from streams.backtest.source.live import ROLE, write_events
    from streams.deployment.settings import Settings
    from streams.kafka.topic_admin import ensure_topics
    from streams.operations.process import run_process

    settings = Settings.from_environment(os.environ)
    lines: list[EventLines] = []

    async def main() -> None:
        await ensure_topics(settings, ROLE, deadline_seconds=20.0)
        try:
            with path.open("wb") as output, progress_bar("reading the topics", 0) as progress:
                lines.append(await write_events(settings, output, progress))
        except TimeoutError as error:
            raise UserError(
                f"Kafka at {settings.kafka} failed ({error}): check that it runs, and try again."
            ) from error

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    run_process(main(), settings)
    if not lines[0].written:
        raise UserError("The topics have no event: publish some, or give a FILE.")
    return lines[0]
