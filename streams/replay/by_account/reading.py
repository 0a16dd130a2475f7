"""How events are read, and what a process reports of them."""

from __future__ import annotations

from collections import Counter

import msgspec

from scoring.instants import FAR
from scoring.model.model import Model
from streams.replay.by_account.spill import Place
from streams.replay.event_line import RejectedLines
from streams.replay.fit import FitCounts
from streams.replay.forms.form import AS_FOUND, FileForm

BY_EVENT, IN_ORDER = "event", "order"
"""Values of `arrival` beside the path of a field: an event is known when it happened, or when the latest event before
it in the file happened."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How events are read. Those known after `last_ms` are counted, but not kept. With `keeps_all`, whole events are
    kept, also where the models need less. With `fit_sample`, it is found how all events fit the first model: see
    `streams.replay.fit`. `form` is that of the files, where it was named."""

    models: tuple[Model, ...]
    now_ms: int
    partitions: int = 1
    time_field: str = ""
    arrival: str = BY_EVENT
    last_ms: int = FAR
    keeps_all: bool = False
    fit_sample: int = 0
    form: FileForm = AS_FOUND
    uses_kernel: bool = True
    """Whether the kernel folds what it can, where it is built. The answers are the same."""


class BlockReport(msgspec.Struct, kw_only=True):
    """The findings of a block: its lines and events, the rejected lines by their numbers in the block, accounts as
    they were written, the first and last event, and the places of its chunks by partition."""

    lines: int
    events: int
    refused: tuple[RejectedLines, ...]
    written: list[tuple[str, str]]
    first_ms: int
    last_ms: int
    places: list[tuple[int, Place]]


class SorterReport(msgspec.Struct, kw_only=True):
    """The results of a sorter at the end.

    `routes` are topics and names by number, `names` the places of the accounts' ids by partition. `sources` has, by
    plan and by name in the cohort norm, when a source was first sent, and in which block. `unusable` counts ids that
    could not be used, and `fit` says how the events fit the first model, if that was asked for.
    """

    routes: list[tuple[str, str]]
    names: list[Place]
    accounts: int
    sources: dict[tuple[int, str], tuple[int, int]]
    unusable: Counter[str]
    fit: FitCounts | None
