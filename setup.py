"""The build: the kernel, and with VITALS_COMPILE=1 the hot modules, which mypyc compiles from the very same source.

Without a C compiler everything runs as plain Python, with the same answers. All else is in `pyproject.toml`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from setuptools import Extension, setup

ROOT = Path(__file__).parent
KINDS = tuple(
    path.relative_to(ROOT).with_suffix("").as_posix()
    for folder in ("components", "signals")
    for path in sorted((ROOT / "scoring" / "plan" / folder).glob("[a-z]*.py"))
)
"""The kinds of signals and the shapes of components, compiled together: see `HOT`."""
HOT = (
    *KINDS,
    "alerts/transition",
    "scoring/event/bodies",
    "scoring/event/envelopes",
    "scoring/event/event",
    "scoring/event/ids",
    "scoring/event/nested_fields",
    "scoring/event/shapes",
    "scoring/event/timestamps",
    "scoring/explain/cause",
    "scoring/explain/explanation",
    "scoring/explain/snapshot",
    "scoring/fingerprint",
    "scoring/fold/account_tiers",
    "scoring/fold/cohort",
    "scoring/fold/fold",
    "scoring/fold/fork",
    "scoring/fold/history",
    "scoring/fold/items",
    "scoring/fold/latest",
    "scoring/fold/life",
    "scoring/fold/logs",
    "scoring/fold/tiles",
    "scoring/fold/timers",
    "scoring/fold/totals",
    "scoring/fold/windows",
    "scoring/instants",
    "scoring/model/interpolation",
    "scoring/model/references",
    "scoring/plan/compile_components",
    "scoring/plan/compile_signals",
    "scoring/plan/conditions",
    "scoring/plan/daily_readers",
    "scoring/plan/evaluation",
    "scoring/plan/event_order",
    "scoring/plan/extractors",
    "scoring/plan/layout",
    "scoring/plan/norm_signals",
    "scoring/plan/plan",
    "scoring/plan/properties/property",
    "scoring/plan/properties/readers",
    "scoring/plan/routes",
    "scoring/plan/score_cache",
    "scoring/plan/read_facts",
    "scoring/plan/score_plan",
    "scoring/plan/standings",
    "scoring/plan/watches",
    "scoring/plan/weighing",
    "scoring/plurals",
    "scoring/state/account",
    "scoring/state/daily_totals",
    "scoring/state/event_ids",
    "scoring/state/gaps",
    "scoring/state/items",
    "scoring/state/life",
    "scoring/state/open_items",
    "scoring/state/past_windows",
    "scoring/state/series",
    "scoring/state/sorted_ids",
    "scoring/state/state_order",
    "scoring/state/tally",
    "scoring/state/tiles",
    "scoring/state/use_days",
    "scoring/state/window_totals",
    "streams/changelog/account_codec",
    "streams/changelog/ahead",
    "streams/changelog/days_part",
    "streams/changelog/flat",
    "streams/changelog/own_records",
    "streams/changelog/parts",
    "streams/changelog/records",
    "streams/engine/decoded_account",
    "streams/engine/forecast_queue",
    "streams/engine/inputs/merge",
    "streams/engine/partition/arrival_counts",
    "streams/engine/partition/control_handlers",
    "streams/engine/partition/event_handler",
    "streams/engine/partition/flush_builder",
    "streams/engine/partition/flush_numbers",
    "streams/engine/folds/id_prints",
    "streams/engine/partition/outages",
    "streams/engine/partition/partition",
    "streams/engine/partition/pending_writes",
    "streams/engine/partition/rescoring",
    "streams/engine/partition/restore",
    "streams/engine/partition/state",
    "streams/engine/partition/timekeeper",
    "streams/engine/partition/timers",
    "streams/engine/scorer",
    "streams/engine/sent_sources",
    "streams/engine/stored_account",
    "streams/engine/inputs/topic_buffer",
    "streams/message",
    "streams/message_batch",
    "streams/topics",
)
"""All that an event touches, and what must be compiled with it: a plain class cannot inherit from a compiled one."""
WANTED = os.environ.get("VITALS_COMPILE") in ("1", "quick")
OPTIMISED = "0" if os.environ.get("VITALS_COMPILE") == "quick" else "3"
"""The level for the C compiler. Quick is for tests, which compare answers: a third of the time."""
ASKS_ONLY = {"egg_info", "dist_info"} & set(sys.argv)
"""The build is asked what it needs, before it has it."""


NATIVE = ROOT / "streams" / "kernel" / "native"
KERNEL_FLAGS = ("-std=gnu11", "-O2", "-g0", "-ffp-contract=off", "-fno-math-errno", "-fvisibility=hidden")
"""Without contraction a product and a sum are rounded each for itself, as Python's are, on every processor."""


def kernel() -> Extension:
    """The kernel, in C; without a compiler it is left out."""
    files = [path.relative_to(ROOT).as_posix() for path in sorted(NATIVE.glob("*/*.[ch]"))]
    return Extension(
        "streams.kernel._native",
        [file for file in files if file.endswith(".c")],
        depends=[file for file in files if file.endswith(".h")],
        extra_compile_args=list(KERNEL_FLAGS),
        libraries=["m"],
        optional=True,
    )


def hot_modules() -> list[Any]:
    """The modules that mypyc compiles, none when they are not wanted."""
    if not WANTED:
        return []
    from mypyc.build import mypycify

    sources = [f"{name}.py" for name in HOT]
    # Types are checked elsewhere, with the project's own settings.
    extensions: list[Any] = mypycify(
        ["--config-file=", "--no-warn-no-return", "--ignore-missing-imports", *sources],
        opt_level=OPTIMISED,
        debug_level="0",
    )
    return extensions


setup(
    ext_modules=[] if ASKS_ONLY else [kernel(), *hot_modules()],
    setup_requires=["mypy>=1.18,<3", "msgspec>=0.22,<1"] if WANTED else [],
)
