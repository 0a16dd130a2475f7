"""The engine with one of its safeguards taken out. None of the real code is edited: what is taken out is overridden."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

from streams import engine as engine_module
from streams.engine import Commit, Engine
from streams.log import Log
from streams.message import Message
from streams.outputs import Flush
from streams.partition import Partition
from streams.settings import Settings


class HastyLog(Log):
    """Without the barrier: outputs are sent, and offsets committed, before the changelog is acknowledged."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._unawaited: set[asyncio.Task[None]] = set()

    async def write_changelog(self, flushes: Sequence[Flush]) -> None:
        writing = asyncio.ensure_future(super().write_changelog(flushes))
        self._unawaited.add(writing)
        writing.add_done_callback(self._forget)

    def _forget(self, writing: asyncio.Task[None]) -> None:
        """As Faust: an error is looked at, and nothing comes of it."""
        self._unawaited.discard(writing)
        if not writing.cancelled():
            writing.exception()


class ForgetfulPartition(Partition):
    """Without the watermark of each account: what is replayed counts again."""

    def _take_event(self, topic_index: int, message: Message, now_ms: int) -> bool:
        marks = {account_id: entry.watermarks[topic_index] for account_id, entry in self.entries.items()}
        for entry in self.entries.values():
            entry.watermarks[topic_index] = -1
        taken = super()._take_event(topic_index, message, now_ms)
        for account_id, mark in marks.items():
            marks_now = self.entries[account_id].watermarks
            marks_now[topic_index] = max(marks_now[topic_index], mark)
        return taken


class EqualPartition(Partition):
    """Without the fence: of two records of a key the one that was written more often wins, whoever wrote it."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.fence = 0

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> int:
        number = super().restore(pairs)
        self.fence = 0
        return number


class UncheckedEngine(Engine):
    """Without the check before a flush: whoever was replaced finds out only when it has written everything."""

    async def flush(self, commit: Commit, check_alive: Callable[[], None], *, only_moved: bool = False) -> None:
        is_checked = False

        async def commit_unchecked(offsets: Mapping[tuple[str, int], int]) -> bool:
            nonlocal is_checked
            if is_checked:
                return await commit(offsets)
            is_checked = True
            return True

        await super().flush(commit_unchecked, check_alive, only_moved=only_moved)


@contextmanager
def partitions_are(kind: type[Partition]) -> Iterator[None]:
    """Every partition that is made meanwhile is of this kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "Partition", kind)
        yield
