"""What the pipeline needs of the outside world."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from streams.gateway.log.outgoing import Outgoing
from streams.gateway.reading import Reading, Request


class Fetching(Protocol):
    """Fetches objects of vendors' APIs."""

    async def read(self, read: Callable[[Request], Reading], request: Request, within: float) -> Reading:
        """What `read` finds in a request, with all that it asks for fetched, within this many seconds.

        Raises:
            NotFetched: when the request must be sent again.
        """
        ...


class Log(Protocol):
    """Writes messages: `GatewayLog`."""

    def write(self, messages: Sequence[Outgoing]) -> asyncio.Future[None]: ...
