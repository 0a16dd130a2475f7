"""What Redis does when its memory is full: an operator should know before it happens."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.exceptions import ResponseError

NO_EVICTION = "noeviction"


async def eviction_policy(redis: Redis) -> str:
    """The policy by which a Redis with a memory limit evicts keys: "noeviction" if it evicts none; "" if it has no
    limit or does not say. Raises redis-py's errors when Redis does not answer.
    """
    try:
        memory = await redis.info("memory")
    except ResponseError:  # a user who may not run INFO
        return ""
    return str(memory.get("maxmemory_policy", "")) if int(memory.get("maxmemory", 0)) > 0 else ""


def warning(policy: str, address: str, consequence: str) -> str:
    """The log line that warns of `policy`; "" if there is nothing to warn of.

    >>> warning("allkeys-lru", "cache:6379", "Keys go.")
    'Redis at cache:6379 evicts keys when it is full (allkeys-lru). Keys go. Set its maxmemory-policy to noeviction.'
    """
    if policy in ("", NO_EVICTION):
        return ""
    return (
        f"Redis at {address} evicts keys when it is full ({policy}). {consequence} "
        f"Set its maxmemory-policy to {NO_EVICTION}."
    )
