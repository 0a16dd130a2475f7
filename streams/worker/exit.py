"""The only way in which a worker ends that cannot go on: at once. What it held is replayed."""

from __future__ import annotations

import logging
import os
import sys

from streams.kafka.errors import told_to_operator

_LOG = logging.getLogger(__name__)
EXIT_FAILED = 70


def end_process(why: str, error: BaseException | None = None) -> None:
    """End this process at once, without a commit, a goodbye to the group or a flush: what it held is replayed.

    Never a graceful stop: that would commit offsets past what was not written.
    """
    ending = "ending without a commit, the rest is replayed after the restart"
    if (told := told_to_operator(error)) is not None:
        halt(f"{why} ({ending}): {told}.")
    halt(f"{why}; {ending}", error)


def halt(words: str, error: BaseException | None = None) -> None:
    """End this process in the same way, with these last words."""
    _LOG.critical("%s", words, exc_info=error)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_FAILED)
