"""Fills an `AliasTable` from the topic `aliases`, and keeps it up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka import ConsumerRecord

from streams.deployment.settings import Settings
from streams.identity.alias_message import alias_of
from streams.identity.alias_table import AliasTable
from streams.kafka.whole_topic import WholeTopic
from streams.topics import ALIASES


class AliasReader(WholeTopic):
    """Every process that resolves ids has one."""

    def __init__(
        self,
        settings: Settings,
        table: AliasTable,
        role: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`role` and `sleep` are those of `WholeTopic`."""

        def take(message: ConsumerRecord) -> None:
            table.put(alias_of(message.key, message.value))

        super().__init__(settings, ALIASES, role, take, sleep)
