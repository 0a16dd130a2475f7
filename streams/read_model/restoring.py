"""Reads the topic `history` back into a read model that has lost it."""

from __future__ import annotations

import logging

import msgspec

from streams.read_model.history_log import HistoryLog
from streams.read_model.messages import models_of
from streams.read_model.models import ModelShelf
from streams.read_model.port import ReadModel
from streams.read_model.records.account import Account, read_record

log = logging.getLogger(__name__)


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
