"""The texts of baselines, for the kernel: it puts those of its loop's accounts into their heads itself."""

from __future__ import annotations

import msgspec

from scoring.plan.score_plan import BOUNDS, FLOOR, NEUTRAL
from scoring.result import Baseline
from streams.kernel.kernel import Kernel

_REAL_BYTES = 9
"""Of a float in MessagePack."""


def name_baseline(kernel: Kernel) -> None:
    """Tell the kernel what stands between the numbers of a `Baseline`, in MessagePack.

    A component that has the name of a part without a component would stand where that does: then Python writes them.
    """
    primary = kernel.plan.primary
    parts = [*(component.name for component in primary.components), NEUTRAL, BOUNDS, FLOOR]
    if len(set(parts)) < len(parts):
        return
    begin, tiers = b"", list[bytes]()
    for name in primary.tier_names:
        bare = msgspec.msgpack.encode(Baseline(0.0, name, {}))
        value_at = bare.index(msgspec.msgpack.encode(0.0))
        begin = bare[:value_at]
        tiers.append(bare[value_at + _REAL_BYTES : -1])  # up to the number of points
    kernel.native.name_baseline((begin,), tuple(tiers), tuple([msgspec.msgpack.encode(part) for part in parts]))
