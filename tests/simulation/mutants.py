"""Session, engine and writer with one safeguard taken out. None of the real code is edited: parts are overridden."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from alerts.transition import PointsOf
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.changelog import account_codec
from streams.changelog.own_records import Name
from streams.changelog.record_types import AccountProgress
from streams.deployment.settings import Settings
from streams.engine import engine as engine_module
from streams.engine import session as session_module
from streams.engine.flush import Flush
from streams.engine.flush_cycle import FlushCycle
from streams.engine.folds.fold import Fold
from streams.engine.matters.table import CASES
from streams.engine.partition import accounts as accounts_module
from streams.engine.partition import event_handler as event_handler_module
from streams.engine.partition.partition import Partition
from streams.engine.ports import Place
from streams.engine.positions import Positions
from streams.engine.session import Session
from streams.engine.stored_account import StoredAccount
from streams.message import Message
from streams.message_batch import MessageBatch
from streams.topics import CONTROL_INDEX
from streams.worker.flush_writer import FlushWriter
from tests.simulation.losses import LOSSES, simulate_loss
from tests.simulation.run import ANYTHING, simulate
from tests.simulation.simulation import Faults
from tests.simulation.worker import WriterMaker, real_writer


class HastyWriter(FlushWriter):
    """Without the wait for the changelog: outputs are sent, and offsets committed, before it is acknowledged."""

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

    takes_natively = False  # a message natively taken does not come to `_take`

    def _take(self, topic_index: int, message: Message, now_ms: int) -> bool:
        if topic_index == CONTROL_INDEX:
            return super()._take(topic_index, message, now_ms)
        for stored in self.accounts.values():
            stored.hydrate(self.fold)
        marks = {account_id: stored.applied_offsets[topic_index] for account_id, stored in self.accounts.items()}
        for stored in self.accounts.values():
            stored.applied_offsets[topic_index] = -1
        taken = super()._take(topic_index, message, now_ms)
        for account_id, mark in marks.items():
            marks_now = self.accounts[account_id].applied_offsets
            marks_now[topic_index] = max(marks_now[topic_index], mark)
        return taken


class TrustingAccount(StoredAccount):
    """Without the epoch of an account's records: what a stale writer left behind is taken for the account's own."""

    def _is_a_stale_writers(self, value: bytes) -> bool:
        return False


class AnyName(set[Name]):
    """Holds everything."""

    def __contains__(self, name: object) -> bool:
        return True


class HospitableAccount(StoredAccount):
    """Without the names in its head: whatever record there is of the account is taken for its own."""

    def hydrate(self, fold: Fold, *, is_unsent: bool = False) -> Account:
        real = account_codec.names_of
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(account_codec, "names_of", lambda named: AnyName(real(named)))
            return super().hydrate(fold, is_unsent=is_unsent)


class SilentAccount(StoredAccount):
    """Without the alert steps that a head was to send: a crash before they are acknowledged loses them."""

    def hydrate(self, fold: Fold, *, is_unsent: bool = False) -> Account:
        is_held = self.account is not None
        account = super().hydrate(fold, is_unsent=is_unsent)
        if not is_held:
            self.alerts = []
        return account


class CaselessAccount(StoredAccount):
    """Without its cases in its record: another worker knows nothing of them."""

    def snapshots(self) -> dict[str, bytes]:
        return {name: kept for name, kept in super().snapshots().items() if name != CASES}

    def tracked_cases(self) -> None:
        return None


class ObedientAccount(StoredAccount):
    """Without the applied offset of `control` in its record: a person's command is obeyed again in a replay."""

    def progress(self, plan: Plan, points_of: PointsOf | None = None) -> AccountProgress:
        progress = super().progress(plan, points_of)
        return progress._replace(applied_offsets=[*progress.applied_offsets[:CONTROL_INDEX], -1])

    @property
    def control_offset(self) -> int:
        return -1


class CarelessPartition(Partition):
    """Without the second writing: what a replaced writer has written last stays the last."""

    def write_again(self, keys: Iterable[bytes]) -> int:
        return 0


class UncheckedCycle(FlushCycle):
    """Without the commit before a flush: a replaced process finds out only when it has written everything."""

    async def _passes_barrier(self, positions: Positions, generation: int) -> bool:
        return True


class UnfilteredCycle(FlushCycle):
    """Without the filter of commits: also what is not assigned any more."""

    async def commit(self, offsets: Mapping[Place, int], generation: int) -> bool:
        return await self._ports.group.commit(offsets, generation)


class RepeatingPositions(Positions):
    """Without the trim to the read offset: what was read before is fed again."""

    def trim(self, place: Place, batches: Sequence[MessageBatch]) -> Sequence[MessageBatch]:
        return batches


