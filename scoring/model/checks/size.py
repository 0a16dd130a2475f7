"""Checks that an account's state stays small: the longest record that one day of it can make."""

from __future__ import annotations

from scoring.instants import DAY_MS, SECOND_MS
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError

TILE_MAX_BYTES = 768 * 1024
"""The longest allowed record of one day, in bytes."""
_COUNT_BYTES = 2.2
"""Bytes of a bucket with a count of up to 127: the step from the bucket before, and the number."""
_LARGE_COUNT_BYTES = 4.2
"""The same, up to 65,535: for buckets so wide that one event a second makes more than 127."""
_AMOUNT_BYTES = 6.2
"""The same for an amount, in ten-thousandths, up to 429,496."""
_SMALL_COUNT_MAX = 127


def check_size(model: Model) -> None:
    """Check that a day fits into one record when every bucket of every series is in use.

    Distinct values have a limit of their own, and daily totals are small.

    Raises:
        ModelRuleError: when it does not fit.
    """
    counts, amounts = _series(model)
    buckets = DAY_MS // model.resolution_ms
    is_small = model.resolution_ms // SECOND_MS <= _SMALL_COUNT_MAX
    count_bytes = _COUNT_BYTES if is_small else _LARGE_COUNT_BYTES
    if buckets * (counts * count_bytes + amounts * _AMOUNT_BYTES) > TILE_MAX_BYTES:
        what = f"{counts} series of counts" + (f" and {amounts} of amounts" if amounts else "")
        raise ModelRuleError(
            "model.resolution",
            f"too many counts at {model.header.resolution}: {what}, each of {buckets:,} buckets a day, do not fit "
            "into a record; use a wider resolution, or give signals the same filter, so that they share a series",
        )


def _series(model: Model) -> tuple[int, int]:
    """The number of series of counts and of amounts; signals with one filter share a series."""
    signals = model.signals.values()
    counts = {series for signal in signals for series in signal.count_series()}
    amounts = {series for signal in signals for series in signal.amount_series()}
    return len(counts), len(amounts)
