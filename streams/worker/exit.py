"""Crash-only exit: end the process at once, without a commit; unflushed work is replayed."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

from streams.deployment.settings import Settings
from streams.kafka.errors import operator_text
from streams.kafka.topology import recreated_text

_LOG = logging.getLogger(__name__)
EXIT_FAILED = 70


class ProcessExit:
    """`streams.engine.ports.Exit` for a real process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def crash(self, why: str, error: BaseException | None = None) -> NoReturn:
        crash(why, error)

    def abort(self, text: str) -> NoReturn:
        abort(text)

    def abort_recreated(self, topic: str, *, is_state: bool) -> NoReturn:
        name = self._settings.changelog_topic if is_state else self._settings.topic(topic)
        abort(recreated_text(self._settings, name, is_state=is_state))


def crash(why: str, error: BaseException | None = None) -> NoReturn:
    """End this process at once, without a commit, a flush or leaving the group: its unflushed work is replayed.

    Never a graceful stop: that would commit offsets past unwritten work.
    """
    ending = "ending without a commit, the rest is replayed after the restart"
    if (told := operator_text(error)) is not None:
        abort(f"{why} ({ending}): {told}.")
    abort(f"{why}; {ending}", error)


def abort(text: str, error: BaseException | None = None) -> NoReturn:
    """End this process in the same way, with this text as the last line of its log."""
    _LOG.critical("%s", text, exc_info=error)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_FAILED)
