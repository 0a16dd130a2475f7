"""What Python gives of the head of an account in the kernel's loop, in one piece of bytes: `HeadPart` of
`native/module_worker/head_part.h`."""

from __future__ import annotations

from functools import lru_cache
from operator import is_
from struct import Struct, pack

from alerts.lifecycle.cases.rest import Cut, Unrecorded
from scoring.plan.plan import Plan
from streams.changelog.opaque_part import before_matter, matters_of, opaque_around, opaque_of
from streams.changelog.record_types import AccountProgress, AlarmProgress
from streams.engine.folds.native_loop import native_account
from streams.engine.matters.cases_matter import TrackedSnapshot
from streams.engine.matters.table import CASES
from streams.engine.stored_account import StoredAccount

_BEGIN = Struct("<qq8I??")
_CUT = Struct("<IiI")
_NOT_TRACKED = TrackedSnapshot(b"", Unrecorded(0, b"", ()), b"")
_BEFORE_CASES = before_matter(CASES)


def packed_part(
    control: int, names: bytes, has_cases: bool, before: bytes, tracked: TrackedSnapshot | None, after: bytes
) -> bytes:
    """The applied offset of `control`, the names of the own records, whether cases are open, the opaque part before the
    baseline and after it; with `tracked` cases, which are the only matter, after the matters."""
    rest, (due_ms, alerts, cuts), open_cases = tracked or _NOT_TRACKED
    where = b"".join(map(_packed_cut, cuts))
    texts = names, before, _BEFORE_CASES, rest, alerts, where, open_cases, after
    return b"".join((_BEGIN.pack(control, due_ms, *map(len, texts), has_cases, tracked is not None), *texts))


def _packed_cut(cut: Cut) -> bytes:
    bounds = cut.bounds
    return _CUT.pack(cut.offset, cut.track, len(bounds)) + (pack(f"<{len(bounds)}d", *bounds) if bounds else b"")


def head_part_of(stored: StoredAccount, plan: Plan) -> bytes:
    """What the loop does not know of the account's head. Kept while the account stays entered, and nothing of it is to
    be sent: what looks record of its cases is not in it."""
    part = stored.head_part
    if part and not stored.outbox and not stored.alerts:
        return part
    tracked = stored.tracked_cases()
    before, after = _opaque_around(stored, plan)
    if tracked is None and stored.evaluation is not None:
        after = matters_of(stored.snapshots()) + after
    names = native_account(stored).names_of(stored.own)
    part = packed_part(stored.control_offset, names, bool(stored.cases), before, tracked, after)
    stored.head_part = b"" if stored.outbox or stored.alerts else part
    return part


@lru_cache(maxsize=64)
def _untold(
    created_after_control_offset: int, settled_ms: int, alarm_progress: AlarmProgress | None
) -> tuple[bytes, tuple[bytes, bytes]]:
    """The opaque part of an account that never changed its tier, without baseline and matters, and the same around
    them: many begin at one instant."""
    bare = AccountProgress(
        applied_offsets=[],
        sequence=0,
        outbox=[],
        baseline=None,
        matters={},
        shadows={},
        last_transition=None,
        created_after_control_offset=created_after_control_offset,
        settled_ms=settled_ms,
        alerts=[],
        refused={},
        alarm_progress=alarm_progress,
    )
    return opaque_of(bare), opaque_around(bare)


def _opaque_around(stored: StoredAccount, plan: Plan) -> tuple[bytes, bytes]:
    """The opaque part of its head before the baseline and after the matters; without a score the first is all of it.
    It is kept as bytes, since it changes seldom."""
    is_sending = stored.outbox or stored.alerts
    if not (is_sending or stored.shadows or stored.sequence or stored.refused) and stored.last_transition is None:
        whole, around = _untold(stored.created_after_control_offset, stored.settled_ms, stored.alarm_progress)
        if stored.evaluation is not None:
            return around
        if not stored.baseline_tier and not stored.matters:
            return whole, b""
    if stored.evaluation is None:
        return opaque_of(stored.progress(plan)), b""
    if is_sending or stored.shadows:  # lists and dicts that are changed in place
        return opaque_around(stored.progress_with(None, {}))
    of = (
        *(stored.sequence, stored.last_transition, stored.created_after_control_offset, stored.settled_ms),
        *(stored.refused, stored.alarm_progress),
    )
    if stored.around is None or not all(map(is_, stored.around[0], of)):
        stored.around = of, opaque_around(stored.progress_with(None, {}))
    return stored.around[1]
