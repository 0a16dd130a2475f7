"""Reads dead letters again as requests to a source of the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from streams.dead_letters.entry import Letter
from streams.dead_letters.replaying import Became
from streams.deployment.settings import Settings


class GatewayGate:
    """The gateway's sources and its way to Kafka, made when a letter first needs them. An async context manager."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._environment = environment

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def take(self, letter: Letter, source: str, *, dry_run: bool) -> tuple[Became, str]:
        """What became of a letter at its source, and in words."""
        return "kept", f"have the sender of {source} send it again"
