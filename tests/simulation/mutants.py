"""The engine with one of its safeguards taken out. None of the real code is edited: what is taken out is overridden."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import pytest

from streams.deployment.settings import Settings
from streams.engine import engine as engine_module
from streams.engine import partition as partition_module
from streams.engine.engine import Commit, Engine
from streams.engine.flush import Flush
from streams.engine.partition import Partition
from streams.engine.stored_account import StoredAccount
from streams.message import Message
from streams.worker.flush_writer import Log
from tests.simulation.run import simulate
from tests.simulation.worker import LogMaker, real_log


class HastyLog(Log):
    """Without the barrier: outputs are sent, and offsets committed, before the changelog is acknowledged."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._unawaited: set[asyncio.Task[None]] = set()

    async def write_changelog(self, flushes: Sequence[Flush]) -> None:
        writing = asyncio.ensure_future(super().write_changelog(flushes))
        self._unawaited.add(writing)
        writing.add_done_callback(self._look_at)

    def _look_at(self, writing: asyncio.Task[None]) -> None:
        """As Faust: an error is looked at, and nothing comes of it."""
        self._unawaited.discard(writing)
        if not writing.cancelled():
            writing.exception()


class ForgetfulPartition(Partition):
    """Without the applied offsets of each account: what is replayed counts again."""

    def _take_event(self, topic_index: int, message: Message, now_ms: int) -> bool:
        for stored in self.accounts.values():
            stored.hydrate(self.plan)
        marks = {account_id: stored.applied_offsets[topic_index] for account_id, stored in self.accounts.items()}
        for stored in self.accounts.values():
            stored.applied_offsets[topic_index] = -1
        taken = super()._take_event(topic_index, message, now_ms)
        for account_id, mark in marks.items():
            marks_now = self.accounts[account_id].applied_offsets
            marks_now[topic_index] = max(marks_now[topic_index], mark)
        return taken


class UncheckedEngine(Engine):
    """Without the check before a flush: whoever was replaced finds out only when it has written everything."""

    async def flush(self, commit: Commit, check_alive: Callable[[], None], *, transitions_only: bool = False) -> None:
        is_checked = False

        async def commit_unchecked(offsets: Mapping[tuple[str, int], int]) -> bool:
            nonlocal is_checked
            if is_checked:
                return await commit(offsets)
            is_checked = True
            return True

        await super().flush(commit_unchecked, check_alive, transitions_only=transitions_only)


class TrustingAccount(StoredAccount):
    """Without the epoch of an account's records: what a stale writer left behind is taken for the account's own."""

    def _is_a_stale_writers(self, value: bytes) -> bool:
        return False


class CarelessPartition(Partition):
    """Without the second writing: what a replaced writer has written last stays the last."""

    def write_again(self, keys: Iterable[bytes]) -> int:
        return 0


class Mutant(NamedTuple):
    """What of the engine is replaced."""

    new_log: LogMaker = real_log
    new_engine: Callable[..., Engine] = Engine
    partition: type[Partition] = Partition
    stored: type[StoredAccount] = StoredAccount


WITHOUT = {
    "barrier": Mutant(new_log=HastyLog),
    "applied offsets": Mutant(partition=ForgetfulPartition),
    "generation": Mutant(new_engine=UncheckedEngine),
    "epoch": Mutant(stored=TrustingAccount),
    "rewriting": Mutant(partition=CarelessPartition),
}
"""By the safeguard that is taken out."""


def simulate_without(safeguard: str, seed: int) -> None:
    """One run with a safeguard taken out.

    Raises:
        AssertionError: when an invariant does not hold.
    """
    mutant = WITHOUT[safeguard]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "Partition", mutant.partition)
        patch.setattr(partition_module, "StoredAccount", mutant.stored)
        simulate(seed, new_log=mutant.new_log, new_engine=mutant.new_engine)
