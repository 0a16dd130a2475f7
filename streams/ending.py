"""The only way in which a worker ends that cannot go on: at once. What it held is replayed."""

from __future__ import annotations

import logging
import os
import sys

_LOG = logging.getLogger(__name__)
EXIT_FAILED = 70


def end_process(why: str, error: BaseException | None = None) -> None:
    """End this process at once, without a commit, a goodbye to the group or a flush: what it held is replayed.

    Never a graceful stop: that would commit offsets past what was not written.
    """
    halt(f"{why}; ending without a commit, the rest is replayed after the restart", error)


def halt(words: str, error: BaseException | None = None) -> None:
    """End this process in the same way, with these last words."""
    _LOG.critical("%s", words, exc_info=error)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_FAILED)
