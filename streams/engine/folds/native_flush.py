"""What a flush sends of accounts that have entered the kernel's loop: their records and answers, many in one call.

An account need not catch up for that. What only Python knows of it is kept as bytes until something of it changes, so
for an account of which Python knows nothing new little is done here.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Literal

from alerts.lifecycle.policy import Policy
from streams.engine.answer_parts import NormParts, account_parts
from streams.engine.flush import Pair
from streams.engine.folds.fold import WriteMode
from streams.engine.folds.head_part import head_part_of
from streams.engine.folds.native_loop import NativeLoop, native_account
from streams.engine.matters.table import CASES
from streams.engine.stored_account import StoredAccount, group_of
from streams.kernel.kernel import WrittenRecords

Found = tuple[bytes, bytes] | Literal[True] | None
"""The content of the answer about an account, and the message that has it, as in `Answer`; True when it says what the
last one did, None when Python has to make it."""


def written(loop: NativeLoop, taken: Sequence[StoredAccount], epoch: int, flush: int) -> list[list[Pair] | None]:
    """The next records of these accounts, by `flush`, as `StoredAccount.write` gives them, and marked as written. None
    where Python has to make them: the account has not entered, or is not as it was last judged.

    Raises:
        OversizeRecord: when a record is longer than `records.RECORD_MAX_BYTES`.
    """
    plan, changed, whole = loop.plan, int(WriteMode.CHANGED), int(WriteMode.ALL)
    given = [
        None
        if stored.mirror is None
        else (
            native_account(stored).number,
            stored.version + 1,
            changed if epoch == stored.epoch else whole,
            head_part_of(stored, plan),
        )
        for stored in taken
    ]
    made = loop.native.write(given, epoch, flush)
    return [
        None if each is None else _adopt(stored, each, epoch, flush) for stored, each in zip(taken, made, strict=True)
    ]


def _adopt(stored: StoredAccount, made: WrittenRecords, epoch: int, flush: int) -> list[Pair]:
    names, others, head = made
    if names is None and not stored.deletion_markers and not stored.left_over:
        native_account(stored).forget_exported()
        return stored.adopt_written(epoch, flush, head, others)
    return group_of(stored, epoch, flush, native_account(stored).written(made, stored.own))


def answers(
    loop: NativeLoop,
    taken: Sequence[StoredAccount],
    unusual: Set[str],
    norm: NormParts,
    policy: Policy,
    generation: int,
) -> Sequence[Found]:
    """The answers about these accounts under this norm; None also of the `unusual`, and where the loop finds that there
    is something unusual about one."""
    given: list[tuple[int, int, int, bytes, tuple[bytes, bytes, bytes]] | None] = []
    for stored in taken:
        if stored.mirror is None or stored.account_id in unusual:
            given.append(None)
            continue
        cases = stored.matters.get(CASES)
        parts = stored.parts = account_parts(
            stored.parts, stored.account_id, stored.last_transition, stored.forecast, cases, policy
        )
        number = native_account(stored).number
        given.append((number, stored.version, stored.control_offset, stored.answered, parts.json))
    loop.use_norm(norm.of[0])
    return loop.native.answer(given, norm.norm, norm.as_of, generation)
