"""The part of a head that only this program reads: what is known of an account beside its state. To bytes and back."""

from __future__ import annotations

import msgspec

from streams.changelog import outbox, records
from streams.changelog.record_types import AccountProgress, OpaquePart

_NO_BYTES = msgspec.msgpack.encode(b"")
_NEITHER = msgspec.msgpack.encode(None) + msgspec.msgpack.encode({})
"""No baseline and no matters, in a head's opaque part."""


def opaque_around(bare: AccountProgress) -> tuple[bytes, bytes]:
    """The bytes of the opaque part of a head before its baseline, and those after its matters. `bare` has neither."""
    whole, begin = opaque_of(bare), 1
    for each in (bare.sequence, bare.outbox):
        begin += len(msgspec.msgpack.encode(each))
    end = begin + len(_NEITHER)
    assert whole[begin:end] == _NEITHER
    return whole[:begin], whole[end:]


def matters_of(snapshots: dict[str, bytes]) -> bytes:
    """The bytes of the matters in the opaque part of a head."""
    return msgspec.msgpack.encode(snapshots)


def before_matter(name: str) -> bytes:
    """What comes before the snapshot in the bytes of matters, when there is only the one with this name."""
    return msgspec.msgpack.encode({name: b""}).removesuffix(_NO_BYTES)


def opaque_of(progress: AccountProgress) -> bytes:
    """The bytes of what only this program reads of a head."""
    return records.encode_opaque(
        OpaquePart(
            sequence=progress.sequence,
            outbox=progress.outbox,
            baseline=progress.baseline,
            matters=progress.matters,
            shadows=progress.shadows,
            last_transition=progress.last_transition,
            created_after_control_offset=progress.created_after_control_offset,
            settled_ms=progress.settled_ms,
            alerts=outbox.packed(progress.alerts),
            refused=progress.refused,
            alarm_progress=progress.alarm_progress,
        )
    )


def progress_of(opaque: OpaquePart, applied_offsets: list[int]) -> AccountProgress:
    """The progress in a head."""
    return AccountProgress(
        applied_offsets=applied_offsets,
        sequence=opaque.sequence,
        outbox=opaque.outbox,
        baseline=opaque.baseline,
        matters=opaque.matters,
        shadows=opaque.shadows,
        last_transition=opaque.last_transition,
        created_after_control_offset=opaque.created_after_control_offset,
        settled_ms=opaque.settled_ms,
        alerts=outbox.unpacked(opaque.alerts),
        refused=opaque.refused,
        alarm_progress=opaque.alarm_progress,
    )
