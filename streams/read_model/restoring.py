"""Reads the topic `history` back into a read model that has lost it."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec

from streams.operations.metrics import ProjectorMetrics
from streams.read_model.history_log import HistoryLog
from streams.read_model.messages import models_of
from streams.read_model.models import ModelShelf
from streams.read_model.port import ReadModel
from streams.read_model.records.account import Account, read_record

log = logging.getLogger(__name__)


class HistoryShelf:
    """What a projector knows of `history`. Mutable; one event loop owns it."""

    def __init__(self, history: HistoryLog, shelf: ModelShelf, model: ReadModel, metrics: ProjectorMetrics) -> None:
        self._history = history
        self._shelf = shelf
        self._model = model
        self._metrics = metrics
        self._recorded: dict[int, int] = {}

    def recorded(self, partition: int) -> int:
        """Up to which offset of `scores` the records are in `history`, and newer than what a refill would make."""
        return self._recorded.get(partition, 0)

    async def place(self, partition: int, progress: Mapping[int, int], committed: int) -> None:
        """Before the first answer is written: if the read model has lost some, read `history` back. Raises
        `ReadModelUnavailable`."""
        if progress.get(partition, -1) < committed or partition not in progress:
            count = await restore(self._history, self._shelf, self._model, partition)
            # The commit came after the records.
            self._recorded[partition] = committed if count else 0
            self._metrics.restored(count)


async def restore(history: HistoryLog, shelf: ModelShelf, model: ReadModel, partition: int) -> int:
    """Read all records of a partition into `model`, where they replace what is older. How many there were. Idempotent.

    Raises:
        ReadModelUnavailable: when either does not answer.
    """
    count = 0
    async for messages in history.read(partition):
        accounts = dict(map(_read, messages))
        await shelf.hold(models_of(account.answer for account in accounts.values()))
        await model.restore(partition, accounts)
        count += sum(account.answer is not None for account in accounts.values())
    await model.restored(partition)
    if count:
        log.info("Partition %d: %d records of history were read back.", partition, count)
    return count


def _read(message: tuple[str, bytes | None]) -> tuple[str, Account]:
    account_id, value = message
    if value is None:
        return account_id, Account()
    try:
        return account_id, read_record(value)
    except (msgspec.DecodeError, RecursionError) as error:
        log.warning("A record on the topic of history cannot be read, and counts as none: %s", error)
        return account_id, Account()
