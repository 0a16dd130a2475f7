"""How many connections the gateway may have: each is an open file, and the operating system limits those."""

from __future__ import annotations

import logging
import resource
from typing import Final

OWN_FILES: Final = 200
"""Open files that are no connections of senders: those to Kafka, a few for each broker and topic, and Python's own."""
_LOG = logging.getLogger(__name__)


def connections_allowed(wanted: int) -> int:
    """As many connections as wanted, or as the operating system allows; raises its soft limit if need be.

    Without this, senders that keep a thousand connections open would keep the gateway from connecting to Kafka again,
    because the usual limit is 1,024 open files.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OWN_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    allowed = wanted if soft == resource.RLIM_INFINITY else min(wanted, max(soft - OWN_FILES, soft // 2))
    if allowed < wanted:
        _LOG.warning("At most %d open files are allowed, so %d connections: raise `ulimit -n`.", soft, allowed)
    return allowed
