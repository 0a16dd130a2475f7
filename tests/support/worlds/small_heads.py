"""Heads that hold next to nothing, so that small accounts have records of their own, as large ones do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scoring.state import event_ids
from streams.changelog import own_records


def shrink_heads(patch: pytest.MonkeyPatch, *, with_open_day: bool = False) -> None:
    """Give days that are over, closed blocks, items and chunks of two ids records of their own; `with_open_day` the
    open day, too."""
    for name in ("OLDER_DAYS_MAX", "TOTALS_MAX", "ITEMS_MAX", *(["OPEN_DAY_MAX"] if with_open_day else [])):
        patch.setattr(own_records, name, 0)
    patch.setattr(event_ids, "CHUNK_MIN", 2)


@contextmanager
def small_heads(*, with_open_day: bool = False) -> Iterator[None]:
    """The same for as long as the context lasts."""
    with pytest.MonkeyPatch.context() as patch:
        shrink_heads(patch, with_open_day=with_open_day)
        yield
