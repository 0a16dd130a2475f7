"""The loop of a worker over the accounts of one kernel: takes messages up to the first that needs Python."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from streams.kernel.decoder import NativeDecoder
from streams.kernel.kernel import Kernel

if TYPE_CHECKING:
    from streams.kernel import _native

OUTCOMES = ("applied", "late", "expired", "duplicate", "replayed")
"""What is counted of messages, in the order of `Count` in `native/worker/worker.h`."""
Judged = tuple[
    tuple[float, int, float, bool, int, tuple[int, ...], tuple[int, ...], int],
    tuple[float | None, ...],
    tuple[float, ...],
]
"""An evaluation as the kernel has it, its judgements and its evidence."""
Looked = tuple[float, tuple[tuple[int, ...], ...]]
"""The score at a look that only recorded, and the memories of the tracks after it."""


class Stop(IntEnum):
    """Why the loop stopped, as in `native/worker/worker.h`."""

    END = 0
    """All messages were taken."""
    BACK = 1
    """The next message is not plain."""
    COLD = 2
    """Its account has not entered, or was judged since."""
    TIME = 3
    """Something else is due before it."""
    FULL = 4
    """As many accounts changed as may change."""
    NOTABLE = 5
    """The message was applied, and more follows from it than another score."""


class Fired(IntEnum):
    """What became of a timer, as in `native/worker/worker.h`."""

    COLD = 0
    """Nothing was done."""
    SAME = 1
    """Time has passed, and no signal can have changed."""
    JUDGED = 2
    """The account was judged, and only its score can have changed."""
    NOTABLE = 3
    """Time has passed, and more follows from it than another score."""


def version_of(judged: Judged) -> int:
    """The number of an evaluation in the kernel: it grows with every change."""
    return judged[0][7]


def worker_of(kernel: Kernel, decoder: NativeDecoder, *, is_event_clock: bool) -> _native.Worker:
    """A loop over these accounts. None has entered."""
    from streams.kernel._native import Worker

    signals = list(kernel.plan.primary.signals)
    mrr_signal = signals.index("mrr") if "mrr" in signals else -1
    return Worker(kernel.native, decoder.native, is_event_clock, mrr_signal)
