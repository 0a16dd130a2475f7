"""The read model: the current score of every account, for people and programs to read. The port, and its values.

It is a copy of the compacted topics `scores` and `models` and can be lost at any time: `streams.read_model.projector`
fills it, and fills it again. Nothing in the scoring depends on it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

import msgspec

from scoring.result import ScoreSnapshot
from streams.errors import UserError
from streams.read_model.account_values import Changed, History, Movement
from streams.read_model.records.account import Account
from streams.read_model.records.closes import Trend
from streams.read_model.state import ReadModelState

NOTHING: Mapping[int, int] = MappingProxyType({})


class ReadModelUnavailable(UserError):
    """The read model does not answer now. The request may have been carried out or not: a retry is safe."""


class ReadModelBroken(ReadModelUnavailable):
    """A part of the read model differs from the data written there. The projector clears it and fills it again."""


class WritesLost(Exception):
    """The read model has lost written data: it holds `partition` up to offset `held` only (0 is
    nothing, as when Redis was emptied). Read again from `held`, the refused batch included.
    """

    def __init__(self, partition: int, held: int) -> None:
        super().__init__(f"The read model holds partition {partition} up to offset {held} only: read again from there.")
        self.partition = partition
        self.held = held


class ChangesLost(Exception):
    """What changed after the given entry is not known any more: read everything again, from `ReadModel.last_change`
    on."""


class Scanned(NamedTuple):
    """An account in a scan: its answer, and its closes without points. The last close may be older than yesterday's:
    the answer holds since then."""

    answer: ScoreSnapshot
    trend: Trend


class Group(NamedTuple):
    """Accounts of one `tier`; those of one `standing`, which have no tier; or, when both are "", those without a score
    for another reason."""

    tier: str
    standing: str = ""


class Change(NamedTuple):
    """One message of `scores`: an account's answer, or None where the account is removed."""

    offset: int
    account_id: str
    answer: ScoreSnapshot | None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of one partition in the offsets [`start`, `end`), in order. A batch that was read from the
    topic's beginning has the `start` 0, whatever the first offset there. All up to `recorded` is in `history` already:
    a batch that ends there is read again, and sends nothing to it.
    """

    partition: int
    start: int
    end: int
    changes: Sequence[Change]
    recorded: int = 0


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch's changes: `duplicate` were there already, `stale` met a greater version."""

    stored: int = 0
    removed: int = 0
    duplicate: int = 0
    stale: int = 0


class ReadModel(Protocol):
    """The current answer of every account. Every method may block on the network for seconds, is idempotent, and
    raises `ReadModelUnavailable` when there is no answer.
    """

    async def write(self, batch: Batch, /) -> Written:
        """Write `batch`, keeping the greatest (epoch, version) of each account; an equal one changes nothing.

        The progress of the batch's partition is kept beside the answers, in the same step. Of a batch that begins
        at or before that progress, the part already taken in changes nothing: not even a removal, so a batch that
        arrives a second time, or from a projector that no longer owns the partition, undoes nothing.

        Raises:
            WritesLost: the batch begins after that progress, so answers in between are missing.
        """
        ...

    async def restore(self, partition: int, accounts: Mapping[str, Account], /) -> None:
        """Take these in as they were read back from `history`, oldest record first, where they say more than what is
        there. One without an answer stands for a deleted record. The progress stays as it is."""
        ...

    async def restored(self, partition: int, /) -> None:
        """All of `history` was read back: from now on the partition has a progress, of 0 if it had none."""
        ...

    async def progress(self) -> dict[int, int]:
        """For each partition ever written, the offset up to which it has been taken in, exclusive."""
        ...

    async def clear(self, ends: Mapping[int, int] = NOTHING) -> None:
        """Forget all answers, models and progress; then expect `ends`, in the same step."""
        ...

    async def expect(self, ends: Mapping[int, int], /) -> None:
        """By partition, the offset up to which it must be taken in for the model to be whole."""
        ...

    async def heard_of(self, partitions: Iterable[int], now_ms: int, /) -> None:
        """The projector of `partitions` is alive at the Unix time `now_ms`."""
        ...

    async def state(self) -> ReadModelState:
        """Whether the parts of the model agree, and how far it is filled, at one instant."""
        ...

    async def policy_warning(self) -> str:
        """A line for the operator where parts of the model may be dropped to save memory; "" where they may not."""
        ...

    async def get(self, account_id: str, /) -> ScoreSnapshot | None:
        """The account's answer; None when there is none."""
        ...

    async def get_many(self, account_ids: Sequence[str], /) -> dict[str, ScoreSnapshot]:
        """The answers of these accounts; unknown ones are left out."""
        ...

    async def histories(self, account_ids: Sequence[str], /) -> dict[str, History]:
        """The closes of these accounts, with points; unknown ones are left out. They end with the day before the
        current answer's: `streams.read_model.closes_until` carries that on."""
        ...

    async def movements(self, account_id: str, /) -> tuple[Movement, ...]:
        """What moved the account, the oldest first; nothing for an unknown one."""
        ...

    def scan(self) -> AsyncIterator[list[Scanned]]:
        """Every account, in lists, in no order. One that is written meanwhile may come twice, one that is removed may
        come or not: take `last_change` before, and follow `changes` from there."""
        ...

    async def last_change(self) -> str:
        """The id of the last entry in the stream of changes."""
        ...

    async def changes(self, after_id: str, block_ms: int = 0, /) -> list[Changed]:
        """The entries after `after_id` in the stream of changes, the oldest first, some thousand at most; waits up to
        `block_ms` while there are none. The stream holds the latest 100,000, roughly.

        Raises:
            ChangesLost: when `after_id` is older than that, or of a read model that was filled again since.
        """
        ...

    async def worst_first(self, group: Group | None = None, limit: int | None = None) -> list[ScoreSnapshot]:
        """The answers with the lowest scores, lowest first, equal ones by account id, those without a score last.

        `group` keeps to one tier or standing; `limit` is the most to return, None is all. Each answer is whole, but a
        long list is not of one instant.
        """
        ...

    async def write_models(self, models: Mapping[str, bytes], /) -> None:
        """Keep these models, by key, as JSON (`scoring.model.model_json`); others stay as they are."""
        ...

    async def models(self) -> dict[str, bytes]:
        """All models that are kept, by key, as JSON."""
        ...

    async def count_by_group(self) -> dict[Group, int]:
        """How many accounts each tier and each standing has now. One without accounts is absent."""
        ...


def group_of(answer: ScoreSnapshot) -> Group:
    """The group that an answer is counted in: its tier or, while it has none, its standing."""
    return Group(answer.tier, "" if answer.tier else answer.standing)


def worst_first_order(answer: ScoreSnapshot) -> tuple[float, str]:
    """The sort key of `ReadModel.worst_first`."""
    return (float("inf") if answer.score is None else answer.score, answer.account_id)
