"""A TCP proxy on loopback that can stop forwarding, one way or both, or hang up."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from vitals.local.embedded import HOST, free_port

_CHUNK_BYTES = 65_536


class Proxy:
    """Forwards what comes to `port` to `target_port`. All methods belong to one event loop.

    While a way is shut nothing is lost: what was on it arrives when it opens again, as after a cut cable.
    """

    def __init__(self, target_port: int, port: int = 0) -> None:
        self.port = port or free_port()
        self.target_port = target_port
        self._there, self._back = asyncio.Event(), asyncio.Event()
        self._there.set()
        self._back.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. A no-op while it does."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, HOST, self.port)

    def shut(self, *, only_there: bool = False) -> None:
        """Forward nothing any more; with `only_there` answers still come back. Connections are taken, and hang."""
        self._there.clear()
        if not only_there:
            self._back.clear()

    def open(self) -> None:
        """Forward again, first of all what was held up."""
        self._there.set()
        self._back.set()

    def hang_up(self) -> None:
        """Reset every connection; new ones are taken."""
        for task in self._tasks:
            task.cancel()

    async def stop(self) -> None:
        """Hang up, and listen no more. Idempotent."""
        self.hang_up()
        if self._server is not None:
            self._server.close()
            self._server = None
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._join(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_writer: asyncio.StreamWriter | None = None
        try:
            with suppress(OSError):
                await self._there.wait()
                far_reader, far_writer = await asyncio.open_connection(HOST, self.target_port)
                async with asyncio.TaskGroup() as both:
                    both.create_task(_copy(reader, far_writer, self._there))
                    both.create_task(_copy(far_reader, writer, self._back))
        except* (_Ended, OSError):
            pass
        finally:
            for end in (writer, far_writer):
                if end is not None:
                    end.transport.abort()


class _Ended(Exception):
    """One side has hung up: so does the other."""


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_open: asyncio.Event) -> None:
    while data := await reader.read(_CHUNK_BYTES):
        await is_open.wait()
        writer.write(data)
        await writer.drain()
    raise _Ended
