"""Histories and movements do not depend on how the answers were cut into batches, repeated, or lost in between."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from streams.read_model.account_values import MOVEMENTS_MAX
from streams.read_model.models import ModelShelf
from streams.read_model.port import Batch, Change, WritesLost
from streams.read_model.restoring import restore
from tests.support.examples import examples
from tests.support.read_model.in_memory import InMemoryHistoryLog, InMemoryReadModel, NoModels
from tests.support.read_model.lives import some_changes
from tests.support.read_model.plain import plain_accounts

ACCOUNTS, CHANGES = 3, 70


class FailingLog(InMemoryHistoryLog):
    """A topic whose acknowledgement is lost now and then: the process ends after the record was written."""

    fails = False

    async def send(self, partition: int, records: object, /) -> None:
        await super().send(partition, records)  # type: ignore[arg-type]
        if self.fails:
            raise ConnectionError


class Copying:
    """A projector in short: it knows where the next batch begins, and everything may happen to it."""

    def __init__(self, changes: Sequence[Change], drawn: random.Random) -> None:
        self.log = FailingLog(source=7)
        self.model = InMemoryReadModel(self.log)
        self._changes = changes
        self._drawn = drawn
        self._next = 0
        self._saved = self.model.save()
        self._committed = self._recorded = 0

    @property
    def end(self) -> int:
        return self._changes[-1].offset + 1

    async def step(self) -> None:
        match self._drawn.choice(("write", "write", "write", "redo", "crash", "lose", "save", "back")):
            case "redo":
                # By a projector that has lost the partition and does not know. That nothing else is lost at the same
                # time is assumed: a batch that begins at or before the progress is taken for what it is.
                if (await self.model.progress()).get(0) == self._next:
                    await self._write(self._drawn.randint(0, self._next))
            case "crash":
                self.log.fails = True
                await self._write()
                self.log.fails = False
                await self._place()
            case "lose":
                self.model.load({}, {})
            case "save":
                self._saved = self.model.save()
            case "back":
                self.model.load(*self._saved)
            case _:
                await self._write()

    async def finish(self) -> None:
        while (await self.model.progress()).get(0, -1) < self.end:
            await self._write()

    async def _write(self, start: int = -1) -> None:
        start = self._next if start < 0 else start
        end = self._drawn.randint(start, min(self.end, start + 25))
        changes = [change for change in self._changes if start <= change.offset < end]
        try:
            await self.model.write(Batch(partition=0, start=start, end=end, changes=changes, recorded=self._recorded))
        except (WritesLost, ConnectionError):
            await self._place()
        else:
            self._next = max(end, self._next)
            self._committed = max(end, self._committed)

    async def _place(self) -> None:
        progress = (await self.model.progress()).get(0)
        if progress is None or progress < self._committed:
            count = await restore(self.log, ModelShelf(NoModels(), self.model), self.model, 0)
            self._recorded = self._committed if count else 0
        self._next = progress or 0


@examples(150)
@given(st.integers(0, 2**40))
async def test_any_batches_any_redo_and_any_loss_give_the_same(seed: int) -> None:
    drawn = random.Random(seed)
    changes = some_changes(drawn, ACCOUNTS, CHANGES)
    copying = Copying(changes, drawn)
    for _ in range(drawn.randint(0, 40)):
        await copying.step()
    await copying.finish()
    await agrees(copying.model, changes)


async def agrees(model: InMemoryReadModel, changes: Sequence[Change]) -> None:
    plain = plain_accounts(changes)
    histories = await model.histories(list(plain))
    for name, account in plain.items():
        assert await model.get(name) == (account.answers[-1] if account.answers else None)
        if account.answers:
            assert histories[name] == account.history()
        assert len(account.movements()) <= MOVEMENTS_MAX - 8, "too many for this comparison"
        moved = await model.movements(name)
        assert [each.at_ms for each in moved] == sorted(each.at_ms for each in moved)
        # Of movements at one instant either may come first.
        assert sorted(moved, key=repr) == sorted(account.movements(), key=repr)


@examples(60)
@given(st.integers(0, 2**40))
async def test_after_a_loss_a_compacted_topic_of_scores_is_enough_for_the_histories(seed: int) -> None:
    """Movements since the last closed day may be fewer then, but they add up to the same."""
    drawn = random.Random(seed)
    changes = some_changes(drawn, ACCOUNTS, CHANGES)
    copying = Copying(changes, drawn)
    await copying.finish()
    clean = drawn.randint(0, CHANGES)
    last = {change.account_id: change for change in changes[:clean]}
    kept = [change for change in changes[:clean] if change is last[change.account_id]] + changes[clean:]
    again = Copying(kept, drawn)
    again.log.messages = copying.log.messages
    await again.finish()
    plain = plain_accounts(changes)
    histories = await again.model.histories(list(plain))
    assert histories == {name: account.history() for name, account in plain.items() if account.answers}
    for name, account in plain.items():
        if any(answer.score is None for answer in account.answers) or not account.history().days:
            continue  # from and to no score nothing adds up; before a day was closed there is no record
        if await again.model.get(name) != account.answers[-1]:
            continue  # its last message did not count, and compaction kept that one
        moved = [
            sum((each.after or 0) - (each.before or 0) for each in found)
            for found in (await again.model.movements(name), account.movements())
        ]
        assert abs(moved[0] - moved[1]) < 1e-6
