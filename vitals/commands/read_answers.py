"""Reads the read model in a command, over one connection that is always closed, and checks that it is complete."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from streams.deployment.settings import Settings

if TYPE_CHECKING:
    from streams.read_model.state import ReadModelState
    from streams.read_model.store import RedisReadModel

STALE_MS = 60_000
"""A projector reports every second: a warning is printed after this long without a report."""

T = TypeVar("T")


def read_answers(read: Callable[[RedisReadModel], Awaitable[T]]) -> T:
    """What `read` answers of the read model that the settings name; a warning on standard error when no projector has
    been heard of for a minute. Blocks.

    Raises:
        ReadModelUnavailable: when Redis does not answer, when nothing was ever written there, and when the read model
            is broken or being filled: what is there would be a part, taken for the whole.
    """
    return asyncio.run(_reading(read))


async def _reading(read: Callable[[RedisReadModel], Awaitable[T]]) -> T:
    from streams.read_model.store import RedisReadModel
    from streams.redis.client import shown_address

    settings = Settings.from_environment(os.environ)
    model = RedisReadModel.open(settings)
    try:
        check_whole(await model.state(), settings.deployment, shown_address(settings))
        return await read(model)
    finally:
        await model.close()


def check_whole(state: ReadModelState, deployment: str, address: str) -> None:
    """Check that the read model is complete; warn on standard error when it may be old.

    Raises:
        ReadModelUnavailable: when it cannot.
    """
    from streams.read_model.port import ReadModelUnavailable

    if state.fault:
        raise ReadModelUnavailable(
            f"The read model in Redis at {address} is broken: {state.fault}. `vitals project` fills it again within "
            "seconds: see that it runs."
        )
    if state.missing:
        raise ReadModelUnavailable(
            f"The read model in Redis at {address} is being rebuilt, {state.missing:,} messages of `scores` are still "
            "to be read: ask again when they are, and see that `vitals project` runs."
        )
    if state.is_untouched:
        raise ReadModelUnavailable(
            f"No projector has ever written to Redis at {address} for the deployment {deployment}: start `vitals "
            "project`, and see that VITALS_REDIS, VITALS_GROUP and VITALS_TOPIC_PREFIX are the same here and there."
        )
    silent_ms = state.unheard_of_ms(time.time_ns() // 1_000_000)
    if silent_ms >= STALE_MS:
        print(
            f"warning: the projector has not been heard of for {_for_how_long(silent_ms)}, so this may be old: see "
            "that `vitals project` runs.",
            file=sys.stderr,
        )


def _for_how_long(duration_ms: int) -> str:
    """In whole minutes, hours or days.

    >>> _for_how_long(3 * 3_600_000), _for_how_long(60_000)
    ('3 hours', '1 minute')
    """
    for size, unit in ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute")):
        if duration_ms >= size:
            count = duration_ms // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
