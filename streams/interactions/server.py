"""The web server of `vitals interactions`."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette

from streams.operations.web_server import Address
from streams.operations.web_server import serve_until as serve_application

CONNECTIONS = 200


async def serve_until(stop: asyncio.Event, application: Starlette, host: str, port: int) -> None:
    """Serve `application` until `stop` is set, then for as long as requests are under way, at most 20 s.

    Raises:
        UserError: when the address cannot be bound.
    """
    address = Address(host, port, "VITALS_INTERACTIONS")
    await serve_application(stop, application, address, connections=CONNECTIONS, name="interactions")