class EverCurrentSession(Session):
    """Without staleness: it takes the group's generation for its own, whatever it has restored."""

    @property
    def generation(self) -> int:
        return self._ports.group.generation


class StubbornSession(Session):
    """Without the look at the assignment: a flush goes on after its partitions were restored again."""

    def _is_current(self, assignment: int) -> bool:
        self.check_alive()
        return True


class SleepwalkingSession(Session):
    """Without liveness: it goes on after any pause."""

    def check_alive(self) -> None:
        return


class LateSession(Session):
    """Without the look at the generation after a restore: an assignment that is over is taken over."""

    def _is_superseded(self, generation: int) -> bool:
        return False


class ImpatientSession(Session):
    """Without the wait for `reset_positions`: it reads on from where it was before the assignment."""

    def revoked(self) -> None:
        positions = self.positions
        super().revoked()
        self.positions = positions


class CredulousSession(Session):
    """Without the look at the ends of logs: what a recreated log brings is taken for a repeat."""

    async def check_truncation(self) -> None:
        return


REPLACED = Faults(dies=0.2, pauses=0.5, aimed=60, removed=12, rebalances=0.1, lost=0.002)
"""Processes stand still in the middle of a flush again and again, and most are replaced meanwhile."""
HURRIED = Faults(dies=0.1, pauses=0.1, removed=1, rebalances=0.1, lost=0.001, hurried=0.9, actions=500)
"""The group goes on without processes that run, and joins seldom wait for a last flush."""
SUPERSEDED = Faults(dies=0.2, pauses=0.2, removed=0.2, rebalances=2, lost=0.002, reading=1)
"""The group moves on again and again, and a restore takes long."""


class Mutant(NamedTuple):
    """What is replaced."""

    new_writer: WriterMaker = real_writer
    session: type[Session] = Session
    partition: type[Partition] = Partition
    stored: type[StoredAccount] = StoredAccount
    in_session: Mapping[str, Any] = {}
    """Names in the session's module, and what stands for them."""
    faults: Faults = ANYTHING
    """What goes wrong: more of what the safeguard is against, where the usual draw seldom has it."""


WITHOUT = {
    "barrier": Mutant(new_writer=HastyWriter),
    "applied offsets": Mutant(partition=ForgetfulPartition),
    "epoch": Mutant(stored=TrustingAccount, faults=REPLACED),
    "names": Mutant(stored=HospitableAccount, faults=REPLACED),
    "rewriting": Mutant(partition=CarelessPartition, faults=REPLACED),
    "generation": Mutant(in_session={"FlushCycle": UncheckedCycle}, faults=REPLACED),
    "commit filter": Mutant(in_session={"FlushCycle": UnfilteredCycle}, faults=HURRIED),
    "alert outbox": Mutant(stored=SilentAccount),
    "cases": Mutant(stored=CaselessAccount),
    "commands": Mutant(stored=ObedientAccount),
    "trim": Mutant(in_session={"Positions": RepeatingPositions}),
    "staleness": Mutant(session=EverCurrentSession, faults=HURRIED),
    "assignment": Mutant(session=StubbornSession, faults=HURRIED),
    "liveness": Mutant(session=SleepwalkingSession, faults=REPLACED),
    "take-over": Mutant(session=LateSession, faults=SUPERSEDED),
    "positions": Mutant(session=ImpatientSession),
    "truncation": Mutant(session=CredulousSession),
    "topic identity": Mutant(in_session={"adopt_topics": lambda partitions, ids: ""}),
    "lost state": Mutant(in_session={"has_lost_state": lambda partitions, committed: False}),
}
"""By the safeguard that is taken out."""


def patch_stored_account(patch: pytest.MonkeyPatch, stored: type[StoredAccount]) -> None:
    """Have partitions make their accounts of another class."""
    for module in (event_handler_module, accounts_module):
        patch.setattr(module, "StoredAccount", stored)


def simulate_without(safeguard: str, seed: int) -> None:
    """One run with a safeguard taken out; of a log that is lost, where the safeguard is against that.

    Raises:
        AssertionError: when an invariant does not hold.
    """
    mutant = WITHOUT[safeguard]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "Partition", mutant.partition)
        patch_stored_account(patch, mutant.stored)
        for name, part in mutant.in_session.items():
            patch.setattr(session_module, name, part)
        if safeguard in LOSSES:
            simulate_loss(safeguard, seed, new_session=mutant.session)
        else:
            simulate(seed, faults=mutant.faults, new_writer=mutant.new_writer, new_session=mutant.session)
