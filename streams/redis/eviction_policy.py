"""What Redis does when it is full, which an operator should know before it happens."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.exceptions import ResponseError

NO_EVICTION = "noeviction"


async def eviction_policy(redis: Redis) -> str:
    """The policy by which a Redis with a bound on its memory drops keys: "noeviction" when it drops none, "" when it
    has no bound or does not say. Raises what redis-py raises when it does not answer.
    """
    try:
        memory = await redis.info("memory")
    except ResponseError:  # a user who may not ask
        return ""
    return str(memory.get("maxmemory_policy", "")) if int(memory.get("maxmemory", 0)) > 0 else ""


def warning(policy: str, address: str, consequence: str) -> str:
    """The line that warns of `policy`; "" when there is nothing to warn of.

    >>> warning("allkeys-lru", "cache:6379", "Keys go.")
    'Redis at cache:6379 drops keys when it is full (allkeys-lru). Keys go. Set its maxmemory-policy to noeviction.'
    """
    if policy in ("", NO_EVICTION):
        return ""
    return (
        f"Redis at {address} drops keys when it is full ({policy}). {consequence} "
        f"Set its maxmemory-policy to {NO_EVICTION}."
    )
