"""What a flush sends of accounts that have entered the kernel's loop: their records and answers, many in one call.

An account need not catch up for that. What only Python knows of it is kept as bytes until something of it changes, so
for an account of which Python knows nothing new little is done here.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Literal

from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.changelog.account_codec import Encoded
from streams.engine.answer_parts import Answer, NormParts, account_parts
from streams.engine.decoded_account import HeadPart
from streams.engine.folds.fold import WriteMode
from streams.engine.folds.native_loop import NativeLoop, native_account
from streams.engine.matters.table import CASES
from streams.engine.stored_account import StoredAccount

Found = Answer | Literal[True] | None
"""The answer about an account; True when it says what the last one did, None when Python has to make it."""


def written(loop: NativeLoop, taken: Sequence[StoredAccount], epoch: int, flush: int) -> list[Encoded | None]:
    """The next records of these accounts, as `Fold.encode` makes them, by `flush`; None where Python has to make them:
    the account has not entered, or is not as it was last judged. Marks those that are made as written."""
    found: list[Encoded | None] = [None] * len(taken)
    places = [place for place, stored in enumerate(taken) if stored.mirror is not None]
    entered = [taken[place] for place in places]
    loop.record(entered)
    given = []
    for stored in entered:
        how: int = WriteMode.CHANGED if epoch == stored.epoch else WriteMode.ALL
        given.append((native_account(stored).number, stored.version + 1, how, _head_part(stored, loop.plan)))
    for place, stored, made in zip(places, entered, loop.native.write(given, epoch, flush), strict=True):
        if made is not None:
            found[place] = native_account(stored).written(made, stored.own)
    return found


def answers(
    loop: NativeLoop,
    taken: Sequence[StoredAccount],
    unusual: Set[str],
    norm: NormParts,
    policy: Policy,
    generation: int,
) -> list[Found]:
    """The answers about these accounts under this norm; None also of the `unusual`, and where the loop finds that there
    is something unusual about one."""
    found: list[Found] = [None] * len(taken)
    places, given = [], []
    for place, stored in enumerate(taken):
        if stored.mirror is not None and stored.account_id not in unusual:
            cases = stored.matters.get(CASES)
            parts = stored.parts = account_parts(
                stored.parts, stored.account_id, stored.last_transition, stored.forecast, cases, policy
            )
            places.append(place)
            known = (native_account(stored).number, stored.version, stored.control_offset, stored.answered)
            given.append((*known, parts.json))
    loop.use_norm(norm.of[0])
    for place, made in zip(places, loop.native.answer(given, norm.norm, norm.as_of, generation), strict=True):
        found[place] = made if made is None or made is True else Answer(*made)
    return found


def _head_part(stored: StoredAccount, plan: Plan) -> HeadPart:
    """What Python gives of the account's head. Kept while the account stays entered, its cases stay as they are, and
    nothing of it is to be sent."""
    part = stored.head_part
    if part is None or stored.outbox or stored.alerts:
        names = native_account(stored).names_of(stored.own)
        part = stored.control_offset, names, bool(stored.cases), *stored.opaque_around(plan)
        stored.head_part = None if stored.outbox or stored.alerts else part
    return part
