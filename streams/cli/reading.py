"""Reading the read model from a command: one connection, closed again, whatever becomes of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from streams.settings import Settings

if TYPE_CHECKING:
    from streams.read_model import RedisReadModel

T = TypeVar("T")


def read_answers(read: Callable[[RedisReadModel], Awaitable[T]]) -> T:
    """What `read` answers of the read model that the settings name. Blocks.

    Raises:
        UserError: when Redis does not answer.
    """
    return asyncio.run(_reading(read))


async def _reading(read: Callable[[RedisReadModel], Awaitable[T]]) -> T:
    from streams.read_model import RedisReadModel

    model = RedisReadModel.open(Settings.from_environment(os.environ))
    try:
        return await read(model)
    finally:
        await model.close()
